"""The Guard: raises every error when a server loads it, else leaves."""

from __future__ import annotations

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client

from hookseal import WebhookConfigurationError, guards
from hookseal.audit import GUARD
from hookseal.middleware import Guard

CANARY = "canary-9d2f4b6a8c0e1357"


@pytest.fixture
def site(settings, monkeypatch):
    """A site whose only endpoints are those of the test."""
    monkeypatch.setattr(guards, "_guards", {})
    settings.ROOT_URLCONF = "tests.test_middleware"
    settings.MIDDLEWARE = [GUARD]
    settings.HOOKSEAL = {}
    return settings


urlpatterns: list[object] = []


def load() -> None:
    """Load the middleware as every server does."""
    WSGIHandler()


def test_T99_every_error_is_raised_at_once(site):
    """Id, path, message and hint of each; no warnings among them, and no secret."""
    site.HOOKSEAL = {
        "github": {"SECRETS": [f"{CANARY}\n"]},
        "slack": {"SECRETS": ["short"]},
        "stripe": {"SECRETS": [CANARY], "MAX_BODY": 0},
    }
    with pytest.raises(WebhookConfigurationError) as error:
        load()
    text = str(error.value)
    assert ["E002", "E006"] == [finding.id for finding in error.value.findings]
    for finding in error.value.findings:
        assert f"({finding.check_id}) {finding.path} {finding.message}\n    HINT: {finding.hint}" in text
    assert "W014" not in text
    assert CANARY not in text


def test_a_silenced_error_is_raised_all_the_same(site):
    """What can never be right does not become right by not being mentioned."""
    site.HOOKSEAL = {"github": {}}
    site.SILENCED_SYSTEM_CHECKS = ["hookseal.E002"]
    with pytest.raises(WebhookConfigurationError):
        load()


def test_a_right_configuration_leaves_no_middleware(site):
    """So the Guard costs nothing per request; warnings stop nothing."""
    site.HOOKSEAL = {"slack": {"SECRETS": ["short"]}}
    with pytest.raises(MiddlewareNotUsed):
        Guard(lambda request: None)
    handler = WSGIHandler()
    assert handler._get_response == handler._middleware_chain.__wrapped__


def test_the_guard_fits_every_server(site):
    """Django adapts no chain for its sake, sync or async."""
    assert (True, True) == (Guard.sync_capable, Guard.async_capable)


def test_a_broken_urlconf_stops_the_server_too(site):
    """Views that cannot be imported cannot be audited; what is wrong with them is what is raised."""
    site.ROOT_URLCONF = "tests.no_such_urls"
    with pytest.raises(ModuleNotFoundError, match="no_such_urls"):
        load()


def test_the_test_client_meets_the_guard(site):
    """It loads the middleware at its first request, as documented."""
    site.HOOKSEAL = {"github": {}}
    with pytest.raises(WebhookConfigurationError):
        Client().get("/")
