"""Ratios and differences of timings, each by the median over the rounds and by the minima."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benches.measure import Timings, quartiles


@dataclass(frozen=True)
class Figures:
    """One comparison: the median of its per-round values with their quartiles, and the value of the minima.

    Both count, since each is blind to what disturbs the other.
    """

    median: float
    first_quartile: float
    third_quartile: float
    of_minima: float


def ratio(timings: Timings, above: str, below: str, *, base: str | None = None, under: str | None = None) -> Figures:
    """How many times `below` goes into `above`, once `base` has been taken off both, or `under` off `below` alone."""
    tops, best_top = _net(timings, above, base)
    bottoms, best_bottom = _net(timings, below, under or base)
    ratios = [a / b if b > 0 else math.inf for a, b in zip(tops, bottoms, strict=True)]
    return _figures(ratios, best_top / best_bottom if best_bottom > 0 else math.inf)


def excess(timings: Timings, more: str, less: str) -> Figures:
    """By how many nanoseconds `more` is dearer than `less`."""
    return _figures(*_net(timings, more, less))


def taken(timings: Timings, name: str, unit_ns: int) -> Figures:
    """How long a call takes, in units of that many nanoseconds."""
    samples, minimum = _net(timings, name, None)
    return _figures([sample / unit_ns for sample in samples], minimum / unit_ns)


def _net(timings: Timings, name: str, base: str | None) -> tuple[Sequence[float], float]:
    """The samples and the minimum of a contender, less those of `base`."""
    timing = timings[name]
    if base is None:
        return timing.samples, timing.minimum
    less = timings[base]
    return [a - b for a, b in zip(timing.samples, less.samples, strict=True)], timing.minimum - less.minimum


def _figures(values: Sequence[float], of_minima: float) -> Figures:
    return Figures(statistics.median(values), *quartiles(values), of_minima)
