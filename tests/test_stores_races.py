"""64 senders of one delivery at once, over four real workers: one run each, whatever the store stands on."""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sites import FULL, STORES, Delivery, running

pytestmark = [pytest.mark.servers, pytest.mark.stores]

IDS = 1000 if FULL else 4
SENDERS = 64


@pytest.mark.parametrize("store", STORES)
def test_T24_of_64_senders_of_one_delivery_one_is_handled(store: str, tmp_path, django_db_blocker):
    """The others are asked to come again, or told that it is done. Every other view takes a while."""
    seen: Counter[tuple[int, bytes]] = Counter()
    deliveries = [Delivery("stripe", f"event {number}") for number in range(IDS)]
    with (
        django_db_blocker.unblock(),
        running(store, tmp_path, "four-workers-of-16") as site,
        ThreadPoolExecutor(SENDERS) as senders,
    ):
        for number, delivery in enumerate(deliveries):
            pause = [("X-Pause", "0.02")] * (number % 2)
            attempts = [senders.submit(site.send, delivery, *pause) for _ in range(SENDERS)]
            answers = Counter((each.result().status, each.result().body) for each in attempts)
            assert 1 == answers[200, b"handled"], f"{delivery.event}: {answers}\n{site.server.log[-3000:]}"
            seen += answers
        once = {delivery.event: 1 for delivery in deliveries}
        assert once == {event: len(times) for event, times in site.wrote("run").items()}
        assert once == site.effects()
    assert {(200, b"handled"), (200, b""), (503, b"")} >= set(seen)
    logging.getLogger(__name__).info("%s: %d ids x %d senders: %s", store, IDS, SENDERS, dict(seen))
