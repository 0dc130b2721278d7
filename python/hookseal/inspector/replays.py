"""Kept requests, sent to this site's own view once more: in this process, through the whole of Django's handler.

Nothing leaves the process: the request is built from its bytes, with the scheme, host and port that this server saw,
and passes the site's middleware as any other. Async views run as they do under a WSGI server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import islice

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix, get_urlconf, set_urlconf
from django.utils import timezone, translation

from hookseal.captured import Captured
from hookseal.conf import Endpoint, aliases, endpoint
from hookseal.exceptions import WebhookRejected
from hookseal.inspector.models import Delivery, Verdict
from hookseal.inspector.recorder import RECORDER
from hookseal.inspector.resigning import resigned
from hookseal.recording import Kept, Recording
from hookseal.trial import request_of

__all__ = ["Replayed", "replay"]


@dataclass(frozen=True)
class Replayed:
    """What came of a replay.

    Attributes:
        response: the site's answer; that of a stream, with its first parts.
        delivery: its row, which names the one that it is a replay of.
    """

    response: HttpResponse
    delivery: Delivery


def replay(sent: Delivery | Captured, *, resign: bool = False, replay_of: Delivery | None = None) -> Replayed:
    """Send a request to its view once more, and keep what comes of it, whatever CAPTURE says.

    Call it outside of the event loop.

    Args:
        sent: a row; or a request, as it was or edited.
        resign: sign it afresh, with the endpoint's secret and the present time; else it goes as it is, and may be found
            stale, or a duplicate.
        replay_of: the row that an edited request was made of.

    Raises:
        ValueError: its body was not kept whole, or it cannot be signed; the text says why.
    """
    original = sent if isinstance(sent, Delivery) else replay_of
    if isinstance(sent, Delivery) and sent.is_cut:
        raise ValueError("its body was not kept whole")
    captured = sent.captured() if isinstance(sent, Delivery) else sent
    if resign:
        captured = resigned(captured)
    known = endpoint(captured.endpoint) if captured.endpoint in aliases() else Endpoint(captured.endpoint)
    request = _request(captured, original.address if original is not None else _LOOPBACK)
    with _as_before():
        recording = _Replaying(request, known, RECORDER)
        response = _answered(request)
        recording.conclude(response.status_code)
        kept = recording.describe()
    return Replayed(response, RECORDER.write(captured.endpoint, kept, replay_of=original))


_LOOPBACK = "127.0.0.1"
_MOST_PARTS = 100


class _Replaying(Recording):
    """A recording that is kept by whoever began it, at the end."""

    def refuse(self, endpoint: Endpoint, rejection: WebhookRejected) -> None:  # noqa: ARG002 - as `Recording.refuse`
        """Note why."""
        self._rejection = rejection

    def describe(self) -> Kept:
        """As `Recording.describe`; where no guard had a say, nothing was judged."""
        kept = super().describe()
        greeted = self._endpoint.record is not None and kept.status == HTTPStatus.OK
        unjudged = kept.verdict == Verdict.HANDSHAKE and not greeted
        return replace(kept, verdict=Verdict.CAUGHT.value) if unjudged else kept


def _answered(request: HttpRequest) -> HttpResponse:
    handler = WSGIHandler()
    response: HttpResponseBase = handler.get_response(request)
    try:
        if isinstance(response, HttpResponse):
            return response
        parts = b"".join(islice(response, _MOST_PARTS))
        return HttpResponse(parts, status=response.status_code, headers=dict(response.headers))
    finally:
        response.close()


@contextmanager
def _as_before() -> Iterator[None]:
    """Leave to the caller's thread the URLconf, language and time zone that it has."""
    urlconf = get_urlconf()
    with translation.override(translation.get_language()), timezone.override(timezone.get_current_timezone()):
        try:
            yield
        finally:
            set_urlconf(urlconf)


def _request(captured: Captured, address: str) -> HttpRequest:
    """Build the request; where the site is not at the root of its host, its path is split as the server does it."""
    environ = dict(request_of(captured, address).META)
    prefix, path = get_script_prefix().rstrip("/"), environ["PATH_INFO"]
    if prefix and path.startswith(f"{prefix}/"):
        environ |= {"SCRIPT_NAME": prefix, "PATH_INFO": path.removeprefix(prefix)}
    return WSGIRequest(environ)
