"""Who sends: one sender for each endpoint of the example site; the provider's own SDK signs where there is one."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

import standardwebhooks
import stripe
import svix.webhooks
from keys import Keys
from slack_sdk.signature import SignatureVerifier

import hookseal

EVENT = b'{"id": "evt_1NG8Du2eZvKYlo2C", "object": "event", "type": "invoice.paid", "amount": 4200}'
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"


@dataclass(frozen=True)
class Message:
    """One HTTP request as it goes over the wire."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    chunked: bool = False

    def having(self, name: str, value: str | None) -> Message:
        """The same message with one header set, or left out where the value is None."""
        headers = {kept: text for kept, text in self.headers.items() if kept.lower() != name.lower()}
        return replace(self, headers=headers if value is None else headers | {name: value})

    def header(self, name: str) -> str:
        """The value of a header that is there."""
        return next(text for kept, text in self.headers.items() if kept.lower() == name.lower())


Headers = dict[str, str]
Sign = Callable[[str, bytes, float], tuple[Headers, bytes]]
"""(secret, body, now in Unix seconds) -> the headers that a provider sends with that body, and the body it sends."""


@dataclass(frozen=True)
class Sender:
    """One provider's sending side.

    Attributes:
        title: who sends, and whose code signs.
        endpoint: the alias in the example site's settings.
        secret: what both sides share.
        sign: makes the headers.
        proof: the header that holds the signature or the credentials; None where the body holds it.
        timed: whether the moment of signing is signed.
    """

    title: str
    endpoint: str
    secret: str
    sign: Sign
    proof: str | None
    timed: bool = True

    def message(self, now: float, *, secret: str | None = None, body: bytes = EVENT) -> Message:
        """A delivery signed at `now`, with the right secret unless another one is given."""
        headers, sent = self.sign(secret or self.secret, body, now)
        return Message(f"/hooks/{self.endpoint}/", sent, {"Content-Type": "application/json", **headers})


def all_senders(keys: Keys) -> list[Sender]:
    """One sender for each endpoint, in the order of the table."""
    github, partner = _mirror("github"), _mirror("basic")
    return [
        Sender("Stripe, signed by stripe", "stripe", keys.stripe, _stripe, "Stripe-Signature"),
        Sender("Slack, signed by slack_sdk", "slack", keys.slack, _slack, "X-Slack-Signature"),
        Sender("Svix, signed by svix", "svix", keys.svix, _svix, "svix-signature"),
        Sender("Orders, signed by standardwebhooks", "orders", keys.orders, _standard, "webhook-signature"),
        Sender("GitHub, signed by hookseal", "github", keys.github, github, "X-Hub-Signature-256", timed=False),
        Sender("Mailgun, signed by hookseal", "mailgun", keys.mailgun, _mailgun(keys.mailgun_basic), None),
        Sender("Partner, by user and password", "partner", keys.partner, partner, "Authorization", timed=False),
        Sender("Acme, signed by hand", "acme", keys.acme, _acme, "X-Acme-Signature"),
    ]


def basic(credentials: str) -> str:
    """The Authorization header for "user:password"."""
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def _stripe(secret: str, body: bytes, now: float) -> tuple[Headers, bytes]:
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(now))
    return {"Stripe-Signature": header}, body


def _slack(secret: str, body: bytes, now: float) -> tuple[Headers, bytes]:
    stamp = str(int(now))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": str(signature)}, body


def _svix(secret: str, body: bytes, now: float) -> tuple[Headers, bytes]:
    signature = svix.webhooks.Webhook(secret).sign(MESSAGE_ID, _moment(now), body.decode())
    return {"svix-id": MESSAGE_ID, "svix-timestamp": str(int(now)), "svix-signature": signature}, body


def _standard(secret: str, body: bytes, now: float) -> tuple[Headers, bytes]:
    signature = standardwebhooks.Webhook(secret).sign(MESSAGE_ID, _moment(now), body.decode())
    return {"webhook-id": MESSAGE_ID, "webhook-timestamp": str(int(now)), "webhook-signature": signature}, body


def _mirror(provider: str) -> Sign:
    """Sign as a provider that publishes no signing code would."""

    def sign(secret: str, body: bytes, now: float) -> tuple[Headers, bytes]:
        signed = hookseal.sign(provider, secret=secret, body=body, now=now)
        return dict(signed.headers), signed.body

    return sign


def _mailgun(credentials: str) -> Sign:
    """Mailgun's signature stands in the body; its endpoint demands Basic credentials beside it."""
    mirror = _mirror("mailgun")

    def sign(secret: str, body: bytes, now: float) -> tuple[Headers, bytes]:
        headers, signed = mirror(secret, body, now)
        return headers | {"Authorization": basic(credentials)}, signed

    return sign


def _acme(secret: str, body: bytes, now: float) -> tuple[Headers, bytes]:
    stamp = str(int(now))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Acme-Time": stamp, "X-Acme-Signature": f"sha256={digest}"}, body


def _moment(now: float) -> datetime:
    return datetime.fromtimestamp(int(now), tz=timezone.utc)
