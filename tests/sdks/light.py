"""The packages that are small enough for every run of the tests: dependency group `verifiers`."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from urllib.parse import parse_qs, urlencode

from django.http import QueryDict

from tests.flips import Request
from tests.sdks.model import (
    FORM,
    FORMS,
    NOW,
    TEXT,
    TIME,
    URL,
    Sdk,
    b64,
    headers_of,
    keys_of,
    mac,
    sent,
)

SCHEME = "Python writes the scheme of a URL in small letters before it is signed"
BASE64 = "Python's base64 passes over letters that are none"


def twilio_form() -> Sdk:
    """Twilio's validator takes the parsed form."""
    theirs = import_module("twilio.request_validator").RequestValidator(TEXT)

    def accepts(request: Request) -> bool:
        return theirs.validate(request.url, QueryDict(request.body), headers_of(request)["x-twilio-signature"])

    def sign(body: bytes) -> Request:
        return sent(body, kind=FORM, X_Twilio_Signature=theirs.compute_signature(URL, QueryDict(body)))

    looser = {
        "body": "Django reads a form that is no UTF-8 with replacement characters; what is signed is the same text",
        "url": SCHEME,
    }
    return Sdk("twilio", accepts, sign, bodies=FORMS, kind=FORM, looser=looser)


def twilio_json() -> Sdk:
    """A body that is no form is covered by its digest in the URL."""
    theirs = import_module("twilio.request_validator").RequestValidator(TEXT)

    def accepts(request: Request) -> bool:
        return theirs.validate(request.url, request.body.decode(), headers_of(request)["x-twilio-signature"])

    def sign(body: bytes) -> Request:
        url = f"{URL}&bodySHA256={theirs.compute_hash(body.decode())}"
        return sent(body, url=url, X_Twilio_Signature=theirs.compute_signature(url, {}))

    return Sdk("twilio", accepts, sign, looser={"url": SCHEME})


def sendgrid() -> Sdk:
    """SendGrid's helper verifies only; `cryptography` signs."""
    private, ours, public = keys_of("sendgrid")
    theirs = import_module("sendgrid.helpers.eventwebhook").EventWebhook(public)
    ec = import_module("cryptography.hazmat.primitives.asymmetric.ec")
    sha256 = import_module("cryptography.hazmat.primitives.hashes").SHA256

    def accepts(request: Request) -> bool:
        headers = headers_of(request)
        names = ("signature", "timestamp")
        return theirs.verify_signature(
            request.body.decode(), *(headers[f"x-twilio-email-event-webhook-{name}"] for name in names)
        )

    def sign(body: bytes) -> Request:
        signature = b64(private.sign(TIME.encode() + body, ec.ECDSA(sha256())))
        return sent(
            body,
            X_Twilio_Email_Event_Webhook_Signature=signature,
            X_Twilio_Email_Event_Webhook_Timestamp=TIME,
        )

    return Sdk("sendgrid", accepts, sign, public, ours, looser={"x-twilio-email-event-webhook-signature": BASE64})


def discord() -> Sdk:
    """Discord's package verifies with PyNaCl; `cryptography` signs."""
    private, ours, public = keys_of("discord")
    verify = import_module("discord_interactions").verify_key

    def accepts(request: Request) -> bool:
        headers = headers_of(request)
        return verify(request.body, headers["x-signature-ed25519"], headers["x-signature-timestamp"], public)

    def sign(body: bytes) -> Request:
        signature = private.sign(TIME.encode() + body).hex()
        return sent(body, X_Signature_Ed25519=signature, X_Signature_Timestamp=TIME)

    return Sdk("discord", accepts, sign, public, ours)


def razorpay() -> Sdk:
    """Razorpay's utility compares only."""
    theirs = import_module("razorpay").Client(auth=("key", "secret")).utility

    def accepts(request: Request) -> bool:
        signature = headers_of(request)["x-razorpay-signature"]
        return theirs.verify_webhook_signature(request.body.decode(), signature, TEXT)

    return Sdk("razorpay", accepts, lambda body: sent(body, X_Razorpay_Signature=mac(body).hex()))


def gocardless() -> Sdk:
    """GoCardless parses what it verifies: a list of events."""
    parse = import_module("gocardless_pro.webhooks").parse

    def accepts(request: Request) -> bool:
        return parse(request.body, TEXT, headers_of(request)["webhook-signature"]) is not None

    bodies = (b'{"events":[],"text":"fine"}', b'{"events":[],"text":"$& \\u00e9"}\n')
    return Sdk("gocardless", accepts, lambda body: sent(body, Webhook_Signature=mac(body).hex()), bodies=bodies)


def pusher() -> Sdk:
    """Pusher judges the time in the body as well."""
    theirs = import_module("pusher").Pusher(app_id="1", key="made-up-app-key", secret=TEXT, cluster="eu")

    def accepts(request: Request) -> bool:
        headers = headers_of(request)
        body = theirs.validate_webhook(headers["x-pusher-key"], headers["x-pusher-signature"], request.body.decode())
        return body is not None

    def sign(body: bytes) -> Request:
        signature = import_module("pusher.signature").sign(TEXT, body.decode())
        return sent(body, X_Pusher_Signature=signature, X_Pusher_Key="made-up-app-key")

    bodies = (b'{"time_ms":%d000,"events":[]}' % NOW, b'{"time_ms": %d999, "text":"$&"}\r\n' % (NOW - 300))
    return Sdk("pusher", accepts, sign, bodies=bodies, options={"app_key": "made-up-app-key"})


def braintree() -> Sdk:
    """Braintree's gateway parses what it verifies; its testing gateway signs."""
    package = import_module("braintree")
    public = dict(parse_qs(Sdk("braintree", bool, sent, kind=FORM).ours(b"bt_payload=e30%3D").body.decode()))
    label = public["bt_signature"][0].partition("|")[0]
    gateway = package.BraintreeGateway(package.Configuration(package.Environment.Sandbox, "merchant", label, TEXT))
    kind = package.WebhookNotification.Kind.Check

    def accepts(request: Request) -> bool:
        fields = QueryDict(request.body)
        return bool(gateway.webhook_notification.parse(fields["bt_signature"], fields["bt_payload"]))

    def sign(body: bytes) -> Request:
        return sent(urlencode(gateway.webhook_testing.sample_notification(kind, "id")).encode(), kind=FORM)

    sample = gateway.webhook_testing.sample_notification(kind, "id")["bt_payload"].decode()
    bodies = tuple(urlencode({"bt_payload": text}).encode() for text in (sample, sample.replace("\n", "")))
    stricter = {
        "body": "the gateway wants its own public key named beside the code, which is made with the private one"
    }
    return Sdk("braintree", accepts, sign, bodies=bodies, kind=FORM, stricter=stricter)


def adyen_header() -> Sdk:
    """Adyen's utility for the platforms."""
    theirs = import_module("Adyen.util")

    def accepts(request: Request) -> bool:
        return theirs.is_valid_hmac_payload(headers_of(request)["hmacsignature"], TEXT, request.body)

    def sign(body: bytes) -> Request:
        return sent(body, HmacSignature=theirs.generate_payload_sig(body, TEXT).decode())

    return Sdk("adyen-header", accepts, sign)


def adyen_standard() -> Sdk:
    """Adyen's utility for payments takes the parsed body."""
    theirs = import_module("Adyen.util")

    def accepts(request: Request) -> bool:
        return theirs.is_valid_hmac_notification(json.loads(request.body), TEXT)

    def sign(body: bytes) -> Request:
        notification = json.loads(body)
        item = notification["notificationItems"][0]["NotificationRequestItem"]
        signature = theirs.generate_notification_sig(item, TEXT).decode()
        item["additionalData"] = {"hmacSignature": signature}
        return sent(json.dumps(notification).encode())

    item = {
        "amount": {"value": 1130, "currency": "EUR"},
        "pspReference": "7914073381342284",
        "eventCode": "AUTHORISATION",
    }
    more = {"merchantAccountCode": "Test:Merchant", "merchantReference": "\\ref:\xe9", "success": "true"}
    bodies = tuple(
        json.dumps({"live": "false", "notificationItems": [{"NotificationRequestItem": each}]}).encode()
        for each in (item, {**item, **more}, {**item, **more, "originalReference": "x"})
    )
    looser = {"body": "Python reads JSON that is none (a name twice, NaN), and a missing list is an empty one"}
    return Sdk("adyen-standard", accepts, sign, bodies=bodies, looser=looser)


def coinbase_commerce() -> Sdk:
    """Coinbase Commerce compares only."""
    theirs = import_module("coinbase_commerce.webhook").WebhookSignature

    def accepts(request: Request) -> bool:
        return theirs.verify_sig_header(request.body.decode(), headers_of(request)["x-cc-webhook-signature"], TEXT)

    def sign(body: bytes) -> Request:
        return sent(body, X_CC_Webhook_Signature=theirs._compute_signature(body.decode(), TEXT))

    return Sdk("coinbase-commerce", accepts, sign)


MAKERS: dict[str, tuple[str, Callable[[], Sdk]]] = {
    "twilio-form": ("twilio", twilio_form),
    "twilio-json": ("twilio", twilio_json),
    "sendgrid": ("sendgrid", sendgrid),
    "discord": ("discord_interactions", discord),
    "razorpay": ("razorpay", razorpay),
    "gocardless": ("gocardless_pro", gocardless),
    "pusher": ("pusher", pusher),
    "braintree": ("braintree", braintree),
    "adyen-header": ("Adyen", adyen_header),
    "adyen-standard": ("Adyen", adyen_standard),
    "coinbase-commerce": ("coinbase_commerce", coinbase_commerce),
}
"""The package of each, and how it is put into form."""
