"""The Django app: adds the system checks. The decorator works without it."""

from __future__ import annotations

from django.apps import AppConfig

from hookseal import logging

__all__ = ["HooksealConfig"]


class HooksealConfig(AppConfig):
    """Registers the checks and installs the log filter; touches nothing else."""

    name = "hookseal"
    verbose_name = "Hookseal"

    def ready(self) -> None:
        """Register and install; both may be done again without effect."""
        # The checks import Django's error reporter and models' connections, which want the registry to be filled.
        from hookseal.checks import register_checks  # noqa: PLC0415

        register_checks()
        logging.install()
