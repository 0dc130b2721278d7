"""The store over the table of this app; what it guarantees is said in `hookseal.replay.database`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import OperationalError, connections, transaction

from hookseal.replay.base import Answer, Claimed, Done, Running, Store, new_owner, seconds_until

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet

    from hookseal.replay.database.models import Claim

__all__ = ["DatabaseStore"]

_ATTEMPTS = 3
"""How often a claim is tried again, when the row it looked at changed under it."""

_DEADLOCK = 1213
"""ER_LOCK_DEADLOCK of MariaDB and MySQL, whose inserts of one key meet in a deadlock when its row is deleted."""
_SERIALIZATION_FAILURES = {"40001", "40P01"}
"""SQLSTATE of PostgreSQL: the same, and what a stricter isolation level refuses."""


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
            try:
                answer = self._attempt(claimed)
            except OperationalError as error:
                if self._connection.in_atomic_block or not _is_deadlock(error):
                    raise
                continue
            if answer is not None:
                return answer
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
        """Move the end of the lease. Within the view's transaction, others see it only when that has ended."""
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

    @property
    def _connection(self) -> BaseDatabaseWrapper:
        """The connection of this thread."""
        return connections[str(self.alias)]

    def _all(self) -> QuerySet[Claim]:
        # Imported late: a site that uses another store does not install the app.
        from hookseal.replay.database.models import Claim  # noqa: PLC0415

        return Claim.objects.using(self.alias)

    def _rows(self, key: bytes) -> QuerySet[Claim]:
        return self._all().filter(key=key.hex())

    def _held(self, claimed: Claimed) -> QuerySet[Claim]:
        return self._rows(claimed.key).filter(owner=claimed.owner, done__isnull=True)

    def _attempt(self, claimed: Claimed) -> Answer | None:
        """Claim once; None where the row changed meanwhile.

        A look comes first, since writing may have to wait: a view that extended its claim, and on SQLite any view,
        holds until its end what another's write needs.
        """
        known = self._rows(claimed.key).first()
        if known is None:
            self._insert(claimed)
            known = self._rows(claimed.key).first()
        if known is None:  # released or pruned a moment ago
            return None
        if known.owner == claimed.owner:
            return claimed
        if time.time() < known.until / 1000:
            return _answer(known)
        return claimed if self._take_over(known, claimed) else None

    def _insert(self, claimed: Claimed) -> None:
        """Insert the row, if there is none: without an error, which would fill the database's log with duplicates."""
        claims = self._all()
        row = claims.model(key=claimed.key.hex(), owner=claimed.owner, until=_milliseconds(claimed.until))
        claims.bulk_create([row], ignore_conflicts=True)

    def _take_over(self, known: Claim, claimed: Claimed) -> bool:
        """Take the row, where it is still as it was seen, and no view holds it: of several at once, one succeeds."""
        seen = self._rows(claimed.key).filter(owner=known.owner, until=known.until, done=known.done)
        taken = {"owner": claimed.owner, "until": _milliseconds(claimed.until), "done": None, "status": None}
        if not self._connection.features.has_select_for_update_skip_locked:
            return seen.update(**taken) == 1
        with transaction.atomic(using=self.alias):
            return seen.select_for_update(skip_locked=True).first() is not None and seen.update(**taken) == 1


def _answer(known: Claim) -> Done | Running:
    if known.done is None or known.status is None:
        return Running(seconds_until(known.until / 1000))
    return Done(known.done / 1000, known.status)


def _is_deadlock(error: OperationalError) -> bool:
    """Whether the database let others go first: it is up, and the same statement may pass now."""
    return error.args[:1] == (_DEADLOCK,) or getattr(error.__cause__, "sqlstate", None) in _SERIALIZATION_FAILURES


def _milliseconds(moment: float) -> int:
    return int(moment * 1000)
