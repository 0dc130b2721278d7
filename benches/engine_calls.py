"""Hookseal's contenders: one call of the engine, alone or with the look-ups in a Django request."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from django.http import HttpRequest
from django.test import RequestFactory

from benches.measure import Contender, contender
from benches.messages import Message
from hookseal import WebhookRejected
from hookseal._engine import Record, Secret, Verifier


def verifier(record: Record, secrets: Sequence[str], basic_auth: Sequence[str] = ()) -> Verifier:
    """A verifier as an endpoint holds one for its lifetime."""
    return Verifier(
        record,
        [Secret(secret) for secret in secrets],
        endpoint="bench",
        prf_key=os.urandom(32),
        tolerance=record.tolerance,
        basic_auth=[Secret(credentials) for credentials in basic_auth],
    )


VERIFY = "verify(parts, body, {now})"
ADMIT_AND_VERIFY = "admit(parts) and verify(parts, body, {now})"
EVENT_ID = "verify(parts, body, {now}).event_id"


def on_parts(name: str, verifier: Verifier, message: Message, bad: Message, call: str = VERIFY) -> Contender:
    """The engine's call alone. The clock is read where the provider signs a time, as the peers do."""
    record = verifier.record
    expression = call.format(now="now" if record.tolerance is None else "clock()")

    def names(sent: Message) -> dict[str, object]:
        parts = tuple(sent.headers.get(header) for header in verifier.headers)
        body = sent.body if record.reads_body else None
        methods = {"admit": verifier.admit, "verify": verifier.verify}
        return {**methods, "parts": parts, "body": body, "now": time.time(), "clock": time.time}

    return contender(name, expression, names(message), names(bad), WebhookRejected)


def on_request(name: str, verifier: Verifier, message: Message, bad: Message) -> Contender:
    """The call with what a view pays for its arguments: the look-ups in `request.META`, the cached body, the clock."""
    keys = [f"HTTP_{header.upper().replace('-', '_')}" for header in verifier.headers]
    body = "request.body" if verifier.record.reads_body else "None"

    def names(sent: Message) -> dict[str, object]:
        return {"verify": verifier.verify, "request": request_with(sent), "keys": keys, "clock": time.time}

    call = f"verify(tuple(map(request.META.get, keys)), {body}, clock())"
    return contender(name, call, names(message), names(bad), WebhookRejected)


def request_with(message: Message) -> HttpRequest:
    """A Django request with that message; its body and headers have been read, so that both stand in their caches."""
    request = RequestFactory().post(
        "/hook/", message.body, content_type="application/json", secure=True, headers=message.headers
    )
    assert request.body == message.body
    assert request.headers
    return request
