"""ATOMIC_REQUESTS, moved behind the check: a refused delivery costs no SQL, the view still runs in a transaction."""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Callable, Collection
from contextlib import ExitStack
from typing import Any

from django.db import connections, transaction
from django.http import HttpResponseBase

__all__ = ["EveryDatabase", "atomic_databases", "in_event_loop", "run_atomically"]


class EveryDatabase(set[str]):
    """Tells Django that a view wants no transaction on any database, without naming one when the view is decorated.

    Its members are the databases that the view itself opted out of, by `transaction.non_atomic_requests`.
    """

    def __contains__(self, alias: object) -> bool:
        return True

    def excludes(self, alias: str) -> bool:
        """Whether the view itself opted out of this database."""
        return super().__contains__(alias)


def atomic_databases(opted_out: EveryDatabase) -> list[str]:
    """List the databases with ATOMIC_REQUESTS, but for those that the view opted out of."""
    found = []
    for alias, database in connections.settings.items():
        if database["ATOMIC_REQUESTS"] and not opted_out.excludes(alias):
            found.append(alias)
    return found


def in_event_loop() -> bool:
    """Whether this thread runs an event loop, where blocking calls have no place."""
    try:
        get_running_loop()
    except RuntimeError:
        return False
    return True


def run_atomically(call: Callable[[], Any], databases: list[str], success: Collection[int]) -> Any:
    """Run a view in a transaction on each database; a response that the provider takes for a failure rolls them back.

    The provider will send such a delivery again, so what the view wrote must not stay. A template response is rendered
    first, since that may fail too. Whatever is no response is left to Django.

    Args:
        call: the view, with its arguments.
        databases: the aliases.
        success: the statuses that count as delivered; empty: every 2xx.
    """
    with ExitStack() as stack:
        for alias in databases:
            stack.enter_context(transaction.atomic(using=alias))
        response = call()
        if not getattr(response, "is_rendered", True):
            response = response.render()
        if isinstance(response, HttpResponseBase) and not _delivered(response.status_code, success):
            for alias in databases:
                transaction.set_rollback(True, using=alias)
    return response


def _delivered(status: int, success: Collection[int]) -> bool:
    return status in success if success else 200 <= status <= 299  # noqa: PLR2004 - the class 2xx
