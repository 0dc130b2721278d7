"""Errands to other servers: each run once however many wait for it, remembered, and held within a budget.

An errand fetches one URL and reads the answer. What it brought is used until it is old; then it is used on for a while
and the errand is run anew in the background. One that failed is not run again for some seconds. Errands that strangers
can make up run into a budget; those whose last answer is still known do not. All of this counts for one process.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field, replace
from threading import Lock, Thread
from typing import Any, Generic, TypeAlias, TypeVar
from weakref import WeakSet

from hookseal.exceptions import WebhookRejected
from hookseal.https import SECONDS, Unreachable
from hookseal.reasons import Reason

__all__ = ["BUDGET", "PAUSE", "Errand", "Errands", "Fetch", "Withdrawn"]

T = TypeVar("T")
Fetch: TypeAlias = Callable[[str, bytes | None], bytes]
"""Fetches a URL (GET, or POST of a JSON body), gives the body of an answer with status 200, or raises OSError."""

BUDGET = 10
"""How many errands of one source may be run at once for what is not known yet; one more after each `PAUSE`."""

PAUSE = 10.0
"""Seconds for which an errand that failed is not run again; SNS, for one, tries three times within a minute."""

MOST_KNOWN = 128
"""Answers that are remembered; the one that was used longest ago makes room."""


class Withdrawn(Exception):
    """The answer says that what was asked for is no longer valid."""


@dataclass(frozen=True)
class Errand(Generic[T]):
    """One thing to bring.

    Attributes:
        source: whose budget it falls under.
        name: what its answer is remembered under.
        url: what is fetched.
        read: makes of the answer what is wanted; raises ValueError or `Withdrawn`.
        fresh: seconds for which the answer is used as it is; it is used for as long again while it is renewed.
        body: what is posted as JSON, if anything; may hold a secret.
    """

    source: str
    name: Hashable
    url: str
    read: Callable[[bytes], T]
    fresh: float
    body: bytes | None = field(default=None, repr=False)


class Errands:
    """Runs errands, each in a thread of its own, so that neither a slow server nor a slow resolver holds anybody long.

    Safe to share between threads and event loops; a forked process starts over.

    Args:
        fetch: fetches one URL.
        clock: seconds that only grow.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self.start_over()
        _every.add(self)

    def start_over(self) -> None:
        """Forget everything, as in a forked process, where no thread of the parent works on."""
        self._lock = Lock()
        self._known: OrderedDict[Hashable, _Brought] = OrderedDict()
        self._flights: dict[Hashable, _Flight] = {}
        self._budgets: dict[str, _Budget] = {}

    def run(self, errand: Errand[T]) -> T:
        """Bring what is wanted.

        Raises:
            WebhookRejected: `key_unavailable`: it cannot be had now; `unknown_key`: it was withdrawn.
        """
        brought = self._begin(errand)
        if isinstance(brought, _Flight):
            try:
                brought = brought.landing.result(brought.patience(self._clock()))
            except FutureTimeoutError:
                brought = _failed(errand, _TOO_LATE)
        value: T = brought.unpacked()
        return value

    async def arun(self, errand: Errand[T]) -> T:
        """As `run`, while the event loop goes on."""
        brought = self._begin(errand)
        if isinstance(brought, _Flight):
            landing = asyncio.wrap_future(brought.landing)
            try:
                brought = await asyncio.wait_for(landing, brought.patience(self._clock()))
            except asyncio.TimeoutError:
                brought = _failed(errand, _TOO_LATE)
        value: T = brought.unpacked()
        return value

    def _begin(self, errand: Errand[Any]) -> _Brought | _Flight:
        """Give what is known, or the flight that will bring it; what is merely old is used once more meanwhile."""
        now = self._clock()
        with self._lock:
            known = self._known.get(errand.name)
            if known is not None:
                self._known.move_to_end(errand.name)
                if now < known.fresh_until:
                    return known
            usable = known if known is not None and now < known.good_until else None
            flight = self._flights.get(errand.name)
            if flight is None:
                if usable is None and not self._budgets.setdefault(errand.source, _Budget(now)).take(now):
                    return _failed(errand, "the budget for fetching is spent")
                flight = self._take_off(errand, now)
            return usable or flight or _failed(errand, "no thread can be started")

    def _take_off(self, errand: Errand[Any], now: float) -> _Flight | None:
        flight = self._flights[errand.name] = _Flight(now)
        try:
            Thread(target=self._fly, args=(errand, flight), name="hookseal", daemon=True).start()
        except RuntimeError:  # the process is ending, or has no threads left
            del self._flights[errand.name]
            return None
        return flight

    def _fly(self, errand: Errand[Any], flight: _Flight) -> None:
        brought = _failed(errand, "the thread was ended")
        try:
            brought = self._bring(errand)
        finally:
            flight.landing.set_result(self._keep(errand, brought))

    def _bring(self, errand: Errand[Any]) -> _Brought:
        try:
            return _Brought(errand.read(self._fetch(errand.url, errand.body)))
        except Withdrawn:
            return _Brought(reason=Reason.UNKNOWN_KEY, detail=f"{errand.source}: withdrawn by its owner")
        except Unreachable as error:
            return _failed(errand, str(error))
        except ValueError:
            return _failed(errand, "the answer is not what was asked for")
        except Exception as error:  # noqa: BLE001 - `fetch` may be the site's own, and raise anything
            return _failed(errand, type(error).__name__)

    def _keep(self, errand: Errand[Any], brought: _Brought) -> _Brought:
        now = self._clock()
        with self._lock:
            self._flights.pop(errand.name, None)
            before = self._known.get(errand.name)
            if brought.reason is None:
                brought = replace(brought, fresh_until=now + errand.fresh, good_until=now + 2 * errand.fresh)
            elif brought.reason is Reason.KEY_UNAVAILABLE and before is not None and now < before.good_until:
                brought = replace(before, fresh_until=now + PAUSE)
            else:
                brought = replace(brought, fresh_until=now + PAUSE)
            for name in [name for name, known in self._known.items() if known.is_over(now)]:
                del self._known[name]
            self._known[errand.name] = brought
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return brought


_TOO_LATE = "no answer in time"
_every: WeakSet[Errands] = WeakSet()


def _start_over() -> None:
    for errands in _every:
        errands.start_over()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_over)


@dataclass(frozen=True)
class _Brought:
    """What an errand brought, or why nothing."""

    value: Any = None
    reason: Reason | None = None
    detail: str = ""
    fresh_until: float = 0.0
    good_until: float = 0.0

    def unpacked(self) -> Any:
        if self.reason is not None:
            raise WebhookRejected(self.reason, detail=self.detail)
        return self.value

    def is_over(self, now: float) -> bool:
        return max(self.fresh_until, self.good_until) <= now


class _Flight:
    """An errand under way."""

    def __init__(self, now: float) -> None:
        self.landing: Future[_Brought] = Future()
        self.landing.set_running_or_notify_cancel()  # so that nobody who gives up waiting can cancel it for the others
        self._started = now

    def patience(self, now: float) -> float:
        """How long to wait for it: it has a deadline, but the system's resolver of names has its own."""
        return max(0.0, self._started + SECONDS - now)


class _Budget:
    """A bucket of tokens."""

    def __init__(self, now: float) -> None:
        self._tokens = float(BUDGET)
        self._since = now

    def take(self, now: float) -> bool:
        self._tokens = min(BUDGET, self._tokens + (now - self._since) / PAUSE)
        self._since = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def _failed(errand: Errand[Any], why: str) -> _Brought:
    return _Brought(reason=Reason.KEY_UNAVAILABLE, detail=f"{errand.source}: {why}")
