"""What differs between two deliveries: line by line, after redaction, bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

__all__ = ["MOST_LINES", "Line", "difference"]

MOST_LINES = 1500
"""Texts of more lines are compared up to here: the comparison takes their product."""

_CONTEXT = 3


@dataclass(frozen=True)
class Line:
    """One line of a comparison.

    Attributes:
        sign: "+" only in the new text, "-" only in the old one, " " in both, "…" for lines left out that are in both.
        text: the line.
    """

    sign: str
    text: str


def difference(old: str, new: str) -> tuple[Line, ...]:
    """Compare two texts, with three lines around each change; empty: no line differs."""
    before, after = old.split("\n")[:MOST_LINES], new.split("\n")[:MOST_LINES]
    groups = list(SequenceMatcher(None, before, after, autojunk=True).get_grouped_opcodes(_CONTEXT))
    return tuple(_lines(groups, before, after))


def _lines(
    groups: Iterable[Sequence[tuple[str, int, int, int, int]]], before: Sequence[str], after: Sequence[str]
) -> Iterator[Line]:
    for number, group in enumerate(groups):
        if number:
            yield Line("…", "")
        for tag, first, last, new_first, new_last in group:
            if tag == "equal":
                yield from (Line(" ", text) for text in before[first:last])
                continue
            yield from (Line("-", text) for text in before[first:last])
            yield from (Line("+", text) for text in after[new_first:new_last])
