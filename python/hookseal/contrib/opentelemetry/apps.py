"""The Django app that tells spans of deliveries, where opentelemetry-api is installed."""

from __future__ import annotations

import logging
from importlib.util import find_spec

from django.apps import AppConfig

from hookseal.outcomes import watch

__all__ = ["OpenTelemetryConfig"]


class OpenTelemetryConfig(AppConfig):
    """Begins to tell."""

    name = "hookseal.contrib.opentelemetry"
    label = "hookseal_opentelemetry"
    verbose_name = "Hookseal: OpenTelemetry"

    def ready(self) -> None:
        """Begin; doing so again changes nothing, and neither does it without opentelemetry-api."""
        if find_spec("opentelemetry") is None:
            logging.getLogger(__name__).info("opentelemetry-api is not installed, so no span hears of deliveries")
            return
        from hookseal.contrib.opentelemetry.events import tell  # noqa: PLC0415 - needs what may be absent

        watch(tell, self.name)
