"""The pytest plugin: found by its entry point, and no burden for those who do not use it."""

from __future__ import annotations

import pytest

from tests.projects import SETTINGS, Project

SITE = """
ROOT_URLCONF = "shop.urls"
HOOKSEAL = {"stripe": {"SECRETS": [None]}}
"""
URLS = """
from django.http import HttpResponse
from django.urls import path
from hookseal import webhook

urlpatterns = [path("hooks/stripe/", webhook("stripe")(lambda request: HttpResponse("handled")))]
"""
USES = """
import asyncio
import pytest

@pytest.mark.parametrize("time", range(2))
def test_each_test_begins_anew(webhook_client, time):
    with webhook_client.expect_rejection("stale"):
        webhook_client.send("stripe", "/hooks/stripe/", {"id": "evt_1"}, tamper="stale")
    response = webhook_client.send("stripe", "/hooks/stripe/", {"id": "evt_1"})
    assert response.content == b"handled"

def test_it_is_used(webhook_client):
    assert webhook_client.send("stripe", "/hooks/stripe/").status_code == 200

def test_it_is_awaited(async_webhook_client):
    assert asyncio.run(async_webhook_client.send("stripe", "/hooks/stripe/")).status_code == 200

def test_the_host_is_allowed(webhook_client):
    from django.conf import settings
    assert "testserver" in settings.ALLOWED_HOSTS
"""


@pytest.fixture
def project(tmp_path) -> Project:
    """A project whose files each test writes."""
    return Project(tmp_path)


@pytest.fixture
def shop(project) -> Project:
    """A site with one endpoint, and tests that use both fixtures."""
    project.write("shop/settings.py", SETTINGS + SITE)
    project.write("shop/urls.py", URLS)
    project.write("test_shop.py", USES)
    return project


def test_a_project_without_django_never_imports_it(project):
    """Neither Django nor the engine: the plugin is loaded with every pytest beside it."""
    unused = "[name for name in sys.modules if name.split('.')[0] == 'django' or name == 'hookseal._engine']"
    project.write("test_it.py", f"import sys\n\ndef test_nothing_came():\n    assert {unused} == []\n")
    said = project.pytest("-p", "no:django", "-p", "no:asyncio", "--override-ini=asyncio_mode=", "--trace-config", "-q")
    assert "hookseal.testing.plugin" in said or "hookseal-" in said
    assert "1 passed" in said


def test_the_fixtures_are_listed(project):
    """With what they are for."""
    said = project.pytest("--fixtures", "-q")
    assert 'A client for signed requests: `webhook_client.send("stripe"' in said
    assert "A client for async tests" in said


def test_they_work_with_pytest_django(shop):
    """Which has set Django up."""
    assert "5 passed" in shop.pytest("-q", settings="shop.settings")


def test_they_work_without_pytest_django(shop):
    """Then the plugin sets Django up, and Django's environment for tests, once."""
    assert "5 passed" in shop.pytest("-p", "no:django", "-q", settings="shop.settings")


def test_what_is_missing_is_said(shop):
    """In words, and not as a traceback through Django."""
    said = shop.pytest("-p", "no:django", "-q", status=1)
    assert "webhook_client needs the site's settings: Requested setting" in said
    assert "Traceback" not in said


def test_they_work_in_parallel(shop):
    """Each worker makes up keys of its own."""
    pytest.importorskip("xdist")
    assert "5 passed" in shop.pytest("-n", "2", "-q", settings="shop.settings")
