"""How an endpoint is protected against replays: its store, for how long, and what happens while the store is down."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings as site

from hookseal import settings
from hookseal._engine import Record
from hookseal.entry import Entry
from hookseal.replay.base import Store
from hookseal.replay.stores import find_store
from hookseal.sharing import known_alias

__all__ = ["Protection", "read_protection"]


@dataclass(frozen=True, slots=True)
class Protection:
    """What an endpoint's deliveries are claimed with.

    Attributes:
        store: remembers them.
        lease: how long a view holds its delivery, in seconds, unless it asks for more.
        event_retention: how long an event is remembered by its id, in seconds.
        digest_retention: how long a delivery is remembered by its signed bytes, in seconds.
        fails_open: whether deliveries are handled while the store is down.
    """

    store: Store
    lease: int
    event_retention: int
    digest_retention: int
    fails_open: bool


def read_protection(entry: Entry, record: Record | None, tolerance: int | None, cache: str | None) -> Protection | None:
    """Read what an entry says of replays; what is wrong or weak is reported to it.

    Args:
        entry: the endpoint's entry.
        record: its provider's.
        tolerance: seconds that a signed time may lie from now.
        cache: the alias of the endpoint's cache; None where it names none.

    Returns:
        None where deliveries are not to be remembered, or cannot be for what was reported.
    """
    chosen = entry.read(settings.REPLAY)
    lease, retention = entry.read(settings.LEASE), entry.read(settings.RETENTION)
    fail_open = entry.read(settings.REPLAY_FAIL_OPEN)
    if record is None:
        return None
    _judge(entry, record, tolerance)
    if chosen is False:
        return None
    store = _store(entry, chosen if isinstance(chosen, str) else "cache", cache)
    if store is None:
        return None
    return Protection(
        store=store,
        lease=lease or _usual_lease(record),
        event_retention=retention or _WEEK,
        digest_retention=retention or _usual_retention(record, tolerance),
        fails_open=record.retry == 0 if fail_open == "auto" else fail_open is True,
    )


_WEEK = 7 * 86_400
_LONGEST_LEASE = 30
# A worker that dies late in its lease must leave the sender attempts enough.
_SHARE_OF_RETRIES = 4
_APP = "hookseal.replay.database"


def _usual_lease(record: Record) -> int:
    return max(1, min(_LONGEST_LEASE, record.retry // _SHARE_OF_RETRIES)) if record.retry else _LONGEST_LEASE


def _usual_retention(record: Record, tolerance: int | None) -> int:
    """As long as the same bytes may come again and be accepted; where nothing bounds that, as long as an id is kept."""
    return _WEEK if tolerance is None else _window(record, tolerance) + 60


def _window(record: Record, tolerance: int | None) -> int:
    return max(2 * (tolerance or 0), record.retry or 0)


def _store(entry: Entry, name: str, cache: str | None) -> Store | None:
    alias = cache if name == "cache" else None
    if name == "database":
        alias = known_alias(entry, settings.DATABASE, site.DATABASES)
        if not any(app.startswith(_APP) for app in site.INSTALLED_APPS):
            hint = f'Add "{_APP}" to INSTALLED_APPS, and run `manage.py migrate`.'
            entry.report("E006", entry.path(settings.REPLAY), "names a store whose app is not installed", hint)
            return None
    if name in {"cache", "database"} and alias is None:
        return None
    try:
        return find_store(name, alias)
    except (ImportError, TypeError) as error:
        hint = 'Use "cache", "database", "memory", or the dotted path of a subclass of hookseal.replay.base.Store.'
        entry.report("E006", entry.path(settings.REPLAY), f"names no store: {type(error).__name__}", hint)
        return None


def _judge(entry: Entry, record: Record, tolerance: int | None) -> None:
    """Report what weakens the protection of a sender that could have it whole."""
    chosen, given = entry.read(settings.REPLAY), entry.find(settings.RETENTION)
    if record.shares_secret and chosen is True and entry.find(settings.EVENT_ID) is None:
        hint = "Name the id's field with EVENT_ID, or give each event to request.webhook.fresh()."
        entry.report("W013", entry.path(settings.REPLAY), "is True, but the sender proves no id of a delivery", hint)
    if not record.shares_secret and chosen is False:
        hint = "Leave it out, or make the view do no harm when it runs twice."
        message = "is False, so a recorded delivery is handled again while it is fresh"
        entry.report("W013", entry.path(settings.REPLAY), message, hint)
    if entry.read(settings.REPLAY_FAIL_OPEN) is True and record.retry != 0:
        hint = "Leave it out: the sender is then asked to try again."
        message = "is True, so recorded deliveries are handled again while the store is down"
        entry.report("W013", entry.path(settings.REPLAY_FAIL_OPEN), message, hint)
    retention, window = entry.read(settings.RETENTION), _window(record, tolerance)
    if given is not None and retention is not None and retention < window:
        message = "ends before the sender's last retry, or before a recorded delivery is stale"
        entry.report("W013", given.path, message, f"Use at least {window} seconds.")
    lease = entry.read(settings.LEASE)
    most = (record.retry or 0) // _SHARE_OF_RETRIES
    if lease is not None and record.retry and lease > most:
        message = "is more than a quarter of the time in which the sender retries"
        hint = f"Use at most {most} seconds, and request.webhook.extend() in views that take longer."
        entry.report("W019", entry.path(settings.LEASE), message, hint)
