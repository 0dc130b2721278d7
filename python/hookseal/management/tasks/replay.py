"""`webhooks replay ID`: sends a captured delivery to its view once more, in this process, and keeps what comes of it.

The exit code says whether the sender would count it as delivered: 0 for a status of 2xx, else 3.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from hookseal.management.answer import Answer
from hookseal.management.kept import kept_row, reading
from hookseal.management.verdicts import REFUSED
from hookseal.requests import safe_text

__all__ = ["HELP", "add_words", "run"]

HELP = "send a captured delivery to its view again"


def add_words(parser: ArgumentParser) -> None:
    """Name the delivery."""
    parser.add_argument("id", type=int, metavar="ID", help="its number, as in the log and in `webhooks list`")
    parser.add_argument(
        "--resign", action="store_true", help="sign it afresh, with the endpoint's secret and the present time"
    )


def run(words: Mapping[str, Any]) -> Answer:
    """Send it.

    Raises:
        CommandError: there is none of that number; it cannot be sent, or not be signed; the site refuses to serve.
    """
    row = kept_row(words["id"])
    from hookseal.inspector.exports import facts_of  # noqa: PLC0415 - only an installed app has models
    from hookseal.inspector.replays import replay  # noqa: PLC0415 - likewise

    try:
        with reading():
            came = replay(row, resign=words["resign"])
    except ValueError as error:
        raise CommandError(f"Delivery {row.pk} cannot be sent again: {error}.") from None
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None
    facts = facts_of(came.delivery)
    status = came.response.status_code
    return Answer(facts, _text(facts, resign=words["resign"]), 0 if 200 <= status <= 299 else REFUSED)  # noqa: PLR2004


def _text(facts: Mapping[str, Any], *, resign: bool) -> str:
    verdict = f"{facts['verdict']} [{facts['reason']}]" if facts["reason"] else facts["verdict"]
    lines = [f"delivery {facts['id']}, a replay of {facts['replay_of']}: {verdict}, answered {facts['status']}"]
    if facts["sentence"]:
        lines.append(f"  {facts['sentence']}")
    if facts["verdict"] == "duplicate" and facts["event_id"]:
        known = f"manage.py webhooks forget {safe_text(facts['endpoint'])} {safe_text(facts['event_id'], 200)}"
        lines.append(f"  It is handled once more after: {known}")
    elif facts["reason"] == "stale" and not resign:
        lines.append("  --resign signs it afresh.")
    return "\n".join(lines)
