"""Published signatures: every case of `../shared/vectors` gets its published verdict. Skipped where absent."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from hookseal import Reason, providers
from hookseal._engine import Record, Secret, SecretError
from hookseal.schemes import Header, mac
from tests.receiver import NOW, Receiver

ROOT = Path(__file__).resolve().parent.parent
PUBLISHED = ROOT.parent / "shared" / "vectors"
CASES: list[dict[str, Any]] = [
    case
    for path in sorted(PUBLISHED.glob("*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))
    if "challenge" not in case  # what a challenge is answered has its own tests
]
NAMES = {
    "hubspot-v1": "hubspot",
    "hubspot-v2": "hubspot",
    "hubspot-v3": "hubspot",
    "messagebird-jwt": "messagebird",
    "standard-webhooks-v1a": "standard-webhooks",
    "zendesk-eap-2021": "zendesk",
}
"""Published names that are not the catalog's."""

ESCAPED = "Box's SDK also tries the body with all characters beyond ASCII escaped; we take the bytes that were sent"
EXCEPTIONS: dict[str, str] = {
    "box-09": ESCAPED,
    "box-10": ESCAPED,
    "box-11": ESCAPED,
    "box-13": ESCAPED,
    "hubspot-v1-01": "version 1 is a plain digest behind the secret, no MAC; HubSpot signs with version 3 as well",
    "hubspot-v2-01": "version 2 is a plain digest behind the secret, no MAC; HubSpot signs with version 3 as well",
    "hubspot-v2-02": "version 2 is a plain digest behind the secret, no MAC; HubSpot signs with version 3 as well",
    "rfc9421-01": "the signature covers no component, so it proves nothing of the request; no record may ask for that",
    "zendesk-eap-2021-01": "the order of an early access programme, body before time, which Zendesk no longer sends",
}
"""Cases whose published verdict we do not give, by id, each with its reason."""


def name_of(case: dict[str, Any]) -> str:
    """Give the catalog's name for the sender of a case."""
    return NAMES.get(case["provider"], case["provider"])


def verdict(case: dict[str, Any]) -> Reason | str | None:
    """Judge a published delivery as an endpoint for it would: None where it is accepted, else why not."""
    prepare = RECEIVERS.get(name_of(case), plain)
    try:
        receiver = prepare(case)
    except SecretError as error:
        return error.args[0]
    return receiver.reason(case["headers"], case["body"].encode(), moment(case), case["method"], case["url"])


def plain(case: dict[str, Any], record: Record | None = None, **more: Any) -> Receiver:
    """Receive with nothing but the secrets or the public key of the case."""
    keys = case.get("secrets") or [case[name] for name in ("secret", "public_key") if name in case]
    tolerance = {"tolerance": case["tolerance"]} if "tolerance" in case else {}
    return Receiver(record or Record.named(name_of(case)), keys, **tolerance, **more)


def convoy(case: dict[str, Any]) -> Receiver:
    """Receive for a project: at Convoy each chooses digest and encoding, and whether time is signed."""
    digest, header = case["hash"].lower(), "X-Convoy-Signature"
    if case["provider"] == "convoy-simple":
        scheme = mac(header=header, digest=digest, encoding=case["encoding"])
    else:
        scheme = mac(
            header=header,
            digest=digest,
            encoding=case["encoding"],
            shape="pairs",
            split=",",
            version="v1",
            signed="{ts},{body}",
            parts={"ts": Header(header, pairs=",", name_in_list="t")},
        )
    return plain(case, Record.from_json("convoy", scheme.json()))


def box(case: dict[str, Any]) -> Receiver:
    """Receive with a key for each of the two headers."""
    slots = zip(case["secrets"], ("primary", "secondary"), strict=True)
    return plain({**case, "secrets": [Secret(text, slot=slot) for text, slot in slots]})


def adyen(case: dict[str, Any]) -> Receiver:
    """Receive an item list; the cases leave out the Content-Type, without which no body is read as JSON."""
    case["headers"] = {"Content-Type": "application/json", **case["headers"]}
    return plain(case)


def sns(case: dict[str, Any]) -> Receiver:
    """Receive from the topic of the case, whose certificate is fetched. The published messages lack their headers."""
    message = json.loads(case["body"])
    topic = message.get("TopicArn", "arn:aws:sns:us-east-1:123456789012:mail")
    named = {"type": message.get("Type", ""), "id": message.get("MessageId", "")}
    headers = {f"x-amz-sns-message-{name}": text for name, text in named.items()} | {"x-amz-sns-topic-arn": topic}
    case["headers"] = headers | case["headers"]
    return plain(case, topics=[topic], remote=case["certificate"])


def http_signature(case: dict[str, Any]) -> Receiver:
    """Receive a signed message that has to cover the components that the case's does."""
    covered = re.search(r"=\(([^)]*)\)", case["headers"]["Signature-Input"])
    proof = {
        "algorithm": f"http-signature-{case['alg']}",
        "key": {"kind": "public", "text": ["spki"]},
        "signature": {"at": {"header": "Signature"}, "shape": "plain", "encoding": "base64"},
        "envelope": {"covers": re.findall(r'(?<= )"([^"]+)"(?!;)', f" {covered[1]}") or ["@method"]},
        "parts": {"ts": {"claim": "created"}},
    }
    record = {"title": "RFC 9421", "docs": "", "grade": "A", "time": {"part": "ts", "unit": "s", "of": "attempt"}}
    return plain(case, Record.from_json("rfc9421", json.dumps(record | {"proof": [proof]})))


RECEIVERS: dict[str, Callable[[dict[str, Any]], Receiver]] = {
    "adyen-standard": adyen,
    "amazon-sns": sns,
    "box": box,
    "convoy-advanced": convoy,
    "convoy-simple": convoy,
    "rfc9421": http_signature,
}
"""Senders of whose cases more is to be said than the secrets."""

OURS = [case for case in CASES if name_of(case) in {*providers(), "rfc9421"}]
OTHERS = sorted({name_of(case) for case in CASES} - {*providers(), "rfc9421"})


def moment(case: dict[str, Any]) -> float:
    """Give the receiver's clock: the case's; where it has none, the time at which the message was made."""
    if "now" not in case and case["provider"] == "amazon-sns":
        made = json.loads(case["body"]).get("Timestamp", "2022-07-28T23:10:38Z")
        return datetime.fromisoformat(made.replace("Z", "+00:00")).timestamp()
    return case.get("now", NOW)


@pytest.mark.parametrize("case", OURS, ids=lambda case: case["id"])
def test_a_published_delivery_gets_its_published_verdict(case: dict[str, Any]):
    """Genuine ones are accepted, the others refused, as the provider's own rules have it."""
    assert (case["valid"] != (case["id"] in EXCEPTIONS)) is (verdict(case) is None)


def test_every_published_provider_is_in_the_catalog():
    """None is left out in silence."""
    if not CASES:
        pytest.skip(
            f"{PUBLISHED.parent.name}/{PUBLISHED.name} is not there: published signatures are not part of the checkout"
        )
    assert [] == OTHERS


@pytest.mark.skipif(not CASES, reason="published signatures are not part of the checkout")
def test_published_cases_are_of_both_kinds():
    """For each provider of ours with several published cases there is one to accept and one to refuse."""
    counts = Counter(case["provider"] for case in OURS)
    kinds = {(name_of(case), case["valid"]) for case in OURS if counts[case["provider"]] > 1}
    assert {(provider, valid) for provider, _ in kinds for valid in (True, False)} == kinds


@pytest.mark.skipif(not CASES, reason="published signatures are not part of the checkout")
def test_every_exception_is_a_published_case():
    """A reason for a case that no longer exists would mislead."""
    assert EXCEPTIONS.keys() <= {case["id"] for case in OURS}
