"""The Django app: adds the system checks. The decorator works without it."""

from __future__ import annotations

from django.apps import AppConfig

from hookseal import logging
from hookseal.checks import register_checks

__all__ = ["HooksealConfig"]


class HooksealConfig(AppConfig):
    """Registers the checks and installs the log filter; touches nothing else."""

    name = "hookseal"
    verbose_name = "Hookseal"

    def ready(self) -> None:
        """Register and install; both may be done again without effect."""
        register_checks()
        logging.install()
