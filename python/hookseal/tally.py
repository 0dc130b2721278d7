"""How often each address came in the current window of time: in this process, in bounded memory."""

from __future__ import annotations

from ipaddress import IPv6Address
from threading import Lock

__all__ = ["CAPACITY", "Tally", "network_of"]

CAPACITY = 16_384
"""Addresses that are remembered at once, about 2 MB; the one that came first makes room for a new one."""


class Tally:
    """Count addresses over windows of fixed length; everything is forgotten when a window ends.

    An IPv6 address counts as its /64, which is what one sender is given. Only a hash of the address is kept, keyed by
    this process, so nobody can aim at another address's count.

    Args:
        seconds: the length of a window.
        capacity: how many addresses are remembered at once.
    """

    __slots__ = ("_capacity", "_counts", "_lock", "_window", "seconds")

    def __init__(self, seconds: int, capacity: int = CAPACITY) -> None:
        self.seconds = seconds
        self._capacity = capacity
        self._window = 0
        self._counts: dict[int, int] = {}
        self._lock = Lock()

    def count(self, address: str, now: float) -> int:
        """Count one more request of the address, and say how many that makes in this window."""
        return self._change(address, now, added=1)

    def raise_to(self, count: int, address: str, now: float) -> None:
        """Take over a count that somebody who saw more requests of the address has."""
        self._change(address, now, least=count)

    def remaining(self, now: float) -> int:
        """Whole seconds until the next window begins; at least one."""
        return self.seconds - int(now) % self.seconds

    def __len__(self) -> int:
        return len(self._counts)

    def _change(self, address: str, now: float, *, added: int = 0, least: int = 0) -> int:
        key = hash(network_of(address))
        with self._lock:
            counts = self._counts_at(now)
            if key not in counts and len(counts) >= self._capacity:
                del counts[next(iter(counts))]
            counts[key] = max(counts.get(key, 0) + added, least)
            return counts[key]

    def _counts_at(self, now: float) -> dict[int, int]:
        window = int(now) // self.seconds
        if window != self._window:
            self._window = window
            self._counts.clear()
        return self._counts


def network_of(address: str) -> str | bytes:
    """Say as what an address counts: IPv6 by the first 8 bytes, all else by its text."""
    try:
        return IPv6Address(address).packed[:8] if ":" in address else address
    except ValueError:
        return address
