"""The Django app that owns the table of kept deliveries."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["InspectorConfig"]


class InspectorConfig(AppConfig):
    """One model, one migration; its primary key does not depend on the site's DEFAULT_AUTO_FIELD."""

    name = "hookseal.inspector"
    label = "hookseal_inspector"
    verbose_name = "Webhooks"
    default_auto_field = "django.db.models.BigAutoField"
