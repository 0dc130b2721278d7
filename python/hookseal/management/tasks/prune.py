"""`webhooks prune`: removes from the database what is past its retention."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from hookseal.conf import aliases, endpoint
from hookseal.management.answer import Answer
from hookseal.replay.database.store import DatabaseStore

__all__ = ["HELP", "add_words", "run"]

HELP = "remove from the database store what is past its retention"


def add_words(parser: ArgumentParser) -> None:
    """Take no words."""


def run(words: Mapping[str, Any]) -> Answer:  # noqa: ARG001 - as every task
    """Prune every database store, each once.

    Raises:
        CommandError: no endpoint uses one.
    """
    protections = [known.protection for known in map(endpoint, aliases()) if known.protection is not None]
    stores = {id(each.store): each.store for each in protections if isinstance(each.store, DatabaseStore)}
    if not stores:
        raise CommandError('No endpoint uses the store "database": there is nothing to prune.')
    removed = sum(store.prune() for store in stores.values())
    return Answer({"removed": removed}, f"{removed} deliveries removed.")
