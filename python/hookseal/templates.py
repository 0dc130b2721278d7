"""Bodies in the shape in which well-known providers write them, with made-up values: for samples, never for a verdict.

A view that reads an event can then be tried with one. Only what most views read is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import MappingProxyType
from typing import TypeAlias

__all__ = ["TEMPLATES", "Made", "Template"]

Make: TypeAlias = "Callable[[str, str], Made]"


@dataclass(frozen=True)
class Made:
    """A payload, and the headers beside it that name the event; nothing of either is signed yet.

    Attributes:
        payload: what becomes the body.
        headers: names and values.
        is_form: whether it is written as a form, and not as JSON.
    """

    payload: object
    headers: Mapping[str, str] = field(default_factory=dict)
    is_form: bool = False


@dataclass(frozen=True)
class Template:
    """How one provider writes events.

    Attributes:
        events: types that it sends; the first stands for all of them. Another type gets the same shape.
        make: makes an event, given its type and its id.
    """

    events: tuple[str, ...]
    make: Make


def _stripe(event: str, number: str) -> Made:
    """Source: https://docs.stripe.com/api/events/object."""
    kind = event.rpartition(".")[0].replace(".", "_") or "object"
    thing = {
        "id": f"{kind[:2]}_{number}",
        "object": kind.replace("checkout_session", "checkout.session"),
        "amount_paid": 4200,
        "amount_total": 4200,
        "currency": "eur",
        "customer": f"cus_{number}",
        "metadata": {},
        "status": "paid" if event.startswith("invoice") else "succeeded",
    }
    envelope = {"id": f"evt_{number}", "object": "event", "api_version": "2025-03-31.basil"}
    return Made(
        envelope
        | {"created": int(time.time()), "data": {"object": thing}, "livemode": False}
        | {"pending_webhooks": 1, "request": {"id": None, "idempotency_key": None}, "type": event}
    )


def _github(event: str, number: str) -> Made:
    """Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads."""
    payload: dict[str, object] = {
        "repository": {"id": 1, "name": "sample", "full_name": "octocat/sample", "private": True},
        "sender": {"login": "octocat", "id": 1, "type": "User"},
    }
    if event == "push":
        payload |= {"ref": "refs/heads/main", "before": "0" * 40, "after": f"{number:0>40}", "commits": []}
    elif event == "ping":
        payload |= {"zen": "Keep it logically awesome.", "hook_id": 1, "hook": {"type": "Repository", "id": 1}}
    else:
        payload |= {"action": "opened", event.removesuffix("s"): {"number": 1, "title": f"Sample {number}"}}
    headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": number, "X-GitHub-Hook-ID": "1"}
    return Made({**payload, "sample": number}, headers)


def _shopify(event: str, number: str) -> Made:
    """Source: https://shopify.dev/docs/apps/build/webhooks."""
    order = {"id": int(number[:12], 16), "email": "jon@example.com", "currency": "EUR", "total_price": "42.00"}
    headers = {
        "X-Shopify-Topic": event,
        "X-Shopify-Webhook-Id": number,
        "X-Shopify-Shop-Domain": "sample.myshopify.com",
    }
    return Made({**order, "line_items": [{"id": 1, "title": "Sample", "quantity": 1, "price": "42.00"}]}, headers)


def _slack(event: str, number: str) -> Made:
    """Source: https://docs.slack.dev/apis/events-api/."""
    inner = {
        "type": event,
        "user": "U061F7AUR",
        "text": "A sample.",
        "channel": "C0LAN2Q65",
        "ts": f"{time.time():.6f}",
    }
    envelope = {"type": "event_callback", "team_id": "T061EG9R6", "api_app_id": "A0FFV41KK", "event_id": f"Ev{number}"}
    return Made({**envelope, "event": inner, "event_time": int(time.time())})


def _twilio(event: str, number: str) -> Made:
    """Source: https://www.twilio.com/docs/messaging/guides/webhook-request."""
    fields = {"MessageSid": f"SM{number:0>32}", "AccountSid": "AC" + "0" * 32, "From": "+15005550006"}
    return Made({**fields, "To": "+15005550001", "Body": f"A sample ({event}).", "NumMedia": "0"}, is_form=True)


def _enveloped(event: str, number: str) -> Made:
    """Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md."""
    return Made({"type": event, "timestamp": _now(), "data": {"id": number, "text": "A sample."}})


def _paddle(event: str, number: str) -> Made:
    """Source: https://developer.paddle.com/webhooks/overview."""
    thing = {"id": f"txn_{number}", "status": "completed", "currency_code": "EUR", "customer_id": f"ctm_{number}"}
    envelope = {"event_id": f"evt_{number}", "event_type": event, "occurred_at": _now()}
    return Made({**envelope, "notification_id": f"ntf_{number}", "data": thing})


def _sendgrid(event: str, number: str) -> Made:
    """Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event."""
    told = {"email": "jon@example.com", "timestamp": int(time.time()), "event": event, "sg_event_id": number}
    return Made([{**told, "sg_message_id": f"{number}.filter"}])


def _mailgun(event: str, number: str) -> Made:
    """Source: https://documentation.mailgun.com/docs/mailgun/user-manual/events/webhooks."""
    told = {"id": number, "event": event, "timestamp": time.time(), "recipient": "jon@example.com"}
    return Made({"event-data": {**told, "message": {"headers": {"message-id": f"{number}@example.com"}}}})


def _linear(event: str, number: str) -> Made:
    """Source: https://linear.app/developers/webhooks."""
    thing = {"id": number, "title": "A sample", "number": 1}
    return Made(
        {"action": "create", "type": event, "createdAt": _now(), "data": thing, "organizationId": number}
        | {"webhookTimestamp": int(time.time() * 1000), "webhookId": number}
    )


def _now() -> str:
    return datetime.now(tz=timezone.utc).isoformat(timespec="seconds")


_ENVELOPED = Template(("invoice.paid", "user.created"), _enveloped)

TEMPLATES: Mapping[str, Template] = MappingProxyType(
    {
        "stripe": Template(("invoice.paid", "checkout.session.completed", "payment_intent.succeeded"), _stripe),
        "github": Template(("push", "ping", "issues", "pull_request"), _github),
        "shopify": Template(("orders/create", "orders/paid"), _shopify),
        "slack": Template(("app_mention", "message"), _slack),
        "twilio": Template(("message",), _twilio),
        "paddle": Template(("transaction.completed", "subscription.created"), _paddle),
        "sendgrid": Template(("delivered", "bounce", "open"), _sendgrid),
        "mailgun": Template(("delivered", "opened", "failed"), _mailgun),
        "linear": Template(("Issue", "Comment"), _linear),
        "standard-webhooks": _ENVELOPED,
        "svix": _ENVELOPED,
        "resend": Template(("email.delivered", "email.bounced"), _enveloped),
        "clerk": Template(("user.created", "session.created"), _enveloped),
    }
)
"""By provider; the others get an event with an id and a type."""
