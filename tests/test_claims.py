"""What a view claims beside its delivery, for how long, and what happens while the store is down."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client

from hookseal import webhook
from hookseal.replay.base import Claimed
from tests.conftest import names
from tests.counted import Counted, CountedAsync, answered, lose_lease, writing
from tests.site.stores import Fragile

STORES = ["memory", "cache", "database"]
FRAGILE = "tests.site.stores.Fragile"
KINDS = ["function", "class", "stacked", "api", "api-method"]
ASYNC_KINDS = ["async-function", "async-class", "async-stacked", "async-hidden"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("store", STORES)
def test_fresh_names_the_events_that_are_new(protect, deliver, store: str):
    """Of one delivery each id once, and of the next one those that no other was handled with."""
    protect(store)
    fresh: list[list[str]] = []
    view = webhook("github")(
        lambda request: (fresh.append(request.webhook.fresh(request.webhook.json())), HttpResponse())[1]
    )
    deliver(view, b'["b","a","b"]')
    deliver(view, b'["a","c","d"]')
    assert [["b", "a"], ["c", "d"]] == fresh


@pytest.mark.parametrize("store", STORES)
def test_fresh_events_of_a_failed_delivery_stay_fresh(protect, deliver, store: str):
    """They are settled with the delivery."""
    protect(store)
    fresh: list[list[str]] = []
    statuses = [200, 500]

    @webhook("github")
    def view(request):
        fresh.append(request.webhook.fresh(["a", "b"]))
        return HttpResponse(status=statuses.pop())

    deliver(view)
    deliver(view)
    assert [["a", "b"], ["a", "b"]] == fresh


async def test_afresh_does_the_same_in_an_async_view(protect, deliver):
    """Without blocking the loop."""
    protect("memory")
    fresh = []

    @webhook("github")
    async def view(request):
        fresh.append(await request.webhook.afresh(request.webhook.json()))
        await request.webhook.aextend(120)
        return HttpResponse()

    await deliver(view, b'["a"]')
    await deliver(view, b'["a","b"]')
    assert [["a"], ["b"]] == fresh


def test_fresh_claims_in_one_order(protect, deliver):
    """Whatever the order in the body: two deliveries with the same events never wait for each other."""
    store = protect("memory").protection.store
    claimed = []

    @webhook("github")
    def view(request):
        request.webhook.fresh(["b", "c", "a"])
        keys = {request.webhook.member_key(each): each for each in "abc"}
        claimed.extend(keys[key] for key in store._leases if key in keys)
        return HttpResponse()

    deliver(view)
    assert ["a", "b", "c"] == claimed


@pytest.mark.parametrize("swallow", [True, False])
def test_fresh_waits_for_an_event_that_is_handled_elsewhere(protect, deliver, *, swallow: bool):
    """It is neither new nor done, so the whole delivery has to come again, even if the view catches what leaves it."""
    protected = protect("memory")
    store = protected.protection.store
    held = []

    @webhook("github")
    def view(request):
        held.append(store.claim(request.webhook.member_key("b"), 20))
        try:
            request.webhook.fresh(["a", "b"])
        except Exception:
            if not swallow:
                raise
        return HttpResponse()

    response = deliver(view)
    assert (503, True) == (response.status_code, 1 <= int(response["Retry-After"]) <= 20)
    store.release(held[0])
    assert isinstance(held[0], Claimed)
    again = Counted(lambda request: HttpResponse(" ".join(request.webhook.fresh(["a", "b"]))))
    assert b"a b" == deliver(again.guarded).content


async def test_afresh_cannot_be_overheard(protect, deliver):
    """An async view that catches what leaves it is asked for again as well."""
    store = protect("memory").protection.store

    @webhook("github")
    async def view(request):
        store.claim(request.webhook.member_key("a"), 20)
        try:
            await request.webhook.afresh(["a"])
        except Exception:  # noqa: BLE001 - as careless views do
            return HttpResponse()

    assert 503 == (await deliver(view)).status_code


def test_fresh_of_a_sender_with_a_shared_secret(client: Client, protect, deliver):
    """Where no delivery can be told from another, its events can, by the ids that the secret vouches for."""
    protect("memory", "partner")
    fresh = []
    view = webhook("partner")(lambda request: (fresh.append(request.webhook.fresh(["a", "b"])), HttpResponse())[1])
    deliver(view, sender="partner")
    deliver(view, sender="partner")
    assert [["a", "b"], []] == fresh


def test_T105_many_events_of_one_id_are_one_delivery(protect, deliver):
    """Deduplication is by delivery: a batch whose events share an id reaches the view whole, and once."""
    protect("memory", "stripe")
    seen = []
    view = webhook("stripe")(lambda request: (seen.append(len(request.webhook.json()["events"])), HttpResponse())[1])
    for _ in range(2):
        deliver(view, b'{"id":"evt_1","events":[{"id":"x"},{"id":"x"},{"id":"x"}]}', sender="stripe")
    assert [3] == seen


@pytest.mark.parametrize("store", STORES)
def test_extend_holds_the_delivery_for_longer(protect, deliver, store: str):
    """A duplicate is asked to come later than the lease would have said."""
    protect(store, LEASE=10)
    counted = Counted()
    waits = []

    def outcome(request):
        request.webhook.extend(500)
        waits.append(int(deliver(counted.guarded)["Retry-After"]))
        return HttpResponse()

    counted.outcome = outcome
    assert 200 == deliver(counted.guarded).status_code
    assert 490 < waits[0] <= 500


@pytest.mark.parametrize("swallow", [True, False])
def test_extend_leaves_a_view_that_lost_its_delivery(protect, deliver, *, swallow: bool):
    """Another worker has it: what was written is rolled back, whether the view notices or not."""
    protect("database")

    def extend(request):
        try:
            request.webhook.extend()
        except Exception:
            if not swallow:
                raise

    response = deliver(webhook("github")(writing(lose_lease, extend)))
    assert (503, 0) == (response.status_code, Group.objects.count())


def test_extend_while_the_store_is_down(protect, deliver):
    """The lease cannot be kept, so the delivery is given up, and comes again."""
    protect(FRAGILE, "stripe")
    Fragile.down.add("extend")
    view = webhook("stripe")(lambda request: request.webhook.extend())
    assert 503 == deliver(view, sender="stripe").status_code


def test_fresh_needs_a_store(protect, deliver):
    """Without one, silence would pass for "nothing was seen before"."""
    protect(False)  # noqa: FBT003 - a setting's value
    with pytest.raises(RuntimeError, match=r"fresh\(\) needs a view under @webhook"):
        deliver(Counted(lambda request: request.webhook.fresh(["a"])).guarded)


@pytest.mark.parametrize("kind", [Counted, CountedAsync])
def test_T25_a_store_that_is_down_costs_no_event(protect, deliver, told, kind: type[Counted], lines):
    """Stripe tries again, so it is asked to; the view does not run, and the connection's words are not repeated."""
    protect(FRAGILE, "stripe")
    Fragile.down.add("claim")
    counted = kind(alias="stripe")
    answer = answered(deliver(counted.guarded, sender="stripe"))
    assert (503, "60", 0) == (answer.status_code, answer["Retry-After"], counted.runs)
    assert ["rejected"] == names(told)
    assert "[store_unavailable]" in lines[0].getMessage()
    assert "canary" not in lines[0].getMessage()


@pytest.mark.parametrize("kind", [Counted, CountedAsync])
def test_T25_a_sender_that_never_retries_is_handled_unprotected(protect, deliver, told, caplog, kind: type[Counted]):
    """GitHub sends once: handled, logged and signalled."""
    protect(FRAGILE)
    Fragile.down.add("claim")
    counted = kind()
    answer = answered(deliver(counted.guarded))
    assert (b"handled", 1) == (answer.content, counted.runs)
    assert [("unprotected", "store_unavailable"), ("accepted", None)] == [
        (name, told.get("cause")) for name, told in told
    ]
    assert ["github: handled without protection against replays (store_unavailable)"] == caplog.messages


@pytest.mark.parametrize(
    ("sender", "choice", "status"), [("github", False, 503), ("github", "auto", 200), ("stripe", True, 200)]
)
def test_T25_the_owner_may_choose(protect, deliver, sender: str, choice: object, status: int):
    """REPLAY_FAIL_OPEN says it either way."""
    protect(FRAGILE, sender, REPLAY_FAIL_OPEN=choice)
    Fragile.down.add("claim")
    assert status == deliver(Counted(alias=sender).guarded, sender=sender).status_code


@pytest.mark.parametrize("kind", [Counted, CountedAsync])
def test_T28_a_mark_that_fails_leaves_the_answer(protect, deliver, told, kind: type[Counted]):
    """The event was handled, so the sender must not send it again; the owner is told that a replay may pass."""
    protect(FRAGILE, "stripe")
    Fragile.down.add("confirm")
    counted = kind(alias="stripe")
    answer = answered(deliver(counted.guarded, sender="stripe"))
    assert b"handled" == answer.content
    assert [("accepted", None), ("unprotected", "store_unavailable")] == [
        (name, told.get("cause")) for name, told in told
    ]


def test_T27_a_release_that_fails_hides_nothing(protect, deliver, caplog):
    """The view's own exception comes out; the lease lapses."""
    protect(FRAGILE, "stripe")
    Fragile.down.add("release")
    with pytest.raises(ValueError, match="of the view"):
        deliver(Counted(ValueError("of the view"), "stripe").guarded, sender="stripe")
    assert ["stripe: a claim could not be released (ConnectionError) and has to lapse"] == caplog.messages


@pytest.mark.parametrize("store", ["memory", "cache"])
def test_what_was_held_can_be_forgotten(protect, deliver, store: str):
    """The delivery, and the events that its view asked about: for tests, so that none finds what another left."""
    protect(store)
    fresh: list[list[str]] = []
    receipts = []

    @webhook("github")
    def view(request):
        receipts.append(request.webhook)
        fresh.append(request.webhook.fresh(["a", "b"]))
        return HttpResponse()

    deliver(view)
    receipts[0].claims.forget()
    deliver(view)
    assert [["a", "b"], ["a", "b"]] == fresh


def test_a_store_that_is_down_forgets_nothing_and_fails_nothing(protect, deliver, caplog):
    """The test that was about the outage has ended; the line tells what may be left."""
    protect(FRAGILE)
    receipts = []
    deliver(webhook("github")(lambda request: (receipts.append(request.webhook), HttpResponse())[1]))
    Fragile.down.add("forget")
    receipts[0].claims.forget()
    assert "github: a claim could not be forgotten" in caplog.text
