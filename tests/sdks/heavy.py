"""The packages that are large, for a run of their own: `make test-sdks`, dependency group `sdks`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

from tests.flips import Request
from tests.sdks.model import (
    EVENT,
    FORM,
    FORMS,
    NOW,
    TEXT,
    TIME,
    URL,
    Sdk,
    b64,
    digest,
    headers_of,
    mac,
    sent,
)

BASE64 = "Python's base64 passes over letters that are none"
MOMENT = dt.datetime.fromtimestamp(NOW, tz=dt.timezone.utc)
SPLITS = "the package cuts the header at its entries' places, whatever their names"


def of_body(provider: str, header: str, accepts: Callable[[bytes, str], Any], write: Callable[[bytes], str]) -> Sdk:
    """An SDK that is handed the body and one header."""

    def judges(request: Request) -> Any:
        return accepts(request.body, headers_of(request)[header.lower()])

    return Sdk(provider, judges, lambda body: sent(body, **{header: write(body)}))


def square() -> Sdk:
    """Square signs its notification URL and the body."""
    verify = import_module("square.utils.webhooks_helper").verify_signature

    def accepts(request: Request) -> bool:
        return verify(
            request_body=request.body.decode(),
            signature_header=headers_of(request)["x-square-hmacsha256-signature"],
            signature_key=TEXT,
            notification_url=request.url,
        )

    return Sdk("square", accepts, lambda body: sent(body, x_square_hmacsha256_signature=b64(mac(URL.encode() + body))))


def hubspot() -> Sdk:
    """HubSpot, version 3."""
    theirs = import_module("hubspot.utils.signature").Signature
    millis = f"{NOW}000"

    def accepts(request: Request) -> bool:
        headers = headers_of(request)
        return theirs.is_valid(
            headers["x-hubspot-signature-v3"],
            TEXT,
            request.body.decode(),
            request.url,
            request.method,
            "v3",
            headers["x-hubspot-request-timestamp"],
        )

    def sign(body: bytes) -> Request:
        signature = theirs.get_signature(TEXT, body.decode(), "v3", URL, "POST", millis)
        return sent(body, X_HubSpot_Signature_v3=signature, X_HubSpot_Request_Timestamp=millis)

    return Sdk("hubspot", accepts, sign)


def line() -> Sdk:
    """LINE's validator compares only."""
    theirs = import_module("linebot.v3.webhook").SignatureValidator(TEXT)
    return of_body("line", "x-line-signature", lambda b, s: theirs.validate(b.decode(), s), lambda b: b64(mac(b)))


def onfido() -> Sdk:
    """Onfido parses what it verifies: an event."""
    theirs = import_module("onfido").WebhookEventVerifier(TEXT)
    made = of_body(
        "onfido", "X_SHA2_Signature", lambda b, s: theirs.read_payload(b.decode(), s), lambda b: mac(b).hex()
    )

    def accepts(request: Request) -> bool:
        return bool(theirs.read_payload(request.body.decode(), headers_of(request)["x-sha2-signature"]))

    event = {
        "resource_type": "check",
        "action": "check.completed",
        "object": {"id": "1", "href": "https://x", "text": "$&"},
    }
    return Sdk(made.provider, accepts, made.sign, bodies=(json.dumps({"payload": event}).encode(),))


def modern_treasury() -> Sdk:
    """Modern Treasury signs and verifies."""
    client: Any = import_module("modern_treasury").ModernTreasury(organization_id="o", api_key="k")

    def accepts(request: Request) -> bool:
        return client.webhooks.validate_signature(request.body.decode(), dict(request.headers), key=TEXT)

    return Sdk(
        "modern-treasury",
        accepts,
        lambda body: sent(body, X_Signature=client.webhooks.get_signature(body.decode(), key=TEXT)),
    )


def easypost() -> Sdk:
    """EasyPost normalises the secret before it is the key."""
    validate = import_module("easypost.util").validate_webhook
    secret = "s\ufb01cret-\xe9-9d2f4b6a8c0e1357"
    normal = import_module("unicodedata").normalize("NFKD", secret)

    def accepts(request: Request) -> bool:
        return validate(request.body, dict(request.headers), secret) is not None

    def sign(body: bytes) -> Request:
        return sent(body, X_Hmac_Signature=f"hmac-sha256-hex={mac(body, normal).hex()}")

    return Sdk("easypost", accepts, sign, secret)


def stream_chat() -> Sdk:
    """Stream Chat compares only."""
    verify = import_module("stream_chat.webhook").verify_signature
    return of_body("stream-chat", "X-Signature", lambda b, s: verify(b, s, TEXT), lambda b: mac(b).hex())


def dropbox_sign() -> Sdk:
    """Dropbox Sign takes the parsed event, of which it signs time and type."""
    package: Any = import_module("dropbox_sign")

    def accepts(request: Request) -> bool:
        event = package.EventCallbackRequest.init(json.loads(request.body))
        return package.EventCallbackHelper.is_valid(TEXT, event)

    def sign(body: bytes) -> Request:
        found = json.loads(body)
        found["event"]["event_hash"] = mac(f"{TIME}{found['event']['event_type']}".encode()).hex()
        return sent(json.dumps(found).encode())

    bodies = (json.dumps({"event": {"event_time": TIME, "event_type": "signature_request_sent"}}).encode(),)
    looser = {"body": "Python reads JSON that is none, and only some characters of the time are signed as such"}
    stricter = {"body": "the package knows which types of events there are"}
    return Sdk("dropbox-sign", accepts, sign, bodies=bodies, looser=looser, stricter=stricter)


def box(slot: str) -> Sdk:
    """Box: a key and a header for each slot."""
    package: Any = import_module("box_sdk_gen")
    compute = import_module("box_sdk_gen.internal.utils").compute_webhook_signature
    time = MOMENT.isoformat()
    fixed = {"box-signature-version": "1", "box-signature-algorithm": "HmacSHA256", "box-delivery-timestamp": time}

    def accepts(request: Request) -> bool:
        keys = (TEXT, None) if slot == "primary" else ("another key", TEXT)
        return package.WebhooksManager.validate_message(
            request.body.decode(), headers_of(request), keys[0], secondary_key=keys[1]
        )

    def sign(body: bytes) -> Request:
        signature = compute(body.decode(), fixed, TEXT)
        return sent(
            body, **{name.upper(): text for name, text in fixed.items()}, **{f"BOX-SIGNATURE-{slot.upper()}": signature}
        )

    return Sdk("box", accepts, sign, slot=slot)


def plivo() -> Sdk:
    """Plivo takes the parsed form."""
    package: Any = import_module("plivo.utils.signature_v3")
    plain = "https://example.com/hooks?b=1&a=2"

    def fields(body: bytes) -> dict[str, list[str]]:
        return parse_qs(body.decode(), keep_blank_values=True, errors="strict")

    def accepts(request: Request) -> bool:
        headers = headers_of(request)
        return package.validate_v3_signature(
            method=request.method,
            uri=request.url,
            nonce=headers["x-plivo-signature-v3-nonce"],
            auth_token=TEXT,
            v3_signature=headers["x-plivo-signature-v3"],
            params=fields(request.body),
        )

    def sign(body: bytes) -> Request:
        url = package.construct_post_url(plain, fields(body)).decode()
        signature = package.get_signature_v3(TEXT.encode(), url, EVENT.encode()).decode()
        return sent(body, kind=FORM, url=plain, X_Plivo_Signature_V3=signature, X_Plivo_Signature_V3_Nonce=EVENT)

    return Sdk("plivo", accepts, sign, bodies=FORMS[:1], kind=FORM, url=plain)


def livekit() -> Sdk:
    """LiveKit: a token with the digest of the body."""
    api: Any = import_module("livekit.api")
    receiver = api.WebhookReceiver(api.TokenVerifier("made-up-key", TEXT))

    def accepts(request: Request) -> bool:
        return receiver.receive(request.body.decode(), headers_of(request)["authorization"]) is not None

    def sign(body: bytes) -> Request:
        token = api.AccessToken("made-up-key", TEXT).with_sha256(b64(digest(body))).to_jwt()
        return sent(body, Authorization=token)

    bodies = (b'{"id":"evt_1","event":"room_started"}', b'{"id": "evt_2", "event": "$& \\u00e9"}\n')
    return Sdk("livekit", accepts, sign, bodies=bodies, options={"api_key": "made-up-key"})


def mollie() -> Sdk:
    """Mollie's validator takes a signature without its prefix, too."""
    theirs = import_module("mollie.utils.webhooks.signature_validator").SignatureValidator

    def accepts(request: Request) -> bool:
        return theirs(TEXT).validate_payload(request.body.decode(), headers_of(request)["x-mollie-signature"])

    def sign(body: bytes) -> Request:
        return sent(body, X_Mollie_Signature=f"sha256={theirs.create_signature(body.decode(), TEXT)}")

    return Sdk("mollie", accepts, sign)


MAKERS: dict[str, tuple[str, Callable[[], Sdk]]] = {
    "square": ("square", square),
    "hubspot": ("hubspot", hubspot),
    "line": ("linebot", line),
    "onfido": ("onfido", onfido),
    "modern-treasury": ("modern_treasury", modern_treasury),
    "easypost": ("easypost", easypost),
    "stream-chat": ("stream_chat", stream_chat),
    "dropbox-sign": ("dropbox_sign", dropbox_sign),
    "box-primary": ("box_sdk_gen", lambda: box("primary")),
    "box-secondary": ("box_sdk_gen", lambda: box("secondary")),
    "plivo": ("plivo", plivo),
    "livekit": ("livekit", livekit),
    "mollie": ("mollie", mollie),
}
"""The package of each, and how it is put into form."""
