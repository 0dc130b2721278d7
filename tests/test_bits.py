"""Every one-bit change in a signed part of any provider's message is refused; what is not signed, its page says.

The messages are the genuine ones of tests/vectors/. What a provider signs of a body that is not signed as a whole is
told a second time here, in `SIGNED`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from hookseal import providers
from hookseal._engine import Secret
from tests.flips import Change, Request, flips, spells_the_same
from tests.receiver import Receiver

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
    if any(text.startswith("application/x-www-form-urlencoded") for _, text in request.headers):
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


def leaves_signed_as_it_was(case: dict[str, Any], change: Change) -> bool:
    """Whether the change is one in a part that the provider does not sign."""
    provider, told = case["provider"], unsigned(case["provider"])
    if change.place == "content-type":
        return True
    if change.place in {"method", "url"}:
        return NAMES[change.place] in told or "everything: TLS alone" in told
    if change.place != "body":
        return False
    if "everything: TLS alone" in told:
        return True
    signed = SIGNED.get(provider)
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
    passes = any(is_accepted(receiver, body, case["now"]) for body in bodies)
    assert passes is (receiver.record.body_authenticated != "yes")
    assert f"*body authenticated*: {receiver.record.body_authenticated}" in unsigned(case["provider"])


def test_every_provider_has_a_genuine_message():
    """None is left out in silence."""
    absent = sorted({*providers()} - {case["provider"] for case in GENUINE})
    if absent:
        pytest.skip(f"no vectors yet: {', '.join(absent)}")
