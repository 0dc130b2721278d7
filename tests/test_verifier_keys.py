"""`Verifier` where its provider publishes the keys: without Django, sync and async, from wherever they come."""

from __future__ import annotations

import json

import pytest

from hookseal import Verifier, WebhookRejected, sign
from hookseal._engine import RemoteKey
from hookseal.keysource import KeySource
from tests.published import (
    AMAZON,
    PLAID,
    PLAID_KEY_ID,
    PLAID_OPTIONS,
    SNS,
    TOPIC,
    confirmation,
    jwk,
    notification,
    plaid,
    provider,
    sns,
)

BODY = b'{"webhook_type": "TRANSACTIONS"}'


@pytest.fixture
def server():
    """Run the providers' server."""
    with provider() as running:
        yield running


def test_a_certificate_is_fetched(server):
    """By the source of the process, where none is given; it is remembered there."""
    signed = sns(notification())
    for _ in range(2):
        receipt = Verifier(AMAZON, topics=[TOPIC]).verify(headers=signed.headers, body=signed.body)
    assert (receipt.visit, len(server.requests)) == (None, 1)


async def test_a_certificate_is_fetched_in_an_event_loop(server):
    """By averify; the receipt is the same."""
    signed = sns(confirmation())
    receipt = await Verifier(AMAZON, topics=[TOPIC]).averify(headers=signed.headers, body=signed.body)
    assert receipt.visit.startswith(f"https://{SNS}/?Action=ConfirmSubscription")


def test_a_key_source_of_ones_own_is_used(server):
    """The one of the process is left alone."""
    signed = plaid(BODY)
    own = KeySource(fetch=server.https())
    verifier = Verifier(PLAID, options=PLAID_OPTIONS, keysource=own)
    assert verifier.verify(headers=signed.headers, body=signed.body).body == BODY
    assert server.lines == ["POST /webhook_verification_key/get HTTP/1.1"]


def test_a_function_may_find_the_key():
    """It is told whose key is wanted, and where; nothing is fetched."""
    asked = []

    def find(wanted) -> RemoteKey:
        asked.append((wanted.source, wanted.location))
        return RemoteKey(wanted.source, wanted.location, json.dumps(jwk()).encode())

    signed = plaid(BODY)
    Verifier(PLAID, options=PLAID_OPTIONS, keysource=find).verify(headers=signed.headers, body=signed.body)
    assert asked == [("plaid", PLAID_KEY_ID)]


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_function_may_be_async(is_async):
    """In averify both kinds do; a plain one runs in a thread."""

    def find(wanted) -> RemoteKey:
        return RemoteKey(wanted.source, wanted.location, json.dumps(jwk()).encode())

    async def afind(wanted) -> RemoteKey:
        return find(wanted)

    signed = plaid(BODY)
    verifier = Verifier(PLAID, options=PLAID_OPTIONS, keysource=afind if is_async else find)
    assert (await verifier.averify(headers=signed.headers, body=signed.body)).body == BODY


def test_an_async_function_needs_averify():
    """The other twin cannot wait for it."""

    async def find(wanted) -> RemoteKey:
        raise AssertionError(wanted)

    signed = plaid(BODY)
    with pytest.raises(TypeError, match="averify"):
        Verifier(PLAID, options=PLAID_OPTIONS, keysource=find).verify(headers=signed.headers, body=signed.body)


def test_a_key_of_another_place_is_a_mistake_of_the_site():
    """What was asked for must come back; the engine does not guess."""
    signed = plaid(BODY)
    other = RemoteKey("plaid", "another-id", json.dumps(jwk(kid="another-id")).encode())
    with pytest.raises(WebhookRejected) as refused:
        Verifier(PLAID, options=PLAID_OPTIONS, keysource=lambda _: other).verify(
            headers=signed.headers, body=signed.body
        )
    assert refused.value.reason == "internal_error"


def test_T106_topics_must_be_given():
    """Without them, anybody's topic would do."""
    with pytest.raises(ValueError, match="topics"):
        Verifier(AMAZON)


def test_options_must_be_given():
    """Each that is missing is named."""
    with pytest.raises(ValueError, match="client_id, secret"):
        Verifier(PLAID)


async def test_averify_needs_no_published_key():
    """It is verify for every provider."""
    signed = sign("github", secret="github-canary-3f9c1e7a5b2d8064", body=b"{}")
    verifier = Verifier("github", secrets=["github-canary-3f9c1e7a5b2d8064"])
    assert (await verifier.averify(headers=signed.headers, body=b"{}")).secret == "github[0]"
