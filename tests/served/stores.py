"""A site whose workers die on purpose, and which writes down every run: for the proofs of the replay stores.

A delivery's headers say what shall happen to it: X-Die names the point of its way at which the worker is killed,
X-Fail lets its view fail, X-Hold names a file for which its view waits, X-Pause says for how many seconds.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import local

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from hookseal import webhook
from hookseal.receipt import Receipt
from hookseal.replay.base import Answer, Claimed, Store
from hookseal.replay.cache import CacheStore
from hookseal.replay.database.store import DatabaseStore
from hookseal.signals import webhook_unprotected


def pass_point(point: str) -> None:
    """Die, if it was asked for here."""
    if getattr(_asked, "point", None) == point:
        os.kill(os.getpid(), signal.SIGKILL)


def deadly(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Learn where the worker shall die; the outermost middleware."""

    def middleware(request: HttpRequest) -> HttpResponse:
        _asked.point = request.headers.get("X-Die")
        pass_point("request")
        response = get_response(request)
        pass_point("response")
        return response

    return middleware


class Deadly(Store):
    """Dies before or after what a store does."""

    def claim(self, key: bytes, lease: int) -> Answer:
        """Claim, between two points."""
        pass_point("before claim")
        answer = super().claim(key, lease)
        pass_point("after claim")
        return answer

    def confirm(self, claimed: Claimed, status: int, retention: int) -> bool:
        """Confirm, between two points; the second one lies before the commit, where there is one."""
        pass_point("before confirm")
        kept = super().confirm(claimed, status, retention)
        pass_point("after confirm")
        return kept

    def release(self, claimed: Claimed) -> None:
        """Release, between two points."""
        pass_point("before release")
        super().release(claimed)
        pass_point("after release")


class DeadlyDatabase(Deadly, DatabaseStore):
    """The database store."""


class DeadlyCache(Deadly, CacheStore):
    """The cache store."""


def handle(request: HttpRequest) -> HttpResponse:
    """Write down the run, take effect, answer."""
    event = request.webhook.json()["event"]
    write_down("run", event)
    _wait_as_told(request)
    pass_point("before effect")
    if settings.EFFECTS == "database":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO effects (event) VALUES (%s)", [event])
    else:
        write_down("effect", event)
    pass_point("after effect")
    return HttpResponse("handled", status=500 if "X-Fail" in request.headers else 200)


def write_down(what: str, event: str) -> None:
    """Append one line to the journal, which no death and no rollback takes back; the clock is that of all processes."""
    line = json.dumps({"what": what, "event": event, "at": time.monotonic()}) + "\n"
    journal = os.open(settings.JOURNAL, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(journal, line.encode())
    finally:
        os.close(journal)


def up(_request: HttpRequest) -> HttpResponse:
    """Answer, so that a test knows that the server serves."""
    return HttpResponse()


def _wait_as_told(request: HttpRequest) -> None:
    gate = request.headers.get("X-Hold")
    while gate is not None and not Path(gate).exists():
        time.sleep(0.01)
    time.sleep(float(request.headers.get("X-Pause", 0)))


def _write_down_unprotected(receipt: Receipt, cause: str, **_: object) -> None:
    write_down(f"unprotected: {cause}", receipt.json()["event"])


_asked = local()
webhook_unprotected.connect(_write_down_unprotected)

urlpatterns = [path("up/", up), *(path(f"{alias}/", webhook(alias)(handle)) for alias in settings.HOOKSEAL)]
