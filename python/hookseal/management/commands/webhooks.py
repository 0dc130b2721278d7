"""`manage.py webhooks`: what the owner of a site does by hand; each task is a module of `hookseal.management.tasks`."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from types import MappingProxyType
from typing import Any

from django.core.management.base import BaseCommand

from hookseal.management.answer import Task
from hookseal.management.ending import orderly
from hookseal.management.tasks import (
    endpoints,
    explain,
    export,
    forget,
    list_,
    providers,
    prune,
    ranges,
    replay,
    rotate,
    secret,
    send,
    show,
    sign,
    types_,
    verify,
)

__all__ = ["TASKS", "Command"]

TASKS: MappingProxyType[str, Task] = MappingProxyType(
    {
        "endpoints": endpoints,
        "providers": providers,
        "verify": verify,
        "explain": explain,
        "sign": sign,
        "send": send,
        "list": list_,
        "show": show,
        "replay": replay,
        "export": export,
        "types": types_,
        "ranges": ranges,
        "secret": secret,
        "rotate": rotate,
        "forget": forget,
        "prune": prune,
    }
)
"""Every task by its word, in the order in which `--help` lists them."""


class Command(BaseCommand):
    """Parses the words, runs the task, and prints its answer, as text or as JSON."""

    help = "See to the endpoints of HOOKSEAL: what they are, whose secrets they hold, and what they remember."
    # What helps to mend a wrong configuration must run under one.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the tasks and their words."""
        tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
        for name, task in TASKS.items():
            words = tasks.add_parser(name, help=task.HELP)
            task.add_words(words)
            words.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *, task: str, **words: Any) -> None:
        """Run one task.

        Raises:
            CommandError: it cannot be done.
            SystemExit: it was done, and its answer has an exit code of its own.
        """
        with orderly():
            answer = TASKS[task].run(words)
            text = f"{json.dumps(answer.facts, indent=2)}\n" if words["json"] else answer.printed
            self.stdout.write(text, ending="")
        if answer.code:
            sys.exit(answer.code)
