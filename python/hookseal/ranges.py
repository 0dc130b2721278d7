"""From which addresses providers say they send: facts of the catalog for people who fill ALLOW_IPS, never its default.

A list is written down only where the provider states it as a standing one. Lists that change are read where the
provider keeps them, by whoever needs them: a list that is a month old refuses genuine deliveries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from hookseal._engine import Record, provider_names

__all__ = ["Form", "Published", "published", "publishers"]

Form: TypeAlias = Literal["json", "lines", "page"]
"""How a source is written: JSON, one address or range on each line, or prose for people."""


@dataclass(frozen=True)
class Published:
    """What one provider publishes.

    Attributes:
        source: the page, file or name that has the list.
        form: how it is written.
        date: when `ranges` was read, or when what is said here was, year-month-day.
        fetch: a command that prints the list, for `--from -`; None where only a person can read it.
        key: of JSON, the member that lists the ranges.
        ranges: the list itself; empty where it changes.
    """

    source: str
    form: Form
    date: str
    fetch: str | None
    key: str | None
    ranges: tuple[str, ...]


def published(record: Record) -> Published | None:
    """Say what a provider publishes; None where it publishes nothing, or nothing is known of it."""
    known = record.addresses
    if known is None:
        return None
    source, form, date, fetch, key, ranges = known
    return Published(source, form, date, fetch, key, tuple(ranges))


def publishers() -> tuple[str, ...]:
    """Name the providers of the catalog that publish their addresses."""
    return tuple(name for name in provider_names() if Record.named(name).addresses is not None)
