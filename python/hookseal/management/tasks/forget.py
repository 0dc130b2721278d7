"""`webhooks forget ALIAS ID`: lets a delivery through once more, after a deliberate redelivery."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from hookseal._engine import event_key
from hookseal.management.answer import Answer, known_endpoint

__all__ = ["HELP", "add_words", "run"]

HELP = "let a delivery through once more"


def add_words(parser: ArgumentParser) -> None:
    """Name the endpoint, and the delivery."""
    parser.add_argument("alias", help="the endpoint")
    parser.add_argument("id", help="the event id; or, where the sender signs none, the 64 digits of the log line")


def run(words: Mapping[str, Any]) -> Answer:
    """Forget it.

    Raises:
        CommandError: the endpoint is unknown or remembers nothing, or nothing is known of the delivery.
    """
    alias, identifier = words["alias"], words["id"]
    known = known_endpoint(alias)
    if known.protection is None or known.record is None:
        raise CommandError(f'"{alias}" remembers no deliveries: see REPLAY, and `manage.py check`.')
    is_digest = re.fullmatch("[0-9a-f]{64}", identifier) is not None
    key = bytes.fromhex(identifier) if is_digest else event_key(alias, known.record.name, identifier)
    if not known.protection.store.forget(key):
        raise CommandError(f'"{alias}" knows nothing of {identifier!a}: it would be handled anyway.')
    facts = {"endpoint": alias, "forgotten": identifier}
    return Answer(facts, f"{alias}: {identifier!a} is handled when it comes again.")
