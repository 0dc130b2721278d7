"""`webhooks show ID`: one captured delivery, what became of it, and why; its secrets only where they are asked for."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from hookseal.management.answer import Answer
from hookseal.management.kept import kept_row, printable
from hookseal.requests import safe_text

__all__ = ["HELP", "add_words", "run"]

HELP = "show a captured delivery, and what became of it"


def add_words(parser: ArgumentParser) -> None:
    """Name the delivery."""
    parser.add_argument("id", type=int, metavar="ID", help="its number, as in the log and in `webhooks list`")
    parser.add_argument("--reveal", action="store_true", help="show secrets and signatures in headers and URL as well")


def run(words: Mapping[str, Any]) -> Answer:
    """Show it.

    Raises:
        CommandError: there is none of that number, or the inspector is not installed.
    """
    row = kept_row(words["id"])
    from hookseal.inspector.exports import facts_of  # noqa: PLC0415 - only an installed app has models

    facts = facts_of(row, reveal=words["reveal"])
    return Answer(facts, _text(facts, bytes(row.body)))


def _text(facts: Mapping[str, Any], body: bytes) -> str:
    head = [f"delivery {facts['id']}", safe_text(facts["endpoint"]), facts["verdict"], facts["reason"]]
    lines = ["  ".join(filter(None, head))]
    lines += [f"  {name}: {text}" for name, text in _told(facts)]
    lines += ["", f"{safe_text(facts['method'])} {safe_text(facts['url'], _WIDE)}"]
    lines += [f"{safe_text(name)}: {safe_text(value, _WIDE)}" for name, value in facts["headers"]]
    lines += ["", printable(body)]
    if facts["is_cut"]:
        lines.append(f"(the first {len(body)} bytes; not the whole body was kept)")
    return "\n".join(lines).rstrip()


_WIDE = 8192


def _told(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    told = {
        "received": facts["received_at"],
        "from": safe_text(facts["address"]),
        "answered": None if facts["status"] is None else f"{facts['status']} after {facts['duration_ms']} ms",
        "why": facts["sentence"],
        "fix": facts["fix"],
        "secret": safe_text(facts["secret"]),
        "event": safe_text(facts["event_id"]),
        "signed": facts["signed_at"],
        "replay of": None if facts["replay_of"] is None else f"delivery {facts['replay_of']}",
    }
    return [(name, text) for name, text in told.items() if text]
