"""`webhooks prune`: removes from the database what is past its retention."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from hookseal.conf import aliases, endpoint
from hookseal.management.answer import Answer
from hookseal.management.kept import is_installed, reading
from hookseal.replay.database.store import DatabaseStore

__all__ = ["HELP", "add_words", "run"]

HELP = "remove from the database store and the inspector what is past its retention"


def add_words(parser: ArgumentParser) -> None:
    """Take no words."""


def run(words: Mapping[str, Any]) -> Answer:  # noqa: ARG001 - as every task
    """Prune every database store, each once, and what the inspector has kept.

    Raises:
        CommandError: no endpoint uses such a store, and there is no inspector; or its table cannot be read.
    """
    protections = [known.protection for known in map(endpoint, aliases()) if known.protection is not None]
    stores = {id(each.store): each.store for each in protections if isinstance(each.store, DatabaseStore)}
    if not stores and not is_installed():
        raise CommandError('No endpoint uses the store "database": there is nothing to prune.')
    removed = sum(store.prune() for store in stores.values())
    facts, lines = {"removed": removed}, [f"{removed} deliveries removed."] if stores else []
    if is_installed():
        facts["captured_removed"] = _prune_captured()
        lines.append(f"{facts['captured_removed']} captured deliveries removed.")
    return Answer(facts, "\n".join(lines))


def _prune_captured() -> int:
    from hookseal.inspector.recorder import prune  # noqa: PLC0415 - only an installed app has models

    with reading():
        return prune()
