"""A site with an endpoint for each provider of the catalog, and genuine deliveries for all of them."""

from __future__ import annotations

from base64 import b64encode
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from hookseal import guards, providers, sign, webhook
from hookseal._engine import Record, Secret, SecretError
from hookseal.signing import Signed

BASIC_AUTH = "owner:made-up-4e6a8c0d1f3b5792"
SECRET_FORMS = (
    "made-up-9d2f4b6a8c0e1357",
    "user:made-up-9d2f4b6a8c0e1357",
    "whsec_" + "QUJD" * 8,
    "9d2f4b6a8c0e1357" * 2,
    "QUJD" * 8,
)
BODY = b'{"id":"evt_1"}'
FORM = "application/x-www-form-urlencoded"


@cache
def keys_of(provider: str) -> tuple[str, str]:
    """Find what signs for a provider and what verifies: a made-up secret, twice, or a new pair of keys."""
    record = Record.named(provider)
    pair = record.key_pair()
    if pair is not None:
        return pair
    for text in SECRET_FORMS:
        try:
            record.check(Secret(text))
        except SecretError:
            continue
        return text, text
    raise LookupError(provider)


def secret_of(provider: str) -> str:
    """Find what the settings hold for a provider."""
    return keys_of(provider)[1]


def is_local(provider: str) -> bool:
    """Whether nothing but secrets is needed to sign and to verify."""
    record = Record.named(provider)
    try:
        record.key_pair()
    except SecretError:
        return False
    return record.source is None and not record.options


LOCAL = [name for name in providers() if is_local(name)]
"""The providers that have an endpoint here; the others want more than secrets."""


def genuine(provider: str, content_type: str = "application/json", body: bytes = BODY) -> Signed:
    """Sign a delivery, with the Basic credentials that its endpoint demands beside the signature."""
    url = f"https://testserver/{provider}/"
    signed = sign(provider, secret=keys_of(provider)[0], body=body, content_type=content_type, url=url)
    if not Record.named(provider).shares_secret:
        signed.headers["Authorization"] = f"Basic {b64encode(BASIC_AUTH.encode()).decode()}"
    return signed


def handle(request: HttpRequest) -> HttpResponse:
    """Answer, which only a genuine delivery makes it do."""
    return HttpResponse(request.webhook.provider)


_GUARDS = dict(guards._guards)
VIEWS = {name: webhook(name)(handle) for name in LOCAL}
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
        for name in LOCAL
    },
    MIDDLEWARE=[
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
)
"""Switches Django to that site, as a context manager."""
