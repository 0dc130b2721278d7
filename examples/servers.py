"""The example site under real servers, WSGI and ASGI, and as a developer runs it; and what each writes to its log."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TextIO

SITE = Path(__file__).resolve().parent / "site"
START_SECONDS = 30

GUNICORN = (
    "-m gunicorn --bind 127.0.0.1:{port} --threads 4 --log-level warning"
    " --limit-request-field_size 1048576 django.core.wsgi:get_wsgi_application()"
)
UVICORN = (
    "-m uvicorn --host 127.0.0.1 --port {port} --log-level warning --no-access-log --http h11"
    " --h11-max-incomplete-event-size 1048576 --factory django.core.asgi:get_asgi_application"
)
"""A header may have 1 MiB, far more than servers allow, so that hostile ones reach hookseal and meet its limits."""

KINDS = {"wsgi": ("WSGI gunicorn", GUNICORN), "asgi": ("ASGI uvicorn", UVICORN), "inspector": ("inspector", GUNICORN)}


class ServerError(Exception):
    """The server ended, or did not answer in time; the text ends with what it logged."""


@dataclass
class Server:
    """One running server.

    Attributes:
        name: "WSGI gunicorn", "ASGI uvicorn" or "inspector".
        port: where it listens on 127.0.0.1.
        seen: the lines of its log that were read so far.
    """

    name: str
    port: int
    _process: subprocess.Popen[bytes]
    _log: TextIO
    seen: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The URL of the front page."""
        return f"http://127.0.0.1:{self.port}/"

    def new_lines(self) -> list[str]:
        """What the server has logged since the last call."""
        lines = self._log.readlines()
        self.seen += lines
        return lines

    def wait_until_up(self) -> None:
        """Return as soon as the server answers. Raises ServerError."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if _answers(self.port):
                return
            time.sleep(0.1)
        said = "".join(self.new_lines())
        self.stop()
        raise ServerError(f"{self.name} did not start:\n{said}")

    def stop(self) -> None:
        """End the server, politely first."""
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def prepare(environment: Mapping[str, str], folder: Path) -> None:
    """Make the site's tables, in a database that all its servers share.

    Raises:
        ServerError: they could not be made.
    """
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    made = subprocess.run(command, cwd=SITE, env=_environment(environment, folder), capture_output=True, check=False)  # noqa: S603
    if made.returncode:
        raise ServerError(f"the site's tables could not be made:\n{made.stderr.decode(errors='replace')}")


def start(interface: str, environment: Mapping[str, str], folder: Path) -> Server:
    """Start the example site, after `prepare`.

    Args:
        interface: "wsgi" or "asgi", as in production; "inspector": under DEBUG, as a developer runs it.
        environment: the secrets of the site.
        folder: where its database is, and its log is written.

    Raises:
        ServerError: the server did not come up.
    """
    name, command = KINDS[interface]
    port = _free_port()
    log = folder / f"{interface}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (this interpreter, and a command of ours)
            [sys.executable, *command.format(port=port).split()],
            cwd=SITE,
            env=_environment(environment, folder) | ({"DJANGO_DEBUG": "1"} if interface == "inspector" else {}),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(name, port, process, log.open(encoding="utf-8", errors="replace"))
    server.wait_until_up()
    return server


def _environment(secrets: Mapping[str, str], folder: Path) -> dict[str, str]:
    site = {"DJANGO_SETTINGS_MODULE": "settings", "SITE_DATABASE": str(folder / "site.sqlite3")}
    return {**os.environ, **secrets, **site}


def _answers(port: int) -> bool:
    """Whether the front page is there; a port alone says little, as gunicorn listens before its workers have booted."""
    connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
