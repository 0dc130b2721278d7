"""Fingerprints: who may have sent a request, told by the names of its headers."""

from __future__ import annotations

import pytest

from hookseal.fingerprints import guess


@pytest.mark.parametrize(
    ("headers", "best"),
    [
        ({"Stripe-Signature": "t=1,v1=aa"}, "stripe"),
        ({"x-hub-signature-256": "sha256=aa", "X-GitHub-Event": "push"}, "github"),
        ({"X-Slack-Signature": "v0=aa", "X-Slack-Request-Timestamp": "1"}, "slack"),
        ({"X-Twilio-Signature": "AA=="}, "twilio"),
        ({"X-Gitlab-Token": "x"}, "gitlab"),
        ({"svix-id": "1", "svix-timestamp": "1", "svix-signature": "v1,AA=="}, "svix"),
    ],
)
def test_the_signature_header_gives_the_sender_away(headers: dict[str, str], best: str):
    """Each of these senders is among the first guesses for its own headers."""
    assert best in guess(headers)[:4]


def test_pairs_and_a_mapping_are_read_alike():
    """Headers may be a mapping or pairs, in any case."""
    assert guess([("STRIPE-SIGNATURE", "x")]) == guess({"stripe-signature": "x"})


def test_what_everybody_sends_names_nobody():
    """Authorization and Content-Type tell nothing of the sender."""
    assert guess({"Authorization": "Basic x", "Content-Type": "application/json", "Host": "h"}) == ()
