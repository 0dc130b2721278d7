"""`webhooks explain`: why a delivery was refused, found by trying what usually goes wrong.

It works offline and changes nothing. The exit code is 0 where the delivery is accepted, 3 where it is refused.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import CommandError

from hookseal.captured import Captured
from hookseal.conf import Endpoint, aliases, endpoint
from hookseal.explain import Past, explain
from hookseal.management.answer import Answer, known_endpoint
from hookseal.management.explanations import explained
from hookseal.management.kept import kept_row, reading
from hookseal.management.tasks.verify import named, read_http

__all__ = ["HELP", "add_words", "run"]

HELP = "say why a captured delivery was refused"


def add_words(parser: ArgumentParser) -> None:
    """Name what is explained: one delivery of the inspector, or a file."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", type=int, metavar="ID", help="a delivery that the inspector has captured")
    which.add_argument("--file", metavar="FILE", help="a request in a .http file, or - for stdin")
    parser.add_argument("--endpoint", metavar="ALIAS", help="explain it for this endpoint, whatever it was sent to")


def run(words: Mapping[str, Any]) -> Answer:
    """Explain it.

    Raises:
        CommandError: there is no such delivery, file or endpoint; the inspector is not installed; what was kept of the
            delivery is not all of it.
    """
    if words["file"] is not None:
        captured = read_http(words["file"])
        return _answer(captured, known_endpoint(named(captured.endpoint, words["endpoint"])), ())
    row = kept_row(words["id"])
    known = known_endpoint(named(row.endpoint, words["endpoint"]))
    if row.is_cut and known.reads_body:
        raise CommandError(f"Of delivery {row.pk} not the whole body was kept, so nothing can be tried on it.")
    from hookseal.inspector.history import history  # noqa: PLC0415 - only an installed app has models

    with reading():
        others = history(row.endpoint, but=row)
    return _answer(row.captured(), known, others)


def _answer(captured: Captured, known: Endpoint, others: Sequence[Past]) -> Answer:
    siblings = [endpoint(alias) for alias in aliases() if alias != known.alias]
    start = time.perf_counter()
    explanation = explain(captured, known, siblings=siblings, history=others)
    return explained(captured, known, explanation, time.perf_counter() - start)
