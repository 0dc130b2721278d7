"""A proven delivery on its way through its view: claimed before, settled after, once for sync and async views.

Success is a status that the provider counts as delivered. Anything else releases the claim, and so does every
exception: an async view whose client went away is cancelled, a worker that is stopped raises SystemExit.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from inspect import isawaitable
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse

from hookseal.claims import AsyncStore, Blocking, Busy, Claims, finish, unavailable
from hookseal.conf import Endpoint
from hookseal.logging import DELIVERIES
from hookseal.pipeline import bare
from hookseal.protection import Protection
from hookseal.reasons import Reason
from hookseal.receipt import Receipt
from hookseal.replay.base import Done, Running
from hookseal.requests import safe_text
from hookseal.signals import webhook_accepted, webhook_duplicate, webhook_unprotected
from hookseal.transactions import counts_as_delivered, render, run_atomically

__all__ = ["Delivery"]


@dataclass(slots=True)
class Delivery:
    """One delivery that was proven, and the view that waits for it.

    Attributes:
        request: Django's request.
        endpoint: what it was sent to.
        receipt: what was proven.
        protection: how replays are noticed.
        view: the view, with its arguments.
    """

    request: HttpRequest
    endpoint: Endpoint
    receipt: Receipt
    protection: Protection
    view: Callable[[], Any]

    def handle(self, databases: list[str], home: str | None) -> Any:
        """Claim the delivery, run the view in a transaction on each database, settle.

        Args:
            databases: those that the site opens a transaction on.
            home: the store's own, where the view may share a transaction with it.

        Raises:
            WebhookRejected: the store is down, or the view refused the delivery. What else the view raises.
        """
        return finish(
            self._handle(_Manner(Blocking(self.protection.store), _send), partial(self._run, databases, home))
        )

    async def ahandle(self) -> Any:
        """As `handle`, for an async view, around which no transaction is opened."""
        return await self._handle(_Manner(self.protection.store, _asend), partial(self._arun, None))

    async def _handle(self, manner: _Manner, run: Callable[[Claims], Awaitable[_Outcome]]) -> Any:
        claims = self.receipt.claims = Claims(self.protection, self.receipt)
        known = await claims.claim(manner.store)
        if known is not None:
            return await self._answer_known(known, manner)
        return await self._run_and_settle(claims, manner, partial(self._tell_and_run, manner, run))

    async def _tell_and_run(
        self, manner: _Manner, run: Callable[[Claims], Awaitable[_Outcome]], claims: Claims
    ) -> _Outcome:
        if claims.unprotected:
            await self._tell_unprotected(manner, claims.unprotected)
        await manner.send(webhook_accepted, request=self.request, receipt=self.receipt)
        return await run(claims)

    async def _run_and_settle(
        self, claims: Claims, manner: _Manner, run: Callable[[Claims], Awaitable[_Outcome]]
    ) -> Any:
        try:
            outcome = await run(claims)
        except GeneratorExit:  # the loop is gone: nothing can be awaited any more, so the lease has to lapse
            raise
        except Busy as busy:
            await claims.release(manner.store)
            return self._ask_again(busy.seconds)
        except BaseException:  # cancelled, SystemExit of a stopped worker: whatever it is, the view has not succeeded
            await claims.release(manner.store)
            raise
        # What comes in between from here on, releases nothing: the view has succeeded, or is released already.
        return await self._settle(outcome, claims, manner)

    async def _settle(self, outcome: _Outcome, claims: Claims, manner: _Manner) -> Any:
        if isawaitable(outcome.response):  # of an async view that nothing gave away: whoever awaits it, settles it
            rest = _Manner(self.protection.store, _asend)
            return self._run_and_settle(claims, rest, partial(self._arun, outcome.response))
        if not outcome.delivered:
            await claims.release(manner.store)
        elif not outcome.confirmed:
            await self._confirm(claims, manner, outcome.response)
        return outcome.response

    async def _run(self, databases: list[str], home: str | None, claims: Claims) -> _Outcome:
        """Run a sync view; where the store is a database that is up, confirm in the same transaction."""
        shared = home is not None and claims.unprotected is None

        def before_commit(response: HttpResponse) -> None:
            if claims.failure is not None:
                raise claims.failure
            if shared and not _confirmed(claims, self.protection, response):
                raise Busy(self.protection.lease)

        opened = [*databases, home] if home is not None and shared and home not in databases else databases
        response = self._run_atomically(opened, before_commit, shared=shared)
        return _Outcome(response, counts_as_delivered(response, self._success), confirmed=shared)

    def _run_atomically(self, databases: list[str], before_commit: Callable[[Any], None], *, shared: bool) -> Any:
        """Run the view; where the transaction that it shares with the store cannot begin or end, the store is down."""
        inside = False

        def view() -> Any:
            nonlocal inside
            inside = True
            response = render(self.view())
            inside = False
            return response

        try:
            return run_atomically(view, databases, self._success, before_commit)
        except (InterfaceError, OperationalError) as error:
            if inside or not shared:
                raise
            raise unavailable(error) from None

    async def _arun(self, started: Awaitable[Any] | None, claims: Claims) -> _Outcome:
        response = self.view() if started is None else started
        response = render(await response if isawaitable(response) else response)
        if claims.failure is not None:
            raise claims.failure
        return _Outcome(response, counts_as_delivered(response, self._success), confirmed=False)

    @property
    def _success(self) -> tuple[int, ...]:
        return self.endpoint.record.success if self.endpoint.record is not None else ()

    async def _confirm(self, claims: Claims, manner: _Manner, response: HttpResponse) -> None:
        """Remember what was handled; where that fails, it is handled all the same, but a replay may pass."""
        try:
            cause = None if await claims.confirm(manner.store, response.status_code) else "lease_lost"
        except Exception:  # noqa: BLE001 - each backend raises its own
            cause = Reason.STORE_UNAVAILABLE.value
        if cause is not None:
            await self._tell_unprotected(manner, cause)

    async def _tell_unprotected(self, manner: _Manner, cause: str) -> None:
        line = "%s: handled without protection against replays (%s)"
        logging.getLogger(DELIVERIES).error(line, self.receipt.endpoint, cause)
        await manner.send(webhook_unprotected, request=self.request, receipt=self.receipt, cause=cause)

    async def _answer_known(self, known: Done | Running, manner: _Manner) -> HttpResponse:
        if isinstance(known, Running):
            return self._ask_again(known.seconds)
        when = datetime.fromtimestamp(known.when, tz=timezone.utc)
        subject = safe_text(self.receipt.event_id or _digest(self.receipt))
        line = "%s: %s was already handled at %s with status %d"
        moment = when.isoformat(timespec="seconds")
        logging.getLogger(DELIVERIES).info(line, self.receipt.endpoint, subject, moment, known.status)
        await manner.send(webhook_duplicate, request=self.request, receipt=self.receipt, when=when, status=known.status)
        return HttpResponse(status=self._success[0] if self._success else 200)

    def _ask_again(self, seconds: int) -> HttpResponse:
        logging.getLogger(DELIVERIES).debug("%s: being handled, asked again in %d s", self.receipt.endpoint, seconds)
        return bare(503, {"Retry-After": str(seconds)})


class _Manner(NamedTuple):
    """How a shell does what may block: in place, or without blocking the event loop."""

    store: AsyncStore
    send: Callable[..., Awaitable[None]]


class _Outcome(NamedTuple):
    """What a view has ended in."""

    response: Any
    delivered: bool
    confirmed: bool


def _digest(receipt: Receipt) -> str:
    """The name of a delivery without an id, as `webhooks forget` takes it."""
    return (receipt.replay_key or b"").hex()


def _confirmed(claims: Claims, protection: Protection, response: HttpResponse) -> bool:
    try:
        return finish(claims.confirm(Blocking(protection.store), response.status_code))
    except Exception as error:  # noqa: BLE001 - each backend raises its own
        raise unavailable(error) from None


async def _send(signal: Signal, **subject: object) -> None:
    if signal.receivers:
        signal.send_robust(sender=Receipt, **subject)


async def _asend(signal: Signal, **subject: object) -> None:
    if signal.receivers:
        await signal.asend_robust(sender=Receipt, **subject)
