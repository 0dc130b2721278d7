"""A request as it arrived, byte for byte: what the inspector keeps, a `.http` file holds, and `explain` reads."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone

from django.http import HttpRequest

from hookseal.requests import Headers, received_url

__all__ = ["Captured", "capture", "from_http", "to_http"]


@dataclass(frozen=True)
class Captured:
    """A request as it arrived.

    Attributes:
        method: the HTTP method.
        url: the whole URL as this server received it; what the sender called may differ where a proxy stands between.
        headers: names and values in the order in which the server hands them over; ASGI keeps repeated names apart,
            WSGI joins them with commas. Bytes above 0x7F are latin-1 text.
        body: the raw body.
        received_at: Unix seconds.
        endpoint: the alias of the endpoint it was sent to; empty where nobody knows.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    received_at: float
    endpoint: str = ""

    def header(self, name: str) -> str | None:
        """Find the first header of that name, in any case."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)


def capture(request: HttpRequest, body: bytes, endpoint: str = "") -> Captured:
    """Write a request down as it arrived.

    Args:
        request: the request.
        body: its raw body, as far as it was read.
        endpoint: the alias of what it was sent to.
    """
    scope = getattr(request, "scope", {}).get("headers")
    pairs: Iterable[tuple[str, str]] = Headers(request.META).items()
    if scope is not None:
        pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope)
    return Captured(request.method or "", received_url(request), tuple(pairs), body, time.time(), endpoint)


def to_http(captured: Captured) -> bytes:
    """Write a captured request as the text of a `.http` file: comments, request line, headers, an empty line, body."""
    moment = datetime.fromtimestamp(captured.received_at, tz=timezone.utc).isoformat()
    head = [f"# endpoint: {captured.endpoint}", f"# received: {moment}", f"{captured.method} {captured.url} HTTP/1.1"]
    head += [f"{name}: {value}" for name, value in captured.headers]
    return "\n".join([*head, "", ""]).encode("latin-1", "backslashreplace") + captured.body


def from_http(text: bytes) -> Captured:
    """Read a `.http` file: what `to_http` wrote, or a request as it goes over the wire.

    The lines of the head may end in LF or CRLF. A target without a host takes it from the header Host, as https. All
    that follows the empty line is the body, byte for byte. Without a comment that says when it was received: now.

    Raises:
        ValueError: it is no request; the text names the line.
    """
    head, body = _split(text)
    comments = {match[1]: match[2] for line in head if (match := re.fullmatch(r"# *(\w+): *(.*)", line))}
    lines = [line for line in head if line and not line.startswith("#")]
    request_line = re.fullmatch(r"([A-Z]+) (\S+)(?: HTTP/[0-9.]+)?", lines[0]) if lines else None
    if request_line is None:
        raise ValueError("the first line is no request line, as in: POST https://example.com/hooks/ HTTP/1.1")
    headers = tuple(map(_header, lines[1:]))
    url = request_line[2]
    if url.startswith("/"):
        host = next((value for name, value in headers if name.lower() == "host"), "localhost")
        url = f"https://{host}{url}"
    return Captured(
        request_line[1], url, headers, body, _moment(comments.get("received")), comments.get("endpoint", "")
    )


def _split(text: bytes) -> tuple[list[str], bytes]:
    end = re.search(rb"\r?\n\r?\n", text)
    head, body = (text, b"") if end is None else (text[: end.start()], text[end.end() :])
    return head.decode("latin-1").replace("\r\n", "\n").split("\n"), body


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise ValueError(f"this line is no header: {ascii(line)[1:-1][:64]}")
    return name, value.strip()


def _moment(text: str | None) -> float:
    if text is None:
        return time.time()
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        raise ValueError("the comment `received` is no moment, as in: 2026-11-22T09:14:02+00:00") from None
