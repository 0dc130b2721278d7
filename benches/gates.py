"""The thresholds: what each comparison must reach, how far a prototype got, and where to go. One table, nothing else.

The source of each threshold is the prototype of the engine, measured on CPython 3.11 without PGO: the limit sits
slightly under what it reached. Goals that need another build or a server are not in this table; the numbers have gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benches.compare import Figures, excess, ratio, taken
from benches.explaining import SEARCH
from benches.measure import Timings

Results = Mapping[str, Timings]
"""Timings by group: a size of `SIZES`, "basic", "public keys", "explain", "no middleware", "default middleware",
"direct", "async", or a server."""

SERVERS = ("LocMem", "Redis", "SQLite", "PostgreSQL", "MariaDB")
"""What replay stores are timed over."""
ADD, CONTROL = "cache.add", "cache.add, once more"
"""What they are compared with, and the same again."""

AT_LEAST, AT_MOST = "at least", "at most"


@dataclass(frozen=True)
class Comparison:
    """Which contenders are compared, and how."""

    what: str
    figures: Callable[[Timings], Figures]


@dataclass(frozen=True)
class Gate:
    """One threshold.

    Attributes:
        goal: its number.
        group: which timings it is made of.
        comparison: what is compared.
        side: AT_LEAST or AT_MOST.
        limit: the threshold.
        prototype: what the prototype reached, as written down.
        moonshot: where to go.
    """

    goal: int
    group: str
    comparison: Comparison
    side: str
    limit: float
    prototype: str
    moonshot: str

    def holds(self, figures: Figures) -> bool:
        """Whether the median and the minima are both on the right side of the limit."""
        both = (figures.median, figures.of_minima)
        return min(both) >= self.limit if self.side == AT_LEAST else max(both) <= self.limit


@dataclass(frozen=True)
class Outcome:
    """A gate and what was measured; None where this build or this run has no such contender, or was too disturbed."""

    gate: Gate
    figures: Figures | None

    @property
    def verdict(self) -> str:
        """pass, FAIL, or absent."""
        if self.figures is None:
            return "absent"
        return "pass" if self.gate.holds(self.figures) else "FAIL"


def outcomes(results: Results) -> list[Outcome]:
    """Every gate with what this run says about it."""
    made = []
    for gate in GATES:
        try:
            figures = gate.comparison.figures(results[gate.group])
        except KeyError:
            figures = None
        made.append(Outcome(gate, figures))
    return made


def _peer(peer: str, ours: str) -> Comparison:
    """How many times as dear the peer is."""
    return Comparison(f"{peer} / {ours}", lambda timings: ratio(timings, peer, ours))


def is_measurable(timings: Timings) -> bool:
    """Whether the same call took the same time twice, so that what waits for a server can be compared at all."""
    return 0.8 <= ratio(timings, CONTROL, ADD).median <= 1.25


def _claim() -> Comparison:
    claim = "memory: claim"

    def figures(timings: Timings) -> Figures:
        if not is_measurable(timings):
            raise KeyError(CONTROL)
        return ratio(timings, ADD, claim)

    return Comparison(f"{ADD} / {claim}", figures)


def _added(ours: str, peer: str, base: str) -> Comparison:
    """What ours adds to the bare view, over what the peer adds to it."""
    return Comparison(f"added: {ours} / {peer}", lambda timings: ratio(timings, ours, peer, base=base))


def _event_id() -> Comparison:
    with_id = "hookseal stripe + event id"
    return Comparison(f"{with_id} / hookseal stripe", lambda timings: ratio(timings, with_id, "hookseal stripe"))


def _variants() -> Comparison:
    return Comparison(f"{SEARCH} of a 2 KB body, in ms", lambda timings: taken(timings, SEARCH, unit_ns=1_000_000))


def _decorator() -> Comparison:
    return Comparison(f"{GITHUB} less {INSIDE}, in ns", lambda timings: excess(timings, GITHUB, INSIDE))


def _closure() -> Comparison:
    return Comparison(
        "the same / what an empty closure adds",
        lambda timings: ratio(timings, GITHUB, "empty closure", base=INSIDE, under="plain"),
    )


GITHUB, INSIDE = "hookseal github", "engine in the view"
BY_HAND = _peer("by hand", "hookseal hex")
STRIPE = _peer("stripe verify_header", "hookseal stripe")
SVIX = _peer("svix verify", "hookseal svix")
STANDARD = _peer("standardwebhooks verify", "hookseal standard-webhooks")
ANYMAIL_P256 = ("anymail sendgrid, as deployed", "hookseal P-256, in a view")
SLACK = _peer("slack_sdk is_valid", "hookseal slack")
REQUEST, DIRECT, ASYNC, PUBLIC_KEYS = "no middleware", "direct", "async", "public keys"
EXPLAIN = "explain"

GATES = [
    Gate(1, "0 B", _peer("hookseal hex", "empty method"), AT_MOST, 6.5, "5.8", "5.0"),
    Gate(2, "0 B", _peer("hookseal hex", "bare HMAC"), AT_MOST, 1.30, "1.22", "1.20"),
    Gate(2, "2 KB", _peer("hookseal hex", "bare HMAC"), AT_MOST, 1.06, "1.04", "1.03"),
    Gate(2, "20 KB", _peer("hookseal hex", "bare HMAC"), AT_MOST, 1.02, "1.00", "1.005"),
    Gate(2, "200 KB", _peer("hookseal hex", "bare HMAC"), AT_MOST, 1.02, "1.00", "1.005"),
    Gate(2, "2 MB", _peer("hookseal hex", "bare HMAC"), AT_MOST, 1.02, "1.00", "1.005"),
    Gate(3, "0 B", BY_HAND, AT_LEAST, 9, "11.3", "12"),
    Gate(3, "200 B", BY_HAND, AT_LEAST, 5.5, "6.8", "7"),
    Gate(3, "2 KB", BY_HAND, AT_LEAST, 1.9, "2.2", "2.2"),
    Gate(3, "20 KB", BY_HAND, AT_LEAST, 1.1, "1.2", "1.2"),
    Gate(3, "200 KB", BY_HAND, AT_LEAST, 0.98, "1.0-1.1", "1.0"),
    Gate(3, "2 MB", BY_HAND, AT_LEAST, 0.98, "1.0-1.1", "1.0"),
    Gate(4, "200 B", STRIPE, AT_LEAST, 9, "11", "13"),
    Gate(4, "2 KB", STRIPE, AT_LEAST, 3.5, "4.2", "4.2"),
    Gate(4, "20 KB", STRIPE, AT_LEAST, 1.4, "1.6", "1.6"),
    Gate(4, "2 MB", STRIPE, AT_LEAST, 2.8, "3.1", "3.5"),
    Gate(5, "200 B", SVIX, AT_LEAST, 18, "28", "30"),
    Gate(5, "2 KB", SVIX, AT_LEAST, 5.5, "7", "8"),
    Gate(5, "20 KB", SVIX, AT_LEAST, 1.6, "2.0", "2"),
    Gate(5, "2 MB", SVIX, AT_LEAST, 3.2, "4.1", "4"),
    Gate(6, "200 B", STANDARD, AT_LEAST, 14, "18", "22"),
    Gate(6, "2 KB", STANDARD, AT_LEAST, 5, "6.2", "7"),
    Gate(6, "2 MB", STANDARD, AT_LEAST, 3.5, "4.3", "4.5"),
    Gate(7, "200 B", SLACK, AT_LEAST, 5.5, "6.6", "8"),
    Gate(7, "2 KB", SLACK, AT_LEAST, 2.5, "2.9", "3"),
    Gate(7, "2 MB", SLACK, AT_LEAST, 2.8, "3.0", "3.5"),
    Gate(8, "2 KB", _peer("anymail resend", "hookseal resend"), AT_LEAST, 7, "9.6", "11"),
    Gate(8, "2 KB", _peer("anymail postmark", "hookseal postmark"), AT_LEAST, 6, "6.8", "9"),
    Gate(8, "2 KB", _peer("anymail resend, as deployed", "hookseal resend"), AT_LEAST, 11, "13.6", "16"),
    Gate(8, "2 KB", _peer("anymail postmark, as deployed", "hookseal postmark"), AT_LEAST, 17, "21", "25"),
    Gate(9, "basic", _peer("hookseal, 20 secrets", "hookseal, 1 secret"), AT_MOST, 1.5, "1.31", "1.3"),
    Gate(10, REQUEST, _added(GITHUB, "by hand, a decorator", "undecorated"), AT_MOST, 0.33, "0.25", "0.22"),
    Gate(10, REQUEST, _added("hookseal svix", "svix in the view", "undecorated"), AT_MOST, 0.25, "0.18", "0.17"),
    Gate(10, REQUEST, _added("hookseal resend", "anymail resend", "undecorated"), AT_MOST, 0.15, "0.10", "0.10"),
    Gate(11, DIRECT, _decorator(), AT_MOST, 800, "600", "450"),
    Gate(11, DIRECT, _closure(), AT_MOST, 3, "2.3", "1.7"),
    Gate(12, ASYNC, _added(GITHUB, "engine through a thread", "plain"), AT_MOST, 0.05, "0.027", "0.03"),
    Gate(13, PUBLIC_KEYS, _peer("sendgrid verify_signature", "hookseal P-256"), AT_LEAST, 1.15, "1.24", "1.25"),
    Gate(13, PUBLIC_KEYS, _peer("PyNaCl verify", "hookseal Ed25519"), AT_LEAST, 1.4, "1.6", "1.7"),
    Gate(13, PUBLIC_KEYS, _peer("cryptography RSA-2048", "hookseal RSA-2048"), AT_LEAST, 1.15, "1.3", "1.35"),
    Gate(14, PUBLIC_KEYS, _peer(*ANYMAIL_P256), AT_LEAST, 1.5, "1.9", "1.9"),
    Gate(17, "LocMem", _claim(), AT_LEAST, 4, "5.9", "6"),
    Gate(17, "Redis", _claim(), AT_LEAST, 80, "163", "150"),
    Gate(20, "2 KB", _event_id(), AT_MOST, 2.5, "2.1", "1.7"),
    Gate(21, EXPLAIN, _variants(), AT_MOST, 10, "-", "3"),
]
