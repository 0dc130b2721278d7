"""Workers killed at every point of a delivery's way: what is sent again is handled, and never after it was done."""

from __future__ import annotations

import logging
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import pytest

from tests.sites import FULL, SHAPES, STORES, Delivery, Site, Told, running

pytestmark = [pytest.mark.servers, pytest.mark.stores]

# In their order; the last two need a view that fails.
POINTS = [
    "request",
    "before claim",
    "after claim",
    "before effect",
    "after effect",
    "before confirm",
    "after confirm",
    "response",
    "before release",
    "after release",
]
EACH = 200 if FULL else 3
OUTLIVING = 200 if FULL else 3
AT_ONCE = 48
HELD = 12  # fewer than a worker has threads, since all may come to one


@pytest.mark.parametrize("store", STORES)
def test_T27_T28_no_worker_takes_a_delivery_with_it(store: str, tmp_path, django_db_blocker):
    """Ten points, deliveries of each shape of sender: all that are sent again are handled, none after it was done."""
    points = {
        Delivery(sender, f"{point} {number}"): point
        for point in POINTS
        for number, sender in zip(range(EACH), cycle(SHAPES), strict=False)
    }
    with django_db_blocker.unblock(), running(store, tmp_path, "four-workers", REPLAY_FAIL_OPEN=False) as site:
        told = die_over(site, points)
        assert {0} == {each.statuses[0] for each in told.values()}, "some worker has survived"
        retried = {delivery: each for delivery, each in told.items() if SHAPES[delivery.sender].retries}
        assert [] == [delivery.event for delivery, each in retried.items() if each.settled is None]
        known = site.effects()
        judge(site, store, points, known)
        redeliver(site, points)
        assert [] == handled_again(site, told)
        if store != "redis":
            assert {delivery.event: 1 for delivery in points} == site.effects()
    figures = len(points), Counter(each.attempts for each in told.values()), sum(known.values())
    logging.getLogger(__name__).info("%s: %d deaths, %s attempts, %d effects", store, *figures)


def die_over(site: Site, points: dict[Delivery, str]) -> dict[Delivery, Told]:
    """Deliver everything as its sender does; the first attempt of each takes a worker with it."""

    def deliver(delivery: Delivery) -> Told:
        point = points[delivery]
        trouble = [("X-Die", point)] + [("X-Fail", "1")] * ("release" in point)
        return SHAPES[delivery.sender].deliver(site, delivery, *trouble)

    with ThreadPoolExecutor(AT_ONCE) as senders:
        return dict(zip(points, senders.map(deliver, points), strict=True))


def judge(site: Site, store: str, points: dict[Delivery, str], effects: Counter[str]) -> None:
    """Compare the effects with what the store's page promises."""
    for delivery, point in points.items():
        retried = SHAPES[delivery.sender].retries > 0
        if store != "redis":  # exactly once, or not at all, where nobody tries again before all was done
            assert effects[delivery.event] == (retried or point == "response"), delivery.event
        elif retried:
            assert effects[delivery.event] >= 1, delivery.event
            # What the page does not promise: the effect was there, the mark was not.
            assert effects[delivery.event] == 2 or point not in {"after effect", "before confirm"}, delivery.event


def redeliver(site: Site, points: dict[Delivery, str]) -> None:
    """Send everything once more, until it is answered by 2xx."""
    with ThreadPoolExecutor(AT_ONCE) as senders:
        again = list(senders.map(lambda delivery: SHAPES["stripe"].deliver(site, delivery), points))
    assert all(each.settled for each in again)


def handled_again(site: Site, told: dict[Delivery, Told]) -> list[str]:
    """Name the events that had a run after their sender was told that all is well."""
    runs = site.wrote("run")
    return [
        delivery.event
        for delivery, each in told.items()
        if each.settled is not None and max(runs[delivery.event]) > each.settled
    ]


@pytest.mark.parametrize("store", ["postgresql", "mariadb", "redis"])
def test_T28_a_handler_that_outlives_its_lease(store: str, tmp_path, django_db_blocker):
    """Another takes over and is done; with the database store, the first one leaves nothing, and is asked again."""
    with (
        django_db_blocker.unblock(),
        running(store, tmp_path, "four-workers-of-16") as site,
        ThreadPoolExecutor(2 * HELD) as senders,
    ):
        deliveries = [Delivery("stripe", f"event {number}") for number in range(OUTLIVING)]
        for start in range(0, OUTLIVING, HELD):
            outlive(site, senders, deliveries[start : start + HELD], expected=200 if store == "redis" else 503)
        lost, effects = site.wrote("unprotected: lease_lost"), site.effects()
    names = [delivery.event for delivery in deliveries]
    if store == "redis":  # what its page does not promise, and tells
        assert dict.fromkeys(names, 2) == effects
        assert set(names) == set(lost)
    else:
        assert dict.fromkeys(names, 1) == effects
        assert {} == lost
    logging.getLogger(__name__).info("%s: %d outlived, %d effects", store, OUTLIVING, sum(effects.values()))


def outlive(site: Site, senders: ThreadPoolExecutor, deliveries: list[Delivery], expected: int) -> None:
    """Hold a view of each delivery until another one has handled it."""
    gate = site.journal.with_name(f"gate of {deliveries[0].event}")
    held = [senders.submit(site.send, delivery, ("X-Hold", str(gate))) for delivery in deliveries]
    while not {delivery.event for delivery in deliveries} <= set(site.wrote("run")):
        assert not any(each.done() for each in held)
        time.sleep(0.05)
    again = list(senders.map(lambda delivery: SHAPES["stripe"].deliver(site, delivery), deliveries))
    assert all(each.settled for each in again)
    gate.touch()
    assert {expected} == {each.result().status for each in held}
