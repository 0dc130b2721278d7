"""The opt-in RATE_LIMIT: at most so many requests of one address in a window, before the body is read.

Windows have a fixed length and begin at the same moments of the clock in every process ("50/s" begins anew with each
second), so an address gets at most twice its rate around the end of one. Each process counts by itself, in bounded
memory. Where the endpoint's CACHE names a cache that all of them share, they are counted together in it as well: one
more step, taken only by requests that this process has not refused already. Once an address is over the limit, each
process knows that by itself for the rest of the window, so a flood does not reach the cache.

A cache that does not answer refuses nobody. The process's own count goes on, and the cache is left alone for a while,
so that its timeouts do not add up.
"""

from __future__ import annotations

import logging
from threading import Lock

from django.core.cache import caches
from django.utils.crypto import salted_hmac

from hookseal.conf import Endpoint, RateLimit
from hookseal.tally import Tally, network_of

__all__ = ["PAUSE", "Limiter", "limiter"]

PAUSE = 30
"""Seconds for which a cache that did not answer is not asked."""


class Limiter:
    """Count the requests of one endpoint, and say when there are too many.

    Requests that have no usable address are counted together.

    Args:
        limit: how many requests in how many seconds.
        endpoint: the endpoint's alias, under which processes count together.
        cache: the cache in which they do.
    """

    __slots__ = ("_announced", "_cache", "_endpoint", "_failed", "_tally", "limit")

    def __init__(self, limit: RateLimit, endpoint: str = "", cache: str | None = None) -> None:
        self.limit = limit
        self._endpoint = endpoint
        self._cache = cache
        self._tally = Tally(limit.seconds)
        self._announced: int | None = None
        self._failed = float("-inf")

    def exceeded(self, address: str | None, now: float) -> bool:
        """Count one more request of the address in this process; True where it is one too many."""
        return self._tally.count(address or "", now) > self.limit.count

    def exceeded_together(self, address: str | None, now: float) -> bool:
        """Count one more request of the address in all processes; True where it is one too many for them together.

        Waits for the cache. False while the cache does not answer.
        """
        if self._cache is None or self._failed <= now < self._failed + PAUSE:
            return False
        try:
            count = self._count_together(self._cache, address or "", now)
        except Exception as error:  # noqa: BLE001 - each backend raises its own
            self._failed = now
            line = '%s: cache "%s" does not answer (%s), so for %d s RATE_LIMIT holds for each process alone'
            _log.warning(line, self._endpoint, self._cache, type(error).__name__, PAUSE)
            return False
        if count > self.limit.count:
            self._tally.raise_to(count, address or "", now)
        return count > self.limit.count

    def retry_after(self, now: float) -> int:
        """Seconds until the address may come again."""
        return self._tally.remaining(now)

    def announce(self, now: float) -> bool:
        """Whether this is the first refusal of the window, the one that is worth a log line."""
        window = int(now) // self.limit.seconds
        first, self._announced = window != self._announced, window
        return first

    def _count_together(self, alias: str, address: str, now: float) -> int:
        cache, key = caches[alias], self._key(address, now)
        try:
            return cache.incr(key)
        except ValueError:  # the first in its window
            # Kept beyond the window's end, or it could lapse between the two steps in which a cache increments.
            cache.add(key, 0, 2 * self.limit.seconds)
            return cache.incr(key)

    def _key(self, address: str, now: float) -> str:
        """A name that tells nobody who reads the cache which address it stands for."""
        window = int(now) // self.limit.seconds
        subject = f"{self._endpoint}\0{self.limit.seconds}\0{window}\0{network_of(address)!r}"
        return f"hookseal:rate:{salted_hmac('hookseal.rate', subject, algorithm='sha256').hexdigest()[:32]}"


def limiter(endpoint: Endpoint, limit: RateLimit) -> Limiter:
    """Find the one limiter of an endpoint; a changed limit starts counting afresh."""
    key = (endpoint.alias, limit, endpoint.rate_cache)
    with _lock:
        if key not in _limiters:
            _limiters[key] = Limiter(limit, endpoint.alias, endpoint.rate_cache)
        return _limiters[key]


_log = logging.getLogger(__name__)
_lock = Lock()
_limiters: dict[tuple[str, RateLimit, str | None], Limiter] = {}
