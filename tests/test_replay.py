"""The replay stores: each held against one model, by every sequence of calls, and by many threads at once."""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from dataclasses import dataclass

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, multiple, rule, run_state_machine_as_test

from hookseal.replay.base import Claimed, Done, Running
from hookseal.replay.cache import CacheStore
from hookseal.replay.database.store import DatabaseStore
from hookseal.replay.memory import MemoryStore
from hookseal.replay.stores import STORES, find_store
from tests.backends import installed, sqlite_file
from tests.store_kinds import Kind


@dataclass
class Known:
    """What the model knows of one key."""

    held: Claimed | None = None
    done: Done | None = None
    kept_until: float = 0


class Sequences(RuleBasedStateMachine):
    """Any sequence of calls, each answer compared with the model's."""

    kind: Kind
    held = Bundle("held")
    keys = st.integers(0, 2)

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(time.time() // 1, tick=False)
        self.travel = self.clock.start()
        self.run = secrets.token_bytes(31)
        self.known: dict[bytes, Known] = {}

    def teardown(self) -> None:
        """Give the clock back."""
        self.clock.stop()

    @rule(target=held, number=keys, lease=st.sampled_from([5, 30, 60]))
    def claim(self, number: int, lease: int):
        """One holds a key, until it lapses or is given back; what was done stays done."""
        key = self.run + bytes([number])
        known, now = self.known.setdefault(key, Known()), time.time()
        answer = self.kind.store.claim(key, lease)
        if known.done is not None and now < known.kept_until:
            assert answer == known.done
        elif known.held is not None and now < known.held.until:
            assert answer == Running(math.ceil(known.held.until - now))
        else:
            assert isinstance(answer, Claimed)
            assert (answer.key, answer.until) == (key, now + lease)
            known.held, known.done = answer, None
            return answer
        return multiple()

    @rule(claimed=consumes(held), retention=st.sampled_from([10, 100]), status=st.sampled_from([200, 202]))
    def confirm(self, claimed: Claimed, retention: int, status: int):
        """What is confirmed is remembered for its retention; a strict store refuses what was lost."""
        known, now = self.known[claimed.key], time.time()
        ours = self.is_ours(claimed)
        kept = self.kind.store.confirm(claimed, status, retention)
        assert kept == (ours if self.kind.margin is None else now < claimed.until)
        if ours or not self.kind.strict:
            known.done, known.kept_until = Done(now, status), now + retention
            self.drop(claimed)

    @rule(claimed=consumes(held))
    def release(self, claimed: Claimed):
        """What is released is free at once, if it was surely ours."""
        self.kind.store.release(claimed)
        self.drop(claimed)

    @rule(target=held, claimed=consumes(held), lease=st.sampled_from([5, 60]))
    def extend(self, claimed: Claimed, lease: int):
        """What is extended lapses later; what was lost cannot be."""
        extended = self.kind.store.extend(claimed, lease)
        if not self.is_surely_ours(claimed):
            assert extended is None
            return multiple()
        assert extended == Claimed(claimed.key, claimed.owner, time.time() + lease)
        self.known[claimed.key].held = extended
        return extended

    @rule(seconds=st.integers(1, 40))
    def wait(self, seconds: int):
        """Time passes, where it is ours to move."""
        if self.kind.travels:
            self.travel.shift(seconds)

    def is_ours(self, claimed: Claimed) -> bool:
        """Whether nobody took the claim, lapsed or not."""
        held = self.known[claimed.key].held
        return held is not None and held.owner == claimed.owner

    def is_surely_ours(self, claimed: Claimed) -> bool:
        """Whether the store can know that nobody took it."""
        margin = self.kind.margin
        return self.is_ours(claimed) and (margin is None or time.time() < claimed.until - margin)

    def drop(self, claimed: Claimed) -> None:
        """Forget the lease, where the store does."""
        if self.is_surely_ours(claimed):
            self.known[claimed.key].held = None


def test_T22_T27_T28_any_sequence_of_calls_is_answered_as_the_model_answers(kind):
    """One model for every store; where they differ, the model says by which of three traits."""
    machine = type("SequencesOfOne", (Sequences,), {"kind": kind})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


class Retrying(LocMemCache):
    """A cache whose client tries again when the answer to its first try is lost."""

    def add(self, *args: object, **options: object) -> bool:
        """Add twice; the second answer is the one that arrives."""
        super().add(*args, **options)
        return super().add(*args, **options)


def test_T25_a_client_that_tries_again_finds_its_own_claim(key):
    """The first try has added the lease: it is ours, and nobody else is handling the delivery."""
    here = {"default": {"BACKEND": "tests.test_replay.Retrying", "LOCATION": "retrying"}}
    with override_settings(CACHES=here):
        claimed = CacheStore().claim(key, 30)
        assert isinstance(claimed, Claimed)
        assert isinstance(asyncio.run(CacheStore().aclaim(key[::-1], 30)), Claimed)
        assert isinstance(CacheStore().claim(key, 30), Running)


def test_the_async_twins_do_what_their_twins_do(kind, key):
    """Claim, extend, confirm, and claim again; claim and release."""

    async def deliver() -> list[object]:
        claimed = await kind.store.aclaim(key, 30)
        again = await kind.store.aclaim(key, 30)
        extended = await kind.store.aextend(claimed, 60)
        kept = await kind.store.aconfirm(extended, 201, 100)
        done = await kind.store.aclaim(key, 30)
        other = await kind.store.aclaim(key[::-1], 30)
        await kind.store.arelease(other)
        free = await kind.store.aclaim(key[::-1], 30)
        await sync_to_async(connections.close_all)()
        return [claimed, again, kept, done, other, free]

    claimed, again, kept, done, other, free = asyncio.run(deliver())
    assert isinstance(claimed, Claimed)
    assert isinstance(again, Running)
    assert (True, 201) == (kept, done.status)
    assert isinstance(other, Claimed)
    assert isinstance(free, Claimed)
    assert other.owner != free.owner


def test_T26_a_flush_forgets_and_nothing_else_breaks(key):
    """What the cache store cannot promise: after a flush a handled delivery can be claimed, and so can a held one."""
    store = CacheStore()
    held = store.claim(key, 30)
    caches["default"].clear()
    again = store.claim(key, 30)
    assert isinstance(again, Claimed)
    assert store.confirm(again, 200, 100)
    assert isinstance(store.claim(key, 30), Done)
    assert held.owner != again.owner


def test_the_memory_store_is_bounded():
    """It forgets the delivery that was handled first, and never one that is held."""
    store = MemoryStore(capacity=2)
    held = [store.claim(bytes([number]) * 32, 30) for number in range(2)]
    with pytest.raises(OverflowError):
        store.claim(b"\x09" * 32, 30)
    for claimed in held:
        store.confirm(claimed, 200, 100)
    for number in range(2, 5):
        store.confirm(store.claim(bytes([number]) * 32, 30), 200, 100)
    assert 2 == len(store)
    assert isinstance(store.claim(bytes([4]) * 32, 30), Done)
    assert isinstance(store.claim(bytes([0]) * 32, 30), Claimed)


def test_the_memory_store_makes_room_from_lapsed_leases():
    """Workers that died do not fill it for ever."""
    store = MemoryStore(capacity=1)
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        store.claim(b"\x01" * 32, 30)
        clock.shift(30)
        assert isinstance(store.claim(b"\x02" * 32, 30), Claimed)


def test_rows_past_their_retention_are_pruned(tmp_path, django_db_blocker):
    """And no others."""
    with (
        django_db_blocker.unblock(),
        installed("claims", sqlite_file(tmp_path)),
        time_machine.travel(1_800_000_000, tick=False) as clock,
    ):
        store = DatabaseStore("claims")
        for number, retention in ((1, 10), (2, 100)):
            store.confirm(store.claim(bytes([number]) * 32, 5), 200, retention)
        store.claim(bytes([3]) * 32, 50)
        clock.shift(20)
        assert 1 == store.prune()
        assert [Claimed, Done, Running] == [type(store.claim(bytes([number]) * 32, 5)) for number in (1, 2, 3)]


@pytest.mark.django_db
def test_the_migrations_are_those_of_the_model():
    """Nothing is left for makemigrations, whatever DEFAULT_AUTO_FIELD says."""
    with override_settings(DEFAULT_AUTO_FIELD="django.db.models.AutoField"):
        call_command("makemigrations", "hookseal_replay", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("name", STORES)
def test_a_store_is_made_once(name: str):
    """By its name or its path, for each alias."""
    assert find_store(name, "default") is find_store(STORES[name], "default")
    assert find_store(name, "default") is not find_store(name, "other")


@pytest.mark.parametrize(
    "path", ["nowhere.Store", "hookseal.replay.base.Nothing", "hookseal.replay.base.Claimed", "cash"]
)
def test_what_is_no_store_is_not_found(path: str):
    """The path leads nowhere, or to something else."""
    with pytest.raises((ImportError, TypeError)):
        find_store(path, None)
