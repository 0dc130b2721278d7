"""Senders that publish their keys, played by the tests: an SNS topic, and Plaid; with keys of their own."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager

import trustme
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import AsyncRequestFactory, RequestFactory

from hookseal import keysource, sign
from hookseal.keysource import KeySource
from hookseal.signing import Signed
from tests.origin import Origin, origin, respond

AMAZON, PLAID = "amazon-sns", "plaid"
TOPIC = "arn:aws:sns:us-east-1:123456789012:mail"
SNS = "sns.us-east-1.amazonaws.com"
CERTIFICATE = trustme.CA().issue_cert("sns.amazonaws.com", key_type=trustme.KeyType.RSA)
CONFIRM = f"https://{SNS}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37fb687f5d51e6e241d"
PLAID_SECRET = "plaid-canary-51c0ffee"
PLAID_OPTIONS = {"client_id": "5f3c1e7a9b2d4e6f8a0c1b3d", "secret": PLAID_SECRET, "environment": "sandbox"}
PLAID_KEY = ec.generate_private_key(ec.SECP256R1())
PLAID_KEY_ID = "6c5516e1-92dc-479e-a8ff-5a51992e0001"


def notification(topic: str = TOPIC, message: str = "hello", **changes: object) -> bytes:
    """Write a message as SNS does, without what signing adds."""
    written = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": topic,
        "Message": message,
        "SignatureVersion": "2",
        **changes,
    }
    return json.dumps(written).encode()


def confirmation(url: str = CONFIRM) -> bytes:
    """Write a request to confirm a subscription."""
    return notification(Type="SubscriptionConfirmation", SubscribeURL=url, Token="2336412f37fb687f5d51e6e241d")


def sns(body: bytes, **changes) -> Signed:
    """Sign a message as SNS does."""
    return sign(AMAZON, secret=CERTIFICATE.private_key_pem.bytes().strip(), body=body, **changes)


def plaid(body: bytes, **changes) -> Signed:
    """Sign a delivery as Plaid does."""
    pem = PLAID_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return sign(PLAID, secret=pem.strip(), body=body, **changes)


def jwk(key: ec.EllipticCurvePrivateKey = PLAID_KEY, **changes: object) -> dict[str, object]:
    """Write the public half of a key as Plaid publishes it."""
    point = key.public_key().public_numbers()
    x, y = (urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode() for number in (point.x, point.y))
    facts = {"alg": "ES256", "crv": "P-256", "kid": PLAID_KEY_ID, "kty": "EC", "use": "sig", "x": x, "y": y}
    return facts | {"created_at": 1_560_466_150, "expired_at": None} | changes


@contextmanager
def provider(*names: str) -> Iterator[Origin]:
    """Run the server of a provider, and have this process fetch keys from it alone."""
    before = keysource.process_keys()
    with origin(*(names or (SNS, "sandbox.plaid.com"))) as server:
        server.answer = lambda request: respond(_published(request))
        keysource.use(KeySource(fetch=server.https()))
        try:
            yield server
        finally:
            keysource.use(before)


def request_of(signed, **headers: str):
    """Make the request of a signed delivery."""
    known = {**signed.headers, **headers}
    content_type = known.pop("Content-Type")
    return RequestFactory().post("/", signed.body, content_type, secure=True, headers=known)


def arequest_of(signed, **headers: str):
    """Make the request of a signed delivery, as an ASGI server hands it over."""
    known = {**signed.headers, **headers}
    content_type = known.pop("Content-Type")
    return AsyncRequestFactory().post("/", signed.body, content_type, secure=True, headers=known)


def _published(request: bytes) -> bytes:
    if request.startswith(b"POST /webhook_verification_key/get "):
        return json.dumps({"key": jwk(), "request_id": "q"}).encode()
    return CERTIFICATE.cert_chain_pems[0].bytes()
