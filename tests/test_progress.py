"""The line that tells how far a long task is: on a terminal alone, and gone when the task is done."""

from __future__ import annotations

from io import StringIO

import pytest
import time_machine

from hookseal.management.progress import progress


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture
def slow(monkeypatch):
    """Let each look at the clock be a second after the one before."""
    moments = iter(range(1000))
    monkeypatch.setattr("hookseal.management.progress.time.monotonic", lambda: float(next(moments)))


def test_what_is_handed_on_is_what_was_given(slow):
    """All items, in their order."""
    assert ["a", "b"] == list(progress(["a", "b"], 2, "deliveries", Terminal()))


def test_a_terminal_sees_how_far_it_is(slow):
    """A bar, a share and a count, drawn over each other, and in the end nothing."""
    terminal = Terminal()
    for _ in progress(range(4), 4, "deliveries", terminal):
        pass
    lines = terminal.getvalue().split("\r\x1b[2K")
    assert ["", f"[{'-' * 30}]   0%  0 of 4 deliveries"] == lines[:2]
    assert f"[{'#' * 15}{'-' * 15}]  50%  2 of 4 deliveries" == lines[3]
    assert "" == lines[-1]


def test_what_is_no_terminal_sees_nothing(slow, monkeypatch):
    """A file, a pipe, or a terminal that cannot erase a line."""
    file, dumb = StringIO(), Terminal()
    list(progress(range(4), 4, "deliveries", file))
    monkeypatch.setenv("TERM", "dumb")
    list(progress(range(4), 4, "deliveries", dumb))
    assert "" == file.getvalue() == dumb.getvalue()


def test_the_line_goes_where_the_loop_is_left(slow):
    """By an error, or by Ctrl-C."""
    terminal = Terminal()
    items = progress(range(4), 4, "deliveries", terminal)
    next(items)
    items.close()
    assert terminal.getvalue().endswith("\r\x1b[2K")


def test_the_line_fits_on_a_narrow_terminal(slow):
    """A line that is broken in two cannot be drawn over."""
    terminal = Terminal()
    list(progress(range(2), 2, "x" * 200, terminal))
    assert 79 == max(map(len, terminal.getvalue().split("\r\x1b[2K")))


@time_machine.travel(1_790_000_000, tick=False)
def test_many_items_cost_few_drawings():
    """At most ten a second, however fast the items come."""
    terminal = Terminal()
    list(progress(range(10_000), 10_000, "deliveries", terminal))
    assert terminal.getvalue().count("deliveries") < 10_000 / 10


def test_nothing_to_do_draws_nothing(slow):
    """There is no share of nothing."""
    terminal = Terminal()
    assert [] == list(progress([], 0, "deliveries", terminal))
    assert "" == terminal.getvalue()
