"""Real sites over real replay stores: workers of gunicorn, what they wrote down, and clients shaped like senders."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connections

from tests.backends import REDIS_CACHE, Backend, MariaDB, PostgreSQL, Redis, installed, sqlite_file
from tests.live import Answer, Server, message, proof, starting
from tests.served.settings import SECRETS_OF

FULL = os.environ.get("HOOKSEAL_COUNTS") == "full"
"""Whether every proof is made in full, as `make test-stores` does, and not on a few deliveries."""

STORES = ("redis", "postgresql", "mariadb", "sqlite")
"""What the store of a site may stand on; `cache` on the first, `database` on the others."""

LEASE = 3
PATIENCE = 120
"""Seconds for an answer: a queue may be long where workers die all the time."""
SENDERS = {"github": "github", "stripe": "stripe", "sns": "github"}
"""The endpoints, by the shape of their sender, and whose signatures they take."""


@dataclass(frozen=True)
class Site:
    """A site under test.

    Attributes:
        server: its workers.
        backend: what its store stands on; None for a file.
        database: the alias of its database in this process; None where it has none.
        journal: the file in which its workers write down what they do.
    """

    server: Server
    backend: Backend | None
    database: str | None
    journal: Path

    def send(self, delivery: Delivery, *more: tuple[str, str]) -> Answer:
        """Make one attempt to deliver; status 0 where the worker died over it."""
        headers = proof(SENDERS[delivery.sender], delivery.body)
        sent = message(f"/{delivery.sender}/", *headers, *more, body=delivery.body)
        return self.server.exchange(sent, seconds=PATIENCE)

    def wrote(self, what: str) -> dict[str, list[float]]:
        """Say when each event had such a line, in seconds of the monotonic clock."""
        seen: dict[str, list[float]] = {}
        lines = self.journal.read_text(encoding="utf-8").splitlines() if self.journal.exists() else []
        for line in map(json.loads, lines):
            if line["what"] == what:
                seen.setdefault(line["event"], []).append(line["at"])
        return seen

    def effects(self) -> Counter[str]:
        """Count the effects of each event."""
        if self.database is None:
            return Counter({event: len(times) for event, times in self.wrote("effect").items()})
        connections[self.database].close()  # its server may have gone since
        with connections[self.database].cursor() as cursor:
            cursor.execute("SELECT event, COUNT(*) FROM effects GROUP BY event")
            return Counter(dict(cursor.fetchall()))


@dataclass(frozen=True)
class Delivery:
    """What a sender has to deliver.

    Attributes:
        sender: its endpoint.
        event: its name.
    """

    sender: str
    event: str

    @property
    def body(self) -> bytes:
        """The bytes of each attempt."""
        return json.dumps({"id": self.event, "event": self.event}).encode()


@dataclass
class Told:
    """What a sender was told: how many attempts it made, and when it first heard that all is well."""

    attempts: int = 0
    settled: float | None = None
    statuses: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Shape:
    """How a sender goes on after an attempt that was not answered by 2xx.

    Attributes:
        retries: how many more attempts it makes.
        pause: seconds before each.
    """

    retries: int
    pause: float

    def deliver(self, site: Site, delivery: Delivery, *trouble: tuple[str, str]) -> Told:
        """Send until it is answered by 2xx or gives up; the first attempt meets trouble."""
        told = Told()
        for attempt in range(self.retries + 1):
            if attempt:
                time.sleep(self.pause)
            answer = site.send(delivery, *(() if attempt else trouble))
            told.attempts += 1
            told.statuses.append(answer.status)
            if 200 <= answer.status <= 299:
                told.settled = time.monotonic()
                break
        return told


SHAPES = {"sns": Shape(3, 4.0), "stripe": Shape(200, 0.25), "github": Shape(0, 0)}
"""SNS: three retries 20 s apart, of which a lease of 15 s is a share as 3 s is of these; Stripe: many; GitHub: none."""


@contextmanager
def running(store: str, folder: Path, server: str, *, apart: bool = False, **github: object) -> Iterator[Site]:
    """Run a site whose store stands on one of `STORES`.

    Args:
        store: which one.
        folder: where everything is.
        server: how its workers are started.
        apart: its views take effect elsewhere than in the store's database.
        github: settings of the endpoint of GitHub's shape.
    """
    with ExitStack() as stack:
        changes, backend, database = _standing_on(store, folder, stack)
        kind = f"tests.served.stores.Deadly{'Cache' if store == 'redis' else 'Database'}"
        journal = folder / "journal"
        changes |= {
            "ROOT_URLCONF": "tests.served.stores",
            "MIDDLEWARE": ["tests.served.stores.deadly", "hookseal.middleware.Guard"],
            "JOURNAL": str(journal),
            "EFFECTS": "journal" if apart or database is None else "database",
            "HOOKSEAL": {alias: _endpoint(alias, kind) for alias in SENDERS},
        }
        changes["HOOKSEAL"]["github"] |= github
        (made,) = stack.enter_context(starting(server, **changes))
        made.connect().close()
        yield Site(made, backend, None if apart else database, journal)


def _endpoint(alias: str, store: str) -> dict[str, object]:
    sender = SENDERS[alias]
    return {"PROVIDER": sender, "SECRETS": [SECRETS_OF[sender]], "REPLAY": store, "LEASE": LEASE}


def _standing_on(store: str, folder: Path, stack: ExitStack) -> tuple[dict[str, object], Backend | None, str | None]:
    """Start what the store stands on; give the settings for it, the server, and the database's alias."""
    if store == "redis":
        redis = stack.enter_context(Redis(folder, keeps=True))
        caches = {"default": {"BACKEND": REDIS_CACHE, "LOCATION": redis.url, "OPTIONS": {"socket_timeout": 1}}}
        return {"CACHES": caches}, redis, None
    backend: PostgreSQL | MariaDB | None = None
    if store != "sqlite":
        backend = stack.enter_context({"postgresql": PostgreSQL, "mariadb": MariaDB}[store](folder))
    entry = sqlite_file(folder) if backend is None else {**backend.entry, "CONN_MAX_AGE": 60}
    alias = stack.enter_context(installed(f"site-{folder.name}", entry))
    with connections[alias].cursor() as cursor:
        cursor.execute("CREATE TABLE effects (event VARCHAR(100))")
    return {"DATABASES": {"default": entry}, "INSTALLED_APPS": [*_APPS]}, backend, alias


_APPS = ("hookseal", "hookseal.replay.database")
