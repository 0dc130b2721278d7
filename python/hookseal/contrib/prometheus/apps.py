"""The Django app that counts deliveries, where prometheus-client is installed."""

from __future__ import annotations

import logging
from importlib.util import find_spec

from django.apps import AppConfig

from hookseal.outcomes import watch

__all__ = ["PrometheusConfig"]


class PrometheusConfig(AppConfig):
    """Begins to count."""

    name = "hookseal.contrib.prometheus"
    label = "hookseal_prometheus"
    verbose_name = "Hookseal: Prometheus"

    def ready(self) -> None:
        """Begin; doing so again changes nothing, and neither does it without prometheus-client."""
        if find_spec("prometheus_client") is None:
            logging.getLogger(__name__).info("prometheus-client is not installed, so deliveries are not counted")
            return
        from hookseal.contrib.prometheus.metrics import count  # noqa: PLC0415 - needs what may be absent

        watch(count, self.name)
