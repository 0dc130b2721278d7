"""The app: registers the checks and the log filter, and nothing else."""

from __future__ import annotations

import logging

from django.apps import apps
from django.core.checks import registry

from hookseal.checks import check_configuration, check_deployment
from hookseal.logging import LOGGER, RefusalFilter


def test_the_app_is_found_by_its_name():
    """INSTALLED_APPS needs "hookseal" alone."""
    assert "hookseal" == apps.get_app_config("hookseal").label


def test_ready_twice_is_ready_once():
    """Checks and filter are there one time each."""
    apps.get_app_config("hookseal").ready()
    assert check_configuration in registry.registry.registered_checks
    assert check_deployment in registry.registry.deployment_checks
    assert 1 == sum(isinstance(known, RefusalFilter) for known in logging.getLogger(LOGGER).filters)


def test_the_app_has_no_models():
    """The decorator works without INSTALLED_APPS; there is nothing to migrate."""
    assert [] == list(apps.get_app_config("hookseal").get_models())
