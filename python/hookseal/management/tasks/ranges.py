"""`webhooks ranges PROVIDER`: the addresses it says it sends from, as lines for settings and for nginx.

Nothing is fetched. Where the list changes, the answer is the command that prints it, and `--from` reads what that
printed: `curl -fsS https://api.github.com/meta | manage.py webhooks ranges github --from -`.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from hookseal._engine import Networks, Record, provider_names
from hookseal.findings import nearest
from hookseal.management.answer import Answer
from hookseal.ranges import Published, published, publishers

__all__ = ["HELP", "add_words", "run"]

HELP = "print the addresses that a provider publishes"


def add_words(parser: ArgumentParser) -> None:
    """Name the provider, and where its list is."""
    parser.add_argument("provider", help="a name of the catalog")
    parser.add_argument(
        "--from", dest="file", metavar="FILE", help="read the provider's list from a file, or - for stdin"
    )


def run(words: Mapping[str, Any]) -> Answer:
    """Print what is known, or what was read.

    Raises:
        CommandError: the provider is unknown or publishes nothing; its list changes and none was given; the file
            cannot be read or holds something else.
    """
    record = _record(words["provider"])
    name, known = record.name, published(record)
    if known is None:
        raise CommandError(f"Nothing is known of addresses that {name} publishes. Known: {', '.join(publishers())}.")
    ranges = known.ranges
    if words["file"] is not None:
        ranges = _read(known, words["file"])
        date = datetime.now(tz=timezone.utc).date().isoformat()
    elif ranges:
        date = known.date
    else:
        raise CommandError(_how_to_get(name, known))
    facts = {"provider": name, "source": known.source, "date": date, "ranges": list(ranges)}
    return Answer(facts, _lines(name, known.source, date, ranges))


def _record(provider: str) -> Record:
    try:
        return Record.named(provider)
    except LookupError:
        hint = nearest(provider, provider_names())
        raise CommandError(f"The catalog has no provider {provider!a}. {hint}") from None


def _how_to_get(name: str, known: Published) -> str:
    command = f"manage.py webhooks ranges {name} --from"
    if known.fetch is None:
        return f"{name} keeps its list at {known.source}. Copy it to a file, one a line, then: {command} FILE"
    fetched = f"{known.fetch} | {command} -"
    return f"{name} changes its list, so none is kept here. Read it at {known.source}: {fetched}"


def _read(known: Published, file: str) -> tuple[str, ...]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text()
        entries = _members(known, text) if text.lstrip()[:1] in {"{", "["} else _entries(text)
        ranges = tuple(dict.fromkeys(entries))
        Networks(ranges)
    except (OSError, ValueError) as error:
        raise CommandError(f"{file} holds no list of ranges: {error}") from None
    if not ranges:
        raise CommandError(f"{file} holds no ranges.")
    return ranges


def _members(known: Published, text: str) -> list[str]:
    parsed = json.loads(text)
    listed = parsed.get(known.key) if isinstance(parsed, dict) else parsed
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise ValueError(f'no list of texts under "{known.key}"')
    return listed


def _entries(text: str) -> list[str]:
    """One address or range a line; empty lines, comments and the names that `dig` prints are left out."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.endswith(".")]


def _lines(name: str, source: str, date: str, ranges: Iterable[str]) -> str:
    note = f"# {name}, {source}, as of {date}"
    settings = "\n".join(["# settings.py", note, '"ALLOW_IPS": [', *(f'    "{each}",' for each in ranges), "],"])
    nginx = "\n".join(["# nginx", note, *(f"allow {each};" for each in ranges), "deny all;"])
    return f"{settings}\n\n{nginx}"
