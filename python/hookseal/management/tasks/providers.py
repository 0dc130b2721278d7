"""`webhooks providers`: who is in the catalog."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from hookseal._engine import Record, provider_names
from hookseal.management.answer import Answer, columns

__all__ = ["HELP", "add_words", "run"]

HELP = "list the catalog of providers"


def add_words(parser: ArgumentParser) -> None:
    """Take no words."""


def run(words: Mapping[str, Any]) -> Answer:  # noqa: ARG001 - as every task
    """List them, by name."""
    records = [Record.named(name) for name in provider_names()]
    rows = [(each.name, each.title, "/".join(each.aliases), each.docs) for each in records]
    return Answer([_facts(each) for each in records], columns(rows))


def _facts(record: Record) -> dict[str, Any]:
    return {
        "provider": record.name,
        "title": record.title,
        "aliases": list(record.aliases),
        "docs": record.docs,
        "grade": record.grade,
        "body_authenticated": record.body_authenticated,
        "tolerance": record.tolerance,
        "retry": record.retry,
        "shares_secret": record.shares_secret,
    }
