"""Who can reach the inspector's pages on a site that others use: findings on it, for `check` and the Guard."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from hookseal.findings import Finding
from hookseal.routes import routes

__all__ = ["is_exposed", "judge_exposure"]


def judge_exposure() -> Iterator[Finding]:
    """Judge pages that are there though DEBUG is off."""
    if not is_exposed():
        return
    lack = _lack_of_login()
    if lack:
        hint = "The pages are for staff with permission, and nobody can log in: add it, or remove inspector_urls()."
        yield Finding("E007", lack, "is missing, though the inspector's pages are on where DEBUG is off", hint)
        return
    hint = "Grant the permissions hookseal_inspector.* to few, and keep CAPTURE low: bodies are shown as they came."
    yield Finding("W008", "the inspector", "shows what senders sent, on a site whose DEBUG is off", hint)


def is_exposed() -> bool:
    """Whether the URLconf holds pages of the inspector on a site whose DEBUG is off."""
    if settings.DEBUG:
        return False
    return any(getattr(route.callback, "__module__", "").startswith(_PAGES) for route in routes())


_PAGES = "hookseal.inspector."


def _lack_of_login() -> str:
    """Name what is missing before anybody can log in; empty, where nothing is."""
    if not apps.is_installed("django.contrib.auth"):
        return 'INSTALLED_APPS: "django.contrib.auth"'
    from django.contrib.auth.middleware import AuthenticationMiddleware  # noqa: PLC0415 - needs its models

    kinds = [import_string(path) for path in settings.MIDDLEWARE]
    if not any(isinstance(kind, type) and issubclass(kind, AuthenticationMiddleware) for kind in kinds):
        return 'MIDDLEWARE: "django.contrib.auth.middleware.AuthenticationMiddleware"'
    return ""
