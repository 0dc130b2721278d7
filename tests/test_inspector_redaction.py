"""What is shown of a request holds no secret of it, and everything else as it came."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookseal import providers
from hookseal._engine import Record
from hookseal.captured import Captured
from hookseal.inspector.redaction import REDACTED, is_secret_header, redact_headers, redact_url, redacted
from hookseal.schemes import token
from hookseal.signing import record_of
from tests.site import settings as site

CANARY = "canary-3f9c1e7a5b2d8064"


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "X-Auth-Token", "X-CSRFToken", "X-Secret"),
        *("Stripe-Signature", "X-Hub-Signature-256", "X-Gitlab-Token", "X-Shopify-Hmac-Sha256", "HmacSignature"),
        *("PayPal-Transmission-Sig", "dg-token", "Plaid-Verification", "X-Sign", "Signature", "X-Amz-Security-Token"),
    ],
)
def test_T44_a_header_that_holds_a_secret_is_not_shown(name):
    """Whoever the sender is, and however its name is written."""
    for written in (name, name.lower(), name.upper()):
        ((_, value),) = redact_headers([(written, CANARY)])
        assert value == REDACTED


@pytest.mark.parametrize(
    "name",
    [
        *("Content-Type", "User-Agent", "X-GitHub-Event", "X-GitHub-Delivery", "Webhook-Id", "Svix-Timestamp"),
        *("X-Slack-Request-Timestamp", "X-Signature-Timestamp", "PayPal-Auth-Algo", "X-Amz-Sns-Topic-Arn", "Host"),
    ],
)
def test_other_headers_are_shown(name):
    """One looks at them to see why a delivery was refused."""
    assert redact_headers([(name, "value")]) == ((name, "value"),)


def test_T44_no_signature_of_any_provider_is_shown():
    """Of the catalog: what a record looks at is hidden, unless it is a time, an id or the like."""
    shown = {
        name
        for provider in providers()
        for name in Record.named(provider).headers
        if not is_secret_header(name, Record.named(provider))
    }
    harmless = ("timestamp", "-id", "-version", "-algorithm", "-algo", "-type", "-arn", "-url", "-headers", "-nonce")
    assert {name for name in shown if not name.endswith((*harmless, "-time"))} == set()


def test_T44_a_token_under_a_harmless_name_is_not_shown():
    """Of a sender of the site's own: the record says what holds the secret."""
    record = record_of(token(header="X-Partner-Id"), "partner")
    assert redact_headers([("x-partner-ID", CANARY)], record) == (("x-partner-ID", REDACTED),)
    assert redact_headers([("x-partner-ID", CANARY)]) == (("x-partner-ID", CANARY),)


def test_the_kind_of_credentials_stays():
    """It tells Basic from Bearer; what follows is hidden to its end."""
    sent = b64encode(f"user:{CANARY}".encode()).decode()
    assert redact_headers([("Authorization", f"Basic {sent}")]) == (("Authorization", "Basic [redacted]"),)
    assert redact_headers([("Authorization", CANARY)]) == (("Authorization", REDACTED),)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://user:{CANARY}@a/b", "https://[redacted]@a/b"),
        (f"https://{CANARY}@a/b?c=d", "https://[redacted]@a/b?c=d"),
        (f"https://u:p@{CANARY}@a/b", "https://[redacted]@a/b"),
        ("https://a/b@c?d=e@f", "https://a/b@c?d=e@f"),
        (f"https://a/?token={CANARY}&b=1;api_key={CANARY}", "https://a/?token=[redacted]&b=1;api_key=[redacted]"),
        (
            f"https://a/?%74oken={CANARY}&hub.verify_token={CANARY}",
            "https://a/?%74oken=[redacted]&hub.verify_token=[redacted]",
        ),
        (f"/hook/?Signature={CANARY}#x", "/hook/?Signature=[redacted]#x"),
        ("https://a/?token=&b=%20", "https://a/?token=&b=%20"),
    ],
)
def test_T44_a_url_shows_no_secret(url, shown):
    """Neither user and password nor parameters whose names give them away; the rest byte for byte."""
    assert redact_url(url) == shown


@pytest.mark.parametrize("name", ["Referer", "X-Original-URL", "X-Forwarded-Uri", "X-Rewrite-Url"])
def test_T44_a_url_in_a_header_shows_no_secret(name):
    """Proxies repeat the target."""
    assert redact_headers([(name, f"/hook/?token={CANARY}")]) == ((name, "/hook/?token=[redacted]"),)


def test_a_request_is_redacted_for_its_endpoint():
    """By the record of its sender; the body and the order of the headers stay."""
    headers = (("Host", "a"), ("X-Signature", CANARY), ("Host", "b"))
    captured = Captured("POST", f"https://a/?sig={CANARY}", headers, CANARY.encode(), 0.0, "addressed")
    shown = redacted(captured)
    assert CANARY not in shown.url + str(shown.headers)
    assert [name for name, _ in shown.headers] == ["Host", "X-Signature", "Host"]
    assert (shown.body, shown.endpoint) == (captured.body, "addressed")
    assert "addressed" in site.HOOKSEAL


@given(st.text(max_size=80))
def test_any_text_can_be_redacted(text):
    """Nothing the sender writes makes it fail."""
    assert isinstance(redact_url(text), str)
    assert redacted(Captured("", text, ((text, text),), b"", 0.0, text)).headers[0][0] == text
