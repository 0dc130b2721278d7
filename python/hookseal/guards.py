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
    """Note that a view is guarded, and of which kind.

    A method of a class-based view is looked at once, although Django decorates it on each request.
    """
    owner = next((owner for step in _steps(view) if (owner := _owner(step)) is not None), None)
    subject = _name(view) if owner is None else (type(owner), getattr(view, "__name__", ""))
    key = (alias, subject, id(overrides) if overrides else 0)
    known = _guards.get(key)
    if known is None or owner is None:
        known = _look_at(alias, view, owner, overrides)
        if key in _guards or len(_guards) < _MOST_GUARDS:
            _guards[key] = known
    return known


def lives_for_one_request(view: View) -> bool:
    """Whether Django made this callable for a single request, out of a method of a class-based view.

    What a decorator sets on it nobody sees: Django copied that when the class was decorated.
    """
    return _owner(view) is not None


# By endpoint, view, and the identity of the keywords, which the entry holds.
_guards: dict[tuple[str, object, int], Guarded] = {}


def _look_at(alias: str, view: View, owner: object, overrides: Mapping[str, object]) -> Guarded:
    name, method = _name(view), getattr(view, "__name__", "")
    if owner is None:
        class_name = getattr(view, "__qualname__", "").rpartition(".")[0]
        method_only = bool(class_name) and not class_name.endswith("<locals>") and method != "dispatch"
    else:
        name = f"{type(owner).__module__}.{type(owner).__qualname__}"
        method_only = method in getattr(owner, "http_method_names", ())
        name = f"{name}.{method}" if method_only else name
    return Guarded(alias, name, _is_async(view), method_only, overrides)


def _is_async(view: View) -> bool:
    """Whether what the view gives back must be awaited; `dispatch` of an async class-based view is a plain function."""
    return any(iscoroutinefunction(step) or getattr(_owner(step), "view_is_async", False) for step in _steps(view))


def _owner(step: object) -> object:
    """Find the class-based view whose method this is: `method_decorator` hands over a partial of a bound method."""
    owner = getattr(getattr(step, "func", None), "__self__", None)
    return owner if hasattr(type(owner), "as_view") else None


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
