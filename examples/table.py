"""How the demo prints: one table of verdicts and one line of progress; colours only on a terminal that wants them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from deliveries import ACCEPTED, HANDLED, Verdict

HEADINGS = ("", "DELIVERY", "EXPECTED", "GOT, AND THE REASON IN THE LOG")
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

    @property
    def title(self) -> str:
        """What stands above the rows of one sender at one server."""
        return f"{self.server}: {self.sender}"

    def cells(self) -> tuple[str, ...]:
        """The texts of the table's columns."""
        return "ok" if self.right else "WRONG", self.what, str(self.expected), str(self.got)


def print_table(rows: Sequence[Row]) -> None:
    """Print every row under its server and sender, and one sentence that says whether all are right."""
    cells = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(_painted(_line(HEADINGS, widths), DIM))
    for title, group in groupby(rows, key=lambda row: row.title):
        print("\n" + _painted(title, BOLD))
        for row in group:
            print(_painted_row(row, _line(row.cells(), widths), widths[0]))
    wrong = sum(not row.right for row in rows)
    refused = sum(row.got.status != ACCEPTED.status for row in rows)
    before = sum(row.got == HANDLED for row in rows)
    accepted = len(rows) - refused - before
    summary = f"{len(rows)} deliveries: {accepted} accepted, {before} handled before, {refused} refused, {wrong} wrong."
    print("\n" + _painted(summary, RED if wrong else GREEN))


def print_progress(text: str) -> None:
    """Replace the line of progress; "" removes it. Silent where the output is no terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[2K{_painted(text, DIM)}", end="", file=sys.stderr, flush=True)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _painted_row(row: Row, line: str, mark: int) -> str:
    return _painted(line[:mark], GREEN) + line[mark:] if row.right else _painted(line, RED)


def _painted(text: str, colour: str) -> str:
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"
