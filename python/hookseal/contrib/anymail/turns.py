"""When a receiver's claim on an event is settled: at once, or with the transaction that was opened around it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial

from django.db import connections, transaction

from hookseal.logging import DELIVERIES
from hookseal.protection import Protection
from hookseal.replay.base import Claimed

__all__ = ["Turn", "delivery", "settle"]


@dataclass(frozen=True)
class Turn:
    """A receiver that is about to handle an event.

    Attributes:
        receiver: its dotted name.
        alias: the endpoint that the event came to.
        key: what the event is claimed under.
        protection: where it is claimed, and for how long.
    """

    receiver: str
    alias: str
    key: bytes
    protection: Protection


@contextmanager
def delivery() -> Iterator[_Delivery]:
    """Note what is to be settled after the transaction of a delivery.

    It is confirmed where `delivered` is set by then, else given back.
    """
    current = _Delivery(_depths())
    token = _current.set(current)
    try:
        yield current
    finally:
        _current.reset(token)
        for turn, claimed in current.held:
            (_confirm if current.delivered else _release)(turn, claimed)


def settle(turn: Turn, claimed: Claimed) -> None:
    """Remember that a receiver has handled an event, as soon as that is certain."""
    current = _current.get()
    before = current.depths if current is not None else {}
    opened = [alias for alias, depth in _depths().items() if depth > before.get(alias, 0)]
    if not opened or turn.protection.store.database in opened:
        _confirm(turn, claimed)
    elif current is not None:
        current.held.append((turn, claimed))
    else:
        _when_committed(opened, turn, claimed)


@dataclass
class _Delivery:
    depths: Mapping[str, int]
    held: list[tuple[Turn, Claimed]] = field(default_factory=list)
    delivered: bool = False


_current: ContextVar[_Delivery | None] = ContextVar("hookseal_anymail_delivery", default=None)


def _depths() -> dict[str, int]:
    """Count the transactions and savepoints that are open on each database; tests run in one of their own."""
    return {
        each.alias: each.in_atomic_block + len(each.savepoint_ids) for each in connections.all(initialized_only=True)
    }


def _when_committed(databases: list[str], turn: Turn, claimed: Claimed) -> None:
    if databases:
        transaction.on_commit(partial(_when_committed, databases[1:], turn, claimed), using=databases[0])
    else:
        _confirm(turn, claimed)


def _confirm(turn: Turn, claimed: Claimed) -> None:
    protection = turn.protection
    try:
        kept = protection.store.confirm(claimed, 200, protection.event_retention)
        cause = "" if kept else "lease_lost"
    except Exception as error:  # noqa: BLE001 - each backend raises its own
        cause = type(error).__name__
    if cause:
        line = "%s: %s has handled an event, but may handle it again (%s)"
        logging.getLogger(DELIVERIES).error(line, turn.alias, turn.receiver, cause)


def _release(turn: Turn, claimed: Claimed) -> None:
    try:
        turn.protection.store.release(claimed)
    except Exception as error:  # noqa: BLE001 - each backend raises its own
        line = "%s: a claim of %s could not be released (%s) and has to lapse"
        logging.getLogger(DELIVERIES).warning(line, turn.alias, turn.receiver, type(error).__name__)
