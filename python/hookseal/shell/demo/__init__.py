"""Show what hookseal does: a site in this process gets deliveries of several providers, genuine and otherwise.

Nothing is needed but the package: no project, no file, no network beyond the loopback address. The exit code is 1 if
any verdict is another than the one that is due.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.management.base import CommandError

from hookseal.https import post
from hookseal.management.answer import Answer
from hookseal.management.progress import progress
from hookseal.shell.colours import BOLD, DIM, GREEN, RED, painted
from hookseal.shell.demo.cast import Delivery, Verdict, deliveries, new_cast
from hookseal.shell.demo.site import Site, running

__all__ = ["add_words", "run"]


def add_words(parser: ArgumentParser) -> None:
    """Take no words."""


def run(words: Mapping[str, Any]) -> Answer:  # noqa: ARG001 - as every task
    """Start the site, send it everything, and lay out the verdicts.

    Raises:
        CommandError: nothing can be served on the loopback address.
    """
    cast = new_cast()
    try:
        with running({member.provider: member.entry() for member in cast}) as site:
            sent = deliveries(cast, site.address)
            rows = [_Row(each, _sent(site, each)) for each in progress(sent, len(sent), "deliveries")]
    except OSError as error:
        raise CommandError(f"The demo needs a port of the loopback address: {error}.") from None
    line = next((line for line in site.lines if "[signature_mismatch]" in line), "")
    facts = {"right": all(row.is_right for row in rows), "deliveries": [row.facts() for row in rows]}
    return Answer(facts, "\n".join(_text(rows, line)), 0 if facts["right"] else 1)


@dataclass(frozen=True)
class _Row:
    delivery: Delivery
    got: Verdict

    @property
    def is_right(self) -> bool:
        return self.got == self.delivery.due

    def facts(self) -> dict[str, Any]:
        return {
            "provider": self.delivery.provider,
            "delivery": self.delivery.what,
            "due": {"status": self.delivery.due.status, "reason": self.delivery.due.reason},
            "got": {"status": self.got.status, "reason": self.got.reason},
            "right": self.is_right,
        }

    def cells(self) -> tuple[str, ...]:
        return ("ok" if self.is_right else "WRONG", self.delivery.what, str(self.delivery.due), str(self.got))


_HEADS = ("", "DELIVERY", "DUE", "GOT, AND WHAT THE SITE LOGGED")


def _sent(site: Site, delivery: Delivery) -> Verdict:
    request = delivery.request
    answered = post(request.url, request.headers[1:], request.body, method=request.method)
    return Verdict(answered.status, site.told())


def _text(rows: Sequence[_Row], line: str) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(_HEADS, *(row.cells() for row in rows), strict=True)]
    yield painted(_line(_HEADS, widths), DIM)
    for title, group in groupby(rows, key=lambda row: row.delivery.title):
        yield f"\n{painted(title, BOLD)}"
        for row in group:
            written = _line(row.cells(), widths)
            mark = widths[0]
            yield painted(written[:mark], GREEN) + written[mark:] if row.is_right else painted(written, RED)
    wrong = sum(not row.is_right for row in rows)
    refused = sum(bool(row.got.reason) and row.got.status >= 400 for row in rows)  # noqa: PLR2004 - errors begin there
    summary = f"{len(rows)} deliveries of {len({row.delivery.provider for row in rows})} providers: {refused} refused"
    yield f"\n{painted(f'{summary}, {len(rows) - refused} answered, {wrong} wrong.', RED if wrong else GREEN)}"
    if line:
        yield f"\nA refusal in the site's log, of which the sender sees nothing but the status:\n{line}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
