"""Senders that sign with a private key, of which the receiver has the public one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from .asymmetry import der, ed25519, p256
from .model import Delivery, Sender, b64
from .pairs import BASE64S, HEXES, P256_SPKIS, RSA_SPKIS, WHPKS, pem

Key = TypeVar("Key")


def signing(
    name: str, header: str, clock: str, signed: str, *, pairs: Mapping[str, Key], sign: Callable[[Key, bytes], bytes]
) -> Sender:
    """Describe a sender; `signed` as in `Sender`, `pairs` gives the private key of each public one."""
    texts, encoding = list(pairs), "hex" if pairs is HEXES else "base64"

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = sign(pairs[key.decode()], Sender.content(body, time, signed))
        text = signature.hex() if encoding == "hex" else b64(signature)
        return Delivery({header: text, **({clock: time} if clock else {})}, body, text)

    needed = (header, clock) if clock else (header,)
    return Sender(
        *(name, texts[0], make, tuple(texts[1:]), header),
        encoding=encoding,
        bytes_of_signature=64,
        signed=signed,
        needed=needed,
        tolerance=300 if clock else None,
        joined=dict.fromkeys(needed, "duplicate_header"),
    )


def _sendgrid(name: str, tolerance: int) -> Sender:
    headers = (f"X-Twilio-Email-Event-Webhook-{part}" for part in ("Signature", "Timestamp"))
    sender = signing(name, *headers, "TB", pairs=P256_SPKIS, sign=lambda key, content: der(p256(key, content)))
    return replace(sender, tolerance=tolerance, same_keys={"as-pem": pem(sender.secret)}, like=name != "sendgrid")


def _postal(name: str, header: str, digest: str) -> Sender:
    sender = signing(name, header, "", "B", pairs=RSA_SPKIS, sign=lambda key, content: key.pkcs1(content, digest))
    return replace(sender, same_keys={"as-pem": pem(sender.secret)})


def _v1a(name: str, *, like: bool) -> Sender:
    texts, header = list(WHPKS), "webhook-signature"

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = b64(ed25519(WHPKS[key.decode()], f"{event}.{time}.".encode() + body))
        return Delivery({"webhook-id": event, "webhook-timestamp": time, header: f"v1a,{signature}"}, body, signature)

    return Sender(
        *(name, texts[0], make, tuple(texts[1:]), header),
        encoding="base64",
        bytes_of_signature=64,
        entry="v1a,{}",
        split=" ",
        needed=("webhook-id", "webhook-timestamp", header),
        like=like,
        tolerance=300,
        joined={"webhook-id": "duplicate_header", "webhook-timestamp": "duplicate_header", header: None},
    )


SENDERS = [
    signing("discord", "X-Signature-Ed25519", "X-Signature-Timestamp", "TB", pairs=HEXES, sign=ed25519),
    _v1a("gemini", like=False),
    _postal("postal", "X-Postal-Signature", "sha1"),
    _postal("postal-sha256", "X-Postal-Signature-256", "sha256"),
    _sendgrid("sendgrid", 86_400),
    _sendgrid("sendgrid-inbound", 259_200),
    replace(_v1a("standard-webhooks/v1a", like=True), needed=()),
    signing("telnyx", "telnyx-signature-ed25519", "telnyx-timestamp", "T|B", pairs=BASE64S, sign=ed25519),
]
"""Each by its provider."""
