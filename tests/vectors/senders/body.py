"""Senders that sign the body and nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace

from .clocks import MILLIS_IN_JSON
from .model import TEXTS, Delivery, Sender, b64, mac


def over_body(
    name: str, header: str, encoding: str = "hex", before: str = "", *, digest: str = "sha256", split: str = ""
) -> Sender:
    """Describe a sender whose header holds an HMAC of the body; with `split`, a list of them."""

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = mac(key, body, digest).hex() if encoding == "hex" else b64(mac(key, body, digest))
        return Delivery({header: before + signature}, body, signature)

    return Sender(
        *(name, TEXTS[0], make, TEXTS[1:], header),
        encoding=encoding,
        entry=f"{before}{{}}" if split else "",
        split=split,
        needed=(header,),
        joined={header: None if split else "duplicate_header"},
    )


def _hex_key(sender: Sender) -> Sender:
    key: Callable[[str], bytes] = bytes.fromhex
    return replace(
        sender,
        key=key,
        wrong_keys={"verbatim": sender.secret.encode()},
        same_keys={"in-upper-case": sender.secret.upper()},
    )


def _docusign(name: str, number: int) -> Sender:
    header = f"X-DocuSign-Signature-{number}"
    return replace(over_body(name, header, "base64"), numbered=True, joined={header: "malformed_signature"})


def _pusher() -> Sender:
    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        timed = body.replace(b"{", b'{"time_ms":' + time.encode() + b",", 1)
        signature = mac(key, timed).hex()
        return Delivery({"X-Pusher-Signature": signature, "X-Pusher-Key": APP_KEY}, timed, signature)

    return Sender(
        *("pusher", TEXTS[0], make, TEXTS[1:], "X-Pusher-Signature"),
        options={"app_key": APP_KEY},
        needed=("X-Pusher-Signature",),
        tolerance=300,
        writes=MILLIS_IN_JSON,
        makes_body=True,
        joined={"X-Pusher-Signature": "duplicate_header"},
    )


APP_KEY = "made-up-app-key"
LIGATURE = "made-up-\ufb01xed-\u212b-secret"
"""A secret that Unicode's form NFKD spells otherwise."""


def _easypost(name: str, secret: str) -> Sender:
    sender = over_body(name, "X-Hmac-Signature", before="hmac-sha256-hex=")
    return replace(sender, secret=secret, key=lambda text: unicodedata.normalize("NFKD", text).encode())


SENDERS = [
    _hex_key(over_body("adyen-header", "HmacSignature", "base64")),
    over_body("bitbucket", "X-Hub-Signature", before="sha256="),
    over_body("circleci", "circleci-signature", before="v1=", split=","),
    over_body("clickup", "X-Signature"),
    over_body("coinbase-commerce", "X-CC-Webhook-Signature"),
    over_body("convoy-simple", "X-Convoy-Signature"),
    over_body("cursor", "X-Webhook-Signature", before="sha256="),
    over_body("datasaur", "X-Datasaur-Signature"),
    _docusign("docusign", 1),
    _docusign("docusign/second", 2),
    over_body("dropbox", "X-Dropbox-Signature"),
    _easypost("easypost", TEXTS[0]),
    replace(_easypost("easypost/ligature", LIGATURE), wrong_keys={"not-normalised": LIGATURE.encode()}),
    over_body("expo", "expo-signature", before="sha1=", digest="sha1"),
    over_body("fastspring", "X-FS-Signature", "base64"),
    over_body("github", "X-Hub-Signature-256", before="sha256="),
    over_body("gocardless", "Webhook-Signature"),
    over_body("hookdeck", "x-hookdeck-signature", "base64"),
    over_body("intercom", "X-Hub-Signature", before="sha1=", digest="sha1"),
    over_body("jira", "X-Hub-Signature", before="sha256="),
    over_body("launchdarkly", "X-LD-Signature"),
    over_body("lemonsqueezy", "X-Signature"),
    over_body("line", "x-line-signature", "base64"),
    over_body("mailersend", "Signature"),
    over_body("mailgun-alerts", "X-Sign"),
    over_body("mailtrap", "Mailtrap-Signature"),
    over_body("meta", "X-Hub-Signature-256", before="sha256="),
    over_body("modern-treasury", "X-Signature"),
    over_body("mollie", "X-Mollie-Signature", before="sha256=", split=","),
    over_body("notion", "X-Notion-Signature", before="sha256="),
    over_body("nylas", "x-nylas-signature"),
    over_body("onfido", "X-SHA2-Signature"),
    over_body("pagerduty", "X-PagerDuty-Signature", before="v1=", split=","),
    over_body("paystack", "x-paystack-signature", digest="sha512"),
    _pusher(),
    over_body("razorpay", "X-Razorpay-Signature"),
    over_body("sentry", "Sentry-Hook-Signature"),
    over_body("shopify", "X-Shopify-Hmac-Sha256", "base64"),
    over_body("stream-chat", "X-Signature"),
    over_body("tally", "Tally-Signature", "base64"),
    over_body("typeform", "Typeform-Signature", "base64", "sha256="),
    over_body("vercel", "x-vercel-signature", digest="sha1"),
    over_body("woocommerce", "X-WC-Webhook-Signature", "base64"),
    over_body("x", "x-twitter-webhooks-signature", "base64", "sha256="),
    over_body("xero", "x-xero-signature", "base64"),
]
"""Each by its provider."""
