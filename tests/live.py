"""Real servers for the tests: started on a free port of the loopback address, spoken to byte by byte, and stopped."""

from __future__ import annotations

import atexit
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException, HTTPResponse
from itertools import count
from pathlib import Path
from shutil import rmtree
from threading import Lock

import pytest

from hookseal import sign
from tests.served.settings import SECRETS_OF

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 40
ANSWER_SECONDS = 20

COMMANDS = {
    "gunicorn": "gunicorn --bind 127.0.0.1:{port} tests.served.wsgi",
    "gunicorn-preload": "gunicorn --bind 127.0.0.1:{port} --preload --workers 2 --threads 16 tests.served.wsgi",
    "waitress": "waitress --no-clear-untrusted-proxy-headers --listen 127.0.0.1:{port} tests.served.wsgi:application",
    "granian-wsgi": "granian --port {port} --interface wsgi tests.served.wsgi:application",
    "runserver": "django runserver --noreload 127.0.0.1:{port}",
    "uvicorn": "uvicorn --port {port} --http h11 --no-proxy-headers tests.served.asgi:application",
    "uvicorn-httptools": "uvicorn --port {port} --http httptools --no-proxy-headers tests.served.asgi:application",
    "granian-asgi": "granian --port {port} --interface asginl tests.served.asgi:application",
    "hypercorn": "hypercorn --bind 127.0.0.1:{port} tests.served.asgi:application",
    "daphne": "daphne --port {port} tests.served.asgi:application",
}
"""How each server is started, after `python -m`. Two are told to leave a proxy's headers to Django, as others do."""

TRUSTING = {
    "uvicorn-default": "uvicorn --port {port} tests.served.asgi:application",
    "waitress-trusting": "waitress --listen 127.0.0.1:{port} --trusted-proxy 127.0.0.1"
    " --trusted-proxy-headers 'x-forwarded-for x-forwarded-proto x-forwarded-host' tests.served.wsgi:application",
}
"""Servers that read a proxy's headers themselves."""

SOCKETS = {
    "gunicorn-socket": "gunicorn --bind unix:{path} tests.served.wsgi",
    "waitress-socket": "waitress --no-clear-untrusted-proxy-headers --unix-socket={path} tests.served.wsgi:application",
    "uvicorn-socket": "uvicorn --uds {path} tests.served.asgi:application",
    "granian-socket": "granian --uds {path} --interface asginl tests.served.asgi:application",
}
"""Servers behind a socket of the file system, where a peer has no address."""


WORKERS = {
    "four-workers": "gunicorn --bind 127.0.0.1:{port} --preload --workers 4 tests.served.wsgi",
    "four-workers-of-16": "gunicorn --bind 127.0.0.1:{port} --preload --workers 4 --threads 16 tests.served.wsgi",
}
"""Four processes, of one thread each, so that the death of one ends one request; and of many."""


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: 0 if the server closed the connection without an answer.
        headers: names in lower case.
        body: the bytes.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def reason(self) -> str:
        """Why hookseal refused; empty where it did not, or was not asked."""
        return self.headers.get("x-reason", "")

    @property
    def closed(self) -> bool:
        """Whether the server takes no more requests on this connection."""
        return self.status == 0 or self.headers.get("connection", "").lower() == "close"


class Server:
    """One server of the served project; it starts when a test first speaks to it.

    Args:
        name: its name in `COMMANDS`, `TRUSTING`, `SOCKETS` or `WORKERS`.
        changes: settings of the project that shall be otherwise.
    """

    def __init__(self, name: str, changes: Mapping[str, object] | None = None) -> None:
        self.name = name
        self.changes = changes or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._serves = False
        self._starting = Lock()

    def __repr__(self) -> str:
        return self.name

    @property
    def log(self) -> str:
        """All that it has written."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def port(self) -> int:
        """Where it listens, once it was started."""
        return self._port

    def start(self) -> None:
        """Start it without waiting; it is stopped when the tests end."""
        place = _folder() / f"{self.name}-{next(_numbers)}"
        self._log, self._path, self._port = place.with_suffix(".log"), place.with_suffix(".sock"), _free_port()
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.served.settings"}
        environment |= {"SERVED_CHANGES": json.dumps(self.changes), "PYTHONUNBUFFERED": "1"}
        command = {**COMMANDS, **TRUSTING, **SOCKETS, **WORKERS}[self.name].format(port=self._port, path=self._path)
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *shlex.split(command)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        atexit.register(self.stop)

    def stop(self) -> None:
        """End it and all its workers, which hold nothing that must be saved."""
        atexit.unregister(self.stop)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def status(self) -> int:
        """Wait until it ends by itself, and give its exit status."""
        return self._process.wait(START_SECONDS)

    def wait_for_line(self, text: str, start: int = 0) -> None:
        """Wait until its log holds a text, after so many characters; fail if it never does."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while text not in self.log[start:]:
            if time.monotonic() > deadline:
                pytest.fail(f"{self.name} did not write {text!r}:\n{self.log[start:]}")
            time.sleep(0.02)

    def exchange(self, *parts: bytes, closing: bool = False, seconds: float = ANSWER_SECONDS) -> Answer:
        """Send bytes on a new connection and read one answer; `closing` says that no more will come.

        Raises:
            TimeoutError: nothing came for so many seconds.
        """
        with self.connect(seconds) as client:
            return exchange(client, *parts, closing=closing)

    def connect(self, seconds: float = ANSWER_SECONDS) -> socket.socket:
        """Open a connection; start the server before, and wait until it serves, if it does not."""
        with self._starting:
            if not self._serves:
                if self._process is None:
                    self.start()
                self._wait_until_it_serves()
        return self._open(seconds)

    def _wait_until_it_serves(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(OSError), self._open(ANSWER_SECONDS) as client:
                self._serves = exchange(client, message("/up/", method="GET")).status == 200
            if self._serves:
                return
            time.sleep(0.05)
        self.stop()
        pytest.fail(f"{self.name} did not start:\n{self.log}")

    def _open(self, seconds: float) -> socket.socket:
        if self.name not in SOCKETS:
            return socket.create_connection(("127.0.0.1", self._port), seconds)
        client = socket.socket(socket.AF_UNIX)
        try:
            client.settimeout(seconds)
            client.connect(str(self._path))
        except OSError:
            client.close()
            raise
        return client


def exchange(client: socket.socket, *parts: bytes, closing: bool = False) -> Answer:
    """Send bytes on a connection and read one answer; a server may give it, and hang up, before it has seen all."""
    with suppress(OSError):
        for part in parts:
            client.sendall(part)
        if closing:
            client.shutdown(socket.SHUT_WR)
    response = HTTPResponse(client, method="HEAD" if parts[0].startswith(b"HEAD ") else "POST")
    try:
        response.begin()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    except (HTTPException, ConnectionResetError):
        return Answer(0)


def message(path: str, *headers: tuple[str, str | bytes], body: bytes = b"", **line: str) -> bytes:
    """Write a request as it goes over the wire.

    Args:
        path: the target.
        headers: names and values as they are sent, in this order.
        body: sent as it is; its length is declared, unless a header declares another framing.
        line: `method` ("POST") and `host` ("localhost"; empty: no Host header).
    """
    names = {name.lower() for name, _ in headers}
    fields = [(name, value.encode("latin-1") if isinstance(value, str) else value) for name, value in headers]
    if line.get("host", "localhost"):
        fields.insert(0, ("Host", line.get("host", "localhost").encode()))
    if not names & {"content-length", "transfer-encoding"}:
        fields.append(("Content-Length", str(len(body)).encode()))
    if "connection" not in names:
        fields.append(("Connection", b"close"))
    head = b"".join(b"%s: %s\r\n" % (name.encode(), value) for name, value in fields)
    return f"{line.get('method', 'POST')} {path} HTTP/1.1\r\n".encode() + head + b"\r\n" + body


def proof(sender: str, body: bytes = b"") -> list[tuple[str, str]]:
    """Make the headers in which a sender of the served project proves itself."""
    secret = SECRETS_OF[sender]
    if sender == "partner":
        return [("Authorization", f"Basic {b64encode(secret.encode()).decode()}")]
    headers = sign(sender, secret=secret, body=body).headers
    return [(name, value) for name, value in headers.items() if name != "Content-Type"]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def starting(*names: str, **changes: object) -> Iterator[list[Server]]:
    """Start servers at once, without waiting, with some settings changed; stop them at the end of the block."""
    servers = [Server(name, changes) for name in names]
    try:
        for server in servers:
            server.start()
        yield servers
    finally:
        for server in servers:
            server.stop()


@cache
def _folder() -> Path:
    """Where logs and sockets are, until the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="hookseal-"))
    atexit.register(rmtree, folder)
    return folder


_numbers = count()
SERVERS = [Server(name) for name in COMMANDS]
on_every_server = pytest.mark.parametrize("server", SERVERS, ids=repr)
