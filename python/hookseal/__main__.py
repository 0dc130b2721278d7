"""`python -m hookseal`: signs, verifies and explains deliveries without a project, and shows what hookseal does.

The exit code says how it ended: 0 done, 1 it failed, 2 wrong words, 3 a delivery is refused, 130 interrupted. What a
task needs is imported when it runs, so that `--help` is quick.
"""

from __future__ import annotations

import io
import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hookseal.management.ending import orderly

if TYPE_CHECKING:
    from hookseal.management.answer import Answer

__all__ = ["TASKS", "main"]

TASKS: MappingProxyType[str, tuple[str, str]] = MappingProxyType(
    {
        "demo": ("hookseal.shell.demo", "see genuine, forged, stale and replayed deliveries judged"),
        "sign": ("hookseal.shell.sign", "sign a delivery as its provider would"),
        "verify": ("hookseal.shell.verify", "judge a request in a .http file"),
        "explain": ("hookseal.shell.explain", "say why a request in a .http file is refused"),
        "providers": ("hookseal.management.tasks.providers", "list the catalog of providers"),
    }
)
"""Every task by its word, in the order in which `--help` lists them: its module, and what it does."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one task, and print its answer, as text or as JSON.

    Args:
        arguments: the words of the command line; those of this process where left out.

    Returns:
        The exit code.

    Raises:
        SystemExit: the words are wrong, or somebody ended it.
    """
    with orderly():
        words = vars(_parsed(sys.argv[1:] if arguments is None else arguments))
        answer = _answer(words)
        if answer is None:
            return 1
        if isinstance(sys.stdout, io.TextIOWrapper):
            # The body of a request is the same on every system.
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        sys.stdout.write(f"{json.dumps(answer.facts, indent=2)}\n" if words["json"] else answer.printed)
    return answer.code


def _parsed(arguments: Sequence[str]) -> Any:
    own_name = Path(sys.argv[0]).stem == "hookseal"
    parser = ArgumentParser(
        prog="hookseal" if own_name else "python -m hookseal",
        description="Sign, verify and explain webhooks, without a project. In a project: manage.py webhooks",
    )
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    for name, (module, purpose) in TASKS.items():
        words = tasks.add_parser(name, help=purpose)
        if name in arguments[:1]:
            task = import_module(module)
            words.description = task.__doc__
            task.add_words(words)
            words.add_argument("--json", action="store_true", help="answer as JSON")
    return parser.parse_args(arguments)


def _answer(words: Mapping[str, Any]) -> Answer | None:
    """Run a task; where it cannot be done, say so on stderr."""
    from django.core.management.base import CommandError  # noqa: PLC0415 - see the top

    module, _ = TASKS[words["task"]]
    answer: Answer
    try:
        answer = import_module(module).run(words)
    except CommandError as error:
        sys.stderr.write(f"{error}\n")
        return None
    return answer


if __name__ == "__main__":
    sys.exit(main())
