"""Fixtures for every test: nothing remembered from the test before; deliveries signed as their senders sign them."""

from __future__ import annotations

import logging
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import AsyncClient, Client, RequestFactory

from hookseal import conf, guards, rate, sign, signals, uses
from hookseal.inspector import recorder
from hookseal.logging import LOGGER, install
from hookseal.replay import stores
from hookseal.signals import webhook_accepted, webhook_duplicate, webhook_rejected, webhook_unprotected
from tests.backends import MariaDB, PostgreSQL, Redis, sqlite_file
from tests.site import settings as site
from tests.site import urls, views
from tests.site.stores import Fragile
from tests.site.streams import Stream, environ
from tests.store_kinds import KINDS, Kind, in_memory, over_cache, over_database

Send = Callable[..., Any]

assert urls.urlpatterns, "imported here, so that the site's views are known to every test"


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Forget what the test before left: endpoints, guarded views, refusals, rates, uses and handled deliveries."""
    logger = logging.getLogger(LOGGER)
    logger.filters.clear()
    install()
    rate._limiters.clear()
    uses._begin_anew()
    conf._built.clear()
    stores._made.clear()
    caches["default"].clear()
    views.handled.clear()
    views.asked.clear()
    recorder.RECORDER.__init__()
    known = dict(guards._guards)
    yield
    guards._guards.clear()
    guards._guards.update(known)


@pytest.fixture
def lines() -> Iterator[list[logging.LogRecord]]:
    """Collect the records that pass the filter of the refusals' logger."""
    collected: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = collected.append
    logger = logging.getLogger(LOGGER)
    logger.addHandler(handler)
    yield collected
    logger.removeHandler(handler)


@pytest.fixture
def send() -> Send:
    """Send a signed delivery with a test client, over https: `send(client, "/to/github/", "github", b"{}", **changes)`.

    With an `AsyncClient`, await what comes back. `headers` are added to those of the sender, None removes one.
    """

    def deliver(client: Client | AsyncClient, path: str, sender: str, body: bytes = b"{}", **changes: Any) -> Any:
        headers = {**headers_of(sender, body), **changes.pop("headers", {})}
        arguments = {"content_type": "application/json", "secure": True, **changes}
        return client.generic(
            "POST",
            path,
            arguments.pop("data", body),
            headers={name: value for name, value in headers.items() if value is not None},
            **arguments,
        )

    return deliver


@pytest.fixture
def posted(client: Client) -> Send:
    """Send a delivery as a raw WSGI environment: `posted("/to/github/", stream, **changes)`."""

    def send(path: str, stream: Stream, length: int | None = None, **changes: object) -> Any:
        return client.request(**environ(path, stream, length, **changes))

    return send


@pytest.fixture(autouse=True)
def _mend():
    """No store is down when a test begins."""
    Fragile.down.clear()


@pytest.fixture
def protect(settings):
    """Configure one endpoint: `protect("cache")`, `protect("memory", "stripe", LEASE=5)`."""

    def configure(store: object, alias: str = "github", **entry: object):
        settings.MIDDLEWARE = []
        settings.HOOKSEAL = {alias: site.HOOKSEAL[alias] | {"REPLAY": store, **entry}}
        return conf.endpoint(alias)

    return configure


@pytest.fixture
def deliver(rf: RequestFactory):
    """Hand one delivery to a guarded view: `deliver(view)`, with another body, sender or header if wished."""

    def call(view, body: bytes = b'{"id":"evt_1"}', sender: str = "github", **headers: str):
        signed = {**headers_of(sender, body), **headers}
        return view(rf.post("/", body, "application/json", secure=True, headers=signed))

    return call


@pytest.fixture
def told():
    """Collect the signals that are sent, by name."""
    seen: list[tuple[str, dict]] = []
    heard = {
        "accepted": webhook_accepted,
        "duplicate": webhook_duplicate,
        "unprotected": webhook_unprotected,
        "rejected": webhook_rejected,
    }
    receivers = []
    for name, signal in heard.items():

        def receive(sender, signal, name=name, **arguments):
            seen.append((name, arguments))

        receivers.append(receive)
        signal.connect(receive)
    yield seen
    for signal, receive in zip(heard.values(), receivers, strict=True):
        signal.disconnect(receive)


@pytest.fixture
def unwatched():
    """Let a test connect receivers to the package's signals; afterwards they are gone."""
    every = [getattr(signals, name) for name in signals.__all__]
    known = [list(signal.receivers) for signal in every]
    yield
    for signal, receivers in zip(every, known, strict=True):
        signal.receivers[:] = receivers


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory) -> Iterator[str]:
    """The URL of one Redis for all tests."""
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """One PostgreSQL for all tests.

    It may run as another user, so its folder is none of pytest's: every pytest that starts shuts others out of those.
    """
    with TemporaryDirectory(prefix="hookseal-postgresql-") as folder, PostgreSQL(Path(folder)) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory) -> Iterator[MariaDB]:
    """One MariaDB for all tests."""
    with MariaDB(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture
def key() -> bytes:
    """A key that no other test has."""
    return secrets.token_bytes(32)


@pytest.fixture(params=KINDS)
def kind(request, tmp_path, django_db_blocker) -> Iterator[Kind]:
    """Each store, over each backend."""
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        if request.param == "memory":
            yield in_memory()
        elif request.param == "cache":
            yield over_cache(None, stack)
        elif request.param == "redis":
            yield over_cache(request.getfixturevalue("redis_url"), stack)
        elif request.param == "sqlite":
            yield over_database(sqlite_file(tmp_path), stack)
        else:
            yield over_database(request.getfixturevalue(request.param).entry, stack)


def headers_of(sender: str, body: bytes) -> dict[str, str]:
    """Make the headers in which a sender proves itself."""
    secret = site.SECRETS_OF[sender]
    if sender == "partner":
        return {"Authorization": f"Basic {b64encode(secret.encode()).decode()}"}
    provider = settings.HOOKSEAL.get(sender, {}).get("PROVIDER", sender)
    signed = sign(provider, secret=secret, body=body)
    return {name: value for name, value in signed.headers.items() if name.lower() != "content-type"}


def reasons(records: Iterable[logging.LogRecord]) -> list[str]:
    """Name the reasons that were logged."""
    return [record.rejection.reason.value for record in records]


def names(told) -> list[str]:
    """Name the signals that were sent."""
    return [name for name, _ in told]
