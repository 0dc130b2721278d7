"""Large packages of senders that sign a time: `make test-sdks`, dependency group `sdks`."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from tests.flips import Request
from tests.sdks.model import (
    EVENT,
    NOW,
    TEXT,
    TIME,
    WHSEC,
    Sdk,
    b64,
    headers_of,
    keys_of,
    mac,
    sent,
    standard,
)

BASE64 = "Python's base64 passes over letters that are none"
MOMENT = dt.datetime.fromtimestamp(NOW, tz=dt.timezone.utc)
SPLITS = "the package cuts the header at its entries' places, whatever their names"


def polar() -> Sdk:
    """Polar tries the secret as it stands and decoded."""
    verify = import_module("polar.webhooks")._verify_signature

    def accepts(request: Request) -> bool:
        verify(request.body.decode(), dict(request.headers), WHSEC)
        return True

    return Sdk(
        "polar",
        accepts,
        standard,
        WHSEC,
        looser={"webhook-timestamp": "a number of any form", "webhook-signature": BASE64},
    )


def replicate() -> Sdk:
    """Replicate decodes the secret, and looks at no version."""
    package = import_module("replicate.webhook")
    secret = package.WebhookSigningSecret(key=WHSEC)

    def accepts(request: Request) -> bool:
        package.Webhooks.validate(
            headers=dict(request.headers), body=request.body.decode(), secret=secret, tolerance=300
        )
        return True

    return Sdk("replicate", accepts, standard, WHSEC, looser={"webhook-signature": f"any version; {BASE64}"})


def lithic() -> Sdk:
    """Lithic calls the reference library."""
    client: Any = import_module("lithic").Lithic(api_key="k")

    def accepts(request: Request) -> bool:
        client.webhooks.verify_signature(request.body.decode(), dict(request.headers), secret=WHSEC)
        return True

    return Sdk("lithic", accepts, standard, WHSEC, looser={"webhook-signature": BASE64})


def unwrapping(provider: str, unwrap: Callable[..., Any]) -> Sdk:
    """An SDK that parses what the reference library verifies."""

    def accepts(request: Request) -> bool:
        unwrap(request.body.decode(), headers=dict(request.headers), key=WHSEC)
        return True

    return Sdk(provider, accepts, standard, WHSEC, looser={"webhook-signature": BASE64})


def increase() -> Sdk:
    """Increase."""
    return unwrapping("increase", import_module("increase").Increase(api_key="k").events.unwrap)


def anthropic() -> Sdk:
    """Anthropic."""
    return unwrapping("anthropic", import_module("anthropic").Anthropic(api_key="k").beta.webhooks.unwrap)


def telnyx() -> Sdk:
    """Telnyx verifies with PyNaCl; `cryptography` signs."""
    private, ours, public = keys_of("telnyx")
    verify = import_module("telnyx.lib.webhook_verification").verify_webhook_signature

    def accepts(request: Request) -> bool:
        verify(request.body, dict(request.headers), public)
        return True

    def sign(body: bytes) -> Request:
        signature = b64(private.sign(TIME.encode() + b"|" + body))
        return sent(body, telnyx_signature_ed25519=signature, telnyx_timestamp=TIME)

    return Sdk("telnyx", accepts, sign, public, ours, looser={"telnyx-signature-ed25519": BASE64})


def orb() -> Sdk:
    """Orb writes its time without a zone."""
    client: Any = import_module("orb").Orb(api_key="k")
    time = MOMENT.replace(tzinfo=None).isoformat(timespec="milliseconds")

    def accepts(request: Request) -> bool:
        client.webhooks.verify_signature(request.body, dict(request.headers), secret=TEXT)
        return True

    def sign(body: bytes) -> Request:
        signature = mac(f"v1:{time}:".encode() + body).hex()
        return sent(body, X_Orb_Timestamp=time, X_Orb_Signature=f"v1={signature}")

    return Sdk("orb", accepts, sign)


def elevenlabs() -> Sdk:
    """ElevenLabs judges the age only."""
    client = import_module("elevenlabs.webhooks_custom").WebhooksClient(client_wrapper=None)

    def accepts(request: Request) -> bool:
        signature = headers_of(request)["elevenlabs-signature"]
        return client.construct_event(request.body.decode(), signature, TEXT) is not None

    def sign(body: bytes) -> Request:
        signature = mac(f"{TIME}.".encode() + body).hex()
        return sent(body, ElevenLabs_Signature=f"t={TIME},v0={signature}")

    return Sdk("elevenlabs", accepts, sign)


def workos() -> Sdk:
    """WorkOS writes a space behind the comma, and its package wants it."""
    theirs = import_module("workos.webhooks").Webhooks(None)
    millis = f"{NOW}000"

    def accepts(request: Request) -> bool:
        signature = headers_of(request)["workos-signature"]
        theirs.verify_header(event_body=request.body, event_signature=signature, secret=TEXT, tolerance=300)
        return True

    def sign(body: bytes) -> Request:
        signature = mac(f"{millis}.".encode() + body).hex()
        return sent(body, WorkOS_Signature=f"t={millis}, v1={signature}")

    mute = "it wants a space behind the comma"
    places = {"workos-signature": SPLITS}
    return Sdk("workos", accepts, sign, mute=mute, looser=places, stricter=places)


def twitch() -> Sdk:
    """Twitch's package judges within its server, so it is handed a request of that kind."""
    server: Any = import_module("twitchAPI.eventsub.webhook").EventSubWebhook
    receiver = SimpleNamespace(secret=TEXT)

    async def text(body: bytes) -> str:
        return body.decode()

    def accepts(request: Request) -> bool:
        headers = {name.title(): value for name, value in request.headers}
        body = SimpleNamespace(headers=headers, text=lambda: text(request.body))
        return asyncio.run(server._verify_signature(receiver, body))

    def sign(body: bytes) -> Request:
        time = f"{MOMENT:%Y-%m-%dT%H:%M:%S}.000000000Z"
        signature = mac(f"{EVENT}{time}".encode() + body).hex()
        return sent(
            body,
            Twitch_Eventsub_Message_Id=EVENT,
            Twitch_Eventsub_Message_Timestamp=time,
            Twitch_Eventsub_Message_Signature=f"sha256={signature}",
        )

    return Sdk("twitch", accepts, sign)


def inngest() -> Sdk:
    """Inngest brings JSON into its canonical form before it judges: these bodies have it."""
    net: Any = import_module("inngest._internal.net")
    cloud = import_module("inngest._internal.server_lib").ServerKind.CLOUD
    secret = f"signkey-prod-{TEXT}"

    def accepts(request: Request) -> bool:
        found = net.validate_request_sig(
            body=request.body,
            headers=headers_of(request),
            mode=cloud,
            signing_key=secret,
            signing_key_fallback=None,
        )
        return not isinstance(found, Exception)

    def sign(body: bytes) -> Request:
        return sent(body, x_inngest_signature=net.sign_request(body, secret, NOW))

    bodies = (b'{"id":"evt_1","text":"fine"}', b'{"a":[1,2.5,null],"id":"$& \\\\1"}')
    looser = {"body": "a body in another form than the canonical one", "x-inngest-signature": "names of no entry"}
    return Sdk("inngest", accepts, sign, secret, bodies=bodies, looser=looser)


MAKERS: dict[str, tuple[str, Callable[[], Sdk]]] = {
    "polar": ("polar", polar),
    "replicate": ("replicate", replicate),
    "lithic": ("lithic", lithic),
    "increase": ("increase", increase),
    "anthropic": ("anthropic", anthropic),
    "telnyx": ("telnyx", telnyx),
    "orb": ("orb", orb),
    "elevenlabs": ("elevenlabs", elevenlabs),
    "workos": ("workos", workos),
    "twitch": ("twitchAPI", twitch),
    "inngest": ("inngest", inngest),
}
"""The package of each, and how it is put into form."""
