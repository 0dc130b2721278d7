"""Timing that survives a loaded machine: CPU time of the thread, calibrated chunks, contenders interleaved."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import statistics
import time
import timeit
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

CHUNK_NS = 700_000
LONG_CHUNK_NS = 5_000_000
"""For calls of which less than a dozen fit into a chunk."""
ROUNDS = 61

Names = Mapping[str, object]
Chunk = Callable[[int], int]
"""Runs the contender that many times; returns the CPU time it took, in nanoseconds."""


class UnprovenError(Exception):
    """A contender refuses a good message or accepts a bad one, so its time means nothing."""


@dataclass(frozen=True)
class Contender:
    """One thing to be timed."""

    name: str
    chunk: Chunk


@dataclass(frozen=True)
class Timing:
    """What one contender took: nanoseconds per call, one sample for each round, in the order of the rounds."""

    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle sample."""
        return statistics.median(self.samples)

    @property
    def first_quartile(self) -> float:
        """The sample that three quarters are above."""
        return quartiles(self.samples)[0]

    @property
    def minimum(self) -> float:
        """The best sample: what the call takes when nothing disturbs it."""
        return min(self.samples)


Timings = Mapping[str, Timing]


def contender(name: str, expression: str, good: Names, bad: Names, refusal: type[Exception] | None = None) -> Contender:
    """Make a contender of a Python expression, once it has proven itself.

    Args:
        name: what the tables call it.
        expression: the call, over the names.
        good: the names with a message that must be accepted: no exception, not False.
        bad: the names with a wrongly signed message that must be refused.
        refusal: the exception that refuses; None: the value False does.

    Raises:
        UnprovenError: it judges one of the two messages wrongly.
    """
    if evaluate(expression, good) is False:
        raise UnprovenError(f"{name} refuses a good message")
    if accepts(expression, bad, refusal):
        raise UnprovenError(f"{name} accepts a bad signature")
    return yardstick(name, expression, good)


def yardstick(name: str, expression: str, names: Names) -> Contender:
    """Make a contender of an expression that judges nothing."""
    setup = "\n".join(f"{key} = names[{key!r}]" for key in names) or "pass"
    timer = timeit.Timer(expression, setup, timer=time.thread_time_ns, globals={"names": names})
    return Contender(name, lambda number: int(timer.timeit(number)))


def repeated(name: str, call: Callable[[int], object]) -> Contender:
    """Make a contender of a call that repeats itself as often as it is told."""

    def chunk(number: int) -> int:
        started = time.thread_time_ns()
        call(number)
        return time.thread_time_ns() - started

    return Contender(name, chunk)


def called(name: str, call: Callable[[], object], clock: Callable[[], int] = time.thread_time_ns) -> Contender:
    """Make a contender of a call that has been proven elsewhere.

    Args:
        name: what the tables call it.
        call: the call.
        clock: the wall clock where it waits for something else; it then needs a control beside it.
    """

    def chunk(number: int) -> int:
        started = clock()
        for _ in repeat(None, number):
            call()
        return clock() - started

    return Contender(name, chunk)


def asynchronous(name: str, call: Callable[[], Awaitable[object]], loop: asyncio.AbstractEventLoop) -> Contender:
    """Make a contender of an awaitable call that has been proven elsewhere; the CPU time of all threads counts."""

    async def chunk(number: int) -> int:
        started = time.process_time_ns()
        for _ in repeat(None, number):
            await call()
        return time.process_time_ns() - started

    return Contender(name, lambda number: loop.run_until_complete(chunk(number)))


def timed(contenders: Sequence[Contender], rounds: int, chunk_ns: int = CHUNK_NS) -> Timings:
    """Time every contender once in each round, in an order shuffled anew, with the garbage collector off."""
    order = [(contender, calibrated(contender.chunk, chunk_ns)) for contender in contenders]
    samples: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    with quiet():
        for _ in range(rounds):
            random.shuffle(order)
            for contender, number in order:
                samples[contender.name].append(contender.chunk(number) / number)
    return {name: Timing(tuple(values)) for name, values in samples.items()}


def calibrated(chunk: Chunk, chunk_ns: int) -> int:
    """How many calls fill a chunk of that length; at least one."""
    number = 1
    while (elapsed := chunk(number)) < chunk_ns // 4:
        number *= 2
    return max(1, number * chunk_ns // elapsed)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Collect garbage once, then not again."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def evaluate(expression: str, names: Names) -> object:
    """Run a contender's expression once."""
    return eval(expression, dict(names))  # noqa: S307 (every expression stands in this folder)


def accepts(expression: str, names: Names, refusal: type[Exception] | None) -> bool:
    """Whether the expression lets a message through; any exception but the refusal is the contender's failure."""
    if refusal is None:
        return evaluate(expression, names) is not False
    try:
        evaluate(expression, names)
    except refusal:
        return False
    return True


def quartiles(values: Iterable[float]) -> tuple[float, float]:
    """The first and the third quartile."""
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third
