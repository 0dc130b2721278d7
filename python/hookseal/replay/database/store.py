"""The store over the table of this app; what it guarantees is said in `hookseal.replay.database`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hookseal.replay.base import Answer, Claimed, Done, Running, Store, new_owner, seconds_until

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from hookseal.replay.database.models import Claim

__all__ = ["DatabaseStore"]

_ATTEMPTS = 3
"""How often a claim is tried again, when the row it looked at changed under it."""


class DatabaseStore(Store):
    """Remembers deliveries in the table `hookseal_replay_claim`.

    Args:
        alias: the database's name in DATABASES.
    """

    def __init__(self, alias: str | None = None) -> None:
        super().__init__(alias or "default")
        self.database = self.alias

    def claim(self, key: bytes, lease: int) -> Answer:
        """Claim a delivery by inserting its row, or by taking over one whose lease or retention is over."""
        for _ in range(_ATTEMPTS):
            claimed = Claimed(key, new_owner(), time.time() + lease)
            self._insert(claimed)
            known = self._rows(key).first()
            if known is None:  # released or pruned a moment ago
                continue
            if known.owner == claimed.owner:
                return claimed
            if time.time() < known.until / 1000:
                return _answer(known)
            if self._take_over(known, claimed):
                return claimed
        return Running(1)

    def confirm(self, claimed: Claimed, status: int, retention: int) -> bool:
        """Mark the row as done, where key, owner and state still match: a lapsed lease that nobody took is ours."""
        now = _milliseconds(time.time())
        changed = self._held(claimed).update(done=now, status=status, until=now + 1000 * retention)
        return changed == 1

    def release(self, claimed: Claimed) -> None:
        """Delete the row, where it is still ours."""
        self._held(claimed).delete()

    def extend(self, claimed: Claimed, lease: int) -> Claimed | None:
        """Move the end of the lease. Within the view's transaction, this locks the row until that ends."""
        extended = Claimed(claimed.key, claimed.owner, time.time() + lease)
        changed = self._held(claimed).update(until=_milliseconds(extended.until))
        return extended if changed == 1 else None

    def forget(self, key: bytes) -> bool:
        """Delete the row."""
        return self._rows(key).delete()[0] > 0

    def prune(self) -> int:
        """Remove the rows that are past their retention, and leases long over; says how many."""
        now = _milliseconds(time.time())
        return self._all().filter(until__lt=now).delete()[0]

    def _all(self) -> QuerySet[Claim]:
        # Imported late: a site that uses another store does not install the app.
        from hookseal.replay.database.models import Claim  # noqa: PLC0415

        return Claim.objects.using(self.alias)

    def _rows(self, key: bytes) -> QuerySet[Claim]:
        return self._all().filter(key=key.hex())

    def _held(self, claimed: Claimed) -> QuerySet[Claim]:
        return self._rows(claimed.key).filter(owner=claimed.owner, done__isnull=True)

    def _insert(self, claimed: Claimed) -> None:
        """Insert the row, if there is none: without an error, which would fill the database's log with duplicates."""
        claims = self._all()
        row = claims.model(key=claimed.key.hex(), owner=claimed.owner, until=_milliseconds(claimed.until))
        claims.bulk_create([row], ignore_conflicts=True)

    def _take_over(self, known: Claim, claimed: Claimed) -> bool:
        """Take the row, where it is still as it was seen: of several at once, one succeeds."""
        seen = self._rows(claimed.key).filter(owner=known.owner, until=known.until, done=known.done)
        until = _milliseconds(claimed.until)
        return seen.update(owner=claimed.owner, until=until, done=None, status=None) == 1


def _answer(known: Claim) -> Done | Running:
    if known.done is None or known.status is None:
        return Running(seconds_until(known.until / 1000))
    return Done(known.done / 1000, known.status)


def _milliseconds(moment: float) -> int:
    return int(moment * 1000)
