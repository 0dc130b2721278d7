"""The ways to bend a delivery, over the whole catalog: each is refused for what was bent."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hookseal import Reason, Secret, Verifier, WebhookRejected, providers
from hookseal._engine import Record
from hookseal.samples import new_keys, sample
from hookseal.signing import Signed
from hookseal.testing import TAMPERINGS, Signing, Untamperable, tamper

NOW = 1_790_000_000
URL = "https://example.com/hooks/?tenant=1"
IMPOSSIBLE = {"paypal", "postal", "scaleway"}
LOCAL = [name for name in providers() if name not in IMPOSSIBLE and Record.named(name).source is None]
BENT = {
    "body": {Reason.SIGNATURE_MISMATCH, Reason.BODY_NOT_COVERED},
    "secret": {Reason.SIGNATURE_MISMATCH, Reason.BAD_CREDENTIALS},
    "stale": {Reason.STALE},
    "future": {Reason.FUTURE},
    "missing": {Reason.MISSING_SIGNATURE, Reason.MISSING_CREDENTIALS},
}


def signing_of(provider: str) -> tuple[Signing, Verifier]:
    """Sign a sample for a provider, and verify it."""
    record, keys = Record.named(provider), new_keys(provider)
    options = dict.fromkeys(record.options, "made-up")
    made = sample(provider, keys, options)
    signing = Signing(
        provider,
        keys.signs,
        made.body,
        NOW,
        url=URL,
        content_type=made.content_type,
        options=options,
        tolerance=record.tolerance,
    )
    return signing, Verifier(provider, secrets=[keys.verifies], options=options)


def verdict(verifier: Verifier, signed: Signed) -> Reason | None:
    """Judge a delivery: None where it is accepted."""
    try:
        verifier.verify(headers=signed.headers, body=signed.body, url=signed.url, now=NOW)
    except WebhookRejected as rejection:
        return rejection.reason
    return None


@pytest.mark.parametrize("way", BENT)
@pytest.mark.parametrize("provider", LOCAL)
def test_what_is_bent_is_refused_for_that(provider: str, way: str):
    """Where a provider proves nothing of the kind, no delivery is made up that would be accepted."""
    signing, verifier = signing_of(provider)
    signed = signing.sign()
    assert verdict(verifier, signed) is None
    try:
        bent = tamper(way, signing, signed)
    except Untamperable:
        record = Record.named(provider)
        assert record.shares_secret if way == "body" else record.tolerance is None
    else:
        assert [verdict(verifier, each) in BENT[way] for each in bent] == [True]


@pytest.mark.parametrize("provider", ["amazon-sns", "plaid"])
@pytest.mark.parametrize("way", BENT)
def test_deliveries_under_fetched_keys_are_bent_too(provider: str, way: str):
    """What is sent is no longer what was signed; the client's tests show the verdict."""
    signing = replace(signing_of_fetched(provider), tolerance=300)
    signed = signing.sign()
    (bent,) = tamper(way, signing, signed)
    assert (bent.headers, bent.body) != (signed.headers, signed.body)


def signing_of_fetched(provider: str) -> Signing:
    """Sign a sample by a key that the endpoint would fetch."""
    keys = new_keys(provider)
    return Signing(provider, keys.signs, sample(provider, keys).body, NOW)


def test_a_replay_is_the_same_delivery_twice():
    """Nothing about it is bent."""
    signing, _ = signing_of("stripe")
    signed = signing.sign()
    assert tamper("replay", signing, signed) == (signed, signed)


@pytest.mark.parametrize(("other", "name"), [("time", "stale"), ("no_header", "missing")])
def test_a_way_may_have_two_names(other: str, name: str):
    """Both bend alike."""
    signing, _ = signing_of("stripe")
    signed = signing.sign()
    assert tamper(other, signing, signed) == tamper(name, signing, signed)


def test_an_unknown_way_is_named_with_those_there_are():
    """So that nobody has to look them up."""
    signing, _ = signing_of("stripe")
    with pytest.raises(LookupError, match="'boddy' is no way to tamper; there are: body, secret, stale"):
        tamper("boddy", signing, signing.sign())


def test_the_changed_value_is_one_that_is_signed():
    """Mailgun signs time and token alone: the event beside them would prove nothing if it were changed."""
    signing, _ = signing_of("mailgun")
    signed = replace(signing, body=b'{"event-data":{"id":"1"}}').sign()
    (bent,) = tamper("body", signing, signed)
    before, after = json.loads(signed.body), json.loads(bent.body)
    assert before["event-data"] == after["event-data"]
    assert before["signature"]["signature"] == after["signature"]["signature"]
    assert before != after


def test_a_body_that_is_no_document_is_bent():
    """A sender may sign any bytes."""
    signing, verifier = signing_of("github")
    signing = replace(signing, body=b"\x00\xff", content_type="application/octet-stream")
    signed = signing.sign()
    (bent,) = tamper("body", signing, signed)
    assert (verdict(verifier, signed), verdict(verifier, bent)) == (None, Reason.SIGNATURE_MISMATCH)


def test_another_secret_fills_the_same_slot():
    """Box signs with either of two keys, each in a header of its own."""
    signing, _ = signing_of("box")
    signing = replace(signing, secret=Secret("made-up-9d2f4b6a8c0e1357", slot="secondary"))
    (bent,) = tamper("secret", signing, signing.sign())
    assert bent.headers.keys() == signing.sign().headers.keys()


def test_how_a_delivery_is_signed_does_not_show_the_secret():
    """In a failing test's output it would."""
    signing, _ = signing_of("stripe")
    assert str(signing.secret) not in repr(signing)


def test_every_way_says_what_it_does():
    """For the documentation and for `--help`."""
    assert all(way.sentence for way in TAMPERINGS)
    assert {way.name for way in TAMPERINGS} == {*BENT, "replay"}
