"""Deliveries on their way to whoever keeps them: what the decorator does for endpoints with CAPTURE, and for no others.

A refusal is handed over before its log line is written, which can name it then; everything else when the request is
closed, after the response. Where a transaction is open, a refusal waits for that as well, as a rollback would take it
away. Nothing here changes what becomes of a delivery.
"""

from __future__ import annotations

import time
from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from inspect import isawaitable
from io import BytesIO
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest
from django.http.multipartparser import MultiPartParserError

from hookseal.body import read_body
from hookseal.captured import Captured, capture
from hookseal.conf import Endpoint
from hookseal.exceptions import WebhookRejected
from hookseal.pipeline import status_of
from hookseal.reasons import Reason
from hookseal.receipt import Receipt
from hookseal.replay.base import Done, Running
from hookseal.requests import address_of
from hookseal.tap import Tap, copied_from

__all__ = [
    "MOST_BODY",
    "Kept",
    "Recorder",
    "Recording",
    "akeep_refusal",
    "begin",
    "install",
    "is_recorded",
    "keep_refusal",
]

MOST_BODY = 256 * 1024
"""Bytes that are kept of a body."""


@dataclass(frozen=True)
class Kept:
    """What is kept of a request: how it arrived, and what became of it.

    Attributes:
        captured: the request; its body at most `MOST_BODY` bytes long.
        size: the length of the body as received or declared; None where nobody knows.
        verdict: "accepted", "refused", "duplicate", "handshake" or "caught".
        provider: the name of the endpoint's provider.
        address: the sender's address; empty where none can be trusted.
        status: what the sender was answered; None where he hung up.
        seconds: how long it took; None where that was not measured.
        rejection: why it was refused.
        receipt: what was proven.
        note: what else is to be said of it, in a sentence.
    """

    captured: Captured
    size: int | None
    verdict: str
    provider: str = ""
    address: str = ""
    status: int | None = None
    seconds: float | None = None
    rejection: WebhookRejected | None = None
    receipt: Receipt | None = None
    note: str = ""


class Recorder(Protocol):
    """Keeps requests."""

    def keep(self, alias: str, verdict: str, address: str, kept: Callable[[], Kept]) -> int | None:
        """Keep a request, unless there were too many of late.

        Args:
            alias: the endpoint.
            verdict: as in `Kept`.
            address: likewise.
            kept: says what is to be kept, where it is.

        Returns:
            The number under which it is kept; None where it is not. Nothing is raised.
        """

    def must_wait(self) -> bool:
        """Whether a transaction is open that could still take back what is kept now. Nothing is raised."""


def install(recorder: Recorder) -> None:
    """Hand requests to this recorder from now on; without one, CAPTURE has no effect."""
    _installed[:] = [recorder]


def begin(request: HttpRequest, endpoint: Endpoint) -> Recording | None:
    """Begin to record a request; None where nobody keeps it, or a guard further out has begun already."""
    if not _installed or _KEY in request.__dict__:
        return None
    recording = Recording(request, endpoint, _installed[0])
    recording.watch_closing()
    return recording


def is_recorded(request: HttpRequest) -> bool:
    """Whether somebody records this request, because of CAPTURE or otherwise."""
    return _KEY in request.__dict__


def keep_refusal(request: HttpRequest, endpoint: Endpoint, rejection: WebhookRejected) -> None:
    """Note why a request is refused, and keep it at once, if that can be; the rejection then knows its number."""
    recording = request.__dict__.get(_KEY)
    if isinstance(recording, Recording):
        recording.refuse(endpoint, rejection)


akeep_refusal = sync_to_async(keep_refusal)


class Recording:
    """One request that is recorded, once, however many guards it passes.

    Args:
        request: the request; its body is copied from now on, as it is read.
        endpoint: what it was sent to.
        recorder: keeps it.
    """

    def __init__(self, request: HttpRequest, endpoint: Endpoint, recorder: Recorder) -> None:
        self._request = request
        self._endpoint = endpoint
        self._recorder = recorder
        self._received_at, self._began = time.time(), time.monotonic()
        self._seconds: float | None = None
        self._status: int | None = None
        self._rejection: WebhookRejected | None = None
        self._kept = False
        stream = request.__dict__.get("_stream")  # where Django reads
        self._copied = copied_from(BytesIO() if stream is None else stream, MOST_BODY)
        if isinstance(self._copied, Tap):
            request._stream = self._copied  # type: ignore[assignment]  # noqa: SLF001 - as above
        request.__dict__[_KEY] = self

    def watch_closing(self) -> None:
        """Keep the request when it is closed, which Django does after the response, whatever that was made by."""
        close = self._request.close

        def closing() -> None:
            self.finish()
            for name in ("close", _KEY):  # which lead back to the request
                self._request.__dict__.pop(name, None)
            close()

        self._request.close = closing  # type: ignore[method-assign]

    def run(self, guarded: Callable[[], Any]) -> Any:
        """Run a guarded view, and note what it answers or raises."""
        try:
            response = guarded()
        except BaseException as error:
            self.conclude(_status_after(error))
            raise
        if isawaitable(response):
            return self.arun(response)
        self.conclude(getattr(response, "status_code", None))
        return response

    async def arun(self, guarded: Awaitable[Any]) -> Any:
        """As `run`, for an async view. Where the sender hangs up, Django closes no request: it is kept here."""
        try:
            response = await guarded
        except CancelledError:
            self.conclude(None)
            await sync_to_async(self.finish)()
            raise
        except BaseException as error:
            self.conclude(_status_after(error))
            raise
        self.conclude(getattr(response, "status_code", None))
        return response

    def conclude(self, status: int | None) -> None:
        """Note the answer, and how long it took."""
        self._status, self._seconds = status, time.monotonic() - self._began

    def refuse(self, endpoint: Endpoint, rejection: WebhookRejected) -> None:
        """Note why, and keep the request, unless a transaction is open."""
        self._rejection = rejection
        self.conclude(status_of(endpoint, rejection.reason)[0] or _BAD_REQUEST)
        if not self._recorder.must_wait():
            rejection.delivery = self.finish()

    def finish(self) -> int | None:
        """Keep the request, as far as CAPTURE asks for it and unless it is kept already; gives its number."""
        verdict = self._verdict
        if self._kept or (self._endpoint.capture == "refused" and verdict != "refused"):
            return None
        self._kept = True
        return self._recorder.keep(self._endpoint.alias, verdict, self._address, self.describe)

    def describe(self) -> Kept:
        """Say what became of the request by now. What nobody has read of its body is read, where that is no harm."""
        body, size = self._body()
        captured = capture(self._request, body, self._endpoint.alias)
        record = self._endpoint.record
        return Kept(
            captured=replace(captured, received_at=self._received_at),
            size=size,
            verdict=self._verdict,
            provider=record.name if record is not None else "",
            address=self._address,
            status=self._status,
            seconds=self._seconds,
            rejection=self._rejection,
            receipt=self._receipt,
            note=_note_on(self._known),
        )

    @property
    def _receipt(self) -> Receipt | None:
        receipt = getattr(self._request, "webhook", None)
        return receipt if isinstance(receipt, Receipt) else None

    @property
    def _known(self) -> object:
        receipt = self._receipt
        return None if receipt is None or receipt.claims is None else receipt.claims.known

    @property
    def _verdict(self) -> str:
        if self._rejection is not None:
            return "refused"
        if self._receipt is None:
            return "handshake"
        return "accepted" if self._known is None else "duplicate"

    @property
    def _address(self) -> str:
        return address_of(self._request, self._endpoint.trusted_hops, self._endpoint.trusted_proxies) or ""

    def _body(self) -> tuple[bytes, int | None]:
        declared = _declared(self._request)
        if self._rejection is None:
            self._read_on()
        elif self._rejection.reason not in _LEFT_ALONE and declared is not None and declared <= MOST_BODY:
            self._read_refused()
        body = self._request.__dict__.get("_body")
        if body is not None:
            return body[:MOST_BODY], len(body)
        length = self._copied.length
        return self._copied.first(), declared if length is None else length

    def _read_on(self) -> None:
        if "_body" not in self._request.__dict__:
            self._copied.drain()

    def _read_refused(self) -> None:
        """Read a body that was not needed for the refusal, and leave it where Django's error page can read it too."""
        try:
            read_body(self._request, MOST_BODY)
        except WebhookRejected:  # somebody has begun to read it, or it does not come: what went by is kept
            return


_installed: list[Recorder] = []
_KEY = "_hookseal_recording"
_BAD_REQUEST = 400
# What refuses the body itself, its framing, or a stranger whatever he sends: such a body is not waited for.
_LEFT_ALONE = frozenset(
    {
        Reason.ADDRESS_DENIED,
        Reason.ADDRESS_UNKNOWN,
        Reason.BODY_CONSUMED,
        Reason.CHUNKED_UNSUPPORTED,
        Reason.MALFORMED_HEADER,
        Reason.METHOD_NOT_ALLOWED,
        Reason.RATE_LIMITED,
        Reason.TOO_LARGE,
        Reason.UNREADABLE,
    }
)


def _declared(request: HttpRequest) -> int | None:
    text = request.META.get("CONTENT_LENGTH") or ""
    if not text:
        return None if "HTTP_TRANSFER_ENCODING" in request.META or "wsgi.input" not in request.META else 0
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS else None


_MOST_DIGITS = 19


def _status_after(error: BaseException) -> int | None:
    """What Django answers where a view raises; None for what ends the process."""
    if isinstance(error, Http404):
        return 404
    if isinstance(error, PermissionDenied):
        return 403
    if isinstance(error, SuspiciousOperation | MultiPartParserError):
        return 400
    return 500 if isinstance(error, Exception) else None


def _note_on(known: object) -> str:
    if isinstance(known, Done):
        moment = datetime.fromtimestamp(known.when, tz=timezone.utc).isoformat(timespec="seconds")
        return f"already handled at {moment} with status {known.status}"
    return "being handled elsewhere at that moment" if isinstance(known, Running) else ""
