"""A replay store of the test project's own, named by its dotted path: it works until it is told to fail."""

from __future__ import annotations

from typing import ClassVar

from hookseal.replay.base import Answer, Claimed
from hookseal.replay.memory import MemoryStore


class Fragile(MemoryStore):
    """A store in memory whose calls fail by name."""

    down: ClassVar[set[str]] = set()

    def claim(self, key: bytes, lease: int) -> Answer:
        """Claim, or fail."""
        self._fail("claim")
        return super().claim(key, lease)

    def confirm(self, claimed: Claimed, status: int, retention: int) -> bool:
        """Confirm, or fail."""
        self._fail("confirm")
        return super().confirm(claimed, status, retention)

    def release(self, claimed: Claimed) -> None:
        """Release, or fail."""
        self._fail("release")
        super().release(claimed)

    def extend(self, claimed: Claimed, lease: int) -> Claimed | None:
        """Extend, or fail."""
        self._fail("extend")
        return super().extend(claimed, lease)

    def forget(self, key: bytes) -> bool:
        """Forget, or fail."""
        self._fail("forget")
        return super().forget(key)

    def _fail(self, call: str) -> None:
        if call in self.down:
            raise ConnectionError("secret-canary of the connection")
