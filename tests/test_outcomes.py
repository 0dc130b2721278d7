"""Outcomes: every signal of the package, as one stream of closed words."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client

from hookseal import WebhookRejected, signals, webhook
from hookseal.outcomes import OUTCOMES, Outcome, watch
from tests.ids import shown
from tests.published import AMAZON, TOPIC, confirmation, provider, request_of, sns
from tests.questions import CHALLENGE, QUESTIONS, site
from tests.site.stores import Fragile


@pytest.fixture
def outcomes(unwatched) -> list[Outcome]:
    """Collect the outcomes of one test."""
    seen: list[Outcome] = []
    watch(seen.append, "test")
    return seen


def words(outcomes: list[Outcome]) -> list[tuple[str, ...]]:
    """Say of each outcome what a metric's labels would say."""
    return [(each.name, each.endpoint, each.provider, each.reason, each.fault) for each in outcomes]


def test_an_accepted_delivery(client: Client, send, outcomes):
    """It has its receipt with it; the alias and the provider are told apart."""
    send(client, "/to/told/", "github")
    assert words(outcomes) == [("accepted", "told", "github", "", "")]
    assert outcomes[0].receipt.secret == "told[0]"


def test_a_refused_delivery(client: Client, send, outcomes):
    """Reason and fault are codes; there is no receipt."""
    send(client, "/to/github/", "github", headers={"X-Hub-Signature-256": "sha256=" + "0" * 64})
    send(client, "/to/off/", "github")
    assert words(outcomes) == [
        ("refused", "github", "github", "signature_mismatch", "sender"),
        ("refused", "off", "github", "disabled", "site"),
    ]
    assert outcomes[0].receipt is None


def test_a_duplicate(protect, deliver, outcomes):
    """The second delivery is one; the first was accepted."""
    protect("memory")
    view = webhook("github")(lambda request: HttpResponse())
    deliver(view)
    deliver(view)
    assert [each.name for each in outcomes] == ["accepted", "duplicate"]


def test_an_unprotected_delivery_is_told_beside_the_accepted_one(protect, deliver, outcomes):
    """With the cause as its reason."""
    protect("tests.site.stores.Fragile", REPLAY_FAIL_OPEN=True)
    Fragile.down.add("claim")
    deliver(webhook("github")(lambda request: HttpResponse()))
    assert words(outcomes) == [
        ("unprotected", "github", "github", "store_unavailable", ""),
        ("accepted", "github", "github", "", ""),
    ]


def test_a_handshake(client: Client, outcomes):
    """It has no receipt, as most handshakes prove nobody."""
    with site():
        QUESTIONS["x"].ask(client, CHALLENGE)
    assert words(outcomes) == [("handshake", "x", "x", "", "")]


def test_a_confirmed_subscription(settings, outcomes):
    """It has its receipt with it."""
    settings.MIDDLEWARE = []
    settings.HOOKSEAL = {"bounces": {"PROVIDER": AMAZON, "TOPICS": [TOPIC], "AUTO_CONFIRM": True}}
    with provider():
        webhook("bounces")(lambda request: HttpResponse())(request_of(sns(confirmation())))
    assert words(outcomes) == [("confirmed", "bounces", "amazon-sns", "", "")]


def test_every_outcome_has_a_signal():
    """The names are those that the tests above have seen, and no signal is left out."""
    sent = {name.removeprefix("webhook_") for name in signals.__all__}
    assert sent - {"rejected"} | {"refused"} == set(OUTCOMES)


def test_watching_twice_counts_once(client: Client, send, outcomes):
    """A name stands for one observer."""
    watch(outcomes.append, "test")
    send(client, "/to/github/", "github")
    assert len(outcomes) == 1


def test_an_observer_that_fails_changes_no_outcome(client: Client, send, unwatched):
    """Neither of an accepted delivery nor of a refused one."""

    def fail(outcome):
        raise ZeroDivisionError

    watch(fail, "test")
    assert send(client, "/to/github/", "github").status_code == 200
    assert send(client, "/to/github/", "github", data=b"[]").status_code == 400


@pytest.mark.parametrize("path", ["/function/", "/async-function/"], ids=shown)
async def test_views_in_the_event_loop_are_told_of_as_well(async_client, send, outcomes, path):
    """One for each delivery, whichever way it came."""
    await send(async_client, path, "github")
    await send(async_client, path, "github", data=b"[]")
    assert [each.name for each in outcomes] == ["accepted", "refused"]


def test_a_view_that_refuses_by_itself(protect, deliver, outcomes):
    """The delivery was accepted, and then refused: both are told."""
    protect(store=False)

    def view(request):
        request.webhook.json()

    with pytest.raises(WebhookRejected):
        deliver(webhook("github")(view), body=b"no json")
    assert [each.name for each in outcomes] == ["accepted", "refused"]
