"""The Django app that owns the table."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["ReplayDatabaseConfig"]


class ReplayDatabaseConfig(AppConfig):
    """One model, one migration; its primary key does not depend on the site's DEFAULT_AUTO_FIELD."""

    name = "hookseal.replay.database"
    label = "hookseal_replay"
    verbose_name = "Hookseal: replay protection"
    default_auto_field = "django.db.models.BigAutoField"
