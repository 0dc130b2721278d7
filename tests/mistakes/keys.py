"""Mistakes with secrets: whose they are, and how they are written."""
# ruff: noqa: D103 - the names say it

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import date

from hookseal.explain import endpoint_of
from hookseal.secrets import Secret
from hookseal.signing import key_pair
from tests.mistakes.made import FORM, JSON, NOW, PLAIN, WHSEC, arrived, mistake, with_header


@mistake("other_endpoint_secret", ("stripe",), ("github",), ("shopify",), ("slack",))
def the_secret_of_test_mode(provider: str):
    sibling = endpoint_of(provider, PLAIN + "-test", alias=f"{provider}-test")
    return arrived(provider, PLAIN + "-test"), endpoint_of(provider, PLAIN), {"siblings": [sibling]}


@mistake("other_endpoint_secret", ("discord",), ("sendgrid",), ("standard-webhooks",))
def the_public_key_of_another_project(provider: str):
    (mine, public), (_, other) = key_pair(provider), key_pair(provider)
    sibling = endpoint_of(provider, public, alias="project")
    return arrived(provider, mine), endpoint_of(provider, other), {"siblings": [sibling]}


@mistake("other_endpoint")
def a_delivery_at_the_url_of_another_sender():
    sibling = endpoint_of("github", PLAIN, alias="code")
    return arrived("github", PLAIN), endpoint_of("stripe", WHSEC), {"siblings": [sibling]}


@mistake("old_secret", ("stripe",), ("gitlab",))
def a_retired_secret(provider: str):
    old = Secret(PLAIN + "-old", label="2025", not_after=date(2027, 1, 1))
    return arrived(provider, PLAIN + "-old"), endpoint_of(provider, [PLAIN, old])


@mistake("early_secret")
def a_secret_before_its_time():
    new = Secret(PLAIN + "-new", label="2027", not_before=date(2027, 2, 1))
    return arrived("stripe", PLAIN + "-new"), endpoint_of("stripe", [PLAIN, new])


@mistake("cli_secret")
def the_secret_of_the_tunnel():
    sibling = endpoint_of("stripe", WHSEC, alias="stripe-cli")
    return arrived("stripe", WHSEC), endpoint_of("stripe", PLAIN), {"siblings": [sibling]}


@mistake("cli_secret")
def a_secret_labelled_as_that_of_the_tunnel():
    sibling = endpoint_of("stripe", Secret(WHSEC, label="local tunnel"), alias="mine")
    return arrived("stripe", WHSEC), endpoint_of("stripe", PLAIN), {"siblings": [sibling]}


@mistake("secret_whitespace", ("stripe",), ("github",), ("twilio",), ("mailgun",), ("linear",))
def a_newline_in_the_setting(provider: str):
    return arrived(provider, PLAIN, content_type=FORM if provider == "twilio" else "application/json"), endpoint_of(
        provider, PLAIN + "\n"
    )


@mistake("secret_whitespace")
def a_newline_in_the_senders_secret():
    signature = hmac.new((PLAIN + "\n").encode(), JSON.encode(), hashlib.sha256).hexdigest()
    captured = with_header(arrived("github", PLAIN), "X-Hub-Signature-256", f"sha256={signature}")
    return captured, endpoint_of("github", PLAIN)


@mistake("secret_whitespace", ("basic",), ("gitlab",))
def a_credential_with_white_space(provider: str):
    secret = f"user:{PLAIN}" if provider == "basic" else PLAIN
    return arrived(provider, secret), endpoint_of(provider, secret + " ")


@mistake("secret_quotes", ("github", "'"), ("svix", '"'))
def quotation_marks_in_the_setting(provider: str, mark: str):
    secret = WHSEC if provider == "svix" else PLAIN
    return arrived(provider, secret), endpoint_of(provider, f"{mark}{secret}{mark}")


@mistake("secret_prefix")
def a_secret_without_its_prefix():
    return arrived("stripe", WHSEC), endpoint_of("stripe", WHSEC.removeprefix("whsec_"))


@mistake("secret_prefix", ("svix",), ("standard-webhooks",))
def the_version_in_front_of_the_secret(provider: str):
    return arrived(provider, WHSEC), endpoint_of(provider, f"v1,{WHSEC}")


@mistake("secret_encoding")
def a_decoded_secret_where_text_is_due():
    return _own_mac("stripe", b64decode(WHSEC.removeprefix("whsec_")), WHSEC)


@mistake("secret_encoding")
def a_text_where_the_secret_is_decoded():
    return arrived("slack", PLAIN), endpoint_of("slack", PLAIN.encode().hex())


@mistake("secret_encoding")
def a_sender_who_takes_base64_for_text():
    signed = arrived("svix", WHSEC)
    headers = dict(signed.headers)
    text = f"{headers['svix-id']}.{headers['svix-timestamp']}.".encode() + signed.body
    made = b64encode(hmac.new(WHSEC.encode(), text, hashlib.sha256).digest()).decode()
    return with_header(signed, "svix-signature", f"v1,{made}"), endpoint_of("svix", WHSEC)


def _own_mac(provider: str, key: bytes, configured: str):
    made = hmac.new(key, f"{NOW}.{JSON}".encode(), hashlib.sha256).hexdigest()
    captured = with_header(arrived(provider, configured), "Stripe-Signature", f"t={NOW},v1={made}")
    return captured, endpoint_of(provider, configured)
