"""Each store over each backend, for the tests that hold them against one another; the fixtures are in conftest.py."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from django.test import override_settings

from hookseal.replay.base import Store
from hookseal.replay.cache import CacheStore
from hookseal.replay.database.store import DatabaseStore
from hookseal.replay.memory import MemoryStore
from tests.backends import REDIS_CACHE, Entry, installed

real = pytest.mark.stores
KINDS = ["memory", "cache", "sqlite", *(pytest.param(each, marks=real) for each in ("redis", "postgresql", "mariadb"))]


@dataclass(frozen=True)
class Kind:
    """A store under test.

    Attributes:
        store: the store.
        margin: seconds before the end of a lease from which on it is not surely ours; None: owners are compared.
        strict: whether a claim that was lost cannot be confirmed.
        travels: whether its time is ours to move.
    """

    store: Store
    margin: int | None = None
    strict: bool = False
    travels: bool = True


def over_cache(url: str | None, stack: ExitStack) -> Kind:
    """Make the cache store over the site's cache, or over a Redis."""
    if url is not None:
        stack.enter_context(override_settings(CACHES={"default": {"BACKEND": REDIS_CACHE, "LOCATION": url}}))
    return Kind(CacheStore(), margin=2, travels=url is None)


def over_database(entry: Entry, stack: ExitStack) -> Kind:
    """Make the database store over a database, under an alias of its own: connections live on in other threads."""
    return Kind(DatabaseStore(stack.enter_context(installed(f"claims-{secrets.token_hex(4)}", entry))), strict=True)


def in_memory() -> Kind:
    """Make the store in memory."""
    return Kind(MemoryStore())
