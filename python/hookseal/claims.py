"""The claims of one delivery: on itself, and on each event that its view asks about; settled together.

What may block is written once, as coroutines over a store's async methods. In a sync view the store is wrapped so that
these methods work in place, and the coroutine is run to its end without an event loop.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Iterable
from typing import Any, Protocol, TypeVar

from hookseal.exceptions import WebhookRejected
from hookseal.logging import DELIVERIES
from hookseal.protection import Protection
from hookseal.reasons import Reason
from hookseal.receipt import Receipt
from hookseal.replay.base import Answer, Claimed, Done, Running, Store

__all__ = ["AsyncStore", "Blocking", "Busy", "Claims", "finish", "unavailable"]

T = TypeVar("T")


class Busy(Exception):
    """The delivery, or an event in it, is being handled elsewhere: try again after so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class AsyncStore(Protocol):
    """What the claims need of a store."""

    async def aclaim(self, key: bytes, lease: int) -> Answer: ...  # noqa: D102 - as in `Store`

    async def aconfirm(self, claimed: Claimed, status: int, retention: int) -> bool: ...  # noqa: D102

    async def arelease(self, claimed: Claimed) -> None: ...  # noqa: D102

    async def aextend(self, claimed: Claimed, lease: int) -> Claimed | None: ...  # noqa: D102


class Blocking:
    """A store whose async methods do their work in place."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def aclaim(self, key: bytes, lease: int) -> Answer:
        """As `Store.claim`."""
        return self._store.claim(key, lease)

    async def aconfirm(self, claimed: Claimed, status: int, retention: int) -> bool:
        """As `Store.confirm`."""
        return self._store.confirm(claimed, status, retention)

    async def arelease(self, claimed: Claimed) -> None:
        """As `Store.release`."""
        self._store.release(claimed)

    async def aextend(self, claimed: Claimed, lease: int) -> Claimed | None:
        """As `Store.extend`."""
        return self._store.extend(claimed, lease)


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits, over a `Blocking` store, to its end."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise RuntimeError("a blocking store has waited")


def unavailable(error: Exception) -> WebhookRejected:
    """Say that the store is down: by the kind of the error alone, since its text may name the place."""
    return WebhookRejected(Reason.STORE_UNAVAILABLE, detail=type(error).__name__)


class Claims:
    """What one delivery holds in the store.

    Args:
        protection: the store, and for how long.
        receipt: what was proven about the delivery.

    Attributes:
        failure: why the delivery must not count as handled, whatever its view answers.
        unprotected: why a replay would not be noticed, as a word for the signal; None where it would be.
        known: what the store knew of the delivery when it came; None where it was new.
    """

    def __init__(self, protection: Protection, receipt: Receipt) -> None:
        self._protection = protection
        self._receipt = receipt
        self._held: dict[bytes, tuple[Claimed, int]] = {}
        self.failure: Busy | WebhookRejected | None = None
        self.unprotected: str | None = None
        self.known: Done | Running | None = None

    def holds(self, key: bytes | None) -> bool:
        """Whether a key is claimed by this very delivery: a view may be guarded twice."""
        return key in self._held

    async def claim(self, store: AsyncStore) -> Done | Running | None:
        """Claim the delivery, where it has a key.

        Returns:
            None where its view shall run.

        Raises:
            WebhookRejected: the store is down, and the endpoint does not fail open.
        """
        key = self._receipt.replay_key
        if key is None:
            return None
        by_id = self._receipt.event_id is not None
        retention = self._protection.event_retention if by_id else self._protection.digest_retention
        self.known = await self._take(store, key, retention)
        return self.known

    async def confirm(self, store: AsyncStore, status: int) -> bool:
        """Remember everything that is held; False where a lease has lapsed meanwhile."""
        kept = True
        for claimed, retention in self._held.values():
            kept &= await store.aconfirm(claimed, status, retention)
        return kept

    async def release(self, store: AsyncStore) -> None:
        """Give back everything that is held. What the store cannot take back lapses by itself."""
        for claimed, _ in self._held.values():
            await self._give_back(store, claimed)
        self._held.clear()

    def forget(self) -> None:
        """Let everything that was held be handled again when it comes: for tests, so that none finds what another left.

        What stands in a database goes with the transaction of the test; what the store cannot forget lapses by itself.
        """
        store = self._protection.store
        for key in self._held if store.database is None else ():
            try:
                store.forget(key)
            except Exception as error:  # noqa: BLE001, PERF203 - each backend raises its own, and a test has ended
                line = "%s: a claim could not be forgotten (%s) and has to lapse"
                logging.getLogger(DELIVERIES).warning(line, self._receipt.endpoint, type(error).__name__)

    def fresh(self, ids: Iterable[str]) -> list[str]:
        """As `Receipt.fresh`."""
        return finish(self._fresh(Blocking(self._protection.store), ids))

    async def afresh(self, ids: Iterable[str]) -> list[str]:
        """As `Receipt.afresh`."""
        return await self._fresh(self._protection.store, ids)

    def extend(self, seconds: int | None) -> None:
        """As `Receipt.extend`."""
        finish(self._extend(Blocking(self._protection.store), seconds))

    async def aextend(self, seconds: int | None) -> None:
        """As `Receipt.aextend`."""
        await self._extend(self._protection.store, seconds)

    async def _fresh(self, store: AsyncStore, ids: Iterable[str]) -> list[str]:
        keys = {each: self._receipt.member_key(each) for each in ids}
        fresh = set()
        # In one order for all deliveries: two with the same events never wait for each other.
        for each, key in sorted(keys.items()):
            answer = None if key is None or key in self._held else await self._take_member(store, key)
            if isinstance(answer, Running):
                self.failure = Busy(answer.seconds)
                raise self.failure
            if answer is None:
                fresh.add(each)
        return [each for each in keys if each in fresh]

    async def _take_member(self, store: AsyncStore, key: bytes) -> Done | Running | None:
        try:
            return await self._take(store, key, self._protection.event_retention)
        except WebhookRejected as rejection:
            self.failure = rejection
            raise

    async def _take(self, store: AsyncStore, key: bytes, retention: int) -> Done | Running | None:
        try:
            answer = await store.aclaim(key, self._protection.lease)
        except Exception as error:  # noqa: BLE001 - each backend raises its own
            if self._protection.fails_open:
                self.unprotected = Reason.STORE_UNAVAILABLE.value
                return None
            raise unavailable(error) from None
        if isinstance(answer, Claimed):
            self._held[key] = (answer, retention)
            return None
        return answer

    async def _give_back(self, store: AsyncStore, claimed: Claimed) -> None:
        try:
            await store.arelease(claimed)
        except Exception as error:  # noqa: BLE001 - of any kind, and less telling than why the claim is released
            line = "%s: a claim could not be released (%s) and has to lapse"
            logging.getLogger(DELIVERIES).warning(line, self._receipt.endpoint, type(error).__name__)

    async def _extend(self, store: AsyncStore, seconds: int | None) -> None:
        for key, (claimed, retention) in self._held.items():
            try:
                extended = await store.aextend(claimed, seconds or self._protection.lease)
            except Exception as error:  # noqa: BLE001 - each backend raises its own
                self.failure = unavailable(error)
                raise self.failure from None
            if extended is None:
                self.failure = Busy(self._protection.lease)
                raise self.failure
            self._held[key] = (extended, retention)
