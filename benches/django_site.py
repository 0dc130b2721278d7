"""The Django site of the benchmark: its settings, and one complete request through a WSGI handler with one view."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.test import override_settings
from django.urls import path

from benches import messages
from benches.messages import Message

SECRET = messages.new_secret()
CREDENTIALS = messages.new_credentials()
MIDDLEWARES: dict[str, Sequence[str]] = {
    "no middleware": (),
    "default middleware": (
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ),
}
COMMON = {
    "host": "shop.example.com",
    "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    "accept": "*/*; q=0.5, application/xml",
    "accept-encoding": "gzip, deflate, br",
    "cache-control": "no-cache",
    "connection": "keep-alive",
    "x-request-id": "5f1c9c8e6c2f4d0e9e1b",
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-proto": "https",
}


def configure() -> None:
    """Set Django up, once for the process, and silence what is logged of the refusals that prove the contenders."""
    logging.disable()
    settings.configure(
        ALLOWED_HOSTS=["*"],
        ANYMAIL={"WEBHOOK_SECRET": CREDENTIALS, "RESEND_SIGNING_SECRET": SECRET},
        HOOKSEAL={
            "*": {"REPLAY": False},  # each delivery is sent many times
            "github": {"SECRETS": [SECRET]},
            "stripe": {"SECRETS": [SECRET]},
            "svix": {"SECRETS": [SECRET]},
            "basic": {"SECRETS": [CREDENTIALS]},
            "resend": {"SECRETS": [SECRET], "BASIC_AUTH": [CREDENTIALS]},
        },
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "hookseal.replay.database",
        ],
        LOGGING_CONFIG=None,
        ROOT_URLCONF="benches.none",
        SECRET_KEY=messages.new_secret(),
    )
    django.setup()


def server(view: Callable[..., Any], middleware: Sequence[str]) -> Callable[[dict[str, object], bytes], bool]:
    """A site with that one view; the function serves one request and says whether the answer was 200."""
    one_view = type("OneViewRequest", (WSGIRequest,), {"urlconf": (path("hook/", view),)})
    with override_settings(MIDDLEWARE=middleware):
        handler = type("OneViewHandler", (WSGIHandler,), {"request_class": one_view})()

    def serve(environ: dict[str, object], body: bytes) -> bool:
        response = handler({**environ, "wsgi.input": BytesIO(body)}, start_response)
        answer = b"".join(response)
        response.close()
        return bool(response.status_code == 200 and not answer)

    return serve


def environ_of(message: Message) -> dict[str, object]:
    """The WSGI environment of a message, twelve headers or a few more; its body is not in it."""
    headers = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in (COMMON | message.headers).items()}
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/hook/",
        "QUERY_STRING": "",
        "SERVER_NAME": "shop.example.com",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(message.body)),
        "wsgi.url_scheme": "https",
        "wsgi.multithread": True,
        **headers,
    }


def start_response(_status: str, _headers: object) -> None:
    """Take the head of a response, as a server would."""
