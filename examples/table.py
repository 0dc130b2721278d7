"""How the demo prints: one table of verdicts and one line of progress; colours only on a terminal that wants them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from deliveries import Verdict

HEADINGS = ("", "SERVER", "SENDER", "DELIVERY", "EXPECTED", "GOT", "REASON IN THE LOG")
GREEN, RED, BOLD, DIM = "32", "31", "1", "2"


@dataclass(frozen=True)
class Row:
    """What one delivery must get, and what it got."""

    server: str
    sender: str
    what: str
    expected: Verdict
    got: Verdict

    @property
    def right(self) -> bool:
        """Whether status and reason are both the expected ones."""
        return self.expected == self.got

    def cells(self) -> tuple[str, ...]:
        """The texts of the table's columns."""
        mark = "ok" if self.right else "WRONG"
        got = str(self.got.status)
        return mark, self.server, self.sender, self.what, str(self.expected), got, self.got.reason or "-"


def print_table(rows: Sequence[Row]) -> None:
    """Print every row, and one sentence that says whether all are right."""
    cells = [row.cells() for row in rows]
    widths = [max(len(line[column]) for line in [HEADINGS, *cells]) for column in range(len(HEADINGS))]
    print(_painted(_line(HEADINGS, widths), BOLD))
    for row, line in zip(rows, cells, strict=True):
        mark, rest = _line(line, widths)[: widths[0]], _line(line, widths)[widths[0] :]
        print(_painted(mark, GREEN if row.right else RED) + (rest if row.right else _painted(rest, RED)))
    wrong = sum(not row.right for row in rows)
    refused = sum(row.got.status != 200 for row in rows)
    summary = f"{len(rows)} deliveries: {len(rows) - refused} accepted, {refused} refused, {wrong} wrong."
    print("\n" + _painted(summary, RED if wrong else GREEN))


def print_progress(text: str) -> None:
    """Replace the line of progress; "" removes it. Silent where the output is no terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[2K{_painted(text, DIM)}", end="", file=sys.stderr, flush=True)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _painted(text: str, colour: str) -> str:
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"
