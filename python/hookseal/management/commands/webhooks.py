"""`manage.py webhooks`: what the owner of a site does by hand.

`forget ALIAS ID` lets a delivery through once more, after a deliberate redelivery; `prune` removes from the database
what is past its retention.
"""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hookseal._engine import event_key
from hookseal.conf import Endpoint, aliases, endpoint
from hookseal.findings import nearest
from hookseal.replay.database.store import DatabaseStore


class Command(BaseCommand):
    """Parses the words, does the task, and says what it did, as a sentence or as JSON."""

    help = "Forget a delivery, so that it is handled again; prune the database store."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the tasks and their words."""
        tasks = parser.add_subparsers(dest="task", required=True)
        forget = tasks.add_parser("forget", help="let a delivery through once more")
        forget.add_argument("alias", help="the endpoint")
        forget.add_argument("id", help="the event id; or, where the sender signs none, the 64 digits of the log line")
        prune = tasks.add_parser("prune", help="remove from the database store what is past its retention")
        for task in (forget, prune):
            task.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *, task: str, **words: Any) -> None:
        """Do one task.

        Raises:
            CommandError: the endpoint is unknown or remembers nothing, or nothing is known of the delivery.
        """
        answer, sentence = _forget(words["alias"], words["id"]) if task == "forget" else _prune()
        self.stdout.write(json.dumps(answer) if words["json"] else self.style.SUCCESS(sentence))


def _forget(alias: str, identifier: str) -> tuple[dict[str, Any], str]:
    known = _known(alias)
    if known.protection is None or known.record is None:
        raise CommandError(f'"{alias}" remembers no deliveries: see REPLAY, and `manage.py check`.')
    is_digest = re.fullmatch("[0-9a-f]{64}", identifier) is not None
    key = bytes.fromhex(identifier) if is_digest else event_key(alias, known.record.name, identifier)
    if not known.protection.store.forget(key):
        raise CommandError(f'"{alias}" knows nothing of {identifier!a}: it would be handled anyway.')
    return {"endpoint": alias, "forgotten": identifier}, f"{alias}: {identifier!a} is handled when it comes again."


def _known(alias: str) -> Endpoint:
    if alias not in aliases():
        raise CommandError(f"HOOKSEAL has no endpoint {alias!a}. {nearest(alias, aliases())}")
    return endpoint(alias)


def _prune() -> tuple[dict[str, Any], str]:
    protections = [known.protection for known in map(endpoint, aliases()) if known.protection is not None]
    stores = {id(each.store): each.store for each in protections if isinstance(each.store, DatabaseStore)}
    if not stores:
        raise CommandError('No endpoint uses the store "database": there is nothing to prune.')
    removed = sum(store.prune() for store in stores.values())
    return {"removed": removed}, f"{removed} deliveries removed."
