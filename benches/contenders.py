"""Who is timed at the level of one call: the engine, a check by hand, the SDKs and Anymail, on the same messages."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import partial

import standardwebhooks
import svix.webhooks
from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from slack_sdk.signature import SignatureVerifier
from stripe import SignatureVerificationError, WebhookSignature

from benches import messages
from benches.engine_calls import ADMIT_AND_VERIFY, EVENT_ID, on_parts, on_request, request_with, verifier
from benches.measure import Contender, contender, repeated, yardstick
from benches.messages import Message
from hookseal import _engine
from hookseal._engine import Record
from hookseal.schemes import mac

HEX = mac(header="X-Signature", digest="sha256", encoding="hex")


def of_body(body: bytes) -> list[Contender]:
    """Every contender, for that body."""
    families = (_yardsticks, _raw_hex, _stripe, _slack, _svix, _standard_webhooks, _postmark, _resend)
    return [made for family in families for made in family(body)]


def of_basic_auth() -> list[Contender]:
    """HTTP Basic with 1, 5 and 20 secrets, the last of which is presented."""
    return [made for count in (1, 5, 20) for made in _many_secrets(count)]


def anymail_rows(name: str, build: Callable[[], object], message: Message, bad: Message) -> list[Contender]:
    """Anymail's validators: on a view built beforehand, and as deployed, where each request builds its view."""

    def names(sent: Message) -> dict[str, object]:
        return {"view": build(), "build": build, "request": request_with(sent)}

    calls = {f"anymail {name}": "view", f"anymail {name}, as deployed": "build()"}
    refusal = AnymailWebhookValidationFailure
    return [
        contender(title, f"{view}.run_validators(request)", names(message), names(bad), refusal)
        for title, view in calls.items()
    ]


def _yardsticks(body: bytes) -> list[Contender]:
    """An empty method, and the bare HMAC repeated within Rust, if the engine was built with its feature `bench`."""
    noop, bare = getattr(_engine, "bench_noop", None), getattr(_engine, "bench_hmac", None)
    if noop is None or bare is None:
        return []
    return [
        yardstick("empty method", "noop(body, text)", {"noop": noop, "body": body, "text": "0" * 64}),
        repeated("bare HMAC", partial(bare, body)),
    ]


def _raw_hex(body: bytes) -> list[Contender]:
    secret = messages.new_secret()
    message = messages.plain_hex(body, secret)
    bad = message.spoilt("x-signature")
    key, digest, compare = secret.encode(), hmac.digest, hmac.compare_digest

    def check(body: bytes, presented: str) -> bool:
        return compare(digest(key, body, "sha256").hex(), presented)

    def names(sent: Message) -> dict[str, object]:
        return {"check": check, "body": body, "presented": sent.headers["x-signature"]}

    ours = verifier(Record.from_json("bench", HEX.json()), [secret])
    return [
        on_parts("hookseal hex", ours, message, bad),
        on_parts("hookseal hex, admit then verify", ours, message, bad, ADMIT_AND_VERIFY),
        contender("by hand", "check(body, presented)", names(message), names(bad)),
    ]


def _stripe(body: bytes) -> list[Contender]:
    secret = messages.new_secret()
    message = messages.stripe(body, secret)
    bad = message.spoilt("stripe-signature")
    ours = verifier(Record.named("stripe"), [secret])

    def names(sent: Message) -> dict[str, object]:
        header = sent.headers["stripe-signature"]
        return {"verify": WebhookSignature.verify_header, "body": body, "header": header, "secret": secret}

    call, refusal = "verify(body, header, secret, 300)", SignatureVerificationError
    with_event_id = [] if not body else [on_parts("hookseal stripe + event id", ours, message, bad, EVENT_ID)]
    return [
        on_parts("hookseal stripe", ours, message, bad),
        *with_event_id,
        contender("stripe verify_header", call, names(message), names(bad), refusal),
    ]


def _slack(body: bytes) -> list[Contender]:
    secret = messages.new_secret()
    message = messages.slack(body, secret)
    bad = message.spoilt("x-slack-signature")
    valid = SignatureVerifier(secret).is_valid

    def names(sent: Message) -> dict[str, object]:
        stamp, signature = sent.headers["x-slack-request-timestamp"], sent.headers["x-slack-signature"]
        return {"valid": valid, "body": body, "stamp": stamp, "signature": signature}

    return [
        on_parts("hookseal slack", verifier(Record.named("slack"), [secret]), message, bad),
        contender("slack_sdk is_valid", "valid(body, stamp, signature)", names(message), names(bad)),
    ]


def _svix(body: bytes) -> list[Contender]:
    secret = messages.new_secret()
    message = messages.standard_webhooks(body, secret, "svix")
    bad = message.spoilt("svix-signature")
    names = {"verify": svix.webhooks.Webhook(secret).verify, "body": body, "headers": message.headers}
    refusal = svix.webhooks.WebhookVerificationError
    return [
        on_parts("hookseal svix", verifier(Record.named("svix"), [secret]), message, bad),
        contender("svix verify", "verify(body, headers)", names, names | {"headers": bad.headers}, refusal),
    ]


def _standard_webhooks(body: bytes) -> list[Contender]:
    """The reference library, without its JSON parsing, which hookseal leaves to the view."""
    secret = messages.new_secret()
    message = messages.standard_webhooks(body, secret)
    bad = message.spoilt("webhook-signature")
    names = {"verify": standardwebhooks.Webhook(secret).verify, "body": body, "headers": message.headers}
    call, refusal = "verify(body, headers, json_parse=False)", standardwebhooks.WebhookVerificationError
    return [
        on_parts("hookseal standard-webhooks", verifier(Record.named("standard-webhooks"), [secret]), message, bad),
        contender("standardwebhooks verify", call, names, names | {"headers": bad.headers}, refusal),
    ]


def _postmark(body: bytes) -> list[Contender]:
    """Anymail's check of Postmark's deliveries: HTTP Basic alone."""
    credentials = messages.new_credentials()
    message = messages.basic(body, credentials)
    bad = message.spoilt("authorization")
    ours = verifier(Record.named("postmark"), [credentials])
    return [
        on_request("hookseal postmark", ours, message, bad),
        *anymail_rows("postmark", lambda: PostmarkTrackingWebhookView(basic_auth=[credentials]), message, bad),
    ]


def _resend(body: bytes) -> list[Contender]:
    """Anymail's check of Resend's deliveries: HTTP Basic and a signature of Standard Webhooks."""
    secret, credentials = messages.new_secret(), messages.new_credentials()
    message = messages.standard_webhooks(body, secret, "svix").beside(messages.basic(body, credentials))
    bad = message.spoilt("svix-signature")
    ours = verifier(Record.named("resend"), [secret], [credentials])
    return [
        on_request("hookseal resend", ours, message, bad),
        *anymail_rows(
            "resend",
            lambda: ResendTrackingWebhookView(basic_auth=[credentials], signing_secret=secret),
            message,
            bad,
        ),
    ]


def _many_secrets(count: int) -> list[Contender]:
    accepted = [messages.new_credentials() for _ in range(count)]
    message = messages.basic(b"", accepted[-1])
    bad = message.spoilt("authorization")
    view = PostmarkTrackingWebhookView(basic_auth=accepted)
    among = "1 secret" if count == 1 else f"{count} secrets"

    def names(sent: Message) -> dict[str, object]:
        return {"check": view.validate_request, "request": request_with(sent)}

    call, refusal = "check(request)", AnymailWebhookValidationFailure
    return [
        on_parts(f"hookseal, {among}", verifier(Record.named("basic"), accepted), message, bad),
        contender(f"anymail, {among}", call, names(message), names(bad), refusal),
    ]
