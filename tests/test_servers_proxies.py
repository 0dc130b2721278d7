"""What a proxy says of a delivery, under every server: scheme, host, address and the URL as the sender wrote it."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from tests.live import SOCKETS, TRUSTING, message, on_every_server, proof, starting
from tests.served.settings import SECRETS_OF

pytestmark = pytest.mark.servers

BODY = b'{"action": "opened"}'
OUTSIDE = "hooks.example.com"
HTTPS = ("X-Forwarded-Proto", "https")
HOST = ("X-Forwarded-Host", OUTSIDE)


def deliver(server, path, *headers, **line):
    """Send a genuine delivery of GitHub's kind to a path."""
    return server.exchange(message(path, *proof("github", BODY), *headers, body=BODY, **line))


def addressed(server, path, *headers, origin=f"https://{OUTSIDE}", **line):
    """Send a delivery whose signature covers the URL: the origin and this path."""
    signed = hmac.new(SECRETS_OF["github"].encode(), f"{origin}{path}".encode() + BODY, hashlib.sha256).hexdigest()
    return server.exchange(message(path, ("X-Signature", signed), *headers, body=BODY, **line))


@on_every_server
@pytest.mark.parametrize("path", ["/github/", "/async/github/"])
def test_T37_the_proxys_word_on_https_is_taken_where_settings_say_so(server, path):
    """SECURE_PROXY_SSL_HEADER, as Django reads it, under WSGI and ASGI."""
    assert 200 == deliver(server, path, HTTPS, host=OUTSIDE).status


@on_every_server
@pytest.mark.parametrize(
    ("headers", "host"),
    [
        ([], OUTSIDE),
        ([], f"{OUTSIDE}:80"),
        ([("X-Forwarded-Proto", "http")], OUTSIDE),
        ([("X-Forwarded-Proto", "http")], "localhost"),
        ([("X-Forwarded-Proto", "http, https")], OUTSIDE),
        ([("X-Forwarded-For", "203.0.113.7")], "localhost"),
        ([("Forwarded", "for=203.0.113.7;proto=https")], "localhost"),
        ([("Via", "1.1 proxy")], "127.0.0.1"),
    ],
)
@pytest.mark.parametrize("path", ["/github/", "/async/github/"])
def test_T40_http_is_refused(server, path, headers, host):
    """On a name of the outside, or behind a proxy that did not say https; our mistake, so the sender tries again."""
    answer = deliver(server, path, *headers, host=host)
    assert (503, "insecure_transport") == (answer.status, answer.reason)


@on_every_server
@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "127.0.0.1:8000", "[::1]:8000"])
def test_T40_http_is_accepted_on_a_developers_machine(server, host):
    """By a tunnel, for instance, that sends to the loopback address and adds nothing."""
    assert 200 == deliver(server, "/github/", host=host).status


@on_every_server
def test_T11_an_underscore_does_not_make_http_secure(server):
    """But for granian's WSGI interface, which lets X_Forwarded_Proto speak for X-Forwarded-Proto."""
    answer = deliver(server, "/github/", ("X_Forwarded_Proto", "https"), host=OUTSIDE)
    expected = (200, "") if server.name == "granian-wsgi" else (503, "insecure_transport")
    assert expected == (answer.status, answer.reason)


@on_every_server
def test_T37_the_url_is_that_of_the_proxy(server):
    """Scheme and host as it says; test_servers_urls.py has the rest of the URL."""
    assert 200 == addressed(server, "/addressed/?a=1", HTTPS, HOST).status


@on_every_server
@pytest.mark.parametrize(
    ("origin", "headers", "host"),
    [
        (f"http://{OUTSIDE}", [HTTPS, HOST], "localhost"),
        ("https://localhost", [HTTPS, HOST], "localhost"),
        (f"https://{OUTSIDE}:8443", [HTTPS, HOST], "localhost"),
        ("https://evil.example", [HTTPS, HOST], "localhost"),
        ("https://127.0.0.1", [HTTPS], "localhost"),
    ],
)
def test_T37_a_signature_for_another_origin_is_refused(server, origin, headers, host):
    """Scheme, host and port are part of what was signed."""
    answer = addressed(server, "/addressed/", *headers, origin=origin, host=host)
    assert (400, "signature_mismatch") == (answer.status, answer.reason)


@on_every_server
def test_T37_a_host_that_is_not_ours_is_refused(server):
    """By Django's middleware, which looks first, or by us."""
    evil = ("X-Forwarded-Host", "evil.example")
    assert 400 == addressed(server, "/addressed/", HTTPS, evil, origin="https://evil.example").status


ADDRESSES = {
    "alone": ("203.0.113.7", "one-hop", (200, "")),
    "spoofed to the left": ("203.0.113.7, 198.51.100.1", "one-hop", (400, "address_denied")),
    "genuine to the right": ("198.51.100.1, 203.0.113.7", "one-hop", (200, "")),
    "mapped": ("::ffff:203.0.113.7", "one-hop", (200, "")),
    "octal": ("0313.0.113.7", "one-hop", (503, "address_unknown")),
    "no address": ("unknown", "one-hop", (503, "address_unknown")),
    "through known proxies": ("198.51.100.1, 203.0.113.7, 10.1.2.3", "ranges", (200, "")),
    "through an unknown proxy": ("203.0.113.7, 198.51.100.1, 10.1.2.3", "ranges", (400, "address_denied")),
    "no proxy is trusted": ("203.0.113.7", "direct", (400, "address_denied")),
    "10,000 entries": ("203.0.113.7, " * 10_000 + "198.51.100.1", "one-hop", (400, "address_denied")),
}


@on_every_server
@pytest.mark.parametrize(("forwarded", "endpoint", "verdict"), ADDRESSES.values(), ids=ADDRESSES)
def test_T38_T81_the_address_is_counted_from_the_right(server, forwarded, endpoint, verdict):
    """What stands further left than the trusted proxies, anybody can write."""
    answer = deliver(server, f"/{endpoint}/", HTTPS, ("X-Forwarded-For", forwarded), host=OUTSIDE)
    too_long = len(forwarded) > 8000 and not answer.reason and answer.status in {0, 400, 431}
    assert too_long or verdict == (answer.status, answer.reason)


@on_every_server
def test_T38_repeated_headers_are_one_list(server):
    """The proxy's own header comes last, whatever the sender sent before it."""
    chain = [("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "198.51.100.1")]
    answer = deliver(server, "/one-hop/", HTTPS, *chain, host=OUTSIDE)
    assert (400, "address_denied") == (answer.status, answer.reason)


@on_every_server
def test_T82_without_the_proxys_header_the_address_is_not_known(server):
    """So nobody is let in; the site is at fault, and the sender tries again."""
    answer = deliver(server, "/one-hop/", HTTPS, host=OUTSIDE)
    assert (503, "address_unknown") == (answer.status, answer.reason)


@pytest.mark.parametrize("name", TRUSTING)
def test_T38_a_server_may_read_the_proxys_headers_itself(name):
    """Told which proxy to believe, it counts from the right too: the verdicts are the same."""
    with starting(name) as [server]:
        for case in ("alone", "spoofed to the left", "genuine to the right"):
            forwarded, endpoint, verdict = ADDRESSES[case]
            answer = deliver(server, f"/{endpoint}/", HTTPS, ("X-Forwarded-For", forwarded), host=OUTSIDE)
            assert verdict == (answer.status, answer.reason), case
        assert 200 == addressed(server, "/addressed/", HTTPS, HOST).status
        assert 503 == deliver(server, "/github/", ("X-Forwarded-Proto", "http"), host=OUTSIDE).status


@pytest.mark.parametrize("name", SOCKETS)
def test_T82_behind_a_socket_of_the_file_system_only_the_proxy_knows_the_address(name):
    """By the number of proxies it is found; by their addresses it is not, as the peer has none."""
    with starting(name) as [server]:
        verdicts = {
            endpoint: (answer.status, answer.reason)
            for endpoint in ("one-hop", "ranges", "direct", "github", "async/github")
            for answer in [deliver(server, f"/{endpoint}/", HTTPS, ("X-Forwarded-For", "203.0.113.7"), host=OUTSIDE)]
        }
        assert "missing_signature" == server.exchange(message("/github/")).reason
        log = server.log
    assert {"one-hop": (200, ""), "github": (200, ""), "async/github": (200, "")}.items() <= verdicts.items()
    assert {(503, "address_unknown")} == {verdicts["ranges"], verdicts["direct"]}
    assert "Traceback" not in log
