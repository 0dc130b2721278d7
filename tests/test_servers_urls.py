"""Signed URLs over the wire, under every server: the engine sees each as its sender wrote it, or refuses it."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from hookseal import sign
from tests.live import exchange, message, on_every_server
from tests.served.settings import HOOKSEAL, SECRETS_OF

pytestmark = pytest.mark.servers

BODY = b'{"action": "opened"}'
ORIGIN = "https://hooks.example.com"
PROXY = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "hooks.example.com")]
DECODING = {"granian-wsgi", "runserver"}
"""Servers that hand over the decoded path alone."""

EVERYWHERE = [
    "/addressed/a;b=c,d",
    "/addressed/a:b@c!$&'()*+",
    "/addressed/a%20b",
    "/addressed/%C3%A9",
    "/addressed/a//b",
    "/addressed/?b=2&a=1&a=0",
    "/addressed/?a=%41&b=%2f&c=+&d=%20",
    "/addressed/?q=a|b'[]\\^`{}",
    "/addressed/?a=?b/c",
    "/addressed/?a;b",
    "/addressed/?&&",
    "/addressed/" + "a" * 1500,
]
WITH_A_RAW_PATH = [
    "/addressed/a%2Fb",
    "/addressed/a%2fb",
    "/addressed/%7Eme",
    "/addressed/a%3Bb",
    "/addressed/%c3%a9",
    "/%61ddressed/",
    "/addressed/%E9",
]


def signature(url: str | bytes) -> tuple[str, str]:
    """Sign a URL and the body as the served project's sender does."""
    signed = (url.encode() if isinstance(url, str) else url) + BODY
    return "X-Signature", hmac.new(SECRETS_OF["github"].encode(), signed, hashlib.sha256).hexdigest()


def verdict(server, target: str, url: str | bytes, *headers, host: str = "localhost"):
    """Send a delivery to a target, signed for a URL; give status and reason."""
    answer = server.exchange(message(target, signature(url), *(headers or PROXY), body=BODY, host=host))
    return answer.status, answer.reason


@on_every_server
@pytest.mark.parametrize("path", EVERYWHERE)
def test_T37_a_url_is_judged_as_it_was_written(server, path):
    """Escapes, order and case of the query, double slashes, and characters that Django would escape."""
    assert (200, "") == verdict(server, path, f"{ORIGIN}{path}")


@on_every_server
@pytest.mark.parametrize("path", WITH_A_RAW_PATH)
def test_T37_what_a_server_decoded_is_never_taken_for_another(server, path):
    """Where the raw path is known, escapes need not be; elsewhere the delivery is refused."""
    expected = (400, "signature_mismatch") if server.name in DECODING else (200, "")
    assert expected == verdict(server, path, f"{ORIGIN}{path}")


@on_every_server
@pytest.mark.parametrize(
    ("sent", "signed"),
    [
        ("/addressed/?a=1&b=2", "/addressed/?b=2&a=1"),
        ("/addressed/?a=1", "/addressed/?a=2"),
        ("/addressed/?a=1", "/addressed/"),
        ("/addressed/", "/addressed"),
        ("/addressed/?a=%20", "/addressed/?a=+"),
        ("/addressed/?a=%41", "/addressed/?a=A"),
        ("/addressed/x//y", "/addressed/x/y"),
        ("/addressed/x/../y", "/addressed/y"),
        ("/addressed/x", "/addressed/X"),
    ],
)
def test_T37_a_signature_for_a_url_that_only_means_the_same_is_refused(server, sent, signed):
    """Nothing is put into a canonical form, or guessed."""
    assert (400, "signature_mismatch") == verdict(server, sent, f"{ORIGIN}{signed}")


@on_every_server
def test_T37_a_question_mark_without_a_query_is_dropped_by_some(server):
    """ASGI and some WSGI servers do not tell of it: the sender is then refused."""
    known = server.name.startswith(("gunicorn", "waitress"))
    expected = (200, "") if known else (400, "signature_mismatch")
    assert expected == verdict(server, "/addressed/?", f"{ORIGIN}/addressed/?")


@on_every_server
@pytest.mark.parametrize("host", ["hooks.example.com", "hooks.example.com:443", "hooks.example.com:8443"])
def test_T37_the_port_is_part_of_the_url_where_the_sender_wrote_it(server, host):
    """Even that which https has anyway: Host repeats what stands in the URL."""
    proto = ("X-Forwarded-Proto", "https")
    assert (200, "") == verdict(server, "/addressed/", f"https://{host}/addressed/", proto, host=host)
    other = "https://hooks.example.com" if ":" in host else "https://hooks.example.com:443"
    assert (400, "signature_mismatch") == verdict(server, "/addressed/", f"{other}/addressed/", proto, host=host)


@on_every_server
def test_T37_bytes_beyond_ascii_are_refused_or_kept(server):
    """Most servers refuse them; where they come through, they are those that were signed."""
    target = "/addressed/?q=é"
    raw = message(target, signature(f"{ORIGIN}{target}"), *PROXY, body=BODY)
    with server.connect() as client:
        answer = exchange(client, raw)
    assert (answer.status, answer.reason) in {(400, ""), (200, "")}


@on_every_server
def test_T37_a_target_in_absolute_form_is_its_path(server):
    """As proxies write it, where a server takes it; its origin is not believed, that of the settings is."""
    target = "https://evil.example/addressed/?a=%41"
    assert verdict(server, target, f"{ORIGIN}/addressed/?a=%41") in {(200, ""), (404, ""), (400, "")}
    assert verdict(server, target, target)[0] in {400, 404}


@on_every_server
def test_T37_a_public_url_is_the_url(server):
    """Wherever it leads here, and with the password that the sender was told; the query is the request's."""
    public = "https://user:pass@public.example.com/hook"
    assert (200, "") == verdict(server, "/published/?a=%41&b", f"{public}?a=%41&b")
    assert (200, "") == verdict(server, "/published/any/%2F/path", public)
    for wrong in ("https://public.example.com/hook", f"{public}/", "https://user:pass@public.example.com/published/"):
        assert (400, "signature_mismatch") == verdict(server, "/published/", wrong)


@on_every_server
def test_T37_an_origin_alone_keeps_the_path(server):
    """PUBLIC_URL without a path says what a proxy does not: scheme, host and port."""
    assert (200, "") == verdict(server, "/moved/?a=1", "https://public.example.com:8443/moved/?a=1")
    assert (400, "signature_mismatch") == verdict(server, "/moved/?a=1", f"{ORIGIN}/moved/?a=1")


@on_every_server
@pytest.mark.parametrize("path", ["/messages/", "/async/messages/", "/messages/?a=%41&b", "/messages/a;b//c"])
def test_T37_a_signed_message_is_judged_by_all_its_headers(server, path):
    """After RFC 9421: method, URL and digest are covered by a header that names what it covers."""
    url = f"{ORIGIN}{path}"
    signed = sign(HOOKSEAL["messages"]["PROVIDER"], secret=SECRETS_OF["messages"], body=BODY, url=url)
    headers = [*signed.headers.items(), *PROXY]
    answer = server.exchange(message(path, *headers, body=BODY))
    assert (200, "") == (answer.status, answer.reason)
    other = server.exchange(message(path, *headers, body=BODY + b" "))
    assert (400, "body_not_covered") == (other.status, other.reason)
    elsewhere = server.exchange(message(f"{path}?c" if "?" not in path else f"{path}&c", *headers, body=BODY))
    assert (400, "signature_mismatch") == (elsewhere.status, elsewhere.reason)
