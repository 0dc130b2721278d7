"""Blocks in which refusals are expected: what is said where anything else came of a delivery."""

from __future__ import annotations

import pytest
from django.test import Client

from hookseal import Reason
from hookseal.signals import webhook_accepted, webhook_duplicate, webhook_rejected
from hookseal.testing import AsyncWebhookClient, WebhookClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def webhooks() -> WebhookClient:
    """The client under test."""
    return WebhookClient()


def test_an_accepted_delivery_is_no_refusal(webhooks):
    """It names endpoint, secret and answer."""
    said = (
        r'expected a refusal with stale, but "stripe" let it pass as accepted by the secret stripe\[0\]; '
        r"answered 200 to POST /to/stripe/"
    )
    with pytest.raises(AssertionError, match=said), webhooks.expect_rejection("stale"):
        webhooks.send("stripe", "/to/stripe/")


def test_a_duplicate_is_no_refusal(webhooks):
    """Though its view is not called."""
    delivery = webhooks.sign("stripe")
    webhooks.deliver(delivery, "/to/stripe/")
    with pytest.raises(AssertionError, match="let it pass as duplicate"), webhooks.expect_rejection():
        webhooks.deliver(delivery, "/to/stripe/")


def test_another_reason_is_named_with_its_sentence(webhooks):
    """Rather than the answer alone, which is the same for every reason."""
    said = f'"stripe" refused with stale: {Reason.STALE.sentence[:20]}'
    with pytest.raises(AssertionError, match=said), webhooks.expect_rejection(Reason.SIGNATURE_MISMATCH):
        webhooks.send("stripe", "/to/stripe/", tamper="stale")


def test_nothing_sent_is_said_so(webhooks):
    """A block that tests nothing does not pass."""
    said = "expected a refusal with stale, but nothing was sent"
    with pytest.raises(AssertionError, match=said), webhooks.expect_rejection("stale"):
        webhooks.sign("stripe")


def test_an_endpoint_that_was_not_reached_is_said_so(webhooks):
    """404 is an answer, but not that of an endpoint."""
    said = "no endpoint was reached: 404 to POST /elsewhere/"
    with pytest.raises(AssertionError, match=said), webhooks.expect_rejection("stale"):
        webhooks.send("stripe", "/elsewhere/", tamper="stale")


def test_every_delivery_of_a_block_counts(webhooks):
    """One that is accepted among those refused is not overlooked."""
    expecting = webhooks.expect_rejection("stale")
    with pytest.raises(AssertionError, match="let it pass as accepted"), expecting:  # noqa: PT012 - both belong to it
        webhooks.send("stripe", "/to/stripe/", tamper="stale")
        webhooks.send("stripe", "/to/stripe/")


def test_what_another_client_sends_counts(webhooks):
    """Signals are told apart by nothing but the block."""
    with webhooks.expect_rejection("missing_signature") as refused:
        Client().post("/to/stripe/", b"{}", "application/json", secure=True)
    assert [rejection.reason for rejection in refused.rejections] == [Reason.MISSING_SIGNATURE]


def test_any_reason_will_do_where_none_is_named(webhooks):
    """As in a loop over everything that may be wrong."""
    with webhooks.expect_rejection():
        webhooks.send("stripe", "/to/stripe/", tamper="stale")
        webhooks.send("stripe", "/to/stripe/", tamper="body")


def test_an_unknown_reason_is_refused_at_once(webhooks):
    """A misspelt code would else never come."""
    with pytest.raises(ValueError, match="'stael' is not a valid Reason"):
        webhooks.expect_rejection("stael")


def test_an_error_in_the_block_is_not_hidden(webhooks):
    """It comes out as it is."""
    with pytest.raises(ZeroDivisionError), webhooks.expect_rejection("stale"):
        1 / 0  # noqa: B018 - raising is the point


def test_nothing_listens_after_the_block(webhooks):
    """Signals have the receivers they had before."""
    signals = (webhook_accepted, webhook_duplicate, webhook_rejected)
    before = [len(signal.receivers) for signal in signals]
    with webhooks.expect_rejection():
        webhooks.send("stripe", "/to/stripe/", tamper="body")
    assert [len(signal.receivers) for signal in signals] == before


def test_blocks_may_stand_in_each_other(webhooks):
    """Each judges what was sent within it."""
    with webhooks.expect_rejection() as outer:
        webhooks.send("stripe", "/to/stripe/", tamper="stale")
        with webhooks.expect_rejection("signature_mismatch") as inner:
            webhooks.send("stripe", "/to/stripe/", tamper="body")
    assert (len(outer.rejections), len(inner.rejections)) == (2, 1)


async def test_async_blocks_fail_likewise():
    """With `async with`, and from async views."""
    webhooks = AsyncWebhookClient()
    with pytest.raises(AssertionError, match="let it pass as accepted"):
        async with webhooks.expect_rejection("stale"):
            await webhooks.send("github", "/async-function/")
