"""What is read of a request beside its body."""

from __future__ import annotations

import pytest
from django.test import AsyncRequestFactory, RequestFactory

from hookseal import WebhookRejected
from hookseal._engine import Networks
from hookseal.requests import Headers, address_of, is_local, safe_text, safe_url, sent_url

PROXY = {"HTTP_X_FORWARDED_FOR": "198.51.100.9"}


@pytest.mark.parametrize("name", ["X-GitHub-Event", "x-github-event", "X-GITHUB-EVENT", "x_github_event"])
def test_T78_headers_are_found_in_any_case(rf: RequestFactory, name: str):
    """A header's name is no matter of case."""
    request = rf.post("/", headers={"X-GitHub-Event": "push"})
    assert Headers(request.META)[name] == "push"


def test_headers_are_djangos(rf: RequestFactory):
    """The mapping holds what `request.headers` holds."""
    request = rf.post("/", b"{}", content_type="application/json", headers={"X-One": "1", "Host": "hooks.example.com"})
    assert dict(Headers(request.META)) == dict(request.headers)
    assert len(Headers(request.META)) == len(request.headers)


def test_a_missing_header_is_a_missing_key(rf: RequestFactory):
    """The mapping behaves as a mapping."""
    assert Headers(rf.post("/").META).get("X-None") is None


def test_T38_the_client_is_the_peer_unless_proxies_are_trusted(rf: RequestFactory):
    """What the client wrote about its address is not believed."""
    request = rf.post("/", REMOTE_ADDR="192.0.2.1", **PROXY)
    assert address_of(request) == "192.0.2.1"


@pytest.mark.parametrize(
    ("forwarded", "hops", "address"),
    [
        ("198.51.100.9", 1, "198.51.100.9"),
        ("203.0.113.7, 198.51.100.9", 1, "198.51.100.9"),
        ("203.0.113.7, 198.51.100.9, 192.0.2.8", 2, "198.51.100.9"),
        (", ".join(["203.0.113.7"] * 10_000) + ", 198.51.100.9", 1, "198.51.100.9"),
    ],
)
def test_T81_proxies_are_counted_from_the_right(rf: RequestFactory, forwarded: str, hops: int, address: str):
    """The left end of X-Forwarded-For is the client's to write, and is never taken."""
    request = rf.post("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert address_of(request, hops) == address


def test_T38_trusted_ranges_are_walked_from_the_right(rf: RequestFactory):
    """The first address from the right that is no proxy is the client."""
    request = rf.post("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.7, 198.51.100.9, 10.0.0.2")
    assert address_of(request, proxies=Networks(["10.0.0.0/8"])) == "198.51.100.9"


@pytest.mark.parametrize("remote", ["", "unix:", "010.0.0.1", "256.1.1.1", "::ffff:", "\ud800", "\xff"])
def test_T82_what_is_no_address_is_none(rf: RequestFactory, remote: str):
    """A socket without an address, or a text that is none, gives nothing to trust."""
    assert address_of(rf.post("/", REMOTE_ADDR=remote)) is None


@pytest.mark.parametrize("garbage", ["", ",", "unknown", "a" * 100_000, "\ud800", "127.0.0.1:80:80", "[::1"])
def test_T38_a_garbled_forwarding_header_is_none(rf: RequestFactory, garbage: str):
    """Where a trusted proxy wrote nothing usable, there is no address."""
    assert address_of(rf.post("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=garbage), hops=1) is None


def test_T39_a_mapped_address_is_ipv4(rf: RequestFactory):
    """::ffff:192.0.2.1 and 192.0.2.1 are one client."""
    assert address_of(rf.post("/", REMOTE_ADDR="::ffff:192.0.2.1")) == "192.0.2.1"


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "LOCALHOST", "127.0.0.1", "127.1.2.3:80", "[::1]:8000"]
)
def test_T40_a_loopback_host_is_local(rf: RequestFactory, host: str):
    """A tunnel on the developer's machine calls such a host."""
    assert is_local(rf.post("/", HTTP_HOST=host).META)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "testserver",
        "localhost.example.com",
        "127.0.0.1.example.com",
        "127.0.0.1@example.com",
        "2130706433",
        "[::2]",
    ],
)
def test_T40_no_other_host_is_local(rf: RequestFactory, host: str):
    """What only looks like a loopback host is none."""
    assert not is_local(rf.post("/", HTTP_HOST=host).META)


@pytest.mark.parametrize(
    "header",
    ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Ssl", "X-Real-IP"],
)
def test_T40_a_proxied_request_is_never_local(rf: RequestFactory, header: str):
    """A proxy that rewrites Host to localhost does not make http safe."""
    assert not is_local(rf.post("/", headers={"Host": "localhost", header: "x"}).META)


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("host", ["hooks.example.com", "hooks.example.com:8443"])
def test_T37_without_settings_the_url_is_djangos(rf: RequestFactory, host: str, *, secure: bool):
    """Scheme, host and port are those that reached this server."""
    request = rf.post("/hooks/?a=1&b=%20", HTTP_HOST=host, secure=secure)
    assert sent_url(request, None) == f"{'https' if secure else 'http'}://{host}/hooks/?a=1&b=%20"


def test_T37_a_trusted_proxy_says_scheme_and_host(rf: RequestFactory, settings):
    """Django's own settings for proxies hold."""
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.USE_X_FORWARDED_HOST = True
    request = rf.post("/hooks/", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "hooks.example.com"})
    assert sent_url(request, None) == "https://hooks.example.com/hooks/"


@pytest.mark.parametrize(
    ("public_url", "url"),
    [
        ("https://public.example.com", "https://public.example.com/hooks/a/?x=1"),
        ("https://public.example.com/", "https://public.example.com/hooks/a/?x=1"),
        ("https://user:pass@public.example.com:8443", "https://user:pass@public.example.com:8443/hooks/a/?x=1"),
        ("https://public.example.com/elsewhere", "https://public.example.com/elsewhere?x=1"),
        ("https://public.example.com/elsewhere?y=2", "https://public.example.com/elsewhere?y=2"),
    ],
)
def test_T37_a_public_url_stands_for_what_it_names(rf: RequestFactory, public_url: str, url: str):
    """PUBLIC_URL replaces the origin, and the path where it has one; a query of the request's own is kept."""
    assert sent_url(rf.post("/hooks/a/?x=1"), public_url) == url


@pytest.mark.parametrize("key", ["RAW_URI", "REQUEST_URI"])
@pytest.mark.parametrize("raw", ["/hooks/%7Euser/%2F?q=%41", "http://proxy.example.com/hooks/%7Euser/%2F?q=%41"])
def test_T37_the_raw_path_is_signed_as_it_was_sent(rf: RequestFactory, key: str, raw: str):
    """Nothing that was percent-encoded is decoded and encoded anew; a target in absolute form loses its origin."""
    request = rf.post("/hooks/~user//", **{key: raw})
    assert sent_url(request, "https://hooks.example.com") == "https://hooks.example.com/hooks/%7Euser/%2F?q=%41"


def test_T37_an_asgi_server_gives_the_raw_path():
    """ASGI hands over the path before it was decoded, without the query."""
    request = AsyncRequestFactory().post("/hooks/~user/?q=%41")
    request.scope["raw_path"] = b"/hooks/%7Euser/"
    assert sent_url(request, "https://hooks.example.com") == "https://hooks.example.com/hooks/%7Euser/?q=%41"


@pytest.mark.parametrize(
    ("path", "url"),
    [("/a;b=c,d/é/", "/a;b=c,d/%C3%A9/"), ("/%7Eme/", "/~me/"), ("/a%2Fb/", "/a/b/")],
)
def test_T37_without_a_raw_path_it_is_written_as_most_senders_write_it(rf: RequestFactory, path: str, url: str):
    """What a path may hold unescaped, is not escaped; what was escaped needlessly cannot be known any more."""
    assert sent_url(rf.post(path), "https://hooks.example.com") == f"https://hooks.example.com{url}"


def test_T37_a_query_is_never_escaped_anew(rf: RequestFactory):
    """Django's `get_full_path` would turn | into %7C; the server gives the query as it came."""
    assert (
        sent_url(rf.post("/?a=b|c'[]&d=%41"), "https://hooks.example.com")
        == "https://hooks.example.com/?a=b|c'[]&d=%41"
    )


@pytest.mark.parametrize("key", ["RAW_URI", "REQUEST_URI"])
def test_T37_raw_bytes_are_those_of_the_sender(rf: RequestFactory, key: str):
    """WSGI hands bytes over as latin-1: read as such, UTF-8 would be encoded twice."""
    request = rf.post("/", **{key: "/é?q=é".encode().decode("latin-1")})
    assert sent_url(request, "https://hooks.example.com") == "https://hooks.example.com/é?q=é"


@pytest.mark.parametrize("raw", ["/\xe9", "/?q=\xe9", "/\u20ac"])
def test_T37_a_url_that_is_no_utf8_is_refused(rf: RequestFactory, raw: str):
    """Which text was signed cannot be known."""
    with pytest.raises(WebhookRejected) as refused:
        sent_url(rf.post("/", RAW_URI=raw), "https://hooks.example.com")
    assert refused.value.reason == "malformed_header"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example.com/a/?token=canary", "https://hooks.example.com/a/"),
        ("https://user:canary@hooks.example.com:8443/a", "https://hooks.example.com:8443/a"),
        ("https://u:c@n@hooks.example.com?x", "https://hooks.example.com"),
        ("https://hooks.example.com/a@b\r\n\x1b", "https://hooks.example.com/a@b\\r\\n\\x1b"),
    ],
)
def test_T46_a_url_is_shown_without_what_may_be_secret(url: str, shown: str):
    """Neither its password nor its query; and as safe text."""
    assert safe_url(url) == shown


def test_T37_a_strange_host_is_a_refusal(rf: RequestFactory):
    """A Host outside ALLOWED_HOSTS is refused like any other forgery, not as an error of its own kind."""
    with pytest.raises(WebhookRejected) as refused:
        sent_url(rf.post("/", HTTP_HOST="evil.example.com"), None)
    assert refused.value.reason == "malformed_header"
    assert "evil" not in str(refused.value)


@pytest.mark.parametrize("text", ["\r\nERROR forged", "\x1b[31mred", "\u2028", "\ud800", "\x00", "'\"", "é" * 100])
def test_T47_text_of_the_sender_is_made_safe(text: str):
    """What is logged of a sender's text is short printable ASCII."""
    safe = safe_text(text)
    assert safe.isascii()
    assert safe.isprintable()
    assert len(safe) <= 64
