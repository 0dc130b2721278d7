"""Senders whose certificate is fetched from their own address: Amazon SNS, Scaleway, PayPal."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable

from .certificates import certificate
from .clocks import ISO, ISO_MILLIS, NOW
from .model import TEXTS, Delivery, Sender, b64
from .pairs import RSA_KEYS, RSA_SPKIS

TOPIC = "arn:aws:sns:us-east-1:123456789012:made-up"
AMAZON = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
SCALEWAY_TOPIC = "arn:scw:sns:fr-par:project-2f4b6a8c-0e13-4d5c-9b7a-1f3e5d7c9b0a:made-up"
SCALEWAY = "https://messaging.s3.fr-par.scw.cloud/fr-par/sns/sns-certificate-2026.pem"
SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
OURS = certificate(RSA_KEYS[0], "sns.amazonaws.com")
"""A certificate as SNS serves it, of a made-up key."""


def notification(body: bytes, time: str, event: str, topic: str = TOPIC, address: str = AMAZON) -> dict[str, str]:
    """Describe what was published."""
    return {
        "Type": "Notification",
        "MessageId": event,
        "TopicArn": topic,
        "Message": body.decode("latin-1"),
        "Timestamp": time,
        "SigningCertURL": address,
    }


def signed(key: str, message: dict[str, str], version: str = "2", remote: str = OURS) -> Delivery:
    """Sign a message as SNS does, in that version."""
    text = "".join(f"{name}\n{message[name]}\n" for name in SIGNED if name in message)
    signature = b64(RSA_SPKIS[key].pkcs1(text.encode(), {"1": "sha1", "2": "sha256"}[version]))
    body = json.dumps({**message, "SignatureVersion": version, "Signature": signature})
    named = {"type": "Type", "id": "MessageId", "topic-arn": "TopicArn"}
    headers = {f"x-amz-sns-{'message-' * (name != 'topic-arn')}{name}": message[field] for name, field in named.items()}
    plain = {"Content-Type": "text/plain; charset=UTF-8"}
    return Delivery({**headers, **plain}, body.encode(), signature, remote=remote)


def _sns() -> Sender:
    texts = tuple(RSA_SPKIS)

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        return signed(key.decode(), notification(body, time, event))

    return Sender(
        *("amazon-sns", texts[0], make, texts[1:]),
        encoding="token",
        fetched=True,
        signs_fields=True,
        makes_body=True,
        topics=(TOPIC,),
        tolerance=3_600,
        writes=ISO_MILLIS,
    )


def scaleway(event: str) -> Delivery:
    """Sign a message of Scaleway's under a certificate of our own, which is none of theirs."""
    message = notification(b"fine", ISO_MILLIS.spell(NOW), event, SCALEWAY_TOPIC, SCALEWAY)
    return signed(next(iter(RSA_SPKIS)), message)


WEBHOOK = "1JE4291016473214C"
PAYPAL = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77"


def paypal(body: bytes, event: str) -> Delivery:
    """Sign a delivery of PayPal's under a certificate of our own, which is none of theirs."""
    time = ISO.spell(NOW)
    signature = b64(RSA_KEYS[0].pkcs1(f"{event}|{time}|{WEBHOOK}|{zlib.crc32(body)}".encode(), "sha256"))
    headers = {
        "PAYPAL-TRANSMISSION-ID": event,
        "PAYPAL-TRANSMISSION-TIME": time,
        "PAYPAL-TRANSMISSION-SIG": signature,
        "PAYPAL-CERT-URL": PAYPAL,
        "PAYPAL-AUTH-ALGO": "SHA256withRSA",
    }
    return Delivery(
        {**headers}, body, signature, remote=certificate(RSA_KEYS[0], "messageverificationcerts.paypal.com")
    )


def _untrusted(name: str, make: Callable[[bytes, bytes, str, str], Delivery]) -> Sender:
    told = {"options": {"webhook_id": WEBHOOK}} if name == "paypal" else {"topics": (SCALEWAY_TOPIC,)}
    return Sender(name, TEXTS[0], make, TEXTS[1:], encoding="token", fetched=True, untrusted=True, **told)


SENDERS = [
    _sns(),
    _untrusted("paypal", lambda key, body, time, event: paypal(body, event)),
    _untrusted("scaleway", lambda key, body, time, event: scaleway(event)),
]
"""Each by its provider. Where a certificate has to lead to an authority, nothing of ours can be accepted."""
