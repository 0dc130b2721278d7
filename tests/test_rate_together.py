"""RATE_LIMIT where all processes count together: in a real Redis, by sync and async views, and while it is down."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.core.cache import caches
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory

from hookseal import conf, rate, webhook
from hookseal.conf import RateLimit
from hookseal.rate import PAUSE, Limiter
from tests.backends import REDIS_CACHE
from tests.conftest import headers_of
from tests.site.settings import HOOKSEAL
from tests.site.streams import Stream

NOON = 1_800_000_000.0
ADDRESS = "192.0.2.1"
LIMIT = RateLimit(3, 60)

pytestmark = pytest.mark.stores


@pytest.fixture
def shared(settings, redis_url):
    """A Redis as the cache of the endpoint `limited`, empty."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "shared": {"BACKEND": REDIS_CACHE, "LOCATION": redis_url},
    }
    settings.HOOKSEAL = HOOKSEAL | {"limited": HOOKSEAL["limited"] | {"CACHE": "shared"}}
    caches["shared"].clear()
    return caches["shared"]


@pytest.fixture
def down(shared, settings):
    """The same endpoint, and nothing that answers at its Redis."""
    settings.CACHES = settings.CACHES | {"shared": {"BACKEND": REDIS_CACHE, "LOCATION": "redis://127.0.0.1:1"}}


def process(alias: str = "limited") -> Limiter:
    """Make the limiter that one process of a site would have."""
    return Limiter(LIMIT, alias, "shared")


def another_process() -> None:
    """Forget what this process counted by itself, as one that has just begun."""
    rate._limiters.clear()


def test_processes_count_together(shared):
    """Two processes let through what one would."""
    first, second = process(), process()
    verdicts = [each.exceeded_together(ADDRESS, NOON) for each in (first, second, first, second, first)]
    assert [False, False, False, True, True] == verdicts


def test_nobody_is_lost_in_a_race(shared):
    """Of 64 requests at once, through 8 processes, the limit itself passes."""
    processes = [Limiter(RateLimit(10, 3600), "limited", "shared") for _ in range(8)]
    with ThreadPoolExecutor(16) as pool:
        verdicts = list(pool.map(lambda number: processes[number % 8].exceeded_together(ADDRESS, NOON), range(64)))
    assert 10 == verdicts.count(False)


def test_each_endpoint_address_and_window_counts_by_itself(shared):
    """What one uses up is no other's."""
    for _ in range(4):
        process().exceeded_together(ADDRESS, NOON)
    assert process().exceeded_together(ADDRESS, NOON)
    assert not process("other").exceeded_together(ADDRESS, NOON)
    assert not process().exceeded_together("192.0.2.2", NOON)
    assert not process().exceeded_together(ADDRESS, NOON + 60)


def test_T76_an_ipv6_sender_counts_as_its_64_and_leaves_no_address_behind(shared):
    """The cache holds a hash for each sender, which lapses soon after its window."""
    for last in range(3):
        process().exceeded_together(f"2001:db8:0:1::{last}", NOON)
    assert process().exceeded_together("2001:db8:0:1:ffff::1", NOON)
    client = shared._cache.get_client(None)
    (key,) = client.keys("*hookseal:rate:*")
    assert b"2001" not in key.rpartition(b":")[0]
    assert 32 == len(key.rpartition(b":")[2])
    assert 60 < client.ttl(key) <= 120


def test_T76_a_flood_does_not_reach_the_cache(shared):
    """A process that knows an address to be over the limit refuses it without asking again."""
    limiter = process()
    for _ in range(1000):
        limiter.exceeded(ADDRESS, NOON) or limiter.exceeded_together(ADDRESS, NOON)
    count = shared.get(limiter._key(ADDRESS, NOON))
    assert 3 == count
    other = process()
    assert [False, True] == [other.exceeded(ADDRESS, NOON), other.exceeded_together(ADDRESS, NOON)]
    assert other.exceeded(ADDRESS, NOON)
    assert not other.exceeded(ADDRESS, NOON + 60)


@time_machine.travel(NOON + 20, tick=False)
def test_a_sync_view_is_limited_over_all_processes(shared, client: Client, send):
    """The third request is refused, though each process saw one at most."""
    statuses = []
    for _ in range(3):
        another_process()
        response = send(client, "/to/limited/", "github")
        statuses.append(response.status_code)
    assert [200, 200, 429] == statuses
    assert ("40", b"") == (response.headers["Retry-After"], response.content)


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("replay", ["cache", False])
async def test_an_async_view_is_limited_over_all_processes(shared, settings, rf: RequestFactory, replay):
    """The cache is awaited, never called in the event loop."""
    settings.HOOKSEAL = {"limited": settings.HOOKSEAL["limited"] | {"REPLAY": replay}}

    @webhook("limited")
    async def view(request):
        return HttpResponse()

    statuses = []
    for number in range(3):
        another_process()
        body = b"%d" % number
        request = rf.post("/", body, "application/json", secure=True, headers=headers_of("github", body))
        statuses.append((await view(request)).status_code)
    assert [200, 200, 429] == statuses


@time_machine.travel(NOON, tick=False)
async def test_a_view_that_hides_that_it_is_async_is_limited_too(shared, async_client: AsyncClient, settings, send):
    """Behind other decorators nothing tells a view from a sync one but that somebody awaits it."""
    settings.HOOKSEAL = settings.HOOKSEAL | {"github": settings.HOOKSEAL["limited"] | {"REPLAY": False}}
    statuses = []
    for _ in range(3):
        another_process()
        statuses.append((await send(async_client, "/async-hidden/", "github")).status_code)
    assert [200, 200, 429] == statuses


async def test_many_async_requests_at_once_are_all_counted(shared):
    """Tasks of one event loop do not overtake each other's count."""
    limiter = Limiter(RateLimit(10, 3600), "limited", "shared")
    verdicts = await asyncio.gather(*(asyncio.to_thread(limiter.exceeded_together, ADDRESS, NOON) for _ in range(32)))
    assert 10 == verdicts.count(False)


@time_machine.travel(NOON, tick=False)
def test_a_cache_that_is_down_refuses_nobody(down, settings, client: Client, send, caplog):
    """The limit then holds for each process alone, and the owner hears of it once in a while."""
    settings.HOOKSEAL = settings.HOOKSEAL | {"limited": settings.HOOKSEAL["limited"] | {"REPLAY": False}}
    with caplog.at_level(logging.WARNING, "hookseal.rate"):
        statuses = [send(client, "/to/limited/", "github").status_code for _ in range(3)]
    assert [200, 200, 429] == statuses
    (line,) = (record.getMessage() for record in caplog.records if record.name == "hookseal.rate")
    assert 'limited: cache "shared" does not answer (ConnectionError)' in line


async def test_a_cache_that_is_down_refuses_nobody_in_an_event_loop(down, settings, async_client: AsyncClient, send):
    """Neither a refusal nor a 500 of ours."""
    settings.HOOKSEAL = settings.HOOKSEAL | {"limited": settings.HOOKSEAL["limited"] | {"REPLAY": False}}
    assert 200 == (await send(async_client, "/to/limited/", "github")).status_code


def test_a_cache_that_was_down_is_asked_again(down, settings, redis_url, caplog):
    """After a pause, in which its timeouts cost nobody anything."""
    limiter = process()
    for later in (0, 1, PAUSE - 1, PAUSE):
        assert not limiter.exceeded_together(ADDRESS, NOON + later)
    assert 2 == len(caplog.messages)
    settings.CACHES = settings.CACHES | {"shared": {"BACKEND": REDIS_CACHE, "LOCATION": redis_url}}
    caches["shared"].clear()
    window = NOON + 120
    assert [False, False, False, True] == [limiter.exceeded_together(ADDRESS, window) for _ in range(4)]


def test_T97_what_is_refused_by_its_address_is_not_counted(shared, settings, client: Client, send):
    """A sender from outside ALLOW_IPS reaches no cache."""
    entry = settings.HOOKSEAL["limited"] | {"ALLOW_IPS": ["203.0.113.7"]}
    settings.HOOKSEAL = settings.HOOKSEAL | {"limited": entry}
    assert 400 == send(client, "/to/limited/", "github").status_code
    assert [] == shared._cache.get_client(None).keys("*hookseal:rate:*")


def test_T97_the_shared_rate_is_judged_before_the_body(shared, posted):
    """Junk that is over the limit costs no byte of a body."""
    streams = [Stream(b"{}") for _ in range(3)]
    forged = {"HTTP_X_HUB_SIGNATURE_256": "sha256=" + "0" * 64}
    statuses = []
    for stream in streams:
        another_process()
        statuses.append(posted("/to/limited/", stream, **forged).status_code)
    assert [400, 400, 429] == statuses
    assert 0 == streams[-1].taken


def test_the_endpoint_says_where_its_requests_are_counted(shared):
    """Only for endpoints that have a limit."""
    assert ("shared", None) == (conf.endpoint("limited").rate_cache, conf.endpoint("github").rate_cache)
