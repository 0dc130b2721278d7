"""The views that are timed: bare, guarded by hookseal, checked by hand, by an SDK, by Anymail."""

from __future__ import annotations

import functools
import hashlib
import hmac
import time
from collections.abc import Callable

import stripe
import svix.webhooks
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from asgiref.sync import sync_to_async
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from benches.django_site import SECRET
from benches.engine_calls import verifier
from hookseal import webhook
from hookseal._engine import Record

View = Callable[..., HttpResponse]
KEY = SECRET.encode()
SVIX = svix.webhooks.Webhook(SECRET)
GITHUB = verifier(Record.named("github"), [SECRET])
ANSWER = HttpResponse(content_type="text/plain")
"""What views answer that are called directly: to build a response costs more than what is measured there."""


@csrf_exempt
def bare(_request: HttpRequest) -> HttpResponse:
    """Answer, without a look at the request."""
    return HttpResponse()


@csrf_exempt
def reads_body(request: HttpRequest) -> HttpResponse:
    """Read the body, as every view of a webhook does."""
    assert request.body
    return HttpResponse()


@csrf_exempt
def stripe_inside(request: HttpRequest) -> HttpResponse:
    """Call stripe's own check, as its documentation shows."""
    stripe.WebhookSignature.verify_header(request.body, request.headers["stripe-signature"], SECRET, 300)
    return HttpResponse()


@csrf_exempt
def svix_inside(request: HttpRequest) -> HttpResponse:
    """Call svix's own check, its object kept."""
    SVIX.verify(request.body, request.headers)  # type: ignore[arg-type]  # as its documentation shows
    return HttpResponse()


def guarded(endpoint: str, view: View = bare) -> View:
    """A view behind hookseal's decorator."""
    return webhook(endpoint)(view)


def closed(view: View) -> View:
    """The least that a decorator can be: a closure without a check."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return view(request, *args, **kwargs)

    return wrapper


def checked_by_hand(view: View) -> View:
    """The decorator one writes for GitHub's signature without a library."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        check_by_hand(request)
        return view(request, *args, **kwargs)

    return wrapper


def check_by_hand(request: HttpRequest) -> None:
    """Compare the signature with one's own. Raises SuspiciousOperation."""
    expected = "sha256=" + hmac.new(KEY, request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", "")):
        raise SuspiciousOperation("wrong signature")


class Postmark(PostmarkTrackingWebhookView):  # type: ignore[misc]  # anymail has no types
    """Anymail's view, validators and all, without the work on the events."""

    def parse_events(self, _request: HttpRequest) -> list[object]:
        """Find no event."""
        return []


class Resend(ResendTrackingWebhookView):  # type: ignore[misc]  # likewise
    """The same for Resend."""

    def parse_events(self, _request: HttpRequest) -> list[object]:
        """Find no event."""
        return []


def quick(_request: HttpRequest) -> HttpResponse:
    """Answer, without a look at the request."""
    return ANSWER


def quick_with_engine(request: HttpRequest) -> HttpResponse:
    """Read the body and call the engine, with nothing around it."""
    GITHUB.verify((request.META["HTTP_X_HUB_SIGNATURE_256"],), request.body, time.time())
    return ANSWER


async def quick_async(_request: HttpRequest) -> HttpResponse:
    """Answer, without a look at the request."""
    return ANSWER


async def quick_by_hand(request: HttpRequest) -> HttpResponse:
    """Check by hand, inline."""
    check_by_hand(request)
    return ANSWER


async def quick_through_a_thread(request: HttpRequest) -> HttpResponse:
    """Call the engine the way that synchronous code is usually called from an async view."""
    return await sync_to_async(quick_with_engine)(request)
