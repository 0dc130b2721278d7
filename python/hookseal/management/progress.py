"""One line on stderr that tells how far a long task is; nothing is written where stderr is no terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

__all__ = ["progress"]

T = TypeVar("T")


def progress(items: Iterable[T], total: int, what: str, stream: TextIO | None = None) -> Iterator[T]:
    """Hand the items on one by one, and show how many there were of how many.

    The line is drawn at most ten times a second, fits on 80 columns, and is gone when the items are, or when the loop
    is left: what a task prints is the same with and without it.

    Args:
        items: what a task goes through.
        total: how many they are; what is 0 is not shown.
        what: what they are, in the plural: "deliveries".
        stream: where the line is drawn; stderr where left out.
    """
    line = _Line(total, what, sys.stderr if stream is None else stream)
    try:
        for done, item in enumerate(items):
            line.draw(done)
            yield item
    finally:
        line.clear()


_WIDTH = 30
_PAUSE_SECONDS = 0.1
_CLEAR = "\r\x1b[2K"


class _Line:
    """The line; knows when it was drawn last."""

    def __init__(self, total: int, what: str, stream: TextIO) -> None:
        self._total = total
        self._what = what
        self._stream = stream
        self._is_shown = total > 0 and stream.isatty() and os.environ.get("TERM") != "dumb"
        self._drawn = -_PAUSE_SECONDS

    def draw(self, done: int) -> None:
        now = time.monotonic()
        if not self._is_shown or now - self._drawn < _PAUSE_SECONDS:
            return
        self._drawn = now
        share = min(done / self._total, 1.0)
        bar = ("#" * round(share * _WIDTH)).ljust(_WIDTH, "-")
        self._stream.write(f"{_CLEAR}[{bar}] {share:4.0%}  {done} of {self._total} {self._what}"[: len(_CLEAR) + 79])
        self._stream.flush()

    def clear(self) -> None:
        if self._is_shown and self._drawn >= 0:
            self._stream.write(_CLEAR)
            self._stream.flush()
