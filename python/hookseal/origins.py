"""Which endpoints the settings of another package configure; known from when its URLs are imported."""

from __future__ import annotations

from hookseal.entry import Origin

__all__ = ["is_parent", "origin_of", "register", "registered"]


def register(alias: str, origin: Origin) -> None:
    """Note where an endpoint's settings come from beside HOOKSEAL; doing so again replaces it."""
    _origins[alias] = origin


def origin_of(alias: str) -> Origin | None:
    """Find the origin of an endpoint; None where HOOKSEAL alone configures it."""
    return _origins.get(alias)


def registered() -> tuple[str, ...]:
    """Name the endpoints that have an origin, in the order in which they were noted."""
    return tuple(_origins)


def is_parent(alias: str) -> bool:
    """Whether an entry in HOOKSEAL is no endpoint, but what several endpoints inherit."""
    return any(origin.parent == alias for origin in _origins.values())


_origins: dict[str, Origin] = {}
