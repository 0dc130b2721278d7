"""`webhooks types ENDPOINT`: the types of what an endpoint receives, from what was captured or from files."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from hookseal.inspector.shapes import parsed
from hookseal.inspector.written import FORMATS, types_of
from hookseal.management.answer import Answer
from hookseal.management.kept import kept_rows, reading
from hookseal.management.progress import progress

__all__ = ["HELP", "add_words", "run"]

HELP = "write the types of what an endpoint receives, from captured deliveries"


def add_words(parser: ArgumentParser) -> None:
    """Name the endpoint, the format and the samples."""
    parser.add_argument("endpoint", metavar="ENDPOINT", help="an endpoint; with --file, any name")
    parser.add_argument("--format", choices=[*FORMATS], default="typeddict", help="what is written (typeddict)")
    parser.add_argument("--file", nargs="+", metavar="FILE", help="JSON files, instead of what was captured")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="how many captured deliveries (100)")


def run(words: Mapping[str, Any]) -> Answer:
    """Write them.

    Raises:
        CommandError: there is nothing to write types of; a file holds no JSON; genson is not installed.
    """
    alias, form = words["endpoint"], words["format"]
    if words["file"]:
        samples, left_out = [_read(Path(file)) for file in words["file"]], 0
    else:
        samples, left_out = _captured(alias, max(words["limit"], 0))
    if not samples:
        hint = 'Set its CAPTURE to "all" and wait for deliveries, or name JSON files: --file a.json b.json'
        raise CommandError(f"Nothing that was accepted by {alias!a} and is JSON or a form was captured. {hint}")
    try:
        text = types_of(samples, alias, form)
    except ImportError as error:
        raise CommandError(str(error)) from None
    facts = {"endpoint": alias, "format": form, "samples": len(samples), "left_out": left_out, "types": text}
    return Answer(facts, text, is_file=True)


# Nobody knows who has written what was refused.
_TRUSTED = ("accepted", "duplicate", "caught")


def _captured(alias: str, most: int) -> tuple[list[Any], int]:
    """Read the newest bodies of an endpoint; and count those that cannot be read."""
    rows = kept_rows().filter(endpoint=alias, verdict__in=_TRUSTED)[:most]
    with reading():
        found = [[*_body(row)] for row in progress(rows, len(rows), "deliveries")]
    return [body for bodies in found for body in bodies], found.count([])


def _body(row: Any) -> Iterator[Any]:
    if not row.is_cut:
        try:
            yield parsed(row.captured())
        except ValueError:  # a body of another kind: an XML, an upload
            return


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"{file} holds no JSON: {error}") from None
