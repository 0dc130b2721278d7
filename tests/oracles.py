"""Other people's verifiers in one form: each signs a delivery and judges one, with its own code where it has any."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import RequestFactory

from hookseal import Reason, Verifier, WebhookRejected

NOW = 1_790_000_000
WHSEC = "whsec_MWZiODc0YzJhNmQzNGU1YjlmMDc4MTJj"

Headers = Mapping[str, str]
Respell = Callable[[Headers, bytes], tuple[Headers, bytes]]


@dataclass(frozen=True)
class Oracle:
    """What another implementation says of a provider's deliveries.

    Attributes:
        name: for test ids.
        provider: the name in our catalog.
        secret: the secret, as the provider shows it.
        sign: makes the headers (and the body, where the signature stands there) of a genuine delivery.
        accepts: whether it takes a delivery for genuine.
        respell: writes a delivery as its sender would spell what our verifier reads from it, since it reads a few other
            spellings as well: those in `LOOSER` of test_oracle_spellings.py.
        bodies: what bodies it can judge: "text" (UTF-8), "json", "fields" (a body of its own making).
    """

    name: str
    provider: str
    secret: str
    sign: Callable[[bytes, str, str], tuple[dict[str, str], bytes]]
    accepts: Callable[[Headers, bytes], Any]
    respell: Respell = lambda headers, body: (_trimmed(headers), body)
    bodies: str = "text"

    def verdict(self, headers: Headers, body: bytes) -> bool:
        """Judge a delivery. Whatever it raises is a refusal: several of these fall over what they did not expect."""
        with suppress(Exception):
            return bool(self.accepts(headers, body))
        return False


@cache
def oracle(name: str) -> Oracle:
    """Make an oracle; where its package is missing, skip by name."""
    try:
        return MAKERS[name]()
    except ImportError as error:
        pytest.skip(f"{name}: {error.name} is not installed (it is in the dependency group test)")


def ours(theirs: Oracle, headers: Headers, body: bytes) -> Reason | None:
    """Judge a delivery with our verifier: None where it is accepted, else the reason."""
    try:
        _verifier(theirs.provider, theirs.secret).verify(headers=headers, body=body, now=NOW)
    except WebhookRejected as rejection:
        return rejection.reason
    return None


@cache
def _verifier(provider: str, secret: str) -> Verifier:
    return Verifier(provider, secrets=[secret])


def mac(secret: bytes, *parts: bytes) -> bytes:
    """Compute HMAC-SHA256, for senders whose SDK verifies but does not sign."""
    return hmac.new(secret, b"".join(parts), hashlib.sha256).digest()


def whsec_key(secret: str) -> bytes:
    """Decode a Standard Webhooks secret."""
    return base64.b64decode(secret.removeprefix("whsec_") + "==")


def _stripe() -> Oracle:
    secret = "whsec_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u"
    theirs = import_module("stripe").WebhookSignature

    def sign(body: bytes, event_id: str, time: str) -> tuple[dict[str, str], bytes]:
        if time == str(NOW):
            return {"Stripe-Signature": theirs.generate_signature_header(body.decode(), secret, NOW)}, body
        return {"Stripe-Signature": f"t={time},v1={mac(secret.encode(), time.encode(), b'.', body).hex()}"}, body

    def accepts(headers: Headers, body: bytes) -> bool:
        return theirs.verify_header(body, headers.get("Stripe-Signature"), secret, 300)

    return Oracle("stripe", "stripe", secret, sign, accepts, _pairs("Stripe-Signature", ",", "t", "v1"))


def _paddle() -> Oracle:
    secret = "pdl_ntfset_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u"
    theirs = import_module("paddle_billing.Notifications")
    calculate = import_module("paddle_billing.Notifications.PaddleSignature").PaddleSignature.calculate_hmac

    def sign(body: bytes, event_id: str, time: str) -> tuple[dict[str, str], bytes]:
        return {"Paddle-Signature": f"ts={time};h1={calculate(secret, time.encode() + b':' + body).hexdigest()}"}, body

    def accepts(headers: Headers, body: bytes) -> bool:
        request = SimpleNamespace(headers=headers, body=body)
        return theirs.Verifier(300).verify(request, theirs.Secret(secret))

    return Oracle("paddle", "paddle", secret, sign, accepts, _pairs("Paddle-Signature", ";", "ts", "h1"))


def _slack() -> Oracle:
    secret = "8f742231b10e8888abcd99e5f2f385a5"
    theirs = import_module("slack_sdk.signature").SignatureVerifier(secret)

    def sign(body: bytes, event_id: str, time: str) -> tuple[dict[str, str], bytes]:
        signature = theirs.generate_signature(timestamp=time, body=body)
        return {"X-Slack-Request-Timestamp": time, "X-Slack-Signature": signature}, body

    return Oracle(
        "slack",
        "slack",
        secret,
        sign,
        lambda headers, body: theirs.is_valid_request(body, headers),
        _plain("X-Slack-Signature"),
    )


def _standard(name: str, module: str, provider: str, prefix: str) -> Oracle:
    theirs = import_module(module).Webhook(WHSEC)

    def sign(body: bytes, event_id: str, time: str) -> tuple[dict[str, str], bytes]:
        if time == str(NOW):
            signature = theirs.sign(event_id, datetime.fromtimestamp(NOW, tz=timezone.utc), body.decode())
        else:
            signature = _v1(event_id, time, body)
        return _standard_headers(prefix, event_id, time, signature), body

    def accepts(headers: Headers, body: bytes) -> bool:
        if provider == "svix":
            theirs.verify(body, dict(headers))
        else:
            theirs.verify(body, dict(headers), json_parse=False)
        return True

    return Oracle(name, provider, WHSEC, sign, accepts, _versions(f"{prefix}-signature"))


def _openai() -> Oracle:
    matches = import_module("openai.lib._webhooks").webhook_signature_matches

    def sign(body: bytes, event_id: str, time: str) -> tuple[dict[str, str], bytes]:
        return _standard_headers("webhook", event_id, time, _v1(event_id, time, body)), body

    def accepts(headers: Headers, body: bytes) -> bool:
        return matches(body, headers, secret=WHSEC, tolerance=300)

    return Oracle("openai", "openai", WHSEC, sign, accepts, _versions("webhook-signature"))


def _resend() -> Oracle:
    theirs = import_module("resend").Webhooks

    def sign(body: bytes, event_id: str, time: str) -> tuple[dict[str, str], bytes]:
        content = f"{event_id}.{time}.".encode() + body
        signature = f"v1,{theirs._generate_signature(whsec_key(WHSEC), content)}"
        return _standard_headers("svix", event_id, time, signature), body

    def accepts(headers: Headers, body: bytes) -> bool:
        known = {name: headers.get(f"svix-{name}") for name in ("id", "timestamp", "signature")}
        theirs.verify({"payload": body.decode(), "headers": known, "webhook_secret": WHSEC})
        return True

    return Oracle("resend", "resend", WHSEC, sign, accepts, _versions("svix-signature"), "json")


def _mailtrap() -> Oracle:
    secret = "8d9a3c0e7f5b2d4a6c1e9f8b3a7d5c2e"
    verify = import_module("mailtrap.webhooks").verify_signature

    def sign(body: bytes, event_id: str, time: str) -> tuple[dict[str, str], bytes]:
        return {"Mailtrap-Signature": mac(secret.encode(), body).hex()}, body

    def accepts(headers: Headers, body: bytes) -> bool:
        return verify(body, headers.get("Mailtrap-Signature", ""), secret)

    return Oracle("mailtrap", "mailtrap", secret, sign, accepts, _plain("Mailtrap-Signature"))


def _mailersend() -> Oracle:
    secret = "mailersend-made-up-2f4b6a8c0e135790"

    def sign(body: bytes, event_id: str, time: str) -> tuple[dict[str, str], bytes]:
        return {"Signature": mac(secret.encode(), body).hex()}, body

    accepts = _anymail("mailersend", "MailerSendTrackingWebhookView", signing_secret=secret)
    return Oracle("anymail-mailersend", "mailersend", secret, sign, accepts, _plain("Signature"))


def _mailgun(kind: str) -> Oracle:
    secret = "mailgun-made-up-7c5e3a1b9d8f6042"

    def sign(body: bytes, event_id: str, time: str) -> tuple[dict[str, str], bytes]:
        token = hashlib.sha256(body).hexdigest()
        fields = {"timestamp": time, "token": token, "signature": mac(secret.encode(), f"{time}{token}".encode()).hex()}
        if kind == "json":
            return {"Content-Type": "application/json"}, json.dumps({"signature": fields, "event-data": {}}).encode()
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(fields).encode()

    accepts = _anymail("mailgun", "MailgunTrackingWebhookView", webhook_signing_key=secret)

    def respell(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        return headers, re.sub(rb'signature(=|": ")[0-9A-Fa-f]{64}', lambda found: found[0].lower(), body)

    return Oracle(f"anymail-mailgun-{kind}", "mailgun", secret, sign, accepts, respell, "fields")


def _basic() -> Oracle:
    secret = "user:made-up:9d2f4b6a8c0e1357"

    def sign(body: bytes, event_id: str, time: str) -> tuple[dict[str, str], bytes]:
        return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}, body

    accepts = _anymail("postmark", "PostmarkTrackingWebhookView", webhook_secret=secret)
    return Oracle("anymail-basic", "postmark", secret, sign, accepts)


def _anymail(module: str, view: str, **settings: str) -> Callable[[Headers, bytes], bool]:
    theirs = getattr(import_module(f"anymail.webhooks.{module}"), view)(**settings)

    def accepts(headers: Headers, body: bytes) -> bool:
        kind = headers.get("Content-Type", "application/json")
        sent = {name: value for name, value in headers.items() if name != "Content-Type"}
        theirs.run_validators(RequestFactory().post("/", body, kind, headers=sent))
        return True

    return accepts


def _v1(event_id: str, time: str, body: bytes) -> str:
    digest = mac(whsec_key(WHSEC), f"{event_id}.{time}.".encode(), body)
    return f"v1,{base64.b64encode(digest).decode()}"


def _standard_headers(prefix: str, event_id: str, time: str, signature: str) -> dict[str, str]:
    return {f"{prefix}-id": event_id, f"{prefix}-timestamp": time, f"{prefix}-signature": signature}


def _trimmed(headers: Headers) -> dict[str, str]:
    """Drop what HTTP does not count to a value: the white space around it."""
    return {name: value.strip(" \t") for name, value in headers.items()}


def _plain(name: str) -> Respell:
    def respell(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        return _trimmed(headers) | {name: headers.get(name, "").strip(" \t").lower()}, body

    return respell


def _pairs(name: str, split: str, time: str, version: str) -> Respell:
    entry = re.compile(rf"({time})=(.*)|({version})=([0-9a-fA-F]{{64}})", re.DOTALL)

    def respell(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        entries = (each.strip(" \t") for each in headers.get(name, "").split(split))
        kept = [each if each.startswith(f"{time}=") else each.lower() for each in entries if entry.fullmatch(each)]
        return {**headers, name: split.join(kept)}, body

    return respell


def _versions(name: str) -> Respell:
    entry = re.compile(r"(?:^|(?<=[ ,\t]))v1,([A-Za-z0-9+/]{43}=)(?=$|[ ,\t])")

    def respell(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        trimmed = _trimmed(headers)
        found = entry.findall(trimmed.get(name, ""))
        return {**trimmed, name: " ".join(f"v1,{signature}" for signature in found)}, body

    return respell


MAKERS: dict[str, Callable[[], Oracle]] = {
    "stripe": _stripe,
    "paddle": _paddle,
    "slack": _slack,
    "standardwebhooks": lambda: _standard("standardwebhooks", "standardwebhooks", "standard-webhooks", "webhook"),
    "svix": lambda: _standard("svix", "svix.webhooks", "svix", "svix"),
    "svix-unbranded": lambda: _standard("svix-unbranded", "svix.webhooks", "svix", "webhook"),
    "openai": _openai,
    "resend": _resend,
    "mailtrap": _mailtrap,
    "anymail-mailersend": _mailersend,
    "anymail-mailgun-json": lambda: _mailgun("json"),
    "anymail-mailgun-form": lambda: _mailgun("form"),
    "anymail-basic": _basic,
}
"""How to make each oracle; making one raises ImportError where its package is not installed."""
