"""`@once_per_event`: a receiver of Anymail's signals handles each event once, and again only if it failed.

One delivery may hold many events, and Anymail stops at the first receiver that fails: the ESP then sends all of them
again, perhaps in other batches. So each receiver claims each event for itself, in the replay store of the endpoint.

A claim is leased while the receiver runs, given back if it raises, and confirmed when it has returned. Where a
transaction was opened around it, what the receiver wrote is kept or undone with that; so the claim is confirmed in the
same transaction, or, in a store that does not take part in it, when it is over.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction, sync_to_async

from hookseal._engine import event_key
from hookseal.claims import AsyncStore, Blocking, Busy, finish
from hookseal.conf import endpoint
from hookseal.contrib.anymail.events import identity
from hookseal.contrib.anymail.origin import alias_of
from hookseal.contrib.anymail.turns import Turn, settle
from hookseal.exceptions import WebhookRejected
from hookseal.logging import DELIVERIES
from hookseal.reasons import Reason
from hookseal.replay.base import Claimed, Done, Running

__all__ = ["once_per_event"]

R = TypeVar("R")


def once_per_event(receiver: Callable[..., R]) -> Callable[..., R | None]:
    """Run a receiver of `tracking` or `inbound`, sync or async, once for each event.

    Example:
        @receiver(tracking)
        @once_per_event
        def note_bounce(sender, event, esp_name, **kwargs): ...

    An event that the receiver has handled is skipped. One that it is handling at this moment in another process ends
    the delivery with 503, so that the ESP tries again. An event that nothing tells from others is handled each time.
    The receiver is known by its dotted name: under another name it is another receiver.
    """
    name = f"{receiver.__module__}.{receiver.__qualname__}"

    @wraps(receiver)
    def once(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> R | None:
        async def run() -> R:
            return receiver(sender=sender, event=event, esp_name=esp_name, **kwargs)

        turn = _turn(name, event, esp_name)
        return finish(run() if turn is None else _take(turn, Blocking(turn.protection.store), run, _settle_here))

    @wraps(receiver)
    async def aonce(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> Any:
        async def run() -> Any:
            return await cast(Any, receiver)(sender=sender, event=event, esp_name=esp_name, **kwargs)

        turn = _turn(name, event, esp_name)
        return await (run() if turn is None else _take(turn, turn.protection.store, run, sync_to_async(settle)))

    return cast("Callable[..., R | None]", aonce) if iscoroutinefunction(receiver) else once


def _turn(name: str, event: Any, esp_name: str) -> Turn | None:
    """Say what is to be claimed, and where; None where there is nothing to claim, or no store."""
    alias = alias_of(esp_name, inbound=hasattr(event, "message"))
    protection = endpoint(alias).protection
    if protection is None:
        return None
    told = identity(event)
    if told is None:
        line = "%s: nothing tells this event from others, so %s handles it each time"
        logging.getLogger(DELIVERIES).warning(line, alias, name)
        return None
    return Turn(name, alias, event_key(name, esp_name, told), protection)


async def _take(
    turn: Turn,
    store: AsyncStore,
    run: Callable[[], Awaitable[R]],
    settle: Callable[[Turn, Claimed], Awaitable[None]],
) -> R | None:
    claimed = await _claim(turn, store)
    if isinstance(claimed, Done):
        logging.getLogger(DELIVERIES).info("%s: %s has handled this event before", turn.alias, turn.receiver)
        return None
    if claimed is None:
        return await run()
    try:
        result = await run()
    except GeneratorExit:  # the loop is gone: nothing can be awaited any more, so the lease has to lapse
        raise
    except BaseException:
        await _release(turn, store, claimed)
        raise
    await settle(turn, claimed)
    return result


async def _claim(turn: Turn, store: AsyncStore) -> Claimed | Done | None:
    try:
        answer = await store.aclaim(turn.key, turn.protection.lease)
    except Exception as error:  # noqa: BLE001 - each backend raises its own
        if not turn.protection.fails_open:
            raise WebhookRejected(Reason.STORE_UNAVAILABLE, detail=type(error).__name__) from None
        line = "%s: %s handles an event without protection against replays (%s)"
        cause = type(error).__name__
        logging.getLogger(DELIVERIES).error(line, turn.alias, turn.receiver, cause)  # noqa: TRY400 - the store's own text may hold its address
        return None
    if isinstance(answer, Running):
        raise Busy(answer.seconds)
    return answer


async def _release(turn: Turn, store: AsyncStore, claimed: Claimed) -> None:
    try:
        await store.arelease(claimed)
    except Exception as error:  # noqa: BLE001 - of any kind, and less telling than why the claim is released
        line = "%s: a claim of %s could not be released (%s) and has to lapse"
        logging.getLogger(DELIVERIES).warning(line, turn.alias, turn.receiver, type(error).__name__)


async def _settle_here(turn: Turn, claimed: Claimed) -> None:
    settle(turn, claimed)
