"""Captured requests: what is written down of one, and the files they are kept in."""

from __future__ import annotations

import pytest
from django.test import AsyncRequestFactory, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from hookseal.captured import Captured, capture, from_http, to_http

names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True)
values = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_categories=["Cc", "Zs"]), max_size=30)
pairs = st.lists(st.tuples(names, values), max_size=6).map(tuple)


@given(pairs, st.binary(max_size=200), st.floats(0, 4e9).map(lambda moment: round(moment, 3)))
def test_a_file_holds_what_was_captured(headers, body, received_at):
    """Whatever the body, it comes back byte for byte, and every header in its order."""
    captured = Captured("POST", "https://example.com/hooks/?a=%20b", headers, body, received_at, "stripe")
    assert from_http(to_http(captured)) == captured


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_request_off_the_wire_is_read(end):
    """A target without a host takes it from Host; the body keeps its own line ends."""
    lines = [b"POST /hooks/?a=1 HTTP/1.1", b"Host: example.com:8443", b"X-One: 1", b"x-one: 2", b"", b"a\r\nb\n"]
    captured = from_http(end.join(lines))
    assert captured.url == "https://example.com:8443/hooks/?a=1"
    assert captured.headers[1:] == (("X-One", "1"), ("x-one", "2"))
    assert (captured.body, captured.header("X-ONE")) == (b"a\r\nb\n", "1")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "no request line"),
        (b"\x00\xff", "no request line"),
        (b"POST https://example.com/\nno header\n\n", "no header"),
        (b"# received: yesterday\nPOST https://example.com/\n\n", "no moment"),
    ],
)
def test_what_is_no_request_is_named(text, sentence):
    """A file that holds no request says which line is wrong."""
    with pytest.raises(ValueError, match=sentence):
        from_http(text)


def test_a_wsgi_request_is_written_down():
    """Path and query as they arrived, the host unjudged, the headers of META."""
    request = RequestFactory().post(
        "/hooks/a%20b/?q=1", b"body", content_type="text/plain", headers={"host": "evil.example", "x-signature": "abc"}
    )
    captured = capture(request, b"body", "partner")
    assert captured.url == "http://evil.example/hooks/a%20b/?q=1"
    assert (captured.header("Content-Type"), captured.header("x-signature")) == ("text/plain", "abc")
    assert (captured.method, captured.body, captured.endpoint) == ("POST", b"body", "partner")


def test_an_asgi_request_keeps_repeated_headers_apart():
    """Where the server hands over every header, none is joined with another."""
    request = AsyncRequestFactory().post("/hooks/", b"{}", content_type="application/json")
    request.scope["headers"] = [(b"x-signature", b"1"), (b"x-signature", b"2"), (b"accept", b"\xe9")]
    captured = capture(request, b"{}")
    assert captured.headers == (("x-signature", "1"), ("x-signature", "2"), ("accept", "\xe9"))
