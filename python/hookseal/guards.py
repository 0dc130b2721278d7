"""What is guarded: one entry for each view under `@webhook`, for the checks that judge a site as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from asgiref.sync import iscoroutinefunction

__all__ = ["Guarded", "guards", "lives_for_one_request", "record_guard"]

View: TypeAlias = Callable[..., Any]

_MOST_GUARDS = 4096


@dataclass(frozen=True)
class Guarded:
    """A view under `@webhook`.

    A class-based view is known when it is first asked for; before that, its entry says only that some class names the
    endpoint.

    Attributes:
        alias: the endpoint it names.
        view: the dotted name of the view.
        is_async: whether it runs in the event loop, where no transaction is opened for it.
        method_only: whether a single method of a class is guarded, so that the view is not exempt from CSRF and login.
        overrides: the keywords of `@webhook`.
    """

    alias: str
    view: str
    is_async: bool = False
    method_only: bool = False
    overrides: Mapping[str, object] = field(default_factory=dict)


def guards() -> tuple[Guarded, ...]:
    """List what is guarded, in the order in which it was decorated."""
    return tuple(_guards.values())


def record_guard(alias: str, view: View, overrides: Mapping[str, object]) -> Guarded:
    """Note that a view is guarded, and of which kind: once, although Django decorates methods on each request."""
    owner = _owner(view)
    key = (alias, _name(view) if owner is None else type(owner), getattr(view, "__name__", ""))
    known = _guards.get(key)
    if known is None or (owner is None and known.overrides != overrides):
        known = _look_at(alias, view, owner, overrides)
        if len(_guards) < _MOST_GUARDS:
            _guards[key] = known
    return known


def lives_for_one_request(view: View) -> bool:
    """Whether Django made this callable for a single request, out of a method of a class-based view.

    What a decorator sets on it nobody sees: Django copied that when the class was decorated.
    """
    return hasattr(type(_bound_to(view)), "as_view")


_guards: dict[tuple[str, object, str], Guarded] = {}


def _look_at(alias: str, view: View, owner: object, overrides: Mapping[str, object]) -> Guarded:
    name, method = _name(view), getattr(view, "__name__", "")
    if owner is not None:
        kind = type(owner)
        name = f"{kind.__module__}.{kind.__qualname__}"
        method_only = method in getattr(owner, "http_method_names", ())
    else:
        class_name = getattr(view, "__qualname__", "").rpartition(".")[0]
        method_only = bool(class_name) and not class_name.endswith("<locals>") and method != "dispatch"
    if method_only and owner is not None:
        name = f"{name}.{method}"
    return Guarded(alias, name, _is_async(view), method_only, overrides)


def _is_async(view: View) -> bool:
    """Whether what the view gives back must be awaited; `dispatch` of an async class-based view is a plain function."""
    return any(iscoroutinefunction(step) or getattr(_bound_to(step), "view_is_async", False) for step in _steps(view))


def _owner(view: View) -> object:
    """Find the class-based view whose method this is: `method_decorator` hands over a partial of a bound method."""
    return next((owner for step in _steps(view) if (owner := _bound_to(step)) is not None), None)


def _bound_to(step: object) -> object:
    return getattr(getattr(step, "func", None), "__self__", None)


def _steps(view: View) -> Iterator[object]:
    step: object = view
    while step is not None:
        yield step
        step = getattr(step, "__wrapped__", None)


def _name(view: View) -> str:
    if getattr(view, "__module__", None) == _METHOD_DECORATOR:
        return "a class-based view"
    named = view if hasattr(view, "__qualname__") else type(view)
    return f"{named.__module__}.{named.__qualname__}"


# Where a class is decorated, Django tries the decorator on a function of its own.
_METHOD_DECORATOR = "django.utils.decorators"
