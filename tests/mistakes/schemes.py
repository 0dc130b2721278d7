"""Mistakes with the way of signing: encoding, digest, shape, frame, provider."""
# ruff: noqa: D103 - the names say it

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode

from hookseal.captured import Captured
from hookseal.explain import endpoint_of
from hookseal.schemes import mac
from tests.mistakes.made import JSON, NOW, PLAIN, URL, WHSEC, arrived, mistake, with_header


@mistake("wrong_encoding", ("github",), ("shopify",))
def the_other_way_of_writing_bytes(provider: str):
    digest = hmac.new(PLAIN.encode(), JSON.encode(), hashlib.sha256).digest()
    name, text = {
        "github": ("X-Hub-Signature-256", f"sha256={b64encode(digest).decode()}"),
        "shopify": ("X-Shopify-Hmac-Sha256", digest.hex()),
    }[provider]
    return with_header(arrived(provider, PLAIN), name, text), endpoint_of(provider, PLAIN)


@mistake("wrong_digest")
def the_signature_of_sha1_alone():
    digest = hmac.new(PLAIN.encode(), JSON.encode(), hashlib.sha1).hexdigest()
    captured = with_header(arrived("github", PLAIN), "X-Hub-Signature-256", None)
    return with_header(captured, "X-Hub-Signature", f"sha1={digest}"), endpoint_of("github", PLAIN)


@mistake("wrong_digest", ("sha512",), ("sha1",))
def another_digest(digest: str):
    made = hmac.new(PLAIN.encode(), f"v0:{NOW}:{JSON}".encode(), digest).hexdigest()
    return with_header(arrived("slack", PLAIN), "X-Slack-Signature", f"v0={made}"), endpoint_of("slack", PLAIN)


@mistake("wrong_shape")
def a_signature_without_its_prefix():
    captured = arrived("github", PLAIN)
    bare = (captured.header("X-Hub-Signature-256") or "").removeprefix("sha256=")
    return with_header(captured, "X-Hub-Signature-256", bare), endpoint_of("github", PLAIN)


@mistake("wrong_shape")
def a_version_that_is_not_looked_at():
    captured = arrived("svix", WHSEC)
    other = (captured.header("svix-signature") or "").replace("v1,", "v2,")
    return with_header(captured, "svix-signature", other), endpoint_of("svix", WHSEC)


@mistake("wrong_shape")
def credentials_without_their_scheme():
    captured = arrived("basic", f"user:{PLAIN}")
    bare = (captured.header("Authorization") or "").removeprefix("Basic ")
    return with_header(captured, "Authorization", bare), endpoint_of("basic", f"user:{PLAIN}")


@mistake("wrong_time")
def milliseconds_where_seconds_are_due():
    made = hmac.new(PLAIN.encode(), f"{NOW}000.{JSON}".encode(), hashlib.sha256).hexdigest()
    captured = with_header(arrived("stripe", PLAIN), "Stripe-Signature", f"t={NOW}000,v1={made}")
    return captured, endpoint_of("stripe", PLAIN)


@mistake("wrong_frame")
def the_body_alone():
    made = hmac.new(PLAIN.encode(), JSON.encode(), hashlib.sha256).hexdigest()
    captured = with_header(arrived("stripe", PLAIN), "Stripe-Signature", f"t={NOW},v1={made}")
    return captured, endpoint_of("stripe", PLAIN)


@mistake("wrong_frame")
def time_and_body_without_a_dot():
    made = hmac.new(PLAIN.encode(), f"{NOW}{JSON}".encode(), hashlib.sha256).hexdigest()
    captured = with_header(arrived("slack", PLAIN), "X-Slack-Signature", f"v0={made}")
    return captured, endpoint_of("slack", PLAIN)


@mistake("wrong_frame")
def a_record_of_ones_own_without_the_time():
    record = mac(header="X-Acme-Signature", digest="sha256", encoding="hex", signed="{body}")
    made = hmac.new(PLAIN.encode(), f"{NOW}.{JSON}".encode(), hashlib.sha256).hexdigest()
    headers = (("X-Acme-Signature", made), ("X-Acme-Time", str(NOW)), ("Content-Type", "application/json"))
    return Captured("POST", URL, headers, JSON.encode(), NOW), endpoint_of(record, PLAIN, alias="acme")


@mistake("wrong_provider", ("github", "stripe"), ("svix", "standard-webhooks"), ("slack", "zoom"), ("shopify", "line"))
def a_delivery_of_another_provider(sender: str, configured: str):
    secret = WHSEC if sender == "svix" else PLAIN
    return arrived(sender, secret), endpoint_of(configured, secret)


@mistake("other_provider_header")
def a_stranger_at_the_door():
    return arrived("github", PLAIN + "-unknown-here"), endpoint_of("stripe", PLAIN)
