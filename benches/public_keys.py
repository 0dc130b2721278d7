"""Who is timed on signatures by private keys: the engine, `cryptography`, PyNaCl, SendGrid's package and Anymail."""

from __future__ import annotations

import base64
import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial

from anymail.exceptions import AnymailNotSupportedWarning
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from sendgrid.helpers.eventwebhook import EventWebhook

from benches.contenders import anymail_rows
from benches.engine_calls import on_parts, on_request, verifier
from benches.measure import Contender, contender
from benches.messages import SIZES, Message, basic, body_of, new_credentials
from hookseal._engine import Record
from hookseal.schemes import Header, Signing, asymmetric

BODY = body_of(SIZES["2 KB"])
SIGNATURE, STAMP = "x-twilio-email-event-webhook-signature", "x-twilio-email-event-webhook-timestamp"
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey


def of_public_keys() -> list[Contender]:
    """Every contender, for a body of 2 KB that is signed behind its time."""
    warnings.simplefilter("ignore", AnymailNotSupportedWarning)  # said for each view that is built
    return [*_p256(), *_ed25519(), *_rsa()]


def _p256() -> list[Contender]:
    """ECDSA as SendGrid signs, whose package and Anymail are the peers; Anymail reads the key for each request."""
    private = ec.generate_private_key(ec.SECP256R1())
    stamp = str(int(time.time()))
    credentials, key = new_credentials(), _spki(private.public_key())
    good = _message(private.sign(stamp.encode() + BODY, ec.ECDSA(SHA256())), stamp).beside(basic(BODY, credentials))
    bad, record = good.spoilt(SIGNATURE), _record("ecdsa-p256-sha256-der")
    theirs = {"verify": EventWebhook(key).verify_signature}
    call = "verify(body.decode(), signature, stamp)"
    check = {"key": private.public_key(), "rule": ec.ECDSA(SHA256())}
    return [
        on_parts("hookseal P-256", verifier(record, [key]), good, bad),
        contender("sendgrid verify_signature", call, theirs | _names(good), theirs | _names(bad)),
        _by_cryptography("cryptography P-256", check, good, bad),
        on_request("hookseal P-256, in a view", verifier(record, [key], [credentials]), good, bad),
        *anymail_rows("sendgrid", _view(key, credentials), good, bad),
    ]


def _ed25519() -> list[Contender]:
    private = ed25519.Ed25519PrivateKey.generate()
    stamp = str(int(time.time()))
    good = _message(private.sign(stamp.encode() + BODY), stamp)
    bad = good.spoilt(SIGNATURE)
    ours = verifier(_record("ed25519"), [_spki(private.public_key())])
    theirs = {
        "key": VerifyKey(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
        "decode": base64.b64decode,
    }
    call = "key.verify(stamp.encode() + body, decode(signature))"
    return [
        on_parts("hookseal Ed25519", ours, good, bad),
        contender("PyNaCl verify", call, theirs | _names(good), theirs | _names(bad), BadSignatureError),
        _by_cryptography("cryptography Ed25519", {"key": private.public_key()}, good, bad),
    ]


def _rsa() -> list[Contender]:
    private = rsa.generate_private_key(65_537, 2_048)
    stamp = str(int(time.time()))
    good = _message(private.sign(stamp.encode() + BODY, padding.PKCS1v15(), SHA256()), stamp)
    bad = good.spoilt(SIGNATURE)
    ours = verifier(_record("rsa-pkcs1-sha256"), [_spki(private.public_key())])
    check = {"key": private.public_key(), "rule": padding.PKCS1v15(), "digest": SHA256()}
    return [on_parts("hookseal RSA-2048", ours, good, bad), _by_cryptography("cryptography RSA-2048", check, good, bad)]


def _by_cryptography(name: str, check: Mapping[str, object], good: Message, bad: Message) -> Contender:
    """The key parsed once, the signature decoded and the signed bytes joined for each call."""
    rules = "".join(f", {rule}" for rule in check if rule != "key")
    names = {**check, "decode": base64.b64decode}
    call = f"key.verify(decode(signature), stamp.encode() + body{rules})"
    return contender(name, call, names | _names(good), names | _names(bad), InvalidSignature)


def _view(key: str, credentials: str) -> Callable[[], object]:
    SendGridTrackingWebhookView.as_view()  # which makes the setting an argument
    return partial(SendGridTrackingWebhookView, basic_auth=[credentials], tracking_webhook_verification_key=key)


def _record(algorithm: Signing) -> Record:
    scheme = asymmetric(
        algorithm=algorithm,
        header=SIGNATURE,
        encoding="base64",
        signed="{ts}{body}",
        parts={"ts": Header(STAMP)},
    )
    return Record.from_json("bench", scheme.json())


def _message(signature: bytes, stamp: str) -> Message:
    return Message(BODY, {SIGNATURE: base64.b64encode(signature).decode(), STAMP: stamp})


def _names(sent: Message) -> dict[str, object]:
    return {"body": BODY, "signature": sent.headers[SIGNATURE], "stamp": sent.headers[STAMP]}


def _spki(key: PublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
