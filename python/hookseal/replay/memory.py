"""`memory`: remembers deliveries in this process alone. For development, tests, and sites of one process.

Guaranteed: of any number of threads and tasks of this process, one handles a delivery at a time, and what was handled
is not handled again within its retention, as long as fewer than `CAPACITY` deliveries came since.

Not guaranteed: anything beyond this process. A second worker, a restart or a fork knows nothing of what this one did.
When `CAPACITY` is reached, the delivery that was handled first is forgotten first; claims that are held are never
dropped, and where they alone fill the store, it refuses further ones.
"""

from __future__ import annotations

import time
from itertools import count
from threading import Lock

from hookseal.replay.base import Answer, Claimed, Done, Running, Store, seconds_until

__all__ = ["CAPACITY", "MemoryStore"]

CAPACITY = 65_536
"""Deliveries that are remembered at once, about 20 MB."""


class MemoryStore(Store):
    """Remembers deliveries in two bounded dicts, under one lock.

    Args:
        alias: ignored.
        capacity: how many deliveries are remembered at once, held and handled ones each.
    """

    def __init__(self, alias: str | None = None, capacity: int = CAPACITY) -> None:
        super().__init__(alias)
        self._capacity = capacity
        self._lock = Lock()
        self._owners = count()  # they only have to differ within this process
        self._leases: dict[bytes, Claimed] = {}
        self._done: dict[bytes, tuple[Done, float]] = {}

    def claim(self, key: bytes, lease: int) -> Answer:
        """Claim a delivery; raises OverflowError where claims that are held fill the store."""
        now = time.time()
        with self._lock:
            done = self._done.get(key)
            if done is not None:
                if now < done[1]:
                    return done[0]
                del self._done[key]
            held = self._leases.get(key)
            if held is not None and now < held.until:
                return Running(seconds_until(held.until))
            if held is not None:
                del self._leases[key]
            elif len(self._leases) >= self._capacity:
                self._make_room(now)
            claimed = self._leases[key] = Claimed(key, str(next(self._owners)), now + lease)
            return claimed

    def confirm(self, claimed: Claimed, status: int, retention: int) -> bool:
        """Remember the delivery, whoever holds it now: its view has run."""
        now = time.time()
        with self._lock:
            ours = self._drop(claimed)
            self._done.pop(claimed.key, None)
            while len(self._done) >= self._capacity:
                del self._done[next(iter(self._done))]
            self._done[claimed.key] = (Done(now, status), now + retention)
            return ours

    def release(self, claimed: Claimed) -> None:
        """Give the claim back."""
        with self._lock:
            self._drop(claimed)

    def extend(self, claimed: Claimed, lease: int) -> Claimed | None:
        """Hold the claim for longer; one that lapsed is still ours as long as nobody took it."""
        with self._lock:
            held = self._leases.get(claimed.key)
            if held is None or held.owner != claimed.owner:
                return None
            extended = self._leases[claimed.key] = Claimed(claimed.key, claimed.owner, time.time() + lease)
            return extended

    def forget(self, key: bytes) -> bool:
        """Drop what is known of a delivery; in this process alone, so a command of another one reaches nothing."""
        with self._lock:
            known = [self._done.pop(key, None), self._leases.pop(key, None)]
        return any(each is not None for each in known)

    async def aclaim(self, key: bytes, lease: int) -> Answer:
        """As `claim`; the lock is held for microseconds, so this runs in the event loop."""
        return self.claim(key, lease)

    async def aconfirm(self, claimed: Claimed, status: int, retention: int) -> bool:
        """As `confirm`, in the event loop."""
        return self.confirm(claimed, status, retention)

    async def arelease(self, claimed: Claimed) -> None:
        """As `release`, in the event loop."""
        self.release(claimed)

    async def aextend(self, claimed: Claimed, lease: int) -> Claimed | None:
        """As `extend`, in the event loop."""
        return self.extend(claimed, lease)

    def __len__(self) -> int:
        return len(self._leases) + len(self._done)

    def _drop(self, claimed: Claimed) -> bool:
        held = self._leases.get(claimed.key)
        if held is None or held.owner != claimed.owner:
            return False
        del self._leases[claimed.key]
        return True

    def _make_room(self, now: float) -> None:
        """Look for claims that lapsed only when it matters: their workers are gone, so they are few."""
        for key in [key for key, held in self._leases.items() if held.until <= now]:
            del self._leases[key]
        if len(self._leases) >= self._capacity:
            raise OverflowError(f"{self._capacity} deliveries are being handled at once")
