"""Schemes: records of the site's own, judged by the engine that compiles the catalog's."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from hookseal import Reason, Verifier, WebhookRejected, sign
from hookseal._engine import Record, RecordError
from hookseal.schemes import Form, Header, Http, Json, Query, Scheme, basic, mac, token

NOW = 1_790_000_000
SECRET = "acme-canary-3f9c1e7a5b2d8064"
ACME = mac(
    header="X-Acme-Signature",
    digest="sha256",
    encoding="hex",
    prefix="sha256=",
    signed="{ts}.{body}",
    parts={"ts": Header("X-Acme-Time")},
    event=Json("/id"),
)


def compiled(scheme: Scheme) -> Record:
    """Compile a scheme as an endpoint does."""
    return Record.from_json("acme", scheme.json())


def test_a_mac_verifies_what_it_signs():
    """The record works both ways, and hands over the id and the time that were signed."""
    signed = sign(ACME, secret=SECRET, body=b'{"id": "evt_1"}', now=NOW)
    verifier = Verifier(ACME, secrets=[SECRET])
    receipt = verifier.verify(headers=signed.headers, body=signed.body, now=NOW)
    assert ("evt_1", NOW) == (receipt.event_id, receipt.timestamp)


def test_a_mac_reproduces_a_provider_of_the_catalog():
    """Stripe written by hand accepts what the catalog's Stripe signs."""
    at = Header("Stripe-Signature")
    scheme = mac(
        at=at,
        digest="sha256",
        encoding="hex",
        shape="pairs",
        split=",",
        version="v1",
        signed="{ts}.{body}",
        parts={"ts": Header("Stripe-Signature", pairs=",", name_in_list="t")},
    )
    signed = sign("stripe", secret="whsec_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u", body=b"{}", now=NOW)
    verifier = Verifier(scheme, secrets="whsec_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u")
    assert NOW == verifier.verify(headers=signed.headers, body=signed.body, now=NOW).timestamp


def test_T71_a_signed_time_is_judged_without_being_asked_for():
    """A part named "ts" is the time of signing; a forgotten keyword does not switch freshness off."""
    signed = sign(ACME, secret=SECRET, body=b'{"id": "evt_1"}', now=NOW)
    with pytest.raises(WebhookRejected) as refusal:
        Verifier(ACME, secrets=[SECRET]).verify(headers=signed.headers, body=signed.body, now=NOW + 301)
    assert refusal.value.reason is Reason.STALE


def test_no_time_is_judged_where_none_is_signed():
    """Without a part for it, a record has no tolerance."""
    assert compiled(mac(header="X-Sig", digest="sha256", encoding="hex")).tolerance is None


def test_the_tolerance_is_the_records():
    """What the constructor is told is what the endpoint goes by."""
    scheme = mac(
        header="X-Sig",
        digest="sha512",
        encoding="base64",
        signed="{when}{body}",
        parts={"when": Header("X-When")},
        time="when",
        unit="ms",
        tolerance=60,
    )
    assert 60 == compiled(scheme).tolerance


def test_basic_accepts_its_credentials():
    """HTTP Basic, as any client sends it."""
    headers = {"Authorization": "Basic " + b64encode(b"user:long-enough-password").decode()}
    receipt = Verifier(basic(), secrets=["user:long-enough-password"], endpoint="acme").verify(
        headers=headers, body=b""
    )
    assert ("acme", "acme[0]") == (receipt.provider, receipt.secret)


@pytest.mark.parametrize(
    ("scheme", "header", "text"),
    [
        (token(), "Authorization", f"Bearer {SECRET}"),
        (token(header="authorization", scheme=""), "Authorization", SECRET),
        (token(header="X-Api-Key"), "X-Api-Key", SECRET),
        (token(header="X-Api-Key", scheme="Bearer"), "X-Api-Key", f"Bearer {SECRET}"),
    ],
)
def test_a_token_stands_where_it_is_said(scheme, header, text):
    """Bearer in Authorization, bare elsewhere, or as told."""
    verifier = Verifier(scheme, secrets=[SECRET])
    assert verifier.verify(headers={header: text}, body=b"").body == b""
    with pytest.raises(WebhookRejected):
        verifier.verify(headers={header: text[:-1]}, body=b"")


def test_http_facts_reach_the_record():
    """Refusal, success, probes, retry and size are the sender's, so they belong to its record."""
    http = Http(refusal=401, success=(200,), probes=("HEAD",), retry=0, max_body=1000)
    record = compiled(token(http=http))
    assert (401, (200,), ("HEAD",), 0, 1000) == (
        record.refusal,
        record.success,
        record.probes,
        record.retry,
        record.max_body,
    )


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Header("X-Id"), {"header": "X-Id"}),
        (Header("X-List", pairs=";", name_in_list="id"), {"header": "X-List", "pairs": ";", "name": "id"}),
        (Query("id", optional=True), {"query": "id", "optional": True}),
        (Form("id"), {"form": "id"}),
        (Json("/id"), {"json": "/id"}),
    ],
)
def test_a_place_is_written_as_the_catalog_writes_it(place, text):
    """Records in Python and in the catalog's files have one shape."""
    scheme = mac(header="X-Sig", digest="sha256", encoding="hex", signed="{id}{body}", parts={"id": place})
    assert text == json.loads(scheme.json())["proof"][0]["parts"]["id"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"digest": "sha257"},
        {"encoding": "base58"},
        {"signed": "{nowhere}"},
        {"signed": "{body"},
        {"signed": ""},
        {"time": "nowhere"},
        {"event": "nowhere"},
        {"key": "rot13"},
        {"header": "X Sig"},
        {"tolerance": -1, "parts": {"ts": Header("X-Ts")}, "signed": "{ts}{body}"},
        {"signed": "\ud800{body}"},
    ],
    ids=str,
)
def test_T58_a_wrong_value_is_found_when_the_record_is_compiled(wrong):
    """Writing it down raises nothing, so settings import; compiling it does, so it cannot be used."""
    scheme = mac(**{"header": "X-Sig", "digest": "sha256", "encoding": "hex"} | wrong)
    with pytest.raises(RecordError):
        compiled(scheme)


def test_the_signature_stands_in_one_place():
    """Both or neither of header and at cannot be written down."""
    with pytest.raises(TypeError, match="header and at"):
        mac(digest="sha256", encoding="hex")
    with pytest.raises(TypeError, match="header and at"):
        mac(header="X-Sig", at=Header("X-Sig"), digest="sha256", encoding="hex")


def test_an_event_place_does_not_take_the_name_of_a_part():
    """A part named "event" would otherwise silently change what is signed."""
    with pytest.raises(TypeError, match='a part named "event"'):
        mac(header="X-Sig", digest="sha256", encoding="hex", parts={"event": Header("X-Event")}, event=Json("/id"))


def test_equal_schemes_are_equal():
    """Endpoints are told apart by what a scheme says, not by when it was made."""
    assert token() == token()
    assert hash(token()) == hash(token())
    assert token() != basic()
