"""Finds a store by its name or dotted path, and keeps the one that was made, as Django does with storages."""

from __future__ import annotations

from threading import Lock
from typing import Any

from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from hookseal.replay.base import Store

__all__ = ["STORES", "find_store", "name_of"]

STORES = {
    "memory": "hookseal.replay.memory.MemoryStore",
    "cache": "hookseal.replay.cache.CacheStore",
    "database": "hookseal.replay.database.store.DatabaseStore",
}
"""The stores that have names, and where they are."""


def find_store(name: str, alias: str | None) -> Store:
    """Find the store, making it at first use; asked again, it is the same one.

    Args:
        name: one of `STORES`, or the dotted path of a subclass of `Store`.
        alias: the cache or database it shall use.

    Raises:
        ImportError: nothing is there.
        TypeError: it is no subclass of `Store`.
    """
    key = (STORES.get(name, name), alias)
    with _lock:
        if key not in _made:
            kind: Any = import_string(key[0])
            if not (isinstance(kind, type) and issubclass(kind, Store)):
                raise TypeError(f"{name} is no subclass of hookseal.replay.base.Store")
            _made[key] = kind(alias)
        return _made[key]


def name_of(store: Store) -> str:
    """Say which store it is, and on what: `cache "default"`; for one of the site's own, its class."""
    path = f"{type(store).__module__}.{type(store).__qualname__}"
    name = next((name for name, known in STORES.items() if known == path), path)
    return f'{name} "{store.alias}"' if store.alias else name


_made: dict[tuple[str, str | None], Store] = {}
_lock = Lock()


def _forget(*, setting: str, **_: object) -> None:
    if setting in {"CACHES", "DATABASES", "HOOKSEAL"}:
        _made.clear()


setting_changed.connect(_forget, dispatch_uid="hookseal.replay")
