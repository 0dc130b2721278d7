"""Every handshake of the catalog as its sender asks it, with the answer it wants, and a site that hears them."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path

from hookseal import Secret, guards, providers, sign, webhook
from hookseal.signing import Signed
from tests.catalog import secret_of

TOKEN = "our verify token: 5d1f7b3a"
CHALLENGE = "00ff12ab34cd56ef78"

handled: list[str] = []
"""The endpoints whose views ran."""


@dataclass(frozen=True)
class Question:
    """What a sender asks, and what it wants to hear.

    Attributes:
        provider: who asks.
        answer: the body of the reply to a challenge; with `kind`, its content type.
        query, headers, body: where the challenge stands; with a body, the request is signed as deliveries are.
        secrets: the endpoint's secrets, where they are more than the one of deliveries.
        entry: the rest of its settings.
    """

    provider: str
    answer: Callable[[str], str]
    method: str = "GET"
    query: Callable[[str], Mapping[str, str]] | None = None
    headers: Callable[[str], Mapping[str, str]] | None = None
    body: Callable[[str], object] | None = None
    kind: str = "text/plain"
    secrets: tuple[object, ...] = ()
    entry: Mapping[str, object] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, object]:
        """The endpoint's entry in HOOKSEAL."""
        return {"SECRETS": [secret_of(self.provider), *self.secrets], **self.entry}

    def but(self, **changes: Any) -> Question:
        """Ask in another way."""
        return replace(self, **changes)

    def signed(self, challenge: str) -> Signed:
        """Sign a question that comes as a delivery."""
        assert self.body is not None
        return sign(self.provider, secret=secret_of(self.provider), body=json.dumps(self.body(challenge)).encode())

    def ask(self, client: Client | AsyncClient, challenge: str, at: str = "", **changes: Any) -> Any:
        """Send it, over https, to the endpoint of that name.

        `headers` are added, None removes one; `signed` is sent again.
        """
        headers, body = dict(self.headers(challenge)) if self.headers else {}, b""
        if self.body is not None:
            signed = changes.pop("signed", None) or self.signed(challenge)
            headers, body = {**headers, **signed.headers}, signed.body
            del headers["Content-Type"]
        query = f"?{urlencode(self.query(challenge))}" if self.query else ""
        arguments = {"secure": True, "content_type": "application/json", "method": self.method, **changes}
        headers |= arguments.pop("headers", {})
        sent = {name: value for name, value in headers.items() if value is not None}
        return client.generic(
            arguments.pop("method"), f"/{at or self.provider}/{query}", body, headers=sent, **arguments
        )


def mac(provider: str, challenge: str, digest: str = "sha256") -> bytes:
    """Compute the MAC of a challenge under the secret of deliveries."""
    return hmac.digest(secret_of(provider).encode(), challenge.encode(), digest)


def braintree_mac(challenge: str) -> str:
    """Compute Braintree's, whose key is a digest of the private key."""
    key = hashlib.sha1(secret_of("braintree").encode()).digest()  # noqa: S324 - as Braintree has it
    return hmac.digest(key, challenge.encode(), "sha1").hex()


QUESTIONS = {
    question.provider: question
    for question in (
        Question(
            "slack",
            answer=str,
            method="POST",
            body=lambda challenge: {"token": "legacy", "type": "url_verification", "challenge": challenge},
        ),
        Question(
            "zoom",
            answer=lambda challenge: compact(plainToken=challenge, encryptedToken=mac("zoom", challenge).hex()),
            method="POST",
            body=lambda challenge: {"event": "endpoint.url_validation", "payload": {"plainToken": challenge}},
            kind="application/json",
        ),
        Question(
            "twitch",
            answer=str,
            method="POST",
            headers=lambda _: {"Twitch-Eventsub-Message-Type": "webhook_callback_verification"},
            body=lambda challenge: {
                "challenge": challenge,
                "subscription": {"id": "1", "status": "webhook_callback_verification_pending"},
            },
        ),
        Question(
            "meta",
            answer=str,
            query=lambda challenge: {
                "hub.mode": "subscribe",
                "hub.verify_token": TOKEN,
                "hub.challenge": challenge,
            },
            secrets=(Secret(TOKEN, slot="verify-token"),),
        ),
        Question(
            "x",
            answer=lambda challenge: compact(response_token=f"sha256={b64encode(mac('x', challenge)).decode()}"),
            query=lambda challenge: {"crc_token": challenge, "nonce": "n"},
            kind="application/json",
            entry={"HANDSHAKE": True},
        ),
        Question(
            "braintree",
            answer=lambda challenge: f"our_public_key|{braintree_mac(challenge)}",
            query=lambda challenge: {"bt_challenge": challenge},
            entry={"OPTIONS": {"public_key": "our_public_key"}},
        ),
        Question("dropbox", answer=str, query=lambda challenge: {"challenge": challenge}),
        Question("nylas", answer=str, query=lambda challenge: {"challenge": challenge}),
        Question(
            "okta",
            answer=lambda challenge: compact(verification=challenge),
            headers=lambda challenge: {
                "Authorization": secret_of("okta"),
                "X-Okta-Verification-Challenge": challenge,
            },
            kind="application/json",
        ),
    )
    if question.provider in providers()
}
"""By provider; those that the catalog lacks are left out."""


def compact(**members: str) -> str:
    """Write JSON as the engine does: sorted, without spaces."""
    return json.dumps(members, sort_keys=True, separators=(",", ":"))


def plain(request: HttpRequest, **_: str) -> HttpResponse:
    """Note that a delivery came through."""
    handled.append(request.webhook.endpoint)
    return HttpResponse("handled")


async def awaited(request: HttpRequest) -> HttpResponse:
    """Note the same in the event loop."""
    return plain(request)


def tenants_secrets(_: Mapping[str, str], tenant: str) -> list[object]:
    """Find the secrets of a tenant; there is one."""
    if tenant != "acme":
        raise LookupError(tenant)
    return [secret_of("meta"), Secret(TOKEN, slot="verify-token")]


_GUARDS = dict(guards._guards)


class Urls:
    """/NAME/ and /awaited/NAME/ for each question, and a view whose secrets depend on the request."""

    urlpatterns = [  # noqa: RUF012 - as Django wants it
        *(path(f"{name}/", webhook(name)(plain)) for name in QUESTIONS),
        *(path(f"awaited/{name}/", webhook(name)(awaited)) for name in QUESTIONS),
        path("tenants/<tenant>/", webhook("tenants")(plain)),
        path("notion/", webhook("notion")(plain)),
        path("probed/", webhook("probed")(plain)),
        path("broken/", webhook("broken")(plain)),
    ]


guards._guards.clear()
guards._guards.update(_GUARDS)

ENTRIES: dict[str, dict[str, object]] = {
    **{name: question.settings for name, question in QUESTIONS.items()},
    "tenants": {"PROVIDER": "meta", "SECRETS": tenants_secrets},
}


def site(**changes: dict[str, object]) -> override_settings:
    """Switch Django to that site; `changes` add to endpoints or make new ones."""
    entries = ENTRIES | {name: ENTRIES.get(name, {}) | change for name, change in changes.items()}
    return override_settings(
        ROOT_URLCONF=Urls, HOOKSEAL=entries, MIDDLEWARE=["django.middleware.common.CommonMiddleware"]
    )
