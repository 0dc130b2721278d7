"""`webhooks export ID`: a captured delivery for other tools: curl, a `.http` file, a test for pytest, JSON."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from hookseal.management.answer import Answer
from hookseal.management.kept import kept_row

if TYPE_CHECKING:
    from hookseal.inspector.models import Delivery

__all__ = ["HELP", "add_words", "run"]

HELP = "write a captured delivery as a curl command, a .http file or a test"


def add_words(parser: ArgumentParser) -> None:
    """Name the delivery and the form."""
    parser.add_argument("id", type=int, metavar="ID", help="its number, as in the log and in `webhooks list`")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--curl", action="store_true", help="a curl command (this is what is written without a form)")
    form.add_argument("--http", metavar="FILE", help="a .http file, for `webhooks verify --file` and others")
    form.add_argument("--pytest", action="store_true", help="a .http file, and a test that sends it, which is printed")
    parser.add_argument("--folder", default="tests/hooks", metavar="DIR", help="where --pytest puts it (tests/hooks)")
    parser.add_argument("--reveal", action="store_true", help="with the secrets and signatures of headers and URL")


def run(words: Mapping[str, Any]) -> Answer:
    """Write it.

    Raises:
        CommandError: there is none of that number; the file exists and holds something else, or cannot be written.
    """
    row, reveal = kept_row(words["id"]), words["reveal"]
    from hookseal.inspector.exports import curl_of, facts_of, http_of  # noqa: PLC0415 - only an installed app has models

    if words["pytest"]:
        return _test(row, words["folder"], reveal=reveal)
    if words["http"] is not None:
        file = Path(words["http"])
        _write(file, http_of(row, reveal=reveal))
        return Answer({"file": str(file)}, f"{file} written.")
    return Answer(facts_of(row, reveal=reveal), curl_of(row, reveal=reveal))


def _test(row: Delivery, folder: str, *, reveal: bool) -> Answer:
    from hookseal.inspector.exports import pytest_of  # noqa: PLC0415 - only an installed app has models

    try:
        made = pytest_of(row, folder, reveal=reveal)
    except ValueError as error:
        raise CommandError(f"Delivery {row.pk} makes no test: {error}.") from None
    file = Path(folder) / made.name
    _write(file, made.recording)
    return Answer({"file": str(file), "test": made.test}, f"# {file} is written; this sends it:\n{made.test}".rstrip())


def _write(file: Path, content: bytes) -> None:
    """Write a file, but over no other: it may have been edited since."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as opened:
            opened.write(content)
    except FileExistsError:
        if not file.is_file():
            raise CommandError(f"{file} cannot be written: a part of its path is no folder.") from None
        if file.read_bytes() != content:
            raise CommandError(f"{file} exists, and holds something else.") from None
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
