"""Who is timed at the level of Django: whole requests, direct calls of views, and async views."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.test import AsyncRequestFactory

from benches import django_views as views
from benches import messages
from benches.django_site import CREDENTIALS, SECRET, environ_of, server
from benches.engine_calls import request_with
from benches.measure import Contender, UnprovenError, asynchronous, contender, yardstick
from benches.messages import Message
from hookseal import WebhookRejected, webhook

BODY = messages.body_of(2_048)
PROOFS = {
    "github": "x-hub-signature-256",
    "stripe": "stripe-signature",
    "svix": "svix-signature",
    "resend": "svix-signature",
    "basic": "authorization",
}
"""The endpoints of the site, and the header that proves a message to each."""

View = Callable[..., Any]


def whole_requests(middleware: Sequence[str]) -> list[Contender]:
    """A complete request through a WSGI handler; a wrongly signed one must not be answered with 200."""
    bare: dict[str, View] = {
        "undecorated": views.bare,
        "reads the body": views.reads_body,
        "empty closure": views.closed(views.bare),
    }
    guarded = {f"hookseal {endpoint}": (views.guarded(endpoint), endpoint) for endpoint in PROOFS}
    checked: dict[str, tuple[View, str]] = {
        "by hand, a decorator": (views.checked_by_hand(views.bare), "github"),
        "stripe in the view": (views.stripe_inside, "stripe"),
        "svix in the view": (views.svix_inside, "svix"),
        "anymail postmark": (views.Postmark.as_view(), "basic"),
        "anymail resend": (views.Resend.as_view(), "resend"),
    }
    return [
        *(_unchecked(name, view, middleware) for name, view in bare.items()),
        *(_checked(name, *row, middleware) for name, row in (guarded | checked).items()),
    ]


def direct_calls() -> list[Contender]:
    """A view called with a request whose body and headers are cached: what a decorator adds, and nothing of Django."""
    good, bad = map(request_with, _signed("github"))
    bare: dict[str, View] = {"plain": views.quick, "empty closure": views.closed(views.quick)}
    checked: dict[str, View] = {
        "engine in the view": views.quick_with_engine,
        "hookseal github": views.guarded("github", views.quick),
    }
    call = "view(request)"

    def names(view: View, request: HttpRequest) -> dict[str, object]:
        return {"view": view, "request": request}

    made = [yardstick(name, call, names(view, good)) for name, view in bare.items()]
    for name, view in checked.items():
        made.append(contender(name, call, names(view, good), names(view, bad), WebhookRejected))
    return made


def async_calls(loop: asyncio.AbstractEventLoop) -> list[Contender]:
    """An async view awaited directly: the check inline, and through a thread."""
    good, bad = map(_async_request, _signed("github"))
    checked: dict[str, View] = {
        "hookseal github": webhook("github")(views.quick_async),
        "by hand": views.quick_by_hand,
        "engine through a thread": views.quick_through_a_thread,
    }
    for name, view in checked.items():
        _prove(name, view, good, bad, loop)
    rows = {"plain": views.quick_async} | checked
    return [asynchronous(name, partial(view, good), loop) for name, view in rows.items()]


def _unchecked(name: str, view: View, middleware: Sequence[str]) -> Contender:
    environ = environ_of(_signed("github")[0])
    serve = server(view, middleware)
    return yardstick(name, "serve(environ, body)", {"serve": serve, "environ": environ, "body": BODY})


def _checked(name: str, view: View, endpoint: str, middleware: Sequence[str]) -> Contender:
    good, bad = map(environ_of, _signed(endpoint))
    names = {"serve": server(view, middleware), "environ": good, "body": BODY}
    return contender(name, "serve(environ, body)", names, names | {"environ": bad})


def _signed(endpoint: str) -> tuple[Message, Message]:
    """A message that the endpoint accepts, and the same with a wrong proof."""
    message: Message = {
        "github": lambda: messages.github(BODY, SECRET),
        "stripe": lambda: messages.stripe(BODY, SECRET),
        "svix": lambda: messages.standard_webhooks(BODY, SECRET, "svix"),
        "basic": lambda: messages.basic(BODY, CREDENTIALS),
        "resend": lambda: messages.standard_webhooks(BODY, SECRET, "svix").beside(messages.basic(BODY, CREDENTIALS)),
    }[endpoint]()
    return message, message.spoilt(PROOFS[endpoint])


def _async_request(message: Message) -> HttpRequest:
    """The same request as an ASGI server hands it over; its body has arrived."""
    request = AsyncRequestFactory().post("/hook/", BODY, "application/json", secure=True, headers=message.headers)
    assert request.body == BODY
    return request


def _prove(name: str, view: View, good: HttpRequest, bad: HttpRequest, loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(view(good))
    try:
        loop.run_until_complete(view(bad))
    except SuspiciousOperation:
        return
    raise UnprovenError(f"{name} accepts a bad signature")
