"""The stores in this process, in every order of their steps: each order answers as some order of whole calls does."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial

import pytest
import time_machine
from django.core.cache import caches
from django.test import override_settings

from hookseal.replay import memory
from hookseal.replay.base import Answer, Claimed, Done, Running, Store, new_owner
from hookseal.replay.cache import CacheStore
from hookseal.replay.memory import MemoryStore
from tests.schedules import SteppedLock, orders, step
from tests.sites import FULL

LEASE, RETENTION = 30, 1000

PROGRAMS = [
    ["claim confirm", "claim confirm"],
    ["claim release", "claim confirm"],
    ["claim release", "claim release"],
    ["claim extend confirm", "claim confirm"],
    ["claim confirm", "claim", "claim"],
    ["claim release", "claim", "claim"],
    ["claim confirm", "claim", "lapse"],
    ["claim release", "claim", "lapse"],
    ["claim extend", "claim", "lapse"],
    ["claim confirm", "claim", "forget"],
    ["claim confirm", "other", "claim"],
]
"""What two or three threads do at once, each from left to right; "other" claims another delivery."""

Outcome = tuple[object, ...]


class MarksLate(MemoryStore):
    """A control: gives the lease back before it marks."""

    def confirm(self, claimed: Claimed, status: int, retention: int) -> bool:
        """Do in two steps what must be one."""
        with self._lock:
            ours = self._drop(claimed)
        with self._lock:
            self._done[claimed.key] = (Done(0, status), claimed.until + retention)
        return ours


class Looks(CacheStore):
    """A control: looks, and then sets."""

    def claim(self, key: bytes, lease: int) -> Answer:
        """Do in two commands what must be one."""
        claimed = Claimed(key, new_owner(), time.time() + lease)
        if self._cache.get(f"hookseal:lease:{key.hex()}") is not None:
            return super().claim(key, lease)
        self._cache.set(f"hookseal:lease:{key.hex()}", (claimed.owner, claimed.until), lease)
        return claimed


class LooksFirst(CacheStore):
    """A control: asks whether it is done before it takes the lease, and not after."""

    def claim(self, key: bytes, lease: int) -> Answer:
        """Do in the wrong order what must be in the right one."""
        done = self._cache.get(f"hookseal:done:{key.hex()}")
        claimed = Claimed(key, new_owner(), time.time() + lease)
        if done is not None:
            return Done(*done)
        return claimed if self._cache.add(f"hookseal:lease:{key.hex()}", (), lease) else Running(1)


def work(store: Store, clock: time_machine.Traveller, program: str, between: Callable[[], None]) -> list[str]:
    """Do what a program says, and tell what was answered, without what differs from run to run."""
    told: list[str] = []
    held: Claimed | None = None
    for number, call in enumerate(program.split()):
        if number:
            between()
        if call in {"claim", "other"}:
            answer = store.claim(call.encode(), LEASE)
            held = answer if isinstance(answer, Claimed) else None
            told.append(type(answer).__name__)
        elif call == "lapse":
            clock.shift(LEASE + 1)
        elif call == "forget":
            told.append(f"forgot {store.forget(b'claim')}")
        elif held is not None:
            told.append(settle(store, held, call))
    return told


def settle(store: Store, held: Claimed, call: str) -> str:
    """Do with a claim what a program says."""
    if call == "extend":
        return f"extended {store.extend(held, LEASE) is not None}"
    if call == "confirm":
        return f"confirmed {store.confirm(held, 200, RETENTION)}"
    store.release(held)
    return "released"


def outcomes(
    make: Callable[[], Store], programs: list[str], *, handled: bool = False, **how: object
) -> tuple[set[Outcome], int]:
    """Run programs in every order; say what came of them and was known afterwards, and how many orders there were."""
    seen: set[Outcome] = set()
    number, between = 0, step if not how else lambda: None  # the first step of a call that is traced is the same
    stores: list[Store] = []
    with time_machine.travel(1_800_000_000, tick=False) as clock:

        def prepare() -> Mapping[str, Callable[[], object]]:
            clock.move_to(1_800_000_000)
            stores[:] = [make()]
            if handled:
                work(stores[0], clock, "claim confirm", lambda: None)
            return {
                f"{index} {text}": partial(work, stores[0], clock, text, between) for index, text in enumerate(programs)
            }

        for trial in orders(prepare, **how):
            number += 1
            afterwards = type(stores[0].claim(b"claim", LEASE)).__name__
            seen.add((*(str(trial.results[name]) for name in sorted(trial.results)), afterwards))
    return seen, number


def stepped(kind: type[MemoryStore], lock: SteppedLock | None = None) -> MemoryStore:
    """Make a store in memory whose lock the explorer knows, and which watches over what is shared."""
    store = kind()
    store._lock = lock = lock or SteppedLock()
    store._leases, store._done = lock.guard(), lock.guard()
    return store


def unlocked() -> MemoryStore:
    """Make the control: a store whose lock locks nothing."""
    store = MemoryStore()
    store._lock = nullcontext()
    return store


def cached(kind: type[CacheStore], alias: str = "stepped") -> CacheStore:
    """Make a store over an empty cache."""
    caches[alias].clear()
    return kind(alias)


LINES = {"traced": [memory.__file__], "sections": True}
OPCODES = {"traced": [memory.__file__], "opcodes": True}


@pytest.mark.parametrize("programs", PROGRAMS, ids=" | ".join)
def test_T24_the_memory_store_in_any_order_of_lines(programs: list[str]):
    """What it does under its lock is one step, and nothing that is shared is touched without the lock."""
    expected, _ = outcomes(MemoryStore, programs)
    interruptions = None if FULL or len(programs) == 2 else 1
    found, number = outcomes(partial(stepped, MemoryStore), programs, **LINES, preemptions=interruptions)
    assert expected == found
    tell("lines", programs, number)


@pytest.mark.parametrize("programs", PROGRAMS if FULL else PROGRAMS[:4], ids=" | ".join)
def test_T24_the_memory_store_in_orders_of_opcodes(programs: list[str]):
    """With few interruptions, but at any opcode, under the lock too."""
    expected, _ = outcomes(MemoryStore, programs)
    interruptions = 2 if FULL and len(programs) == 2 else 1
    found, number = outcomes(partial(stepped, MemoryStore), programs, **OPCODES, preemptions=interruptions)
    assert expected >= found
    tell("opcodes", programs, number)


@pytest.mark.parametrize("how", [LINES, OPCODES], ids=["lines", "opcodes"])
@pytest.mark.parametrize("make", [unlocked, partial(stepped, MarksLate)], ids=["unlocked", "marks-late"])
def test_T24_a_wrong_store_in_memory_is_caught(make: Callable[[], Store], how: dict[str, object]):
    """Some order lets both views run."""
    found, _ = outcomes(make, TWICE, **{**how, "traced": [memory.__file__, __file__]}, preemptions=1)
    assert BOTH_RAN in {outcome[:2] for outcome in found}


@pytest.mark.parametrize("programs", [each for each in PROGRAMS if "forget" not in each], ids=" | ".join)
def test_T24_the_cache_store_in_any_order_of_commands(programs: list[str], stepped_cache):
    """Each answers as in some order of whole calls, or asks to come again."""
    expected, _ = outcomes(partial(cached, CacheStore, "whole"), programs)
    interruptions = None if FULL or len(programs) == 2 else 2
    found, number = outcomes(partial(cached, CacheStore), programs, **COMMANDS, preemptions=interruptions)
    assert [] == sorted(outcome for outcome in found if not any(allows(outcome, each) for each in expected))
    tell("commands", programs, number)


def test_T22_a_redelivery_that_comes_while_its_event_is_forgotten_is_handled_once(stepped_cache):
    """No lease goes that was taken meanwhile."""
    programs = ["claim", "claim", "forget"]
    expected, _ = outcomes(partial(cached, CacheStore, "whole"), programs, handled=True)
    found, number = outcomes(
        partial(cached, CacheStore), programs, handled=True, **COMMANDS, preemptions=None if FULL else 3
    )
    assert [] == sorted(outcome for outcome in found if not any(allows(outcome, each) for each in expected))
    tell("commands", programs, number)


@pytest.mark.parametrize("kind", [Looks, LooksFirst])
def test_T24_a_wrong_store_over_a_cache_is_caught(kind: type[CacheStore], stepped_cache):
    """Some order lets both views run."""
    found, _ = outcomes(partial(cached, kind), TWICE, **COMMANDS, preemptions=1)
    assert BOTH_RAN in {outcome[:2] for outcome in found}


@pytest.fixture
def stepped_cache():
    """Give the site a cache of which every command is a step, and one whose commands are none."""
    with override_settings(CACHES={alias: {"BACKEND": kind, "LOCATION": alias} for alias, kind in CACHES.items()}):
        yield
        caches["stepped"].clear()
        caches["whole"].clear()


CACHES = {
    "default": "django.core.cache.backends.locmem.LocMemCache",
    "stepped": "tests.schedules.SteppedCache",
    "whole": "django.core.cache.backends.locmem.LocMemCache",
}
COMMANDS = {"traced": [""]}
"""No file's lines: the commands of the cache are steps by themselves."""
TWICE = ["claim confirm", "claim confirm"]
BOTH_RAN = ("['Claimed', 'confirmed True']",) * 2


def allows(found: Outcome, expected: Outcome) -> bool:
    """Whether an outcome is the expected one, but for claims that were asked to come again."""
    return len(found) == len(expected) and all(
        one in {other, "['Running']"} for one, other in zip(found, expected, strict=True)
    )


def tell(steps: str, programs: list[str], number: int) -> None:
    """Log the figures."""
    logging.getLogger(__name__).info("%s: %s in %d orders", steps, " | ".join(programs), number)
