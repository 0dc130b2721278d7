"""Senders that sign the URL: with the method, the body, or the fields of a form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from .clocks import MILLIS, Clock
from .model import FORM, TEXTS, URL, Delivery, Sender, b64, mac

Make = Callable[[bytes, bytes, str, str], Delivery]


def _sender(name: str, make: Make, header: str, *needed: str, clock: Clock | None = None, form: bool = False) -> Sender:
    return Sender(
        *(name, TEXTS[0], make, TEXTS[1:], header),
        encoding="base64",
        needed=(header, *needed),
        tolerance=300 if clock else None,
        **({"writes": clock} if clock else {}),
        makes_body=form,
        joined=dict.fromkeys([header, *needed], "duplicate_header"),
    )


def _square() -> Sender:
    header = "x-square-hmacsha256-signature"

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = b64(mac(key, URL.encode() + body))
        return Delivery({header: signature}, body, signature)

    return _sender("square", make, header)


def _hubspot() -> Sender:
    header, clock = "X-HubSpot-Signature-v3", "X-HubSpot-Request-Timestamp"

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = b64(mac(key, b"POST" + URL.encode() + body + time.encode()))
        return Delivery({header: signature, clock: time}, body, signature)

    return _sender("hubspot", make, header, clock, clock=MILLIS)


def _fields(body: bytes) -> list[tuple[str, str]]:
    """Make a form of a JSON object, or take the one that is given."""
    if body.startswith(b"{"):
        return [*json.loads(body).items(), ("kind", "made up/escaped")]
    return parse_qsl(body.decode(), keep_blank_values=True)


def _form(name: str, header: str, run: Callable[[list[tuple[str, str]]], str]) -> Sender:
    """Describe a sender that signs the URL and then the fields, run together."""

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        fields = _fields(body)
        signature = b64(mac(key, (URL + run(fields)).encode(), "sha1"))
        return Delivery({header: signature, "Content-Type": FORM}, urlencode(fields).encode(), signature)

    return _sender(name, make, header, form=True)


def _twilio_json() -> Sender:
    header = "X-Twilio-Signature"

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        url = f"{URL}?bodySHA256={hashlib.sha256(body).hexdigest()}"
        signature = b64(mac(key, url.encode(), "sha1"))
        return Delivery({header: signature, "Content-Type": "application/json"}, body, signature, url)

    return replace(_sender("twilio/json", make, header), altered="body_not_covered")


def _contentful() -> Sender:
    header, clock, listed = (f"x-contentful-{name}" for name in ("signature", "timestamp", "signed-headers"))

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        names = ["content-type", listed, clock]
        headers = {"content-type": "application/json", clock: time, listed: ",".join(names)}
        text = ";".join(f"{name}:{headers[name]}" for name in sorted(names))
        signature = mac(key, f"POST\n/hooks/\n{text}\n".encode() + body).hex()
        return Delivery({header: signature, **headers}, body, signature)

    return Sender(
        *("contentful", TEXTS[0], make, TEXTS[1:], header),
        needed=(header, clock, listed),
        tolerance=30,
        writes=MILLIS,
        joined={header: "duplicate_header", clock: "duplicate_header", listed: "malformed_header"},
    )


def _plivo() -> Sender:
    header, nonce = "X-Plivo-Signature-V3", "X-Plivo-Signature-V3-Nonce"

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        fields = sorted(_fields(body))
        text = f"{URL}?{''.join(map(''.join, fields))}" if fields else URL
        signature = b64(mac(key, f"{text}.{event}".encode()))
        headers = {header: signature, nonce: event, "Content-Type": FORM}
        return Delivery(headers, urlencode(fields).encode(), signature)

    return Sender(
        *("plivo", TEXTS[0], make, TEXTS[1:], header),
        encoding="base64",
        entry="{}",
        split=",",
        needed=(header, nonce),
        makes_body=True,
        joined={header: None, nonce: "duplicate_header"},
    )


SENDERS = [
    _contentful(),
    _hubspot(),
    _form("mandrill", "X-Mandrill-Signature", lambda fields: "".join(map("".join, sorted(dict(fields).items())))),
    _plivo(),
    _square(),
    _form("twilio/form", "X-Twilio-Signature", lambda fields: "".join(map("".join, sorted(set(fields))))),
    _twilio_json(),
]
"""Each by its provider, and by the form of its body where it has two."""
