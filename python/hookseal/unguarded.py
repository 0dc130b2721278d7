"""W012: views of the site that look like webhooks, and that nothing guards."""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Callable, Iterator
from inspect import unwrap
from pathlib import Path
from typing import Any

from hookseal.findings import Finding
from hookseal.routes import Route, endpoints_of, operations_of, routes

__all__ = ["judge_unguarded"]


def judge_unguarded() -> Iterator[Finding]:
    """Report each view of the URLconf that takes what anybody posts to it, and calls itself a webhook.

    Exempt from CSRF is what a webhook has to be, so that is what gives it away. Views of frameworks are so by
    themselves; of those, only such count as demand no login. Views of installed packages have checks of their own.
    """
    for route in routes():
        if getattr(route.callback, "csrf_exempt", False) and not endpoints_of(route.callback):
            views = [view for view in _open_views(route.callback) if _is_the_sites(view) and _is_webhook(route, view)]
            for view in views:
                name = f"{view.__module__}.{view.__name__}"
                message = f"at {route.path} looks like a webhook, and is exempt from CSRF without a guard"
                yield Finding("W012", name, message, _HINT)


_HINT = (
    "Put @webhook(...) in front of it, or webhook_include around its URLs. Silence hookseal.W012 if it receives no"
    " webhooks, or verifies each of them by itself."
)

# "hook" as a word of its own: no "hooked", no "books".
_WEBHOOK = re.compile(r"web[-_]?hook|(?<![a-z])hooks?(?![a-z])", re.IGNORECASE)


def _is_webhook(route: Route, view: Any) -> bool:
    return any(_WEBHOOK.search(name) for name in (route.path, route.name, view.__name__))


def _open_views(callback: Callable[..., object]) -> Iterator[Any]:
    """What the site wrote behind a callback, where it answers POST without a login."""
    operations = list(operations_of(callback))
    yield from (each.view_func for each in operations if "POST" in each.methods and not each.auth_callbacks)
    kind = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    if kind is not None:
        answers_post = "post" in getattr(callback, "actions", {}) or hasattr(kind, "post")
        if answers_post and _allows_anybody(kind):
            yield kind
    elif not operations:
        view = unwrap(callback)
        yield view if hasattr(view, "__name__") else type(view)


def _allows_anybody(kind: Any) -> bool:
    """Whether a view of Django REST framework leaves the sender unchecked; any other class does so anyway."""
    permissions = [getattr(each, "__name__", "") for each in getattr(kind, "permission_classes", ())]
    own = [each for each in getattr(kind, "authentication_classes", ()) if not each.__module__.startswith(_DRF)]
    return not own and set(permissions) <= {"AllowAny"}


_DRF = "rest_framework."


def _is_the_sites(view: Any) -> bool:
    file = getattr(sys.modules.get(view.__module__), "__file__", None)
    return file is not None and not any(Path(file).is_relative_to(folder) for folder in _INSTALLED)


_INSTALLED = [
    *(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib")),
    Path(__file__).parent,
]
