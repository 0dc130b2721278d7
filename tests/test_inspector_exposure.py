"""E007, W008, W022: who can reach the inspector's pages where DEBUG is off, and who keeps what CAPTURE asks for."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.urls import include, path

from hookseal.audit import audit
from hookseal.checks import check_deployment
from hookseal.exceptions import WebhookConfigurationError
from hookseal.inspector.exposure import is_exposed
from hookseal.middleware import Guard
from tests.site import settings as site


def page(_request):
    """Stand where a page of the inspector stands: what gives it away is its module."""
    return HttpResponse()


page.__module__ = "hookseal.inspector.views"
urlpatterns = [path("hookseal/", include(([path("", page)], "hookseal")))]


@pytest.fixture
def exposed(settings):
    """A site that has the pages in its URLconf, DEBUG off."""
    settings.ROOT_URLCONF = __name__
    return settings


def found() -> list[tuple[str, str]]:
    """The findings on the inspector."""
    return [(each.id, each.path) for each in audit() if each.id in {"E007", "W008", "W022"}]


def test_E007_nobody_can_log_in(exposed):
    """Then the pages are for nobody, or for somebody who was not thought of: no server starts so."""
    exposed.MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
    assert found() == [("E007", 'MIDDLEWARE: "django.contrib.auth.middleware.AuthenticationMiddleware"')]
    with pytest.raises(WebhookConfigurationError, match="E007"):
        Guard(lambda _: HttpResponse())


def test_E007_there_are_no_users(exposed, monkeypatch):
    """Without django.contrib.auth."""
    monkeypatch.setattr("django.apps.apps.is_installed", lambda name: name != "django.contrib.auth")
    assert found() == [("E007", 'INSTALLED_APPS: "django.contrib.auth"')]


def test_W008_the_pages_are_on(exposed):
    """Said where it matters: by `check --deploy`."""
    exposed.MIDDLEWARE = site.MIDDLEWARE
    assert found() == [("W008", "the inspector")]
    assert "hookseal.W008" in {message.id for message in check_deployment()}


def test_nothing_is_said_of_pages_under_debug(exposed):
    """There they are for this machine."""
    exposed.DEBUG = True
    exposed.MIDDLEWARE = []
    assert not is_exposed()
    assert found() == []


def test_nothing_is_said_where_there_are_no_pages(settings):
    """A site that keeps deliveries needs no pages."""
    settings.MIDDLEWARE = []
    assert found() == []


def test_W022_nobody_keeps_anything(settings):
    """CAPTURE without the app."""
    settings.INSTALLED_APPS = [name for name in site.INSTALLED_APPS if name != "hookseal.inspector"]
    settings.HOOKSEAL = site.HOOKSEAL | {"github": site.HOOKSEAL["github"] | {"CAPTURE": "all"}}
    assert found() == [("W022", 'HOOKSEAL["github"]')]
    settings.INSTALLED_APPS = site.INSTALLED_APPS
    assert found() == []
