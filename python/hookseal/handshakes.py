"""Handshakes: how a sender asks whether an endpoint is there and is its owner's, and what it is answered.

What they are, what proves them and what the reply is, stands in the records; here a request is carried to the engine,
and its reply back. A view never hears of them.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, fields

from django.http import HttpRequest, HttpResponse

from hookseal._engine import Reply, Verifier
from hookseal.body import read_body
from hookseal.conf import Endpoint
from hookseal.exceptions import WebhookRejected
from hookseal.logging import DELIVERIES
from hookseal.reasons import Reason
from hookseal.requests import Head
from hookseal.signals import webhook_handshake

__all__ = ["Greeting", "asks", "closed", "greet"]


@dataclass(frozen=True)
class Greeting:
    """A handshake that is to be answered.

    Attributes:
        request: Django's request.
        endpoint: the alias of the endpoint.
        provider: the name of its provider; empty for a probe, of which nobody is told.
        reply: the answer; None: a probe, which is answered with nothing.
    """

    request: HttpRequest
    endpoint: str
    provider: str = ""
    reply: Reply | None = None

    def answer(self) -> HttpResponse:
        """Tell of it, and make the response: never of a kind that a browser runs, and kept by nobody."""
        if self.reply is None:
            return HttpResponse()
        if webhook_handshake.receivers:
            webhook_handshake.send_robust(Reply, **self._subject)
        return _response(self.endpoint, self.reply)

    async def aanswer(self) -> HttpResponse:
        """As `answer`, in the event loop."""
        if self.reply is None:
            return HttpResponse()
        if webhook_handshake.receivers:
            await webhook_handshake.asend_robust(Reply, **self._subject)
        return _response(self.endpoint, self.reply)

    @property
    def _subject(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def asks(request: HttpRequest, endpoint: Endpoint, verifier: Verifier, head: Head) -> bool:
    """Whether a request has the shape of a handshake that no delivery carries; judged without a secret.

    Raises:
        WebhookRejected: it can be nothing else, but is none (`malformed_challenge`).
    """
    if request.method not in endpoint.greets:
        return False
    if verifier.expects(*_question(request, endpoint, head)):
        return True
    if request.method != "POST":
        raise WebhookRejected(Reason.MALFORMED_CHALLENGE)
    return False


def greet(
    request: HttpRequest, endpoint: Endpoint, verifier: Verifier, head: Head, now: float | None = None
) -> Greeting:
    """Find the reply to a handshake, once what proves it has held.

    Raises:
        WebhookRejected: it has not; or this sender's secrets answer no such handshake.
    """
    reply = verifier.handshake(*_question(request, endpoint, head), time.time() if now is None else now)
    if reply is None:
        raise WebhookRejected(Reason.MALFORMED_CHALLENGE)
    return Greeting(request, endpoint.alias, verifier.record.name, reply)


def closed(endpoint: Endpoint, method: str | None) -> str:
    """Say why a handshake with that method is not answered, for the owner; empty where the sender has none."""
    record = endpoint.record
    names = [] if record is None else [name for asked, name in record.handshakes if asked == method]
    if record is None or not names:
        return ""
    for slot in record.token_slots:
        if endpoint.handshake is not False and all(secret.slot != slot for secret in endpoint.secrets):
            return f'the handshake {names[0]} needs Secret(..., slot="{slot}")'
    return f"the handshake {names[0]} is off: see HANDSHAKE"


def _question(
    request: HttpRequest, endpoint: Endpoint, head: Head
) -> tuple[tuple[str | None, ...], str, str | None, bytes]:
    parts, url, _ = head
    body = read_body(request, endpoint.max_body) if request.method == "POST" else b""
    return parts, str(request.method), url, body


def _response(endpoint: str, reply: Reply) -> HttpResponse:
    logging.getLogger(DELIVERIES).info("%s: answered the handshake %s", endpoint, reply.name)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return HttpResponse(reply.body, content_type=reply.content_type, headers=headers)
