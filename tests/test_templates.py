"""Samples in their providers' shape: signed, accepted, and found where views look for type and id."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest

from hookseal import Verifier, sign
from hookseal.samples import FORM, new_keys, sample
from hookseal.templates import TEMPLATES

URL = "https://example.com/hooks/"
CASES = [(name, event) for name, each in TEMPLATES.items() for event in (*each.events, "something.else")]


@pytest.mark.parametrize(("provider", "event"), CASES)
def test_a_template_is_signed_and_accepted(provider: str, event: str):
    """In the shape of its provider, which its own record takes."""
    keys = new_keys(provider)
    made = sample(provider, keys, event=event)
    signed = sign(provider, secret=keys.signs, body=made.body, content_type=made.content_type, url=URL)
    verifier = Verifier(provider, secrets=[keys.verifies])
    receipt = verifier.verify(headers=signed.headers, body=signed.body, url=signed.url)
    assert receipt.body == signed.body
    told = f"{made.body.decode()} {json.dumps(dict(made.headers))}"
    assert event in told


@pytest.mark.parametrize("provider", TEMPLATES)
def test_no_two_samples_are_alike(provider: str):
    """So that none is taken for the replay of another."""
    keys = new_keys(provider)
    assert sample(provider, keys).body != sample(provider, keys).body


def test_the_first_type_stands_for_all():
    """Where none is asked for."""
    assert "invoice.paid" == json.loads(sample("stripe", new_keys("stripe")).body)["type"]
    assert "push" == sample("github", new_keys("github")).headers["X-GitHub-Event"]


def test_a_sender_of_forms_gets_a_form():
    """With the fields that Twilio sends."""
    made = sample("twilio", new_keys("twilio"))
    assert (FORM, "+15005550006") == (made.content_type, dict(parse_qsl(made.body.decode()))["From"])
