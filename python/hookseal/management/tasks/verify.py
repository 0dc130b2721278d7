"""`webhooks verify`: what the present settings would make of captured deliveries, before they make it of real ones.

Each is judged at the moment when it was received, in every respect but rates and replays, and nothing is changed. The
exit code says what came of it: 0 it is accepted, 3 it is refused; with `--all-captured`, 3 says that deliveries would
be refused which were accepted.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from hookseal.captured import Captured, from_http
from hookseal.conf import aliases, endpoint
from hookseal.management.answer import Answer, columns, known_endpoint
from hookseal.management.kept import kept_row, kept_rows, reading
from hookseal.management.progress import progress
from hookseal.management.verdicts import REFUSED, tell

if TYPE_CHECKING:
    from hookseal.inspector.models import Delivery

__all__ = ["HELP", "add_words", "named", "read_http", "run"]

HELP = "judge captured deliveries by the present settings"


def add_words(parser: ArgumentParser) -> None:
    """Name what is judged: one delivery of the inspector, a file, or all that was captured."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", type=int, metavar="ID", help="a delivery that the inspector has captured")
    which.add_argument("--file", metavar="FILE", help="a request in a .http file, or - for stdin")
    which.add_argument(
        "--all-captured", nargs="?", const="", metavar="ENDPOINT", help="every captured delivery, or those of one"
    )
    parser.add_argument("--endpoint", metavar="ALIAS", help="judge it for this endpoint, whatever it was sent to")


def run(words: Mapping[str, Any]) -> Answer:
    """Judge it.

    Raises:
        CommandError: there is no such delivery, file or endpoint; the inspector is not installed; what was kept of the
            delivery is not all of it.
    """
    if words["all_captured"] is not None:
        return _try_all(words["all_captured"])
    if words["file"] is not None:
        captured = read_http(words["file"])
        return tell(captured, known_endpoint(named(captured.endpoint, words["endpoint"])))
    row = kept_row(words["id"])
    known = known_endpoint(named(row.endpoint, words["endpoint"]))
    if row.is_cut and known.reads_body:
        raise CommandError(
            f"Of delivery {row.pk} not the whole body was kept, so nothing can be said of its signature."
        )
    answer = tell(row.captured(), known, address=row.address)
    if answer.code == REFUSED:
        return replace(answer, text=f"{answer.text}\n  Why: manage.py webhooks explain {row.pk}")
    return answer


def read_http(file: str) -> Captured:
    """Read a request from a `.http` file, or from stdin.

    Raises:
        CommandError: it cannot be read, or holds none.
    """
    try:
        return from_http(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    except (OSError, ValueError) as error:
        raise CommandError(f"{file} holds no request: {error}") from None


def named(sent_to: str, wanted: str | None) -> str:
    """Choose the endpoint that a request is judged for: the one that is wanted, else the one it was sent to.

    Raises:
        CommandError: neither is known.
    """
    if not (wanted or sent_to):
        raise CommandError("Nothing says which endpoint this was sent to: name it with --endpoint ALIAS.")
    return wanted or sent_to


_MOST_NAMED = 10
_ACCEPTED = frozenset({"accepted", "duplicate", "handshake"})


@dataclass
class _Tried:
    """What came of the deliveries of one endpoint."""

    before: int = 0
    now: int = 0
    judged: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    newly_refused: list[tuple[int, str]] = field(default_factory=list)
    newly_accepted: list[int] = field(default_factory=list)

    def facts(self, alias: str) -> dict[str, Any]:
        return {
            "endpoint": alias,
            "judged": self.judged,
            "accepted_before": self.before,
            "accepted_now": self.now,
            "newly_refused": [{"id": number, "reason": reason} for number, reason in self.newly_refused],
            "newly_accepted": self.newly_accepted,
            "left_out": dict(self.left_out),
        }


def _try_all(alias: str) -> Answer:
    # What was caught was judged by nobody, and what the owner sent again is no sender's delivery.
    rows = kept_rows().exclude(verdict="caught").filter(replay_of=None).order_by("endpoint", "id")
    if alias:
        rows = rows.filter(endpoint=known_endpoint(alias).alias)
    found: dict[str, _Tried] = {}
    with reading():
        for row in progress(rows.iterator(chunk_size=100), rows.count(), "deliveries"):
            _try(row, found.setdefault(row.endpoint, _Tried()))
    worse = any(each.newly_refused for each in found.values())
    facts = [each.facts(name) for name, each in found.items()]
    return Answer(facts, _summary(found), REFUSED if worse else 0)


def _try(row: Delivery, tried: _Tried) -> None:
    if row.endpoint not in aliases():
        tried.left_out["HOOKSEAL has no such endpoint"] += 1
        return
    known = endpoint(row.endpoint)
    if row.is_cut and known.reads_body:
        tried.left_out["not the whole body was kept"] += 1
        return
    answer = tell(row.captured(), known, address=row.address)
    was, is_now = row.verdict in _ACCEPTED, answer.code != REFUSED
    tried.judged += 1
    tried.before += was
    tried.now += is_now
    if was and not is_now:
        tried.newly_refused.append((row.pk, answer.facts["reason"]))
    elif is_now and not was:
        tried.newly_accepted.append(row.pk)


def _summary(found: Mapping[str, _Tried]) -> str:
    if not found:
        return "Nothing was captured."
    heads = ("ENDPOINT", "JUDGED", "ACCEPTED THEN", "NOW", "NEWLY REFUSED", "NEWLY ACCEPTED", "LEFT OUT")
    rows = [
        (
            name or "(unknown)",
            *map(str, (each.judged, each.before, each.now, len(each.newly_refused), len(each.newly_accepted))),
            ", ".join(f"{count}: {why}" for why, count in each.left_out.items()) or "0",
        )
        for name, each in found.items()
    ]
    return "\n".join([columns([heads, *rows]), *_named_rows(found)])


def _named_rows(found: Mapping[str, _Tried]) -> Iterable[str]:
    """Name the first deliveries of each endpoint that would be refused though they were accepted."""
    for name, each in found.items():
        for number, reason in each.newly_refused[:_MOST_NAMED]:
            yield f"{name}: delivery {number} would be refused [{reason}]"
        if len(each.newly_refused) > _MOST_NAMED:
            yield f"{name}: and {len(each.newly_refused) - _MOST_NAMED} more"
