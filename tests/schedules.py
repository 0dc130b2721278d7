"""Every order in which threads can take their steps: real threads, of which one runs at a time, as the explorer says.

A step is an opcode or a line of the modules under test, found by tracing, or whatever calls `step`. Each order is run
from the start; after it, the last choice that had an alternative takes the next one, until none is left.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Semaphore, Thread, local
from types import CodeType, FrameType
from typing import Any

from django.core.cache.backends.locmem import LocMemCache

__all__ = ["SteppedCache", "SteppedLock", "Trial", "orders", "step"]

Program = Callable[[], object]


@dataclass
class Trial:
    """One order of the steps.

    Attributes:
        results: what each program gave back, by its name; the exception, where it raised one.
        choices: how many alternatives there were at each step, and which one was taken.
    """

    results: dict[str, object] = field(default_factory=dict)
    choices: list[tuple[int, int]] = field(default_factory=list)


def orders(
    prepare: Callable[[], Mapping[str, Program]],
    *,
    traced: Sequence[str] = (),
    opcodes: bool = False,
    preemptions: int | None = None,
    sections: bool = False,
) -> Iterator[Trial]:
    """Run programs in every order of their steps.

    Args:
        prepare: makes the programs anew, and what they share.
        traced: the files whose lines are steps.
        opcodes: whether their opcodes are, too.
        preemptions: how often a thread may be interrupted that could go on; None: always.
        sections: whether all that is done under a lock is one step. No order is lost by that as long as what is shared
            is touched under that lock alone, which `SteppedLock.guard` watches over.
    """
    prefix: list[int] = []
    while True:
        trial = _Conductor(prefix, frozenset(traced), preemptions, opcodes=opcodes, sections=sections).run(prepare())
        yield trial
        choices = trial.choices
        while choices and choices[-1][1] + 1 == choices[-1][0]:
            choices.pop()
        if not choices:
            return
        prefix = [taken for _, taken in choices[:-1]] + [choices[-1][1] + 1]


def step() -> None:
    """Let the explorer decide who goes on; nothing happens outside of a trial."""
    player = getattr(_current, "player", None)
    if player is not None:
        player.conductor.decide(player)


class SteppedLock:
    """A lock of which the explorer knows who holds it. To take it is a step only where another one holds it."""

    def __init__(self) -> None:
        self.holder: _Player | None = None

    def __enter__(self) -> None:
        player = getattr(_current, "player", None)
        if player is not None:
            player.waits_for = self
            while self.holder is not None:
                step()
            player.waits_for = None
            player.holds = True
        self.holder = player

    def __exit__(self, *_: object) -> None:
        if self.holder is not None:
            self.holder.holds = False
        self.holder = None

    def guard(self) -> dict[Any, Any]:
        """Make a dict that nobody may touch without holding the lock."""

        def watched(name: str) -> Callable[..., Any]:
            def touch(*args: Any) -> Any:
                assert self.holder is getattr(_current, "player", None), "touched without the lock"
                return getattr(dict, name)(*args)

            return touch

        return type("Guarded", (dict,), {name: watched(name) for name in _TOUCHES})()


class SteppedCache(LocMemCache):
    """A cache in memory of which every command is a step."""

    def add(self, *args: Any, **options: Any) -> bool:
        """Add, where no key is."""
        step()
        return super().add(*args, **options)

    def get(self, *args: Any, **options: Any) -> Any:
        """Look up."""
        step()
        return super().get(*args, **options)

    def set(self, *args: Any, **options: Any) -> None:
        """Write."""
        step()
        super().set(*args, **options)

    def delete(self, *args: Any, **options: Any) -> bool:
        """Remove."""
        step()
        return super().delete(*args, **options)


class _Conductor:
    """Runs one trial: the first choices are given, after them the one that runs goes on."""

    def __init__(
        self, prefix: Sequence[int], traced: frozenset[str], preemptions: int | None, *, opcodes: bool, sections: bool
    ) -> None:
        self._prefix, self._traced, self._opcodes, self._sections = prefix, traced, opcodes, sections
        self._preemptions = sys.maxsize if preemptions is None else preemptions
        self._trial = Trial()
        self._players: list[_Player] = []
        self._over = Semaphore(0)

    def run(self, programs: Mapping[str, Program]) -> Trial:
        self._players = [_Player(self, name, program) for name, program in programs.items()]
        for player in self._players:
            player.start()
        self._pass_on(None, self._players)
        self._over.acquire()
        for player in self._players:
            player.join()
        return self._trial

    def decide(self, player: _Player) -> None:
        """Choose who goes on; the one that runs comes first, unless it waits."""
        others = [each for each in self._players if each is not player and each.can_run()]
        if not player.can_run():
            self._pass_on(player, others)
        elif others and self._preemptions:
            self._pass_on(player, [player, *others])

    def leave(self, player: _Player, result: object) -> None:
        """Take a program's result, and let another go on."""
        self._trial.results[player.name] = result
        player.is_over = True
        rest = [each for each in self._players if each.can_run()]
        if rest:
            self._pass_on(None, rest)
        else:
            self._over.release()

    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        """Find the steps of the files under test."""
        if event == "call":
            if not self._is_traced(frame.f_code):
                return None
            frame.f_trace_opcodes = self._opcodes
        elif event in {"line", "opcode"} and not (self._sections and _current.player.holds):
            step()
        return self.trace

    def _is_traced(self, code: CodeType) -> bool:
        return code.co_filename in self._traced

    def _pass_on(self, player: _Player | None, candidates: list[_Player]) -> None:
        number = len(self._trial.choices)
        taken = self._prefix[number] if number < len(self._prefix) else 0
        self._trial.choices.append((len(candidates), taken))
        chosen = candidates[taken]
        if chosen is player:
            return
        if player in candidates:
            self._preemptions -= 1
        chosen.turn.release()
        if player is not None:
            player.turn.acquire()


class _Player(Thread):
    """One program of a trial."""

    def __init__(self, conductor: _Conductor, name: str, program: Program) -> None:
        super().__init__(name=name, daemon=True)
        self.conductor, self._program = conductor, program
        self.turn = Semaphore(0)
        self.waits_for: SteppedLock | None = None
        self.holds = False
        self.is_over = False

    def can_run(self) -> bool:
        return not self.is_over and (self.waits_for is None or self.waits_for.holder is None)

    def run(self) -> None:
        _current.player = self
        self.turn.acquire()
        sys.settrace(self.conductor.trace)
        result: object
        try:
            result = self._program()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the program's result
            result = error
        sys.settrace(None)
        self.conductor.leave(self, result)


_current = local()
_TOUCHES = ("__getitem__", "__setitem__", "__delitem__", "__contains__", "__iter__", "__len__", "get", "pop", "items")
