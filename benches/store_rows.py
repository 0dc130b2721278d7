"""Who is timed at the level of replay stores: a claim, and a claim with its settlement, beside Django's `cache.add`.

Both speak to the same server, and each call has a key of its own. What waits for a server is timed by the wall clock,
so `cache.add` stands in each group twice: where the two differ, the machine was too busy to tell anything. What needs
none is timed in CPU time of the thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.cache import caches
from django.core.management import call_command
from django.db import connections, transaction
from django.test import override_settings

from benches.gates import ADD, CONTROL, SERVERS
from benches.measure import Contender, UnprovenError, called
from hookseal.replay.base import Claimed, Done, Store
from hookseal.replay.cache import CacheStore
from hookseal.replay.database.store import DatabaseStore
from hookseal.replay.memory import MemoryStore
from tests.backends import REDIS_CACHE, Entry, MariaDB, PostgreSQL, Redis, sqlite_file

LEASE, RETENTION = 30, 604_800
ROOM = 10_000_000
"""Deliveries that a store or cache in this process may hold, so that no row meets its bound."""
Clock = Callable[[], int]


@contextmanager
def locmem() -> Iterator[list[Contender]]:
    """In this process: the stores `memory`, and `cache` over Django's cache in local memory."""
    with _cache("django.core.cache.backends.locmem.LocMemCache", "bench"):
        clock = time.thread_time_ns
        yield [
            *_yardsticks(clock),
            *_rows("memory", MemoryStore(capacity=ROOM), clock),
            *_rows("cache", CacheStore(), clock),
        ]


@contextmanager
def redis() -> Iterator[list[Contender]]:
    """Over a Redis on a socket, beside the store in memory."""
    with TemporaryDirectory() as folder, Redis(Path(folder)) as server, _cache(REDIS_CACHE, server.url):
        yield [*_yardsticks(), *_rows("memory", MemoryStore(capacity=ROOM)), *_rows("cache", CacheStore())]


@contextmanager
def sqlite() -> Iterator[list[Contender]]:
    """Over a file of SQLite."""
    with TemporaryDirectory() as folder, _over(sqlite_file(Path(folder))) as rows:
        yield rows


@contextmanager
def postgresql() -> Iterator[list[Contender]]:
    """Over a PostgreSQL on a socket, as it comes: it waits for the disk."""
    with TemporaryDirectory() as folder, PostgreSQL(Path(folder)) as server, _over(server.entry) as rows:
        yield rows


@contextmanager
def mariadb() -> Iterator[list[Contender]]:
    """Over a MariaDB on a socket, as it comes: it waits for the disk."""
    with TemporaryDirectory() as folder, MariaDB(Path(folder)) as server, _over(server.entry) as rows:
        yield rows


ROWS = dict(zip(SERVERS, (locmem, redis, sqlite, postgresql, mariadb), strict=True))
"""The groups, by what stands behind store and cache; each is a context in which its contenders can be timed."""


@contextmanager
def _over(entry: Entry) -> Iterator[list[Contender]]:
    """The database store, beside a cache in a table of the same database."""
    with ExitStack() as stack:
        stack.enter_context(_default_database(entry))
        call_command("migrate", "hookseal_replay", verbosity=0)
        stack.enter_context(_cache("django.core.cache.backends.db.DatabaseCache", "bench_cache"))
        call_command("createcachetable", verbosity=0)
        yield [*_yardsticks(), *_rows("database", DatabaseStore())]


@contextmanager
def _default_database(entry: Entry) -> Iterator[None]:
    known = connections.settings
    before = known["default"]
    known["default"] = connections.configure_settings({"default": dict(entry)})["default"]
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        del connections["default"]
        known["default"] = before
        assert connections["default"].settings_dict is before


def _cache(backend: str, location: str) -> override_settings:
    options = {} if backend == REDIS_CACHE else {"MAX_ENTRIES": ROOM}
    return override_settings(CACHES={"default": {"BACKEND": backend, "LOCATION": location, "OPTIONS": options}})


def _yardsticks(clock: Clock = time.perf_counter_ns) -> list[Contender]:
    """Django's own claim, twice."""
    cache, numbers = caches["default"], count()

    def add() -> None:
        assert cache.add(f"bench:{next(numbers)}", 1, LEASE)

    return [called(name, add, clock) for name in (ADD, CONTROL)]


def _rows(name: str, store: Store, clock: Clock = time.perf_counter_ns) -> list[Contender]:
    """A claim alone, which is left to lapse; and one that is settled as after a view."""
    numbers = count()

    def claim() -> Claimed:
        claimed = store.claim(next(numbers).to_bytes(32, "big"), LEASE)
        assert isinstance(claimed, Claimed)
        return claimed

    def claim_and_settle() -> None:
        claimed = claim()
        if store.database is None:
            assert store.confirm(claimed, 200, RETENTION)
            return
        with transaction.atomic():
            assert store.confirm(claimed, 200, RETENTION)

    _prove(name, store, claim_and_settle)
    calls: Mapping[str, Callable[[], object]] = {"claim": claim, "claim + settle": claim_and_settle}
    return [called(f"{name}: {what}", call, clock) for what, call in calls.items()]


def _prove(name: str, store: Store, claim_and_settle: Callable[[], None]) -> None:
    """Handle the first delivery, and see that it is known."""
    claim_and_settle()
    if not isinstance(store.claim(bytes(32), LEASE), Done):
        raise UnprovenError(f"{name} does not know what it has handled")
