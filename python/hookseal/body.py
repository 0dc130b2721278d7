"""The body of a Django request: read once, by us, up to MAX_BODY, and left where Django and the view can read it too.

Django's `request.body` obeys DATA_UPLOAD_MAX_MEMORY_SIZE, so this module reads the stream itself, and puts the bytes
where `request.body` keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from hookseal.exceptions import WebhookRejected
from hookseal.reasons import Reason

__all__ = ["arrives_undelimited", "check_framing", "read_body", "read_fields"]


def check_framing(meta: Mapping[str, Any], max_body: int | None) -> None:
    """Refuse by the headers alone a body that is too large, or that cannot reach us.

    Args:
        meta: the request's META.
        max_body: the cap in bytes; None: there is none.

    Raises:
        WebhookRejected: `too_large`; `malformed_header`: the Content-Length is not ASCII digits, or stands beside a
            Transfer-Encoding, which no sender may do (RFC 9112, section 6.1); `chunked_unsupported`:
            WSGI delimits a body by its Content-Length, so without one Django sees an empty body, unless the server
            promises an end of file.
    """
    declared = meta.get("CONTENT_LENGTH")
    if not declared:
        if "HTTP_TRANSFER_ENCODING" in meta and "wsgi.input" in meta and not arrives_undelimited(meta):
            raise WebhookRejected(Reason.CHUNKED_UNSUPPORTED)
    elif "HTTP_TRANSFER_ENCODING" in meta:
        raise WebhookRejected(Reason.MALFORMED_HEADER, detail="Transfer-Encoding beside Content-Length")
    elif not (declared.isascii() and declared.isdigit()):
        raise WebhookRejected(Reason.MALFORMED_HEADER, detail="Content-Length is not a number")
    elif len(declared) > _MOST_DIGITS:
        raise WebhookRejected(Reason.TOO_LARGE, detail=f"Content-Length has {len(declared)} digits")
    elif max_body is not None and int(declared) > max_body:
        raise _too_large(max_body)


def arrives_undelimited(meta: Mapping[str, Any]) -> bool:
    """Whether the body is chunked, under WSGI, and ended by end of file: Django alone would take it for empty."""
    return not meta.get("CONTENT_LENGTH") and bool(meta.get("wsgi.input_terminated"))


def read_body(request: HttpRequest, max_body: int) -> bytes:
    """Read the whole body, after `check_framing`; `request.body` and `request.POST` work afterwards.

    Args:
        request: the request.
        max_body: the cap in bytes.

    Raises:
        WebhookRejected: `too_large`; `body_consumed`: something read it before; `unreadable`: the client went away, or
            sent less than it said.
    """
    state = request.__dict__
    if "_body" in state:
        known: bytes = state["_body"]
        if len(known) > max_body:
            raise _too_large(max_body)
        return known
    if state.get("_read_started"):
        raise _consumed(request)
    body = _read_stream(request, max_body)
    state["_body"] = body  # what `request.body` and `request.POST` read
    state["_stream"] = BytesIO(body)  # what `request.read()` reads
    return body


def read_fields(request: HttpRequest, max_body: int) -> dict[str, list[str]]:
    """Read the fields of a multipart form, after `check_framing`, as Django parses them; files stream to its handlers.

    Args:
        request: the request.
        max_body: the cap in bytes, for a body that does not say its length.

    Raises:
        WebhookRejected: `malformed_body`, `too_large`, `unreadable` or `body_consumed`.
    """
    known = request.__dict__
    if "_post" not in known and "_body" not in known:
        if getattr(request, "_read_started", False):
            raise _consumed(request)
        if declared := request.META.get("CONTENT_LENGTH"):
            whole = _Whole(request._stream, int(declared))  # noqa: SLF001 - where request.POST reads
            request._stream = whole  # type: ignore[assignment]  # noqa: SLF001 - likewise
        else:
            read_body(request, max_body)
    return _posted(request)


_MOST_DIGITS = 18
_SUSPECTS = 3


class _Whole:
    """A stream that tells a body cut short from one that ended: Django's multipart parser takes both."""

    def __init__(self, stream: IO[bytes], length: int) -> None:
        self._stream = stream
        self._missing = length

    def read(self, size: int = -1) -> bytes:
        return self._count(self._stream.read(size))

    def readline(self, size: int = -1) -> bytes:
        return self._count(self._stream.readline(size))

    def close(self) -> None:
        self._stream.close()

    def _count(self, chunk: bytes) -> bytes:
        self._missing -= len(chunk)
        if not chunk and self._missing > 0:
            raise _Short
        return chunk


class _Short(OSError):
    """The body ended before its Content-Length."""


def _posted(request: HttpRequest) -> dict[str, list[str]]:
    try:
        fields = request.POST
    except RequestDataTooBig:
        raise WebhookRejected(Reason.TOO_LARGE, detail="its fields exceed DATA_UPLOAD_MAX_MEMORY_SIZE") from None
    except (BadRequest, MultiPartParserError, TooManyFieldsSent, TooManyFilesSent) as error:
        raise WebhookRejected(Reason.MALFORMED_BODY, detail=type(error).__name__) from None
    except OSError as error:
        raise _unreadable(error) from None
    return {name: [str(value) for value in values] for name, values in fields.lists()}


def _read_stream(request: HttpRequest, max_body: int) -> bytes:
    meta = request.META
    declared = meta.get("CONTENT_LENGTH")
    limit = int(declared) if declared else max_body + 1
    if declared and limit > max_body:
        raise _too_large(max_body)
    stream = meta["wsgi.input"] if arrives_undelimited(meta) else request._stream  # noqa: SLF001 - as request.read does
    request.__dict__["_read_started"] = True  # likewise
    try:
        body: bytes = stream.read(limit)
        if len(body) < limit:
            body = _read_on(stream.read, body, limit)
    except Exception as error:  # noqa: BLE001 - the stream is the server's, and each server raises its own
        raise _unreadable(error) from None
    if declared:
        if len(body) < limit:
            raise WebhookRejected(Reason.UNREADABLE, detail=f"{len(body)} of {limit} bytes arrived")
    elif len(body) > max_body:
        raise _too_large(max_body)
    else:
        meta["CONTENT_LENGTH"] = str(len(body))  # without it, Django's multipart parser sees an empty body
    return body


def _read_on(read: Callable[[int], bytes], body: bytes, limit: int) -> bytes:
    """Read to the limit or the end, from a server that gives less than it is asked for."""
    chunks, missing = [body], limit - len(body)
    while missing and (chunk := read(missing)):
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)


def _too_large(max_body: int) -> WebhookRejected:
    return WebhookRejected(Reason.TOO_LARGE, detail=f"more than {max_body} bytes")


def _unreadable(error: Exception) -> WebhookRejected:
    return WebhookRejected(Reason.UNREADABLE, detail=type(error.__cause__ or error).__name__)


def _consumed(request: HttpRequest) -> WebhookRejected:
    """Name who may have read the body: middleware that is neither Django's nor ours, in the order in which it runs."""
    how = "as a form, by request.POST" if "_post" in request.__dict__ else "from its stream"
    strangers = [path for path in settings.MIDDLEWARE if not path.startswith(("django.", "hookseal."))]
    suspects = ", ".join(strangers[:_SUSPECTS]) or "a decorator or parser that runs before @webhook"
    return WebhookRejected(Reason.BODY_CONSUMED, detail=f"read {how}; suspects: {suspects}")
