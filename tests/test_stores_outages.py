"""The server of a store killed, frozen and started again under load: nothing is lost, each sender is told the truth."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Event

import pytest

from tests.sites import FULL, SHAPES, Delivery, Site, Told, running

pytestmark = [pytest.mark.servers, pytest.mark.stores]

OUTAGES = {"redis": 25, "postgresql": 25} if FULL else {"redis": 2, "postgresql": 1}
CLIENTS = 12
Load = list[tuple[Delivery, Told]]


@pytest.fixture(params=["redis", "postgresql"])
def store(request, django_db_blocker) -> Iterator[str]:
    """What the store stands on."""
    with django_db_blocker.unblock():
        yield request.param


def test_T25_a_store_that_is_gone_for_a_while_loses_nothing(store: str, tmp_path):
    """Senders that try again are asked to, and every delivery is handled; with the database store, exactly once."""
    with running(store, tmp_path, "four-workers") as site:
        with under_load(site, "stripe") as load:
            for number in range(OUTAGES[store]):
                with outage(site, frozen=store == "redis" and number % 2 == 1):
                    answer = site.send(Delivery("stripe", f"probe {number}"))
                    assert 503 == answer.status
                    assert int(answer.headers["retry-after"]) > 0
        effects, runs = site.effects(), site.wrote("run")
        assert [] == [delivery.event for delivery, told in load if told.settled is None]
        assert [] == [delivery.event for delivery, told in load if max(runs[delivery.event]) > (told.settled or 0)]
        counts = {effects[delivery.event] for delivery, _ in load}
        assert {1} == counts if store == "postgresql" else 0 not in counts
    tell(store, "stripe", load, runs)


def test_T25_a_sender_that_never_retries_is_heard_without_the_store(store: str, tmp_path):
    """Its deliveries are handled all the same; whoever listens is told of each that a replay could repeat."""
    with running(store, tmp_path, "four-workers", apart=True) as site:
        probes = [Delivery("github", f"probe {number}") for number in range(OUTAGES[store])]
        with under_load(site, "github") as load:
            for number, probe in enumerate(probes):
                with outage(site, frozen=store == "redis" and number % 2 == 1):
                    answer = site.send(probe)
                    assert (200, b"handled") == (answer.status, answer.body)
        runs, unprotected = site.wrote("run"), site.wrote("unprotected: store_unavailable")
        assert {1} == {len(runs.get(delivery.event, ())) for delivery, _ in load}
        assert {1} == {len(unprotected[probe.event]) for probe in probes}
        assert {1} == {len(times) for times in unprotected.values()}
        # Whose mark was cut off is the only one that may hear of it: its run cannot be taken back.
        refused = [delivery.event for delivery, told in load if told.settled is None]
        assert len(refused) <= (OUTAGES[store] * CLIENTS if store == "postgresql" else 0)
    tell(store, "github", load, runs)


@contextmanager
def under_load(site: Site, sender: str) -> Iterator[Load]:
    """Let clients deliver one event after the other during the block; give what each was told after it."""
    load: Load = []
    enough, numbers = Event(), count()

    def deliver() -> Load:
        told: Load = []
        while not enough.is_set():
            delivery = Delivery(sender, f"event {next(numbers)}")
            told.append((delivery, SHAPES[sender].deliver(site, delivery)))
        return told

    with ThreadPoolExecutor(CLIENTS) as clients:
        working = [clients.submit(deliver) for _ in range(CLIENTS)]
        try:
            wait_for_runs(site, working)
            yield load
            wait_for_runs(site, working)
        finally:
            enough.set()
        for each in working:
            load.extend(each.result())


def wait_for_runs(site: Site, working: list[Future[Load]]) -> None:
    """Wait until a few more deliveries were handled."""
    known = len(site.wrote("run"))
    while len(site.wrote("run")) < known + CLIENTS and not any(each.done() for each in working):
        time.sleep(0.05)


@contextmanager
def outage(site: Site, *, frozen: bool) -> Iterator[None]:
    """Kill the store's server during the block, or let it answer nothing; then wait until it serves."""
    end: Callable[[], None] = site.backend.freeze if frozen else site.backend.kill
    begin: Callable[[], None] = site.backend.thaw if frozen else site.backend.start
    end()
    try:
        time.sleep(0.5)
        yield
    finally:
        begin()
    time.sleep(0.5)


def tell(store: str, sender: str, load: Load, runs: dict[str, list[float]]) -> None:
    """Log the figures."""
    statuses = Counter(status for _, told in load for status in told.statuses)
    line = "%s, %s: %d outages, %d deliveries, statuses %s, %d runs"
    figures = OUTAGES[store], len(load), dict(statuses), sum(map(len, runs.values()))
    logging.getLogger(__name__).info(line, store, sender, *figures)
