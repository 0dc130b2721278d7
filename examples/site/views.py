"""Eight webhook views: functions, one async, one class-based; each gets only what its sender has proven."""

from __future__ import annotations

import logging

from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View

from hookseal import Receipt, WebhookRejected, webhook
from hookseal.signals import webhook_rejected

logger = logging.getLogger("site")


class WebhookRequest(HttpRequest):
    """For type checkers: what a guarded view is given."""

    webhook: Receipt


@webhook("stripe")
def stripe_events(request: WebhookRequest) -> HttpResponse:
    """Take Stripe's events; the body that was verified is the one that is read."""
    event = request.webhook.json()
    return received(request.webhook, event["type"])


@webhook("github")
async def github_events(request: WebhookRequest) -> HttpResponse:
    """Take GitHub's events in an async view; the check runs inline."""
    return received(request.webhook, request.headers.get("X-GitHub-Event", "ping"))


@webhook("slack")
def slack_events(request: WebhookRequest) -> HttpResponse:
    """Take Slack's events (JSON) and commands (a form)."""
    command = request.webhook.form.get("command", ["event"])
    return received(request.webhook, command[0])


@method_decorator(webhook("svix"), name="dispatch")
class SvixEvents(View):
    """Takes what arrives through Svix; decorate `dispatch`, as for a view of DRF."""

    def post(self, request: WebhookRequest) -> HttpResponse:
        """Take one event."""
        return received(request.webhook, request.webhook.json()["type"])


@webhook("orders")
def order_events(request: WebhookRequest) -> HttpResponse:
    """Take the events of an order service that follows Standard Webhooks."""
    return received(request.webhook, request.webhook.json()["type"])


@webhook("mailgun")
def mailgun_events(request: WebhookRequest) -> HttpResponse:
    """Take Mailgun's events: signed, and sent with the credentials of BASIC_AUTH."""
    return received(request.webhook, "mail")


@webhook("partner")
def partner_events(request: WebhookRequest) -> HttpResponse:
    """Take the messages of a partner who proves himself by user and password."""
    return received(request.webhook, "message")


@webhook("acme")
def acme_events(request: WebhookRequest) -> HttpResponse:
    """Take the events of a sender that hookseal has no record of: the settings describe it."""
    return received(request.webhook, request.webhook.json()["type"])


@receiver(webhook_rejected)
def refused(rejection: WebhookRejected, **_: object) -> None:
    """Note every refusal, where hookseal's own log keeps to a bounded number of lines."""
    logger.info("refused %s: %s", rejection.endpoint, rejection.reason.value)


def received(receipt: Receipt, what: str) -> HttpResponse:
    """Log what arrived and answer with what was proven."""
    logger.info("%s sent %s, proven by %s", receipt.endpoint, what, receipt.secret)
    return JsonResponse({"endpoint": receipt.endpoint, "secret": receipt.secret, "event": receipt.event_id})


def front_page(request: HttpRequest) -> HttpResponse:
    """List the endpoints, with a line that shows what an unsigned delivery gets."""
    address = request.build_absolute_uri("/hooks/stripe/")
    lines = [
        "Endpoints: /hooks/{stripe,github,slack,svix,orders,mailgun,partner,acme}/",
        "",
        f"Refused, since nothing is signed:  curl -i -d '{{}}' {address}",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
