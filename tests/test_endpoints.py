"""What follows from an endpoint's settings is worked out when it is built."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hookseal._engine import Record
from hookseal.endpoints import Endpoint
from hookseal.particulars import Particulars

FACTS = ("reads_body", "needs_url", "needs_headers", "fetches_keys", "may_wait", "may_conclude")


def facts(endpoint: Endpoint) -> set[str]:
    """Name the facts that hold."""
    return {fact for fact in FACTS if getattr(endpoint, fact)}


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("github", {"reads_body"}),
        ("basic", set()),
        ("twilio", {"reads_body", "needs_url"}),
        ("plaid", {"reads_body", "fetches_keys", "may_wait"}),
        ("zoom", {"reads_body", "may_conclude"}),
    ],
)
def test_what_a_provider_asks_for_is_known_of_its_endpoint(provider, expected):
    """The record is asked once, and not with every delivery."""
    endpoint = Endpoint(provider, record=Record.named(provider))
    assert endpoint.provider == provider
    assert facts(endpoint) == expected


def test_a_sender_that_chooses_its_headers_is_shown_all_of_them():
    """An HTTP message signature covers what it lists."""
    assert "needs_headers" in facts(Endpoint("rfc9421", record=Record.named("rfc9421-ed25519")))


def test_an_endpoint_without_a_provider_asks_for_nothing():
    """It has errors, and answers 503."""
    assert (Endpoint("nobody").provider, facts(Endpoint("nobody"))) == ("", set())


def test_what_follows_is_worked_out_anew_with_each_change():
    """No copy of an endpoint keeps what followed from other settings."""
    github = Endpoint("github", record=Record.named("github"))
    assert "may_conclude" in facts(replace(github, particulars=Particulars(auto_confirm=True)))
    assert "may_wait" in facts(replace(github, rate_cache="default"))
    assert "may_wait" in facts(replace(github, capture="all"))
