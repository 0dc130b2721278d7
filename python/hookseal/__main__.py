"""`python -m hookseal`: signs, verifies and explains deliveries without a project, and shows what hookseal does.

The exit code says how it ended: 0 done, 1 it failed, 2 wrong words, 3 a delivery is refused, 130 interrupted.
"""

from __future__ import annotations

import io
import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

from django.core.management.base import CommandError

from hookseal.management.answer import Task
from hookseal.management.ending import orderly
from hookseal.management.tasks import providers
from hookseal.shell import demo, sign, verify

__all__ = ["TASKS", "main"]

TASKS: MappingProxyType[str, Task] = MappingProxyType(
    {"demo": demo, "sign": sign, "verify": verify, "providers": providers}
)
"""Every task by its word, in the order in which `--help` lists them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one task, and print its answer, as text or as JSON.

    Args:
        arguments: the words of the command line; those of this process where left out.

    Returns:
        The exit code.

    Raises:
        SystemExit: the words are wrong, or somebody ended it.
    """
    words = vars(_parser().parse_args(arguments))
    with orderly():
        try:
            answer = TASKS[words["task"]].run(words)
        except CommandError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        if isinstance(sys.stdout, io.TextIOWrapper):
            # The body of a request is the same on every system.
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        sys.stdout.write(f"{json.dumps(answer.facts, indent=2)}\n" if words["json"] else answer.printed)
    return answer.code


def _parser() -> ArgumentParser:
    own_name = Path(sys.argv[0]).stem == "hookseal"
    parser = ArgumentParser(
        prog="hookseal" if own_name else "python -m hookseal",
        description="Sign, verify and explain webhooks, without a project. In a project: manage.py webhooks",
    )
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    for name, task in TASKS.items():
        words = tasks.add_parser(name, help=task.HELP, description=task.__doc__)
        task.add_words(words)
        words.add_argument("--json", action="store_true", help="answer as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
