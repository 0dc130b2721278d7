"""Every one-bit change in a signed part of any provider's message is refused; what is not signed, its page says.

The messages are the genuine ones of tests/vectors/. What a provider signs of a body that is not signed as a whole is
told a second time here, in `SIGNED`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from hookseal import providers
from hookseal._engine import Record, Secret, Signer
from tests.flips import Change, Request, flips, spells_the_same
from tests.receiver import NOW, Receiver

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FORM = "application/x-www-form-urlencoded"
ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path for path in (ROOT / "tests" / "vectors").glob("*.json") if path.name != "schema.json")
GENUINE = [
    case
    for path in FILES
    for case in json.loads(path.read_text(encoding="utf-8"))
    if case["id"].endswith("/genuine") and "body" in case
]
PAGE = (ROOT / "docs" / "providers.md").read_text(encoding="utf-8")


def request_of(case: dict[str, Any]) -> Request:
    """Take a vector for a request."""
    headers = ((name, text if isinstance(text, str) else text[0]) for name, text in case["headers"].items())
    return Request(case["method"], case["url"], tuple(headers), case["body"].encode())


def receiver_of(case: dict[str, Any]) -> Receiver:
    """Receive as the vector says."""
    secrets = [Secret(each["text"], slot=each["slot"]) if isinstance(each, dict) else each for each in case["secrets"]]
    more = {name: case[name] for name in ("options", "topics", "remote", "tolerance") if name in case}
    return Receiver(case["provider"], secrets, **more)


def is_accepted(receiver: Receiver, request: Request, now: float) -> bool:
    """Judge a request."""
    return receiver.reason(request.headers, request.body, now, request.method, request.url) is None


def unsigned(provider: str) -> str:
    """Read on the provider's page what is not signed."""
    section = re.search(rf"^## {re.escape(provider)}$(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert section, "every provider has its section"
    return section[1]


def fields(request: Request) -> dict[str, Any]:
    """Read the fields of a form or of a JSON body; a name that comes twice keeps its last value."""
    if any(text.startswith(FORM) for _, text in request.headers):
        return dict(parse_qsl(request.body.decode("latin-1"), keep_blank_values=True, encoding="latin-1"))
    return json.loads(request.body)


def form(request: Request) -> object:
    """All fields, as often as they come."""
    return sorted(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict"))


def mailgun(request: Request) -> object:
    """The time, the token, and the signature over both."""
    found = fields(request)
    found = found.get("signature", {}) if isinstance(found.get("signature"), dict) else found
    return found["timestamp"], found["token"], found["signature"].lower()


def dropbox_sign(request: Request) -> object:
    """Time and type of the event, and the signature over both."""
    found = fields(request)
    event = (json.loads(found["json"]) if "json" in found else found)["event"]
    return str(event["event_time"]), event["event_type"], event["event_hash"].lower()


def braintree(request: Request) -> object:
    """The payload, and the codes of the signature without the name of the key in front of each."""
    found = fields(request)
    return found["bt_payload"], [pair.partition("|")[2].lower() for pair in found["bt_signature"].split("&")]


def adyen(request: Request) -> object:
    """Eight fields of each item, and the signature over them."""
    items = [item["NotificationRequestItem"] for item in fields(request)["notificationItems"]]
    names = ("pspReference", "originalReference", "merchantAccountCode", "merchantReference", "eventCode", "success")
    return [
        [*map(item.get, names), *map(item["amount"].get, ("value", "currency")), item["additionalData"]]
        for item in items
    ]


def sns(request: Request) -> object:
    """The fields that the kind of message signs, and where the certificate is."""
    found = fields(request)
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    return [found.get(name) for name in [*names, "Signature", "SignatureVersion", "SigningCertURL"]]


SIGNED: dict[str, Callable[[Request], object]] = {
    "adyen-standard": adyen,
    "amazon-sns": sns,
    "braintree": braintree,
    "dropbox-sign": dropbox_sign,
    "mailgun": mailgun,
    "mandrill": form,
    "plivo": form,
    "scaleway": sns,
    "twilio": form,
}
"""What a provider signs of a body of which it does not sign every byte."""

NAMES = {"method": "the method", "url": "the URL"}
EVERYTHING = "everything: TLS alone"


def leaves_signed_as_it_was(case: dict[str, Any], change: Change) -> bool:
    """Whether the change is one in a part that the provider does not sign, as its page says."""
    told = unsigned(case["provider"])
    if change.place == "body":
        return EVERYTHING in told or same_fields(case, change)
    if change.place == "url" and "neither scheme nor host" in told:
        return change.index < change.text.index("/", len("https://"))
    if change.place in NAMES:
        return EVERYTHING in told or NAMES[change.place] in told
    return change.place == "content-type"


def same_fields(case: dict[str, Any], change: Change) -> bool:
    """Whether the fields that a provider signs are as they were."""
    signed = SIGNED.get(case["provider"])
    try:
        return signed is not None and signed(change.request) == signed(request_of(case))
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


@pytest.mark.parametrize("case", GENUINE, ids=lambda case: case["id"].removesuffix("/genuine"))
def test_no_bit_of_what_is_signed_can_change(case: dict[str, Any]):
    """In body, URL, method, time, id, claims and the signature itself; a change that passes is in no such part."""
    receiver, request = receiver_of(case), request_of(case)
    assert is_accepted(receiver, request, case["now"])
    accepted = [
        change for change in flips(request, receiver.reads) if is_accepted(receiver, change.request, case["now"])
    ]
    signed = [
        change for change in accepted if not spells_the_same(change) and not leaves_signed_as_it_was(case, change)
    ]
    assert [] == [str(change) for change in signed]


@pytest.mark.parametrize("case", GENUINE, ids=lambda case: case["id"].removesuffix("/genuine"))
def test_a_body_that_may_change_is_declared(case: dict[str, Any]):
    """Just where a change of the body passes, record and page say that the body is not signed as a whole."""
    receiver, request = receiver_of(case), request_of(case)
    changes = flips(replace(request, url="", method="", headers=()), receiver.reads)
    bodies = [replace(request, body=change.request.body) for change in changes]
    assert is_accepted(receiver, request, case["now"])
    passes = any(is_accepted(receiver, body, case["now"]) for body in bodies)
    declared = receiver.record.body_authenticated
    assert passes in {"yes": {False}, "fields": {False, True}}.get(declared, {True})
    assert f"*body authenticated*: {declared}" in unsigned(case["provider"])


@pytest.mark.parametrize(
    "case",
    [case for case in GENUINE if case["provider"] in SIGNED and case["headers"].get("Content-Type") == FORM],
    ids=lambda case: case["id"].removesuffix("/genuine"),
)
def test_another_spelling_of_a_form_is_the_same_form(case: dict[str, Any]):
    """Where fields are signed, and not how they are written, a letter may be escaped; the record says so."""
    receiver, request = receiver_of(case), request_of(case)
    escaped = re.sub(
        rb"(?<==)([^g-z]*)([g-z])", lambda found: found[1] + b"%%%02X" % ord(found[2]), request.body, count=1
    )
    assert escaped != request.body
    assert is_accepted(receiver, replace(request, body=escaped), case["now"])
    assert receiver.record.body_authenticated != "yes"


def catalogued(provider: str) -> dict[str, Any]:
    """Read a record as it is written in the catalog."""
    return tomllib.loads((ROOT / "src" / "record" / "catalog" / f"{provider}.toml").read_text(encoding="utf-8"))


def test_no_bit_of_what_paypal_signs_can_change():
    """With a public key of ours in place of the certificate, which only PayPal could sign with."""
    record = catalogued("paypal")
    record["proof"][0]["key"] = {"kind": "public", "text": ["spki"]}
    del record["proof"][0]["parts"]["certificate"]
    paypal = Record.from_json("paypal", json.dumps(record))
    private, public = paypal.key_pair()
    options = {"webhook_id": "8PT597110X687430LKGECATA"}
    headers, body, _ = Signer(paypal, Secret(private), options).sign(b'{"id":"evt_1","text":"fine"}', NOW)
    names = {
        "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        "PAYPAL-CERT-URL": "https://api.paypal.com/v1/notifications/certs/C-1",
    }
    every = tuple((names | dict(headers)).items())
    receiver, request = Receiver(paypal, [public], options=options), Request("POST", "", every, body)
    assert is_accepted(receiver, request, NOW)
    accepted = {
        change.place
        for change in flips(replace(request, method=""), receiver.reads)
        if is_accepted(receiver, change.request, NOW)
    }
    assert accepted <= {"content-type"}


def test_scaleway_signs_what_amazon_signs():
    """The records differ in nothing but whose key it is, so that a message of Amazon's stands for one of Scaleway's."""
    scaleway, amazon = (catalogued(name)["proof"] for name in ("scaleway", "amazon-sns"))
    for proof in (*scaleway, *amazon):
        del proof["key"]["source"]
    assert scaleway == amazon


def test_every_provider_has_a_genuine_message():
    """Those whose certificates are not for us to make have tests of their own."""
    assert {"paypal", "scaleway"} == {*providers()} - {case["provider"] for case in GENUINE}
