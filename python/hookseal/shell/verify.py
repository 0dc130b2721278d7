"""Judge a request in a .http file: whether it is a genuine delivery, and if not, why, and what can be done.

The exit code is 0 where it is accepted, 3 where it is refused. Everything is judged but the transport and replays.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hookseal.management.answer import Answer
from hookseal.management.tasks.verify import read_http
from hookseal.management.verdicts import tell
from hookseal.shell.colours import GREEN, RED, painted
from hookseal.shell.subject import add_subject_words, configured_endpoint

__all__ = ["add_request_words", "add_words", "run"]


def add_words(parser: ArgumentParser) -> None:
    """Name the request, the provider and the clock."""
    add_request_words(parser)
    parser.add_argument(
        "--now",
        choices=["received", "now"],
        default="received",
        help="judge its time as of when it was received (a comment of the file says so), or as of now",
    )


def add_request_words(parser: ArgumentParser) -> None:
    """Name the request, and all that an endpoint would say."""
    parser.add_argument("request", metavar="REQUEST", help="a .http file, or - for stdin")
    add_subject_words(parser, what="verify with this secret, or public key; several may be named")
    parser.add_argument("--topic", action="append", default=[], metavar="ARN", help="a topic that may send (SNS)")
    parser.add_argument("--tolerance", type=_seconds, metavar="SECONDS", help="how far its time may lie from the clock")


def run(words: Mapping[str, Any]) -> Answer:
    """Judge it.

    Raises:
        CommandError: the file holds no request, or the provider, its secrets or options are wrong.
    """
    captured = read_http(words["request"])
    answer = tell(captured, configured_endpoint(words), now=time.time() if words["now"] == "now" else None)
    verdict, gap, rest = answer.text.partition("  ")
    return replace(answer, text=painted(verdict, RED if answer.code else GREEN) + gap + rest)


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ArgumentTypeError("a number of seconds is due")
    return int(text)
