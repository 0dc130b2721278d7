"""Template filters of the inspector's pages."""

from __future__ import annotations

from django.template import Library

from hookseal.inspector.pretty import visible

__all__ = ["register"]

register = Library()
register.filter("visible", visible)
