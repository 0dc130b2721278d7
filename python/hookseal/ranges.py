"""From which addresses providers say they send: facts for people who fill ALLOW_IPS, never a default of it.

A list is written down only where the provider states it as a standing one. Lists that change are read where the
provider keeps them, by whoever needs them: a list that is a month old refuses genuine deliveries.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

__all__ = ["PUBLISHED", "Form", "Published"]

Form: TypeAlias = Literal["json", "lines", "page"]
"""How a source is written: JSON, one address or range on each line, or prose for people."""


@dataclass(frozen=True)
class Published:
    """What one provider publishes.

    Attributes:
        source: the page, file or name that has the list.
        form: how it is written.
        fetch: a command that prints the list, for `--from -`; None where only a person can read it.
        key: of JSON, the member that lists the ranges.
        ranges: the list itself; empty where it changes.
        date: when `ranges` was read, or when what is said here was, year-month-day.
    """

    source: str
    form: Form
    date: str
    fetch: str | None = None
    key: str | None = None
    ranges: tuple[str, ...] = ()


PUBLISHED = MappingProxyType(
    {
        "brevo": Published(
            source="https://help.brevo.com/hc/en-us/articles/15127404548498",
            form="page",
            date="2026-11-22",
            ranges=("1.179.112.0/20", "172.246.240.0/20"),
        ),
        "github": Published(
            source="https://api.github.com/meta",
            form="json",
            date="2026-11-22",
            fetch="curl -fsS https://api.github.com/meta",
            key="hooks",
        ),
        "postmark": Published(
            source="https://postmarkapp.com/support/article/800-ips-for-firewalls",
            form="page",
            date="2026-11-22",
        ),
        "sparkpost": Published(
            source="wh.egress.sparkpost.com",
            form="lines",
            date="2026-11-22",
            fetch="dig +short wh.egress.sparkpost.com A",
        ),
        "stripe": Published(
            source="https://stripe.com/files/ips/ips_webhooks.txt",
            form="lines",
            date="2026-11-22",
            fetch="curl -fsS https://stripe.com/files/ips/ips_webhooks.txt",
        ),
    }
)
"""By the provider's name in the catalog. Providers that publish nothing are not here."""
