"""A site whose workers die on purpose: at the point of a delivery's way that its header X-Die names, by SIGKILL."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from threading import local

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from hookseal import webhook
from hookseal.replay.base import Answer, Claimed, Store
from hookseal.replay.cache import CacheStore
from hookseal.replay.database.store import DatabaseStore


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


@webhook("github")
def take_effect(request: HttpRequest) -> HttpResponse:
    """Write one row for each run."""
    pass_point("before effect")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO effects (event) VALUES (%s)", [request.webhook.json()["event"]])
    pass_point("after effect")
    return HttpResponse("handled", status=500 if "X-Fail" in request.headers else 200)


def up(_request: HttpRequest) -> HttpResponse:
    """Answer, so that a test knows that the server serves."""
    return HttpResponse()


_asked = local()

urlpatterns = [path("up/", up), path("github/", take_effect)]
