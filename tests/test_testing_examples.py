"""`hookseal.testing.sign`: for every provider, with nothing given but its name, something that verifies."""

from __future__ import annotations

import json

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from hookseal import Secret, WebhookRejected, providers, webhook
from hookseal.schemes import mac
from hookseal.testing import Untamperable, sign, tamper

IMPOSSIBLE = ["paypal", "postal", "scaleway"]


def verdict(example, signed=None, **changes) -> str:
    """Judge an example, or what became of it: empty where it is accepted."""
    sent = signed or example.signed
    try:
        example.verifier().verify(headers=sent.headers, body=sent.body, url=sent.url, **changes)
    except WebhookRejected as rejection:
        return rejection.reason.value
    return ""


@pytest.mark.parametrize("provider", sorted(set(providers()) - set(IMPOSSIBLE)))
def test_an_example_of_every_provider_verifies(provider):
    """And does not with another secret."""
    example = sign(provider)
    assert verdict(example) == ""
    (bent,) = tamper("secret", example.signing, example.signed)
    assert verdict(example, bent) in {"signature_mismatch", "bad_credentials"}


@pytest.mark.parametrize("provider", ["amazon-sns", "plaid"])
@pytest.mark.parametrize("way", ["body", "stale", "future", "missing"])
def test_fetched_keys_are_made_up(provider, way):
    """Certificate and key are found without a network, and bent deliveries are refused for what was bent."""
    example = sign(provider, {"text": "hello"})
    (bent,) = tamper(way, example.signing, example.signed)
    refused = {"body": {"signature_mismatch", "body_not_covered"}, "missing": {"missing_signature"}}
    assert verdict(example, bent) in refused.get(way, {way})


@pytest.mark.parametrize("provider", IMPOSSIBLE)
def test_what_cannot_be_signed_is_said_so(provider):
    """There is no example of it."""
    with pytest.raises(ValueError, match="cannot be signed for"):
        sign(provider)


def test_a_secret_can_be_shared():
    """The one of the test's own endpoint; str, bytes or `Secret`."""
    for secret in ("made-up-9d2f4b6a8c0e1357", b"made-up-9d2f4b6a8c0e1357", Secret("made-up-9d2f4b6a8c0e1357")):
        assert verdict(sign("github", secret=secret)) == ""


def test_a_private_key_is_not_given():
    """What would verify it would be unknown."""
    with pytest.raises(ValueError, match="shares no secret: leave it out"):
        sign("discord", secret="00" * 32)


def test_the_rest_can_be_chosen():
    """Body, id, time, URL and options."""
    example = sign("svix", {"a": 1}, event_id="msg_1", now=1_700_000_000)
    receipt = example.verifier().verify(headers=example.signed.headers, body=example.signed.body, now=1_700_000_100)
    assert (receipt.event_id, receipt.timestamp, json.loads(receipt.body)) == ("msg_1", 1_700_000_000, {"a": 1})
    assert sign("square", url="https://shop.example/hooks/").signed.url == "https://shop.example/hooks/"
    assert sign("livekit", options={"api_key": "key"}).options == {"api_key": "key"}


def test_a_record_of_ones_own_has_examples():
    """A scheme is a provider like any other."""
    assert verdict(sign(mac(header="X-Acme", digest="sha256", encoding="hex"))) == ""


def test_secrets_are_not_shown():
    """A failing test would print them."""
    example = sign("stripe")
    assert str(example.secrets[0]) not in repr(example)


def test_an_example_reaches_a_view_without_a_site(settings):
    """By Django's RequestFactory, and an endpoint that holds its secret."""
    settings.HOOKSEAL = {}
    example = sign("stripe", {"id": "evt_1"})
    view = webhook("x", provider="stripe", secrets=example.secrets, replay=False)(lambda _: HttpResponse("handled"))
    headers = dict(example.signed.headers)
    kind = headers.pop("Content-Type")
    request = RequestFactory().post("/", example.signed.body, kind, secure=True, headers=headers)
    assert view(request).content == b"handled"


def test_there_are_ways_that_do_not_apply():
    """GitHub signs no time."""
    example = sign("github")
    with pytest.raises(Untamperable, match="no time of GitHub is judged"):
        tamper("stale", example.signing, example.signed)
