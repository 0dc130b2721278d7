"""Writes rows: no more than a sample of what anybody may send, each bounded, and never at the cost of a delivery.

What is not proven (refusals, duplicates, handshakes, what a catch endpoint sees) is sampled in each process: so many a
minute of one address, and so many of one endpoint. The table keeps the newest rows of each endpoint, and of them no
more than half may be refusals, so that junk pushes out nothing that was accepted.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from threading import Lock

from django.db import router, transaction
from django.db.models import Count

from hookseal.captured import Captured
from hookseal.inspector.models import Delivery, Verdict
from hookseal.receipt import Receipt
from hookseal.recording import MOST_BODY, Kept
from hookseal.tally import Tally, network_of

__all__ = [
    "KEPT_DAYS",
    "KEPT_REFUSALS",
    "KEPT_ROWS",
    "LOGGER",
    "PER_ADDRESS",
    "PER_ENDPOINT",
    "RECORDER",
    "TableRecorder",
    "prune",
    "record",
]

KEPT_ROWS = 200
"""Rows that are kept of each endpoint; the oldest go first."""

KEPT_REFUSALS = 100
"""Refusals among them."""

KEPT_DAYS = 7
"""Days for which a row is kept."""

PER_ADDRESS = 20
"""Unproven requests of one address that a process keeps in a minute, for each endpoint."""

PER_ENDPOINT = 60
"""Unproven requests to one endpoint that a process keeps in a minute."""

LOGGER = "hookseal.inspector"
"""The logger of what could not be kept."""


class TableRecorder:
    """Keeps requests as rows of the table."""

    def __init__(self) -> None:
        self._by_address, self._by_endpoint = Tally(60), Tally(60)
        self._lock = Lock()
        self._complained = float("-inf")

    def keep(self, alias: str, verdict: str, address: str, kept: Callable[[], Kept]) -> int | None:
        """Write a row, as `hookseal.recording.Recorder` has it; every so often, remove what is past its time."""
        try:
            if verdict != Verdict.ACCEPTED and self._is_one_too_many(alias, address):
                return None
            row = self.write(alias, kept())
            if row.pk % _PRUNE_EVERY == 0:
                prune()
        except Exception as error:  # noqa: BLE001 - whatever it is, the delivery must not suffer for it
            self._complain(error)
            return None
        return row.pk

    def must_wait(self) -> bool:
        """Whether a transaction is open on the database of the table, or nobody can tell. Nothing is raised."""
        try:
            in_transaction: bool = transaction.get_connection(router.db_for_write(Delivery)).in_atomic_block
        except Exception as error:  # noqa: BLE001 - as above; the site's own router may fail
            self._complain(error)
            return True
        return in_transaction

    def write(self, alias: str, kept: Kept, replay_of: Delivery | None = None) -> Delivery:
        """Write a row, whatever was written of late.

        Raises:
            Error: of Django's database, where it cannot be written.
        """
        row = _row(alias, kept)
        row.replay_of = replay_of
        using = router.db_for_write(Delivery)
        with transaction.atomic(using=using):
            row.save(using=using, force_insert=True)
        return row

    def _is_one_too_many(self, alias: str, address: str) -> bool:
        now = time.time()
        if self._by_address.count(f"{alias} {_network(address)}", now) > PER_ADDRESS:
            return True
        return self._by_endpoint.count(alias, now) > PER_ENDPOINT

    def _complain(self, error: Exception) -> None:
        """Log why nothing was kept, once in a while; what the error says may be the sender's text."""
        now = time.monotonic()
        with self._lock:
            if now < self._complained + _SILENCE:
                return
            self._complained = now
        hint = "is the table there (manage.py migrate), and the database up?"
        logging.getLogger(LOGGER).error("a delivery could not be kept (%s): %s", type(error).__name__, hint)


RECORDER = TableRecorder()
"""The one of this process."""


def record(captured: Captured, *, verdict: str = "caught", address: str = "", status: int | None = 200) -> int | None:
    """Keep a request that met no guard, as far as the limits let it; gives its number. Nothing is raised."""
    kept = Kept(captured, len(captured.body), verdict, address=address, status=status)
    return RECORDER.keep(captured.endpoint, verdict, address, lambda: kept)


def prune(now: datetime | None = None) -> int:
    """Remove what is past its time, and of each endpoint what is more than is kept. Gives the number of rows."""
    using = router.db_for_write(Delivery)
    rows = Delivery.objects.using(using)
    moment = datetime.now(tz=timezone.utc) if now is None else now
    old = rows.filter(received_at__lt=moment - timedelta(days=KEPT_DAYS)).only("pk").delete()[0]
    crowded = rows.order_by().values_list("endpoint").annotate(Count("pk")).filter(pk__count__gt=KEPT_REFUSALS)
    return old + sum(_thin_out(alias, using) for alias, _ in crowded)


_PRUNE_EVERY = 32
_SILENCE = 60.0


def _thin_out(alias: str, using: str) -> int:
    rows = Delivery.objects.using(using).filter(endpoint=alias)
    removed = 0
    for some, most in ((rows.filter(verdict=Verdict.REFUSED), KEPT_REFUSALS), (rows, KEPT_ROWS)):
        oldest = list(some.order_by("-pk").values_list("pk", flat=True)[most : most + 1])
        if oldest:
            removed += some.filter(pk__lte=oldest[0]).only("pk").delete()[0]
    return removed


def _row(alias: str, kept: Kept) -> Delivery:
    captured, rejection, receipt = kept.captured, kept.rejection, kept.receipt
    return Delivery(
        endpoint=_text(alias, _MOST_TEXT),
        provider=_text(kept.provider, _MOST_TEXT),
        received_at=_moment(captured.received_at),
        method=_text(captured.method, 32),
        url=_text(captured.url),
        path=_text(_path(captured.url)),
        headers=[[_text(name), _text(value)] for name, value in captured.headers],
        body=captured.body[:MOST_BODY],
        body_size=kept.size,
        verdict=kept.verdict,
        reason=rejection.reason.value if rejection else "",
        sentence=_sentence(kept),
        fix=rejection.hint if rejection else "",
        secret=_text(receipt.secret, _MOST_TEXT) if receipt else "",
        event_id=_text(receipt.event_id or "", _MOST_TEXT) if receipt else "",
        signed_at=_signed_at(receipt),
        status=kept.status,
        duration_ms=None if kept.seconds is None else round(kept.seconds * 1000),
        address=_text(kept.address, 45),
    )


_MOST_TEXT = 200


def _sentence(kept: Kept) -> str:
    if kept.rejection is None:
        return kept.note
    detail = f" ({kept.rejection.detail})" if kept.rejection.detail else ""
    return f"{kept.rejection.reason.sentence}{detail}"


def _signed_at(receipt: Receipt | None) -> datetime | None:
    """The proven time, where there is such a day: a sender may sign what it likes."""
    if receipt is None or receipt.timestamp is None:
        return None
    try:
        return _moment(receipt.timestamp)
    except (OSError, OverflowError, ValueError):
        return None


def _text(text: str, most: int | None = None) -> str:
    """Make text such as every database takes: PostgreSQL takes no NUL, and none takes half a surrogate pair."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")[:most]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.utc)


def _path(url: str) -> str:
    _, _, rest = url.partition("://")
    _, slash, target = rest.partition("/")
    return (slash + target).partition("?")[0]


def _network(address: str) -> str:
    """As what an address counts: `Tally` knows IPv6 addresses only where nothing stands before them."""
    network = network_of(address)
    return network if isinstance(network, str) else network.hex()
