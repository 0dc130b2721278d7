"""Which of the site's caches an endpoint uses, and what other processes see of it."""

from __future__ import annotations

from collections.abc import Container

from django.conf import settings as site
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.utils.module_loading import import_string

from hookseal import settings
from hookseal.entry import Entry
from hookseal.findings import nearest

__all__ = ["counts_atomically", "is_shared", "known_alias", "read_cache"]


def read_cache(entry: Entry) -> str | None:
    """Read CACHE: the alias, or None where the site has no such cache, which is reported."""
    return known_alias(entry, settings.CACHE, site.CACHES)


def known_alias(entry: Entry, setting: settings.Setting[str], known: Container[str]) -> str | None:
    """Read a setting that names one of the site's caches or databases; None where it has none of that name."""
    alias = entry.read(setting)
    if alias in known:
        return alias
    names = known if isinstance(known, dict) else ()
    entry.report("E006", entry.path(setting), "names what the site does not have", nearest(alias, names))
    return None


def is_shared(alias: str) -> bool:
    """Whether other processes see what one writes: not in the local-memory cache, nor in the dummy."""
    backend = _backend(alias)
    return backend is not None and not issubclass(backend, LocMemCache | DummyCache)


def counts_atomically(alias: str) -> bool:
    """Whether processes that count in it at once are all counted: in Redis, Valkey and Memcached.

    The database and file caches inherit an `incr` that reads and then writes; in a database, counting would also make
    junk cost a write.
    """
    backend = _backend(alias)
    return backend is not None and is_shared(alias) and backend.incr is not BaseCache.incr


def _backend(alias: str) -> type[BaseCache] | None:
    try:
        backend: type[BaseCache] = import_string(site.CACHES[alias]["BACKEND"])
    except ImportError:  # whoever uses the cache is told so by Django
        return None
    return backend
