"""What every replay store does: claim a delivery before its view runs, and settle the claim after it.

A claim is leased while the view runs. It is confirmed when the delivery was handled, and then remembered; it is
released when it was not, so that the sender's next attempt is handled; and it lapses by itself, when its worker dies.

A store raises whatever its backend raises: the caller takes any exception for "the store is down".
"""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from typing import NamedTuple, TypeAlias

from asgiref.sync import sync_to_async

__all__ = ["Answer", "Claimed", "Done", "Running", "Store", "new_owner", "seconds_until"]


class Claimed(NamedTuple):
    """The claim is ours.

    Attributes:
        key: the 32 bytes under which the delivery is known.
        owner: a text that tells this claim from every other one of the same key.
        until: when the lease ends, Unix seconds.
    """

    key: bytes
    owner: str
    until: float


class Running(NamedTuple):
    """Another delivery holds the claim, for at most this many more seconds (at least one)."""

    seconds: int


class Done(NamedTuple):
    """The delivery was handled: when (Unix seconds), and with which status."""

    when: float
    status: int


Answer: TypeAlias = Claimed | Running | Done
"""What a store says to a claim."""


class Store(ABC):
    """Remembers deliveries. Shared by all threads of a process.

    Args:
        alias: which of the site's caches or databases it uses; stores that use none are given None.

    Attributes:
        database: the alias of the database in whose transaction a claim must be confirmed, so that it stands or falls
            with what the view wrote; None where no transaction can hold it.
    """

    database: str | None = None

    def __init__(self, alias: str | None = None) -> None:
        self.alias = alias

    @abstractmethod
    def claim(self, key: bytes, lease: int) -> Answer:
        """Claim a delivery for `lease` seconds, atomically: of several callers at once, one is told `Claimed`."""

    @abstractmethod
    def confirm(self, claimed: Claimed, status: int, retention: int) -> bool:
        """Remember for `retention` seconds that the delivery was handled.

        Returns:
            Whether the claim was surely still ours; False where it lapsed, so that another delivery may have run.
        """

    @abstractmethod
    def release(self, claimed: Claimed) -> None:
        """Give the claim back, so that the next attempt is handled; nothing happens where it is not ours any more."""

    @abstractmethod
    def extend(self, claimed: Claimed, lease: int) -> Claimed | None:
        """Hold the claim for `lease` seconds from now.

        Returns:
            The claim as it is from now on; None where it is not ours any more.
        """

    @abstractmethod
    def forget(self, key: bytes) -> bool:
        """Forget a delivery, be it handled or running, so that it is handled when it comes again.

        Returns:
            Whether anything was known of it.
        """

    async def aclaim(self, key: bytes, lease: int) -> Answer:
        """As `claim`, without blocking the event loop."""
        return await sync_to_async(self.claim)(key, lease)

    async def aconfirm(self, claimed: Claimed, status: int, retention: int) -> bool:
        """As `confirm`, without blocking the event loop."""
        return await sync_to_async(self.confirm)(claimed, status, retention)

    async def arelease(self, claimed: Claimed) -> None:
        """As `release`, without blocking the event loop."""
        await sync_to_async(self.release)(claimed)

    async def aextend(self, claimed: Claimed, lease: int) -> Claimed | None:
        """As `extend`, without blocking the event loop."""
        return await sync_to_async(self.extend)(claimed, lease)


def new_owner() -> str:
    """Make a text that no other claim has: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def seconds_until(moment: float) -> int:
    """Count the whole seconds from now until a moment, rounded up; at least one."""
    return max(1, -int((time.time() - moment) // 1))
