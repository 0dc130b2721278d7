"""What a run writes: one JSON file with every figure, one Markdown page with the tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from benches.compare import Figures, ratio
from benches.gates import ADD, CONTROL, PUBLIC_KEYS, SERVERS, Outcome, Results, is_measurable
from benches.measure import Timing, Timings
from benches.messages import ACCENTED, SIZES

PEERS = {
    "by hand": "hookseal hex",
    "stripe verify_header": "hookseal stripe",
    "svix verify": "hookseal svix",
    "standardwebhooks verify": "hookseal standard-webhooks",
    "slack_sdk is_valid": "hookseal slack",
    "anymail postmark": "hookseal postmark",
    "anymail postmark, as deployed": "hookseal postmark",
    "anymail resend": "hookseal resend",
    "anymail resend, as deployed": "hookseal resend",
    "hookseal stripe + event id": "hookseal stripe",
}
SIGNERS = {
    "sendgrid verify_signature": "hookseal P-256",
    "cryptography P-256": "hookseal P-256",
    "anymail sendgrid": "hookseal P-256, in a view",
    "anymail sendgrid, as deployed": "hookseal P-256, in a view",
    "PyNaCl verify": "hookseal Ed25519",
    "cryptography Ed25519": "hookseal Ed25519",
    "cryptography RSA-2048": "hookseal RSA-2048",
}
METHOD = """\
Every contender first accepts a good message and refuses one with a wrong signature. Then each is calibrated to chunks
of about 0.7 ms (whole requests: 5 ms) and timed once in each round, in an order shuffled for every round, in CPU time
of the thread (async: of the process), with the garbage collector off. Contenders of one family judge the same bytes
and headers; each reads its own clock where a time is signed. JSON parsing is in no row but that of the event id. A
ratio is the median of the rounds' ratios [first to third quartile] and, in parentheses, the ratio of the minima. On a
loaded machine read the first quartile and the minimum.
"""
BODIES = """\
Above 1, hookseal is the faster one. From about 20 KB on everybody is bound by the processor's SHA instructions, so
equal is the best there is. Bodies are ASCII but for the last column: its one other character makes the peers that
decode a body copy it several times over. Hookseal never decodes.
"""

STORES = """\
1 is as dear as one `cache.add`. By the wall clock, since stores wait for their server; LocMem, which is none, in CPU
time. Where a second `cache.add` in the same rounds differs from the first by more than a quarter, the machine was too
busy, and nothing is said. A claim alone is what a delivery pays before its view; claim + settle is all of it. On a
database `cache.add` writes to Django's cache table.
"""


@dataclass(frozen=True)
class Run:
    """One run: the machine, the timings, and what the gates say."""

    machine: Mapping[str, str]
    rounds: int
    results: Results
    outcomes: Sequence[Outcome]


def as_json(run: Run) -> str:
    """Every figure, in nanoseconds per call."""
    timings = {group: {name: _summary(timing) for name, timing in rows.items()} for group, rows in run.results.items()}
    gates = [
        {
            "goal": outcome.gate.goal,
            "what": outcome.gate.comparison.what,
            "group": outcome.gate.group,
            "limit": f"{outcome.gate.side} {outcome.gate.limit:g}",
            "figures": asdict(outcome.figures) if outcome.figures else None,
            "verdict": outcome.verdict,
        }
        for outcome in run.outcomes
    ]
    return json.dumps({"machine": run.machine, "rounds": run.rounds, "timings": timings, "gates": gates}, indent=1)


def as_markdown(run: Run) -> str:
    """The page of tables."""
    results = run.results
    verdicts, peers = (_machine(run), _gates(run)), (_ratios(results), of_public_keys(results))
    tables = *verdicts, *peers, _requests(results), of_stores(results), _times(results)
    return "\n".join(line for table in tables for line in table)


def of_stores(results: Results) -> Iterator[str]:
    """What each replay store costs, over Django's `cache.add` on the same server."""
    yield f"## Replay stores: over `cache.add` on the same server\n\n{STORES}"
    rows = []
    for server in filter(results.__contains__, SERVERS):
        timings = results[server]
        add = _time(timings[ADD].median)
        for name in timings:
            if name not in {ADD, CONTROL}:
                judged = _figures(ratio(timings, name, ADD)) if is_measurable(timings) else "not measurable"
                rows.append([server, name, judged, _time(timings[name].median), add])
    yield from _table(["server", "", "ratio", "median", "cache.add"], rows)


def of_public_keys(results: Results) -> Iterator[str]:
    """Peers against hookseal, where a private key signs."""
    timings = results.get(PUBLIC_KEYS, {})
    yield "## Peer / hookseal, on signatures by private keys, 2 KB\n"
    rows = [
        [f"{peer} / {ours}", _figures(ratio(timings, peer, ours)), _time(timings[ours].median)]
        for peer, ours in SIGNERS.items()
        if peer in timings
    ]
    yield from _table(["", "ratio", "hookseal"], rows)


def _machine(run: Run) -> Iterator[str]:
    yield f"# Benchmark\n\n{METHOD}\n{run.rounds} rounds.\n"
    yield from _table(["machine", ""], [[name, text] for name, text in run.machine.items()])


def _ratios(results: Results) -> Iterator[str]:
    """Peers against hookseal, a column for each size."""
    sizes = [size for size in (*SIZES, ACCENTED) if size in results]
    yield f"## Peer / hookseal, by the size of the body\n\n{BODIES}"
    rows = []
    for peer, ours in PEERS.items():
        cells = [_ratio_cell(results[size], peer, ours) for size in sizes]
        rows.append([f"{peer} / {ours}", *cells])
    yield from _table(["", *sizes], rows)


def _ratio_cell(timings: Timings, peer: str, ours: str) -> str:
    if peer not in timings:
        return "-"
    figures = ratio(timings, peer, ours)
    return f"{_number(figures.median)} ({_number(figures.of_minima)})"


def _times(results: Results) -> Iterator[str]:
    """Each group's own table of times."""
    for group, timings in results.items():
        yield f"## Time of one call: {group}\n"
        rows = [[name, _time(t.median), _time(t.first_quartile), _time(t.minimum)] for name, t in timings.items()]
        yield from _table(["", "median", "first quartile", "minimum"], rows)


def _requests(results: Results) -> Iterator[str]:
    """What each view adds to the undecorated one."""
    for group in ("no middleware", "default middleware"):
        if group not in results:
            continue
        yield f"## Added to a whole request, 2 KB: {group}\n"
        base = results[group]["undecorated"]
        rows = [[name, *_added(timing, base)] for name, timing in results[group].items() if timing is not base]
        yield from _table(["", "median", "first quartile", "minimum"], rows)


def _added(timing: Timing, base: Timing) -> list[str]:
    return [
        _time(timing.median - base.median),
        _time(timing.first_quartile - base.first_quartile),
        _time(timing.minimum - base.minimum),
    ]


def _gates(run: Run) -> Iterator[str]:
    yield "## Gates\n\nBoth figures must pass. The threshold sits slightly under the prototype's figure.\n"
    rows = [
        [
            str(outcome.gate.goal),
            outcome.gate.comparison.what,
            outcome.gate.group,
            _figures(outcome.figures) if outcome.figures else "-",
            f"{outcome.gate.side} {outcome.gate.limit:g}",
            outcome.gate.prototype,
            outcome.gate.moonshot,
            outcome.verdict,
        ]
        for outcome in run.outcomes
    ]
    yield from _table(["goal", "what", "where", "measured", "limit", "prototype", "moonshot", "verdict"], rows)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(headings) + " |"
    yield "|" + "---|" * len(headings)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def _figures(figures: Figures) -> str:
    quartiles = f"{_number(figures.first_quartile)} to {_number(figures.third_quartile)}"
    return f"{_number(figures.median)} [{quartiles}] ({_number(figures.of_minima)})"


def _summary(timing: Timing) -> dict[str, float]:
    return {"median": timing.median, "first_quartile": timing.first_quartile, "minimum": timing.minimum}


def _number(value: float) -> str:
    """Three significant digits, and no exponent."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _time(nanoseconds: float) -> str:
    if abs(nanoseconds) < 1_000:
        return f"{nanoseconds:.0f} ns"
    if abs(nanoseconds) < 1_000_000:
        return f"{nanoseconds / 1_000:.3g} µs"
    return f"{nanoseconds / 1_000_000:.3g} ms"
