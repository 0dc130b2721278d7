"""When secrets were last used: counted in the process, written to the cache now and then, read by all."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

import pytest
import time_machine
from django.core.cache import caches
from django.core.cache.backends.filebased import FileBasedCache
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory

from hookseal import Secret, conf, uses, webhook
from hookseal.uses import FLUSH_SECONDS, Use, flush, note_use, read_uses
from tests.backends import REDIS_CACHE
from tests.conftest import headers_of
from tests.site.settings import HOOKSEAL, SECRETS_OF

NOON = 1_800_000_000.0
OLD, NEW = "old-canary-9d2f4b6a8c0e1357", "new-canary-7c5e3a1b9d8f6042"
ROOT = Path(__file__).resolve().parent.parent

asked: list[str] = []


class Asked(FileBasedCache):
    """A cache in files that notes what it is asked for."""

    def _note(self, *_: object) -> None:
        asked.append("asked")

    def add(self, *args, **kwargs):
        """Note, and add."""
        self._note()
        return super().add(*args, **kwargs)

    def get(self, *args, **kwargs):
        """Note, and get."""
        self._note()
        return super().get(*args, **kwargs)

    def set(self, *args, **kwargs):
        """Note, and set."""
        self._note()
        return super().set(*args, **kwargs)


@pytest.fixture
def configure(settings, tmp_path):
    """Set HOOKSEAL to one endpoint, whose cache is in files that all processes see."""
    settings.MIDDLEWARE = []
    backend = f"{__name__}.{Asked.__qualname__}"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path)}}
    asked.clear()

    def build(*secrets: object, **entry: object):
        listed = list(secrets) or [SECRETS_OF["github"]]
        settings.HOOKSEAL = {"github": {"SECRETS": listed, "REPLAY": False, **entry}}
        return conf.endpoint("github")

    return build


def written(endpoint) -> dict[str, tuple[float | None, int]]:
    """Say what the cache knows, without writing what this process still holds."""
    waiting = dict(uses._counted)
    uses._counted.clear()
    known = {label: (use.last, use.count) for label, use in read_uses(endpoint).items()}
    uses._counted.update(waiting)
    return known


def test_a_delivery_is_counted_under_its_secret(configure, client: Client, send):
    """The first is written when its response has been sent; the others of its minute wait."""
    known = configure(Secret(SECRETS_OF["github"], label="2026"), OLD)
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3):
            assert 200 == send(client, "/to/github/", "github").status_code
        assert {"2026": (NOON, 1), "github[1]": (None, 0)} == written(known)
        clock.shift(FLUSH_SECONDS)
        send(client, "/to/github/", "github")
        assert (NOON + FLUSH_SECONDS, 4) == written(known)["2026"]


def test_any_request_of_the_site_brings_the_counts_home(configure, client: Client, send):
    """An endpoint that is quiet for hours does not keep its last use to itself."""
    known = configure()
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(2):
            send(client, "/to/github/", "github")
        clock.shift(FLUSH_SECONDS)
        client.get("/nowhere/")
        assert {"github[0]": (NOON, 2)} == written(known)


def test_a_delivery_costs_no_word_with_the_cache(configure, client: Client, send):
    """Of a hundred deliveries in a minute, one is followed by I/O."""
    configure()
    with time_machine.travel(NOON, tick=False):
        send(client, "/to/github/", "github")
        asked.clear()
        for _ in range(100):
            send(client, "/to/github/", "github")
    assert [] == asked


def test_T89_junk_is_not_counted(configure, client: Client, send):
    """A forged delivery leaves nothing in memory and nothing in the cache."""
    configure()
    for headers in ({"X-Hub-Signature-256": "sha256=" + "0" * 64}, {"X-Hub-Signature-256": None}):
        send(client, "/to/github/", "github", headers=headers)
    assert ({}, []) == (uses._counted, asked)


async def test_an_async_view_is_counted_as_well(configure, async_client: AsyncClient, send):
    """What is written, is written outside the event loop."""
    configure()
    assert 200 == (await send(async_client, "/async-function/", "github")).status_code
    assert asked


def test_a_secret_is_known_wherever_it_stands(configure, client: Client, send):
    """The next secret, put in front of it, does not inherit its use."""
    with time_machine.travel(NOON, tick=False):
        configure()
        send(client, "/to/github/", "github")
        known = configure(NEW, SECRETS_OF["github"])
        assert {"github[1]": Use(NOON, NOON, 1)} == read_uses(known)


def test_one_secret_at_two_endpoints_is_counted_apart(configure, settings, client: Client, send):
    """What one endpoint's sender does says nothing of another's."""
    configure()
    settings.HOOKSEAL = settings.HOOKSEAL | {"told": HOOKSEAL["told"]}
    send(client, "/to/github/", "github")
    assert {} == read_uses(conf.endpoint("told"))


def test_an_expired_secret_that_is_still_used_is_counted(configure, client: Client, send):
    """The delivery is refused, and its owner shall hear that the sender was never switched over."""
    ended = datetime(2026, 1, 1, tzinfo=timezone.utc)
    known = configure(NEW, Secret(SECRETS_OF["github"], label="2025", not_after=ended))
    with time_machine.travel(NOON, tick=False):
        assert 400 == send(client, "/to/github/", "github").status_code
        assert Use(NOON, NOON, 1) == read_uses(known)["2025"]


def test_no_use_is_lost_between_threads(configure):
    """Eight threads count one endpoint at once."""
    known = configure()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: [note_use(known, "github[0]") for _ in range(1000)], range(8)))
    assert 8000 == read_uses(known)["github[0]"].count


def test_a_later_use_is_not_overwritten_by_an_earlier_one(configure):
    """A process that was idle for an hour brings home an old moment."""
    known = configure()
    with time_machine.travel(NOON, tick=False):
        note_use(known, "github[0]")
        late = dict(uses._counted)
        uses._begin_anew()
    with time_machine.travel(NOON + 3600, tick=False):
        note_use(known, "github[0]")
        flush()
        uses._counted.update(late)
        assert Use(NOON + 3600, NOON + 3600, 2) == read_uses(known)["github[0]"]


def test_a_cache_that_is_down_costs_no_delivery_and_no_count(configure, settings, client: Client, send, caplog):
    """The counts wait, and a log line says so, at most once a minute."""
    known = configure()
    caches_up = settings.CACHES
    settings.CACHES = {"default": {"BACKEND": REDIS_CACHE, "LOCATION": "redis://127.0.0.1:1"}}
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3):
            assert 200 == send(client, "/to/github/", "github").status_code
        (line,) = (record.getMessage() for record in caplog.records if record.name == "hookseal.uses")
        assert 'github: cache "default" does not answer (ConnectionError)' in line
        settings.CACHES = caches_up
        clock.shift(FLUSH_SECONDS)
        client.get("/nowhere/")
    assert {"github[0]": (NOON, 3)} == written(known)


def test_secrets_that_a_function_finds_are_not_counted(configure, client: Client, send):
    """Each tenant's would have the same label."""
    assert configure("unused").uses_cache == "default"
    assert conf.endpoint("github", {"secrets": "tests.site.views.secrets_for_request"}).uses_cache is None


def test_a_cache_of_one_process_keeps_nothing(settings, client: Client, send):
    """Nobody else could read it, and it would push out what protects against replays."""
    send(client, "/to/github/", "github")
    assert ({}, {}) == (uses._counted, read_uses(conf.endpoint("github")))


@pytest.mark.stores
def test_T44_the_cache_holds_no_secret(settings, redis_url, rf: RequestFactory):
    """Names in the cache are fingerprints under SECRET_KEY: another site's key gives other names."""
    settings.CACHES = {"default": {"BACKEND": REDIS_CACHE, "LOCATION": redis_url}}
    settings.HOOKSEAL = {"github": {"SECRETS": [SECRETS_OF["github"]], "REPLAY": False}}
    caches["default"].clear()
    request = rf.post("/", b"{}", "application/json", secure=True, headers=headers_of("github", b"{}"))
    assert 200 == webhook("github")(lambda _: HttpResponse())(request).status_code
    known = conf.endpoint("github")
    assert 1 == read_uses(known)["github[0]"].count
    redis = caches["default"]._cache.get_client(None)
    stored = b"\n".join([key + b"=" + redis.get(key) for key in redis.keys("*")])
    assert 3 == stored.count(b"hookseal:uses:")
    assert b"canary" not in stored
    assert SECRETS_OF["github"].encode().hex().encode() not in stored
    settings.SECRET_KEY = "another key of another site, as long as the first"
    assert {} == read_uses(known)


@pytest.mark.stores
def test_processes_add_up_in_one_cache(settings, redis_url):
    """Each brings its own counts, and none overwrites another's."""
    settings.CACHES = {"default": {"BACKEND": REDIS_CACHE, "LOCATION": redis_url}}
    settings.HOOKSEAL = {"github": {"SECRETS": [SECRETS_OF["github"]]}}
    caches["default"].clear()
    known = conf.endpoint("github")
    for count in (3, 4):
        for _ in range(count):
            note_use(known, "github[0]")
        flush()
        uses._begin_anew()
    assert 7 == read_uses(known)["github[0]"].count


FORKS = """
import os, sys
import django
from django.conf import settings
settings.configure(
    SECRET_KEY="only for this program", DATABASES={},
    CACHES={"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": sys.argv[1]}},
    HOOKSEAL={"github": {"SECRETS": ["github-canary-3f9c1e7a5b2d8064"]}},
)
django.setup()
from hookseal import conf, uses
known = conf.endpoint("github")
for _ in range(3):
    uses.note_use(known, "github[0]")
with uses._lock:  # as another thread might, at that very moment
    child = os.fork()
    if child == 0:
        uses.note_use(known, "github[0]")
        sys.exit()
os.waitpid(child, 0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_T52_a_fork_counts_its_own_and_an_end_in_good_order_writes_it(configure, settings, tmp_path):
    """Neither the parent's counts twice, nor its lock for ever, nor the last minute lost."""
    done = subprocess.run(
        [sys.executable, "-c", FORKS, str(tmp_path)], check=False, capture_output=True, text=True, timeout=60, cwd=ROOT
    )
    assert ("", 0) == (done.stderr, done.returncode)
    known = configure()
    settings.SECRET_KEY = "only for this program"
    assert 4 == read_uses(known)["github[0]"].count
