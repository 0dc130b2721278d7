"""A site with an endpoint for each provider of the catalog, and genuine deliveries for all of them."""

from __future__ import annotations

from base64 import b64encode
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from hookseal import guards, providers, sign, webhook
from hookseal._engine import Record, Secret, SecretError
from hookseal.verifier import Signed

BASIC_AUTH = "owner:made-up-4e6a8c0d1f3b5792"
SECRET_FORMS = (
    "made-up-9d2f4b6a8c0e1357",
    "user:made-up-9d2f4b6a8c0e1357",
    "whsec_" + "QUJD" * 8,
    "9d2f4b6a8c0e1357" * 2,
)
BODY = b'{"id":"evt_1"}'
FORM = "application/x-www-form-urlencoded"


@cache
def secret_of(provider: str) -> str:
    """Find a made-up secret of the form that the provider's record wants."""
    for text in SECRET_FORMS:
        try:
            Record.named(provider).check(Secret(text))
        except SecretError:
            continue
        return text
    raise LookupError(provider)


def genuine(provider: str, content_type: str = "application/json", body: bytes = BODY) -> Signed:
    """Sign a delivery, with the Basic credentials that its endpoint demands beside the signature."""
    signed = sign(provider, secret=secret_of(provider), body=body, content_type=content_type)
    if not Record.named(provider).shares_secret:
        signed.headers["Authorization"] = f"Basic {b64encode(BASIC_AUTH.encode()).decode()}"
    return signed


def handle(request: HttpRequest) -> HttpResponse:
    """Answer, which only a genuine delivery makes it do."""
    return HttpResponse(request.webhook.provider)


_GUARDS = dict(guards._guards)
VIEWS = {name: webhook(name)(handle) for name in providers()}
"""The guarded view of each endpoint; the other tests' site, which lacks these endpoints, does not hear of them."""
guards._guards.clear()
guards._guards.update(_GUARDS)


class Urls:
    """/NAME/ for each provider; stands in for a URLconf module."""

    urlpatterns = [path(f"{name}/", view) for name, view in VIEWS.items()]  # noqa: RUF012 - as Django wants it


SITE = override_settings(
    ROOT_URLCONF=Urls,
    HOOKSEAL={
        name: {"SECRETS": [secret_of(name)]}
        | ({} if Record.named(name).shares_secret else {"BASIC_AUTH": [BASIC_AUTH]})
        for name in providers()
    },
    MIDDLEWARE=[
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
)
"""Switches Django to that site, as a context manager."""
