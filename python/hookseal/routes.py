"""Where each endpoint is found: the paths of the URLconf whose views are under `@webhook`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.urls import URLResolver, get_resolver

__all__ = ["guarded_paths"]


def guarded_paths() -> dict[str, tuple[str, ...]]:
    """List the paths of each endpoint, as the URLconf writes them: "/tenants/<tenant>/".

    Imports the root URLconf; what that raises is not caught.
    """
    found: dict[str, dict[str, None]] = {}
    for path, callback in _callbacks(get_resolver(), "/") if getattr(settings, "ROOT_URLCONF", None) else ():
        for alias in _endpoints(callback):
            found.setdefault(alias, {})[path] = None
    return {alias: tuple(paths) for alias, paths in found.items()}


def _callbacks(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Callable[..., object]]]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _callbacks(pattern, path)
        else:
            yield path, pattern.callback


def _endpoints(callback: Callable[..., object]) -> Iterator[str]:
    """The endpoints that guard a view, or the methods of its class, or its operations."""
    yield from getattr(callback, "webhook_endpoints", ())
    view = getattr(callback, "view_class", None)
    for method in getattr(view, "http_method_names", ()):
        yield from getattr(getattr(view, method, None), "webhook_endpoints", ())
    # django-ninja makes a function over each path, and keeps what it calls to itself.
    for cell in getattr(callback, "__closure__", None) or ():
        for operation in getattr(cell.cell_contents, "operations", ()):
            yield from getattr(getattr(operation, "run", None), "webhook_endpoints", ())
