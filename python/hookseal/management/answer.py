"""What a task of `manage.py webhooks` hands back, and what a module must have to be one."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.management.base import CommandError

from hookseal.conf import Endpoint, aliases, endpoint
from hookseal.findings import nearest

__all__ = ["Answer", "Task", "columns", "known_endpoint"]


@dataclass(frozen=True)
class Answer:
    """The outcome of a task.

    Attributes:
        facts: what `--json` prints.
        text: what a person reads.
        code: the exit code; 1 is kept for what failed.
        is_file: whether the text is printed to the last byte as it is, as the body of a request has to be.
    """

    facts: Any
    text: str
    code: int = 0
    is_file: bool = False

    @property
    def printed(self) -> str:
        """The text, as it is printed."""
        return self.text if self.is_file else f"{self.text}\n"


class Task(Protocol):
    """A module of `hookseal.management.tasks`, whose name is the task's word on the command line."""

    HELP: str
    """What it does, in half a sentence."""

    def add_words(self, parser: ArgumentParser) -> None:
        """Name the words that follow the task's own."""

    def run(self, words: Mapping[str, Any]) -> Answer:
        """Do it.

        Raises:
            CommandError: it cannot be done.
        """


def known_endpoint(alias: str) -> Endpoint:
    """Find an endpoint of HOOKSEAL.

    Raises:
        CommandError: there is none of that name; the nearest one is offered.
    """
    if alias not in aliases():
        raise CommandError(f"HOOKSEAL has no endpoint {alias!a}. {nearest(alias, aliases())}")
    return endpoint(alias)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows of texts under each other, each column as wide as its longest text."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
