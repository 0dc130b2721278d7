"""`webhooks replay ID`: sends a captured delivery to its view once more, in this process, and keeps what comes of it.

With `--to` it goes over the wire to another place instead, such as the site on a developer's machine. The exit code
says whether the sender would count it as delivered: 0 for a status of 2xx, else 3; and 1 where nothing answered.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from hookseal.https import Unreachable, post
from hookseal.management.answer import Answer
from hookseal.management.kept import kept_row, reading
from hookseal.management.verdicts import REFUSED
from hookseal.requests import safe_text, safe_url

if TYPE_CHECKING:
    from hookseal.inspector.models import Delivery

__all__ = ["HELP", "add_words", "run"]

HELP = "send a captured delivery to its view again"


def add_words(parser: ArgumentParser) -> None:
    """Name the delivery."""
    parser.add_argument("id", type=int, metavar="ID", help="its number, as in the log and in `webhooks list`")
    parser.add_argument(
        "--resign", action="store_true", help="sign it afresh, with the endpoint's secret and the present time"
    )
    parser.add_argument(
        "--to", metavar="URL", help="send it there, over the wire; without a path, to its own path there"
    )


def run(words: Mapping[str, Any]) -> Answer:
    """Send it.

    Raises:
        CommandError: there is none of that number; it cannot be sent, or not be signed; the site refuses to serve;
            nothing answers at the URL.
    """
    row = kept_row(words["id"])
    try:
        with reading():
            if words["to"] is not None:
                return _send(row, words["to"], resign=words["resign"])
            return _replay(row, resign=words["resign"])
    except ValueError as error:
        raise CommandError(f"Delivery {row.pk} cannot be sent again: {error}.") from None
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None


# What HTTP itself writes anew, and what the proxies on the way to this site have added.
_OF_THE_WAY = ("host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect", "forwarded", "via")
_OF_PROXIES = ("x-forwarded", "x-real-ip")


def _replay(row: Delivery, *, resign: bool) -> Answer:
    from hookseal.inspector.exports import facts_of  # noqa: PLC0415 - only an installed app has models
    from hookseal.inspector.replays import replay as send_again  # noqa: PLC0415 - likewise

    came = send_again(row, resign=resign)
    facts = facts_of(came.delivery)
    return Answer(facts, _text(facts, resign=resign), _code(came.response.status_code))


def _send(row: Delivery, to: str, *, resign: bool) -> Answer:
    from hookseal.inspector.resigning import resigned  # noqa: PLC0415 - only an installed app has models

    if row.is_cut:
        raise ValueError("its body was not kept whole")
    kept, base = urlsplit(row.url), urlsplit(to)
    url = to if base.path else base._replace(path=kept.path, query=kept.query).geturl()
    captured = replace(row.captured(), url=url)
    captured = resigned(captured) if resign else captured
    headers = [pair for pair in captured.headers if not _is_of_the_way(pair[0].lower())]
    try:
        came = post(captured.url, headers, captured.body, method=captured.method)
    except Unreachable as error:
        raise CommandError(f"{safe_url(url)} did not answer: {error}.") from None
    facts = {"replay_of": row.pk, "url": safe_url(url), "status": came.status, "seconds": round(came.seconds, 3)}
    return Answer(facts, f"{safe_url(url)} answered {came.status} to delivery {row.pk}", _code(came.status))


def _is_of_the_way(name: str) -> bool:
    return name in _OF_THE_WAY or name.startswith(_OF_PROXIES)


def _code(status: int) -> int:
    return 0 if 200 <= status <= 299 else REFUSED  # noqa: PLR2004 - every success


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
