"""`webhooks list`: what the inspector has kept, the newest last, where a terminal shows it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from hookseal.management.answer import Answer, columns
from hookseal.management.kept import kept_rows, reading
from hookseal.requests import safe_text

__all__ = ["HELP", "add_words", "run"]

HELP = "list captured deliveries"


def add_words(parser: ArgumentParser) -> None:
    """Name the endpoint, and what else narrows the list."""
    parser.add_argument("endpoint", nargs="?", metavar="ENDPOINT", help="only those of one endpoint")
    parser.add_argument("--verdict", help="only those that were accepted, refused, duplicate, handshake or caught")
    parser.add_argument("--reason", metavar="CODE", help="only those that were refused for this reason")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="how many at most (20)")


def run(words: Mapping[str, Any]) -> Answer:
    """List them.

    Raises:
        CommandError: the inspector is not installed, or its table cannot be read.
    """
    rows = kept_rows().defer("body")
    for name in ("endpoint", "verdict", "reason"):
        if words[name]:
            rows = rows.filter(**{name: words[name]})
    from hookseal.inspector.exports import summary_of  # noqa: PLC0415 - only an installed app has models

    with reading():
        facts = [summary_of(row) for row in rows[: max(words["limit"], 0)]]
    return Answer(facts, _text(facts[::-1]))


def _text(facts: list[dict[str, Any]]) -> str:
    if not facts:
        return "Nothing was captured."
    heads = ("ID", "RECEIVED (UTC)", "ENDPOINT", "VERDICT", "STATUS", "MS", "BYTES", "REQUEST", "EVENT")
    return columns([heads, *map(_line, facts)])


def _line(facts: Mapping[str, Any]) -> tuple[str, ...]:
    verdict = f"{facts['verdict']} [{facts['reason']}]" if facts["reason"] else facts["verdict"]
    counts = ("" if facts[name] is None else str(facts[name]) for name in ("status", "duration_ms", "body_size"))
    request = f"{safe_text(facts['method'])} {safe_text(facts['path'])}"
    moment = facts["received_at"][:19].replace("T", " ")
    return (
        str(facts["id"]),
        moment,
        safe_text(facts["endpoint"]),
        verdict,
        *counts,
        request,
        safe_text(facts["event_id"]),
    )
