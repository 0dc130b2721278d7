"""The Django app that owns the table of kept deliveries, and keeps them."""

from __future__ import annotations

from django.apps import AppConfig

from hookseal import audit, recording
from hookseal.inspector.exposure import judge_exposure

__all__ = ["InspectorConfig"]


class InspectorConfig(AppConfig):
    """One model, one migration; its primary key does not depend on the site's DEFAULT_AUTO_FIELD."""

    name = "hookseal.inspector"
    label = "hookseal_inspector"
    verbose_name = "Webhooks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Begin to keep what the endpoints' CAPTURE asks for, and to judge who can see it."""
        from hookseal.inspector.recorder import RECORDER  # noqa: PLC0415 - its models can be imported from now on

        recording.install(RECORDER)
        audit.judge_also(judge_exposure)
