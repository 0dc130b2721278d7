"""The benchmark: `python -m benches` from the root of the checkout, or `make bench`.

Writes benches/results/latest.json and latest.md and prints the page; with --publish also docs/benchmarks.md. With
--gate the exit status is 1 if a gate fails.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from benches import contenders, django_rows, django_site, explaining, machine, public_keys, report, store_rows
from benches.gates import EXPLAIN, PUBLIC_KEYS, Results, outcomes
from benches.measure import CHUNK_NS, LONG_CHUNK_NS, ROUNDS, Contender, Timings, timed
from benches.messages import ACCENTED, SIZES, body_of
from tests.backends import Missing

RESULTS = Path(__file__).resolve().parent / "results"
PUBLISHED = RESULTS.parent.parent / "docs" / "benchmarks.md"
SHORT_ROUNDS = 11


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write and print; the return value is the exit status."""
    parser = argparse.ArgumentParser(prog="benches", description="Hookseal against hand-written checks and the SDKs.")
    parser.add_argument("--gate", action="store_true", help="exit with 1 if a gate fails")
    parser.add_argument("--short", action="store_true", help=f"{SHORT_ROUNDS} rounds: to see that it runs")
    parser.add_argument("--stores", action="store_true", help="only the replay stores; nothing is kept")
    parser.add_argument("--publish", action="store_true", help="put the page into the documentation")
    options = parser.parse_args(arguments)
    django_site.configure()
    rounds = SHORT_ROUNDS if options.short else ROUNDS
    if options.stores:
        print("\n".join(report.of_stores(stores(rounds))))
        return 0
    facts = machine.facts() | {"load before": machine.load()}
    results = measured(rounds)
    facts |= {"load after": machine.load()}
    run = report.Run(facts, rounds, results, outcomes(results))
    write(run)
    if options.publish:
        PUBLISHED.write_text(report.as_markdown(run), encoding="utf-8")
    failed = [outcome for outcome in run.outcomes if outcome.verdict == "FAIL"]
    return 1 if failed and options.gate else 0


def measured(rounds: int) -> Results:
    """Time every group, one after the other; messages are signed when their group begins, so that none gets stale."""
    results: dict[str, Timings] = {}
    bodies = {size: body_of(length) for size, length in SIZES.items()}
    bodies[ACCENTED] = body_of(SIZES["2 MB"], "\u00e9")
    for size, body in bodies.items():
        results[size] = group(size, contenders.of_body(body), rounds)
    results["basic"] = group("basic", contenders.of_basic_auth(), rounds)
    results[PUBLIC_KEYS] = group(PUBLIC_KEYS, public_keys.of_public_keys(), rounds)
    results[EXPLAIN] = group(EXPLAIN, explaining.of_explaining(bodies["2 KB"]), rounds, LONG_CHUNK_NS)
    for name, middleware in django_site.MIDDLEWARES.items():
        results[name] = group(name, django_rows.whole_requests(middleware), rounds, LONG_CHUNK_NS)
    results["direct"] = group("direct", django_rows.direct_calls(), rounds)
    loop = asyncio.new_event_loop()
    results["async"] = group("async", django_rows.async_calls(loop), rounds)
    loop.close()
    return {**results, **stores(rounds)}


def stores(rounds: int) -> Results:
    """Time the replay stores, one server after the other; what is not installed is left out, and named."""
    found = {name: of_server(name, rounds) for name in store_rows.ROWS}
    return {name: timings for name, timings in found.items() if timings is not None}


def of_server(name: str, rounds: int) -> Timings | None:
    """Time the replay stores over one server; None where it is not installed."""
    try:
        with store_rows.ROWS[name]() as members:
            return group(name, members, rounds, LONG_CHUNK_NS)
    except Missing as missing:
        print(f"{name}: left out, {missing}", file=sys.stderr)
        return None


def group(name: str, members: Sequence[Contender], rounds: int, chunk_ns: int = CHUNK_NS) -> Timings:
    """Time the members of one group."""
    print(f"{name}: {len(members)} contenders, all proven", file=sys.stderr)
    return timed(members, rounds, chunk_ns)


def write(run: report.Run) -> None:
    """Keep the run's two files and print the page."""
    RESULTS.mkdir(exist_ok=True)
    page = report.as_markdown(run)
    (RESULTS / "latest.json").write_text(report.as_json(run), encoding="utf-8")
    (RESULTS / "latest.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    sys.exit(main())
