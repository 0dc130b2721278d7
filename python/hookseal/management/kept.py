"""What the inspector has kept, for the tasks that look at it: with a word on what is missing, where it is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.apps import apps
from django.core.management.base import CommandError
from django.db import DatabaseError

from hookseal.requests import safe_text

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from hookseal.inspector.models import Delivery

__all__ = ["is_installed", "kept_row", "kept_rows", "printable", "reading"]


def is_installed() -> bool:
    """Whether the site has the inspector."""
    return apps.is_installed("hookseal.inspector")


def kept_rows() -> QuerySet[Delivery]:
    """Give all rows, newest first; read them within `reading`.

    Raises:
        CommandError: the inspector is not installed.
    """
    if not is_installed():
        raise CommandError('The inspector is not installed: add "hookseal.inspector" to INSTALLED_APPS.')
    from hookseal.inspector.models import Delivery  # noqa: PLC0415 - only an installed app has models

    return Delivery.objects.all()


def kept_row(number: int) -> Delivery:
    """Find a row.

    Raises:
        CommandError: there is none of that number, or there is no table.
    """
    with reading():
        row = kept_rows().filter(pk=number).first()
    if row is None:
        raise CommandError(f"There is no captured delivery {number}: it may be past its retention.")
    return row


@contextmanager
def reading() -> Iterator[None]:
    """Read rows, or say why that cannot be done.

    Raises:
        CommandError: the database has no such table, or does not answer.
    """
    try:
        yield
    except DatabaseError as error:
        name = type(error).__name__
        raise CommandError(f"The captured deliveries cannot be read ({name}): was `migrate` run?") from None


def printable(body: bytes) -> str:
    """Make a body fit for a terminal: JSON laid out, text line by line, anything else as escaped bytes.

    A terminal acts on control characters, and a body is the sender's.
    """
    try:
        return json.dumps(json.loads(body.decode()), indent=2)
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "backslashreplace")
    return "\n".join(safe_text(line, len(line) * 10) for line in text.splitlines())
