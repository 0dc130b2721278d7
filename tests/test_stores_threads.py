"""The replay stores under many threads at once: one handles a delivery, and nobody waits for its view."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier

import pytest
import time_machine
from django.db import connections, transaction

from hookseal.replay.base import Answer, Claimed, Running, Store


def test_T24_of_64_claims_at_once_one_is_ours(kind):
    """Ten keys, each claimed by 64 threads that start together."""
    barrier = Barrier(64)

    def claim(key: bytes):
        barrier.wait()
        try:
            return kind.store.claim(key, 60)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(64) as pool:
        for _ in range(10):
            answers = list(pool.map(claim, [secrets.token_bytes(32)] * 64))
            assert 1 == sum(isinstance(answer, Claimed) for answer in answers)
            assert 63 == sum(isinstance(answer, Running) for answer in answers)


def test_T24_of_64_that_claim_and_settle_at_once_one_runs(kind):
    """Ten keys: whoever comes between the mark and the end of the lease sees one of them."""
    barrier = Barrier(64)

    def deliver(key: bytes) -> bool:
        barrier.wait()
        try:
            answer = kind.store.claim(key, 60)
            return isinstance(answer, Claimed) and kind.store.confirm(answer, 200, 100)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(64) as pool:
        runs = [sum(pool.map(deliver, [secrets.token_bytes(32)] * 64)) for _ in range(10)]
    assert [1] * 10 == runs


def test_T24_a_lapsed_lease_goes_to_one(kind, key):
    """Of 16 threads that find a dead worker's lease, one takes it over."""
    if not kind.travels:
        pytest.skip("the server's clock cannot be moved")
    now = time.time()
    with time_machine.travel(now, tick=False) as clock:
        lost = kind.store.claim(key, 5)
        clock.shift(6)
        barrier = Barrier(16)

        def claim(_: int):
            barrier.wait()
            try:
                return kind.store.claim(key, 60)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(claim, range(16)))
        owners = {answer.owner for answer in answers if isinstance(answer, Claimed)}
    assert 1 == len(owners)
    assert lost.owner not in owners


def test_T24_claims_that_are_given_back_at_once_meet_no_error(kind):
    """32 threads claim and release one key, over and over: no deadlock is an outage, and one at a time holds it."""
    barrier, holders, most = Barrier(32), [], []

    def claim_and_release(key: bytes) -> None:
        barrier.wait()
        try:
            for _ in range(10):
                answer = kind.store.claim(key, 60)
                if isinstance(answer, Claimed):
                    holders.append(answer)
                    most.append(len(holders))
                    holders.remove(answer)
                    kind.store.release(answer)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(claim_and_release, [secrets.token_bytes(32)] * 32))
    assert 1 == max(most)


def test_T24_a_duplicate_does_not_wait_for_the_view(kind, key):
    """Its sender is asked to come again, though the view's transaction holds the row that it extended."""
    claimed = kind.store.claim(key, 30)
    view = transaction.atomic(using=kind.store.database) if kind.strict else nullcontext()
    with ThreadPoolExecutor(1) as other, view:
        kind.store.extend(claimed, 600)
        assert isinstance(other.submit(claim_elsewhere, kind.store, key).result(20), Running)


def test_T24_a_duplicate_does_not_take_over_from_the_view(kind, key):
    """Nor does it wait, when the lease that others can see is over."""
    if not kind.strict or not connections[kind.store.database].features.has_select_for_update_skip_locked:
        pytest.skip("on SQLite the writers wait for each other")
    now = time.time()
    with time_machine.travel(now, tick=False) as clock:
        claimed = kind.store.claim(key, 30)
        with ThreadPoolExecutor(1) as other, transaction.atomic(using=kind.store.database):
            extended = kind.store.extend(claimed, 600)
            clock.shift(31)
            assert isinstance(other.submit(claim_elsewhere, kind.store, key).result(20), Running)
            assert kind.store.confirm(extended, 200, 100)


def claim_elsewhere(store: Store, key: bytes) -> Answer:
    """Claim in another thread, over a connection of its own."""
    try:
        return store.claim(key, 30)
    finally:
        connections.close_all()
