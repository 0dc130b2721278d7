"""Workers killed at every point of a delivery's way: what is sent again is handled, and never after it was done."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.backends import REDIS_CACHE, installed, redis_server, sqlite_file
from tests.live import Server, message, proof, starting
from tests.served.settings import SECRETS_OF

pytestmark = pytest.mark.servers

# In their order; the last two need a view that fails.
POINTS = [
    "request",
    "before claim",
    "after claim",
    "before effect",
    "after effect",
    "before confirm",
    "after confirm",
    "response",
    "before release",
    "after release",
]
EACH = 4
LEASE = 3
ATTEMPTS = 60
PAUSE = 0.25


@pytest.fixture(params=["database", pytest.param("cache", marks=pytest.mark.stores)])
def site(request, tmp_path, django_db_blocker):
    """A server of two workers over each store that survives them, and the database that the effects are written to."""
    entry = {**sqlite_file(tmp_path), "NAME": str(tmp_path / "replay.sqlite3")}
    changes = {
        "DATABASES": {"default": entry},
        "INSTALLED_APPS": ["hookseal", "hookseal.replay.database"],
        "ROOT_URLCONF": "tests.served.crashes",
        "MIDDLEWARE": ["tests.served.crashes.deadly", "hookseal.middleware.Guard"],
    }
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(installed("effects", entry))
        if request.param == "cache":
            url = stack.enter_context(redis_server(tmp_path))
            changes["CACHES"] = {"default": {"BACKEND": REDIS_CACHE, "LOCATION": url}}
        store = f"tests.served.crashes.Deadly{request.param.title()}"
        github = {"SECRETS": [SECRETS_OF["github"]], "REPLAY": store, "LEASE": LEASE, "REPLAY_FAIL_OPEN": False}
        changes["HOOKSEAL"] = {"github": github}
        with closing(sqlite3.connect(entry["NAME"])) as database:
            database.execute("CREATE TABLE effects (event TEXT)")
            database.commit()
        (server,) = stack.enter_context(starting("gunicorn-preload", **changes))
        server.connect().close()
        yield request.param, server, Path(entry["NAME"])


def send(server: Server, event: str, *more: tuple[str, str]) -> tuple[int, bytes]:
    """Send one delivery; status 0 where the worker died over it."""
    body = json.dumps({"event": event}).encode()
    answer = server.exchange(message("/github/", *proof("github", body), *more, body=body))
    return answer.status, answer.body


def send_until_done(server: Server, event: str, point: str) -> int:
    """Send as a sender does that retries, the first attempt being deadly; says how many attempts it took."""
    trouble = [("X-Die", point)] + [("X-Fail", "1")] * ("release" in point)
    send(server, event, *trouble)
    for attempt in range(ATTEMPTS):
        time.sleep(PAUSE)
        if send(server, event)[0] == 200:
            return attempt + 2
    pytest.fail(f"{event} was never handled:\n{server.log[-3000:]}")


def effects(path: Path) -> Counter[str]:
    """Count the effects of each event."""
    with closing(sqlite3.connect(path)) as database:
        return Counter(event for (event,) in database.execute("SELECT event FROM effects"))


def test_T27_T28_no_worker_takes_a_delivery_with_it(site):
    """Ten points, several deliveries each, at once: all are handled; with the database store, each has one effect."""
    store, server, path = site
    events = {f"{point} {number}": point for point in POINTS for number in range(EACH)}
    with ThreadPoolExecutor(10) as senders:
        list(senders.map(lambda event: send_until_done(server, event, events[event]), events))
        handled = effects(path)
        again = list(senders.map(lambda event: send(server, event), events))
    assert set(events) == set(handled)
    assert {(200, b"")} == set(again)
    assert handled == effects(path)
    assert server.log.count("SIGKILL") >= len(POINTS)
    if store == "database":
        assert {1} == set(handled.values())
    else:  # what its page does not promise: the effect was committed, the mark was not set yet
        assert handled["after effect 0"] >= 2


def test_T24_of_64_senders_of_one_delivery_over_two_workers_one_has_an_effect(site):
    """The others are asked to come again, or told that it is done; ten deliveries, one after the other."""
    _, server, path = site
    events = [f"event {number}" for number in range(10)]
    with ThreadPoolExecutor(64) as senders:
        for event in events:
            answers = Counter(senders.map(lambda _, event=event: send(server, event), range(64)))
            assert 1 == answers[200, b"handled"]
            assert {(200, b"handled"), (200, b""), (503, b"")} >= set(answers)
    assert dict.fromkeys(events, 1) == effects(path)
