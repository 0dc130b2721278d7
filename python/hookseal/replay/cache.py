"""`cache`: remembers deliveries in one of Django's caches. The default.

Two keys for each delivery: `lease:`, made by `add`, which Redis, Valkey, Memcached and the database cache do
atomically, and `done:`, written before the lease goes. Whoever gets the lease looks for `done:` after that, so a claim
that comes between the two sees one of them. A lease is given back only while it is surely ours: one that may have
lapsed is left to lapse, since by now it could be another's.

Guaranteed, on a shared cache with an atomic `add` that keeps what it is given: one worker at a time handles a delivery,
across processes and machines, and what was handled is not handled again within its retention.

Not guaranteed: effects exactly once. A worker that dies after its view's commit and before `done:` is written, or a
view that outlives its lease, is followed by a second run (at least once). Nor anything beyond the cache's own memory:
eviction (`maxmemory-policy`, MAX_ENTRIES of the local-memory and database caches), a flush, a restart without
persistence or a fail-over forgets deliveries. The local-memory cache knows one process, the dummy cache nothing, and
the file cache's `add` is not atomic. The cache's own timeouts bound how long a delivery waits for it: set them.
"""

from __future__ import annotations

import time

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache

from hookseal.replay.base import Answer, Claimed, Done, Running, Store, new_owner, seconds_until

__all__ = ["CacheStore"]

_MARGIN = 2.0
"""Seconds before the end of a lease from which on it may lapse while a command of ours is under way."""


class CacheStore(Store):
    """Remembers deliveries in a Django cache.

    Args:
        alias: the cache's name in CACHES.
    """

    def __init__(self, alias: str | None = None) -> None:
        super().__init__(alias or "default")

    def claim(self, key: bytes, lease: int) -> Answer:
        """Claim a delivery by `add`, which is the one atomic step."""
        claimed, cache = _begin(key, lease), self._cache
        if cache.add(_lease(key), _held(claimed), lease):
            done = cache.get(_done(key))
            if done is None:
                return claimed
            self.release(claimed)
            return Done(*done)
        return _answer(claimed, cache.get(_done(key)), cache.get(_lease(key)))

    def confirm(self, claimed: Claimed, status: int, retention: int) -> bool:
        """Remember the delivery, whoever holds it now: its view has run."""
        self._cache.set(_done(claimed.key), (time.time(), status), retention)
        if _is_surely_ours(claimed):
            self._cache.delete(_lease(claimed.key))
        return time.time() < claimed.until

    def release(self, claimed: Claimed) -> None:
        """Give the claim back, while it is surely ours."""
        if _is_surely_ours(claimed):
            self._cache.delete(_lease(claimed.key))

    def extend(self, claimed: Claimed, lease: int) -> Claimed | None:
        """Hold the claim for longer, while it is surely ours."""
        if not _is_surely_ours(claimed):
            return None
        extended = Claimed(claimed.key, claimed.owner, time.time() + lease)
        self._cache.set(_lease(claimed.key), _held(extended), lease)
        return extended

    def forget(self, key: bytes) -> bool:
        """Delete the mark; or the lease, where there is none, or the mark that was set meanwhile.

        Beside a mark no lease is touched: it is that of a redelivery which came in this moment.
        """
        return self._cache.delete(_done(key)) or self._cache.delete(_lease(key)) or self._cache.delete(_done(key))

    async def aclaim(self, key: bytes, lease: int) -> Answer:
        """As `claim`, by the cache's own async methods."""
        claimed, cache = _begin(key, lease), self._cache
        if await cache.aadd(_lease(key), _held(claimed), lease):
            done = await cache.aget(_done(key))
            if done is None:
                return claimed
            await self.arelease(claimed)
            return Done(*done)
        return _answer(claimed, await cache.aget(_done(key)), await cache.aget(_lease(key)))

    async def aconfirm(self, claimed: Claimed, status: int, retention: int) -> bool:
        """As `confirm`, by the cache's own async methods."""
        await self._cache.aset(_done(claimed.key), (time.time(), status), retention)
        if _is_surely_ours(claimed):
            await self._cache.adelete(_lease(claimed.key))
        return time.time() < claimed.until

    async def arelease(self, claimed: Claimed) -> None:
        """As `release`, by the cache's own async methods."""
        if _is_surely_ours(claimed):
            await self._cache.adelete(_lease(claimed.key))

    async def aextend(self, claimed: Claimed, lease: int) -> Claimed | None:
        """As `extend`, by the cache's own async methods."""
        if not _is_surely_ours(claimed):
            return None
        extended = Claimed(claimed.key, claimed.owner, time.time() + lease)
        await self._cache.aset(_lease(claimed.key), _held(extended), lease)
        return extended

    @property
    def _cache(self) -> BaseCache:
        """The connection of this thread or task: Django keeps one for each."""
        return caches[str(self.alias)]


def _begin(key: bytes, lease: int) -> Claimed:
    # Taken before the cache is asked, so that the cache's own lease ends later than ours, never earlier.
    return Claimed(key, new_owner(), time.time() + lease)


def _answer(claimed: Claimed, done: tuple[float, int] | None, held: tuple[str, float] | None) -> Answer:
    if done is not None:
        return Done(*done)
    if held == _held(claimed):  # a client that tries again when an answer is lost finds what its first try has added
        return claimed
    # Without either, the lease went a moment ago: whoever comes next may have it.
    return Running(1 if held is None else seconds_until(held[1]))


def _is_surely_ours(claimed: Claimed) -> bool:
    return time.time() < claimed.until - _MARGIN


def _held(claimed: Claimed) -> tuple[str, float]:
    return claimed.owner, claimed.until


def _lease(key: bytes) -> str:
    return f"hookseal:lease:{key.hex()}"


def _done(key: bytes) -> str:
    return f"hookseal:done:{key.hex()}"
