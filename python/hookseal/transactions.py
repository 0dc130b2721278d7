"""ATOMIC_REQUESTS, moved behind the check: a refused delivery costs no SQL, the view still runs in a transaction."""

from __future__ import annotations

from asyncio import _get_running_loop  # asyncio's public one raises where there is none, which costs ten times as much
from collections.abc import Callable, Collection
from contextlib import ExitStack
from typing import Any

from django.db import connections, transaction
from django.http import HttpResponseBase

__all__ = ["EveryDatabase", "atomic_databases", "counts_as_delivered", "in_event_loop", "render", "run_atomically"]


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
    return _get_running_loop() is not None


def run_atomically(
    call: Callable[[], Any],
    databases: list[str],
    success: Collection[int],
    before_commit: Callable[[Any], None] | None = None,
) -> Any:
    """Run a view in a transaction on each database; a response that the provider takes for a failure rolls them back.

    The provider will send such a delivery again, so what the view wrote must not stay. A template response is rendered
    first, since that may fail too. Whatever is no response is left to Django.

    Args:
        call: the view, with its arguments.
        databases: the aliases.
        success: the statuses that count as delivered; empty: every 2xx.
        before_commit: called with the response of a delivery that counts, while the transactions are open; what it
            raises rolls them back.
    """
    with ExitStack() as stack:
        for alias in databases:
            stack.enter_context(transaction.atomic(using=alias))
        response = render(call())
        if counts_as_delivered(response, success):
            if before_commit is not None:
                before_commit(response)
        elif isinstance(response, HttpResponseBase):
            for alias in databases:
                transaction.set_rollback(True, using=alias)
    return response


def render(response: Any) -> Any:
    """Render a template response, since that may fail too. One that has no renderer yet is left as it is.

    Django REST framework gives a response its renderer when the method that made it has returned.
    """
    if getattr(response, "is_rendered", True):
        return response
    can_render = getattr(response, "template_name", None) is not None or hasattr(response, "accepted_renderer")
    return response.render() if can_render else response


def counts_as_delivered(response: object, success: Collection[int]) -> bool:
    """Whether a response has a status that the provider counts as delivered; what is no response has none.

    Args:
        response: what the view gave back.
        success: the statuses that count; empty: every 2xx.
    """
    if not isinstance(response, HttpResponseBase):
        return False
    return response.status_code in success if success else 200 <= response.status_code <= 299  # noqa: PLR2004 - 2xx
