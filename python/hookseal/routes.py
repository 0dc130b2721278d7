"""Where views are found: the paths of the URLconf, and which endpoints guard what answers there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CellType, FunctionType
from typing import Any

from django.conf import settings
from django.urls import URLResolver, get_resolver

__all__ = ["Route", "endpoints_of", "guarded_paths", "operations_of", "routes"]


@dataclass(frozen=True)
class Route:
    """One line of the URLconf.

    Attributes:
        path: as the URLconf writes it, with what includes put before it: "/tenants/<tenant>/".
        name: the URL's name; empty where it has none.
        callback: what answers.
    """

    path: str
    name: str
    callback: Callable[..., object]


def routes() -> Iterator[Route]:
    """List what the root URLconf leads to. Imports it; what that raises is not caught."""
    return _routes(get_resolver(), "/") if getattr(settings, "ROOT_URLCONF", None) else iter(())


def guarded_paths() -> dict[str, tuple[str, ...]]:
    """List the paths of each endpoint."""
    found: dict[str, dict[str, None]] = {}
    for route in routes():
        for alias in endpoints_of(route.callback):
            found.setdefault(alias, {})[route.path] = None
    return {alias: tuple(paths) for alias, paths in found.items()}


def endpoints_of(callback: Callable[..., object]) -> tuple[str, ...]:
    """Name the endpoints that guard a view, or methods of its class, or its operations, under whatever decorators."""
    return tuple(dict.fromkeys(_endpoints(callback, _DEPTH)))


def operations_of(callback: Callable[..., object]) -> Iterator[Any]:
    """Give the operations of a path of django-ninja, which makes a function over them and keeps them to itself."""
    for content in _enclosed(callback):
        yield from (each for each in getattr(content, "operations", ()) if hasattr(each, "run"))


def _routes(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, path)
        else:
            yield Route(path, pattern.name or "", pattern.callback)


# More decorators than this are not looked through.
_DEPTH = 8


def _endpoints(callback: object, depth: int) -> Iterator[str]:
    named = getattr(callback, "webhook_endpoints", ())
    yield from named
    kind = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    for method in ("dispatch", *getattr(kind, "http_method_names", ()), *getattr(callback, "actions", {}).values()):
        yield from getattr(getattr(kind, method, None), "webhook_endpoints", ())
    if named or kind is not None or depth == 0:
        return
    for content in _enclosed(callback):
        inner = [each.run for each in getattr(content, "operations", ()) if hasattr(each, "run")]
        for step in (*inner, *([content] if isinstance(content, FunctionType) else ())):
            yield from _endpoints(step, depth - 1)


def _enclosed(callback: object) -> Iterator[object]:
    """What a function holds on to; a decorator that copies no attributes holds on to its view all the same."""
    cells = getattr(callback, "__closure__", None) or ()
    return (cell.cell_contents for cell in cells if cell != CellType())
