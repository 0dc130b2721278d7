"""`webhook_include`: guards every view of somebody else's URLconf without touching it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, include

from hookseal.decorators import webhook

__all__ = ["webhook_include"]

Pattern: TypeAlias = URLPattern | URLResolver
View: TypeAlias = Callable[..., HttpResponseBase]


def webhook_include(
    urlconf: Any, *, endpoint: str, namespace: str | None = None
) -> tuple[list[Pattern], str | None, str | None]:
    """Include a URLconf as Django's `include` does, with `@webhook(endpoint)` in front of each of its views.

    Names, namespaces, default arguments and nested includes stay, so `reverse()` finds the same URLs. The URLconf
    itself is not changed: included elsewhere, its views are not guarded.

    Example:
        urlpatterns = [path("anymail/", webhook_include("anymail.urls", endpoint="anymail"))]

    Args:
        urlconf: what `include` takes: a module or its dotted path, a list of patterns, or either with an app name.
        endpoint: the endpoint's name in the setting HOOKSEAL.
        namespace: the instance namespace.

    Raises:
        ImproperlyConfigured: as `include` does.
    """
    included, app_name, instance = include(urlconf, namespace=namespace)
    patterns: Sequence[Pattern] = getattr(included, "urlpatterns", included)
    return [_guard(pattern, webhook(endpoint)) for pattern in patterns], app_name, instance


def _guard(pattern: Pattern, guard: Callable[[View], View]) -> Pattern:
    if isinstance(pattern, URLPattern):
        return URLPattern(pattern.pattern, guard(pattern.callback), pattern.default_args, pattern.name)
    nested = [_guard(each, guard) for each in pattern.url_patterns]
    return URLResolver(pattern.pattern, nested, pattern.default_kwargs, pattern.app_name, pattern.namespace)
