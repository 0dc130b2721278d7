"""The opt-in RATE_LIMIT: at most so many requests of one address in a window, before the body is read."""

from __future__ import annotations

from threading import Lock

from hookseal.conf import Endpoint, RateLimit
from hookseal.tally import Tally

__all__ = ["Limiter", "limiter"]


class Limiter:
    """Count the requests of one endpoint in this process, and say when there are too many.

    Requests that have no usable address are counted together.

    Args:
        limit: how many requests in how many seconds.
    """

    __slots__ = ("_announced", "_tally", "limit")

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self._tally = Tally(limit.seconds)
        self._announced: int | None = None

    def exceeded(self, address: str | None, now: float) -> bool:
        """Count one more request of the address; True where it is one too many."""
        return self._tally.count(address or "", now) > self.limit.count

    def retry_after(self, now: float) -> int:
        """Seconds until the address may come again."""
        return self._tally.remaining(now)

    def announce(self, now: float) -> bool:
        """Whether this is the first refusal of the window, the one that is worth a log line."""
        window = int(now) // self.limit.seconds
        first, self._announced = window != self._announced, window
        return first


def limiter(endpoint: Endpoint, limit: RateLimit) -> Limiter:
    """Find the one limiter of an endpoint; a changed limit starts counting afresh."""
    key = (endpoint.alias, limit)
    with _lock:
        if key not in _limiters:
            _limiters[key] = Limiter(limit)
        return _limiters[key]


_lock = Lock()
_limiters: dict[tuple[str, RateLimit], Limiter] = {}
