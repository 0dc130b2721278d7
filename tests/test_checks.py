"""System checks: what `manage.py check` prints, and one configuration for each id."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType

import pytest
import time_machine
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from hookseal import Secret, guards, webhook
from hookseal.audit import GUARD
from hookseal.checks import check_configuration, check_deployment
from hookseal.conf import endpoint
from hookseal.findings import CATALOGUE, DEPLOY
from hookseal.logging import LOGGER
from hookseal.schemes import Http, mac, token
from hookseal.uses import flush, note_use
from tests.published import AMAZON

ROOT = Path(__file__).resolve().parent.parent
ATOMIC = True
# Never connected to: a cache that several processes share.
SHARED_CACHE = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
}
CANARY = "canary-9d2f4b6a8c0e1357"
OTHER = "canary-7c5e3a1b9d8f6042"
PUBLIC_KEY = "whpk_2N2NOrYTKvfPRYWU5evajhKnGJsq81syaBjqXaY70MI="


@pytest.fixture
def site(settings, monkeypatch):
    """A site whose only views and endpoints are those of the test."""
    monkeypatch.setattr(guards, "_guards", {})
    settings.ROOT_URLCONF = None
    settings.MIDDLEWARE = [GUARD]
    settings.CACHES = SHARED_CACHE
    settings.HOOKSEAL = {}
    return settings


def soon() -> datetime:
    """A moment within the next days."""
    return datetime.now(tz=timezone.utc) + timedelta(days=3)


SMALL = token(http=Http(max_body=1000))
URL = mac(header="X-Sig", digest="sha256", encoding="hex", signed="{url}{body}")
CONFIGURATIONS = {
    "E001": {"github": {"SECRETS": [CANARY], "TOLERENCE": 5}},
    "E002": {"github": {"SECRETS": [f"{CANARY}\n"]}},
    "E003": {"svix": {"SECRETS": ["v1,whsec_AAAA"]}},
    "E005": {"mail": {"PROVIDER": AMAZON}},
    "E006": {"github": {"SECRETS": [CANARY], "MAX_BODY": "1 MB"}},
    "W001": {"partner": {"PROVIDER": "basic", "SECRETS": [f"user:{CANARY}"]}},
    "W002": {"github": {"SECRETS": [CANARY], "REPLAY": "memory"}},
    "W004": {"github": {"SECRETS": [Secret(CANARY, not_after=soon())]}},
    "W006": {"acme": {"PROVIDER": SMALL, "SECRETS": [CANARY], "MAX_BODY": 10}},
    "W007": {"acme": {"PROVIDER": URL, "SECRETS": [CANARY]}},
    "W013": {"stripe": {"SECRETS": [CANARY], "TOLERANCE": None}},
    "W019": {"stripe": {"SECRETS": [CANARY], "LEASE": 70_000}},
    "W014": {"github": {"SECRETS": ["short"]}},
    "W015": {"github": {"SECRETS": [CANARY]}, "slack": {"SECRETS": [CANARY]}},
    "W017": {"github": {"SECRETS": [CANARY, CANARY]}},
    "W018": {"github": {"SECRETS": [CANARY], "PUBLIC_URL": "https://u:p@example.com/"}},
    "I002": {"mailgun": {"SECRETS": [CANARY]}},
    "I004": {"standard-webhooks": {"SECRETS": [PUBLIC_KEY.removeprefix("whpk_")]}},
}


def ids(messages) -> set[str]:
    """Name the ids of some messages."""
    return {message.id.removeprefix("hookseal.") for message in messages}


@pytest.mark.parametrize(("identifier", "hookseal"), CONFIGURATIONS.items())
def test_a_configuration_is_reported_by_its_id(site, identifier, hookseal):
    """By its own and no other, in the check that the id belongs to, with a hint."""
    site.HOOKSEAL = hookseal
    shown, deploy = check_configuration(), check_deployment()
    expected = (set(), {identifier}) if identifier in DEPLOY else ({identifier}, set())
    assert identifier == "W001" or "W001" not in ids(deploy) or identifier == "W006"
    assert expected[0] == ids(shown)
    assert expected[1] <= ids(deploy)
    assert all(message.hint for message in shown + deploy)


def test_E004_is_reported(site):
    """A view names an endpoint that the settings lack."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}
    webhook("githb")(lambda request: HttpResponse())
    assert {"E004"} == ids(check_configuration())


def test_W003_is_reported(site):
    """A method of a class-based view is guarded, not its dispatch."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}

    class Hook:
        @webhook("github")
        def post(self, request):
            return HttpResponse()

    assert {"W003"} == ids(check_configuration())


def test_W005_is_reported(site):
    """Addresses are judged, and the proxy in front is not mentioned."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY], "ALLOW_IPS": ["203.0.113.7"]}}
    site.USE_X_FORWARDED_HOST = True
    assert {"W005"} == ids(check_configuration())


def test_W009_is_reported(site):
    """Nothing keeps the refusals' mails few."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}
    logging.getLogger(LOGGER).filters.clear()
    assert {"W009"} == ids(check_configuration())


def test_W012_is_reported(site):
    """A webhook has no guard; whether any endpoint is configured makes no difference."""
    site.ROOT_URLCONF = ModuleType("urls_of_this_test")
    site.ROOT_URLCONF.urlpatterns = [path("hooks/", csrf_exempt(lambda request: HttpResponse()))]
    assert {"W012"} == ids(check_configuration())


def test_W010_is_reported(site, monkeypatch):
    """An async view on a site that expects transactions."""
    from django.db import connections

    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", ATOMIC)
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}

    @webhook("github")
    async def view(request):
        return HttpResponse()

    assert {"W010"} == ids(check_configuration())


def test_W016_is_reported(site):
    """The Guard line is missing."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}
    site.MIDDLEWARE = []
    assert {"W016"} == ids(check_configuration())


@pytest.fixture
def watched(site, tmp_path):
    """A site whose cache other processes see, and whose sender has used the new one of two secrets."""
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    site.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path)}}
    site.HOOKSEAL = {
        "github": {"REPLAY": "database", "SECRETS": [CANARY, Secret(OTHER, label="old", not_after=soon())]}
    }
    return site


def test_W020_is_reported(watched):
    """A secret was unused for a week, while another was used."""
    with time_machine.travel(datetime.now(tz=timezone.utc) - timedelta(days=8)):
        note_use(endpoint("github"), "github[0]")
        flush()
    note_use(endpoint("github"), "github[0]")
    assert {"W020"} == ids(check_deployment())
    assert {"W004"} == ids(check_configuration())


def test_W021_is_reported(watched):
    """A secret was used after its end."""
    with time_machine.travel(soon() + timedelta(hours=1)):
        note_use(endpoint("github"), "old")
        assert {"W021"} == ids(check_deployment())


def test_I003_is_reported(watched):
    """Nobody answers where the uses are kept; Guard and plain check do not even ask."""
    watched.CACHES = SHARED_CACHE
    assert {"I003"} == ids(check_deployment())
    assert {"W004"} == ids(check_configuration())


BRIDGES = {"W011": "test_anymail_ses.py", **dict.fromkeys(("E007", "W008", "W022"), "test_inspector_exposure.py")}
"""Ids that are reported of another package's settings or of the inspector, and where that is shown."""


def test_every_id_has_its_test():
    """An id that nothing reports would be a promise that nobody keeps."""
    here = Path(__file__).parent
    assert all(f'"{finding}"' in (here / name).read_text(encoding="utf-8") for finding, name in BRIDGES.items())
    tested = {name.split("_")[1] for name in globals() if name.startswith("test_") and name.endswith("_is_reported")}
    assert CATALOGUE.keys() == CONFIGURATIONS.keys() | tested | BRIDGES.keys()


def test_a_message_reads_as_a_sentence(site):
    """Path first, then what is wrong with it, then the hint."""
    site.HOOKSEAL = CONFIGURATIONS["E002"]
    (message,) = check_configuration()
    expected = 'HOOKSEAL["github"]["SECRETS"][0] begins or ends with white space, so no signature can ever match.'
    assert (expected, "hookseal.E002") == (message.msg, message.id)
    assert "A secret read from a file usually needs .strip()." == message.hint


def test_the_checks_are_registered(site):
    """Django runs them with the security checks; the deployment's own only where it is asked to."""
    site.HOOKSEAL = CONFIGURATIONS["W001"] | CONFIGURATIONS["W014"]
    everywhere = {message.id for message in run_checks(tags=["security"])}
    deployed = {message.id for message in run_checks(tags=["security"], include_deployment_checks=True)}
    assert "hookseal.W014" in everywhere
    assert "hookseal.W001" not in everywhere
    assert {"hookseal.W014", "hookseal.W001"} <= deployed


def test_a_finding_can_be_silenced(site, capsys):
    """The way of Django."""
    site.HOOKSEAL = CONFIGURATIONS["W014"]
    site.SILENCED_SYSTEM_CHECKS = ["hookseal.W014"]
    call_command("check", "--tag", "security")
    assert "hookseal.W014" not in capsys.readouterr().err


def test_check_fails_on_an_error(site):
    """T99: a deployment script stops there."""
    site.HOOKSEAL = CONFIGURATIONS["E002"]
    with pytest.raises(SystemCheckError, match=r"\(hookseal\.E002\)"):
        call_command("check", "--tag", "security")


def test_T99_manage_py_check_prints_every_finding(tmp_path):
    """In a process of its own, as an owner runs it: errors first, each with its hint, and a status that is not 0."""
    (tmp_path / "wrong_settings.py").write_text(
        "from tests.site.settings import *\n"
        f'HOOKSEAL = {{"github": {{"SECRETS": ["{CANARY}\\n"]}}, "slack": {{"SECRETS": ["short"]}}}}\n'
        "ROOT_URLCONF = 'wrong_settings'\n"
        "urlpatterns = []\n"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "wrong_settings", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    run = subprocess.run(
        [sys.executable, "-m", "django", "check"], capture_output=True, text=True, check=False, env=environment
    )
    assert 1 == run.returncode
    assert (
        "ERRORS:\n"
        '?: (hookseal.E002) HOOKSEAL["github"]["SECRETS"][0] begins or ends with white space, '
        "so no signature can ever match.\n"
        "\tHINT: A secret read from a file usually needs .strip().\n"
        "\n"
        "WARNINGS:\n"
        '?: (hookseal.W014) HOOKSEAL["slack"]["SECRETS"][0] is shorter than 16 bytes.\n'
        "\tHINT: Use a random secret of 32 characters or more.\n"
    ) in run.stderr
    assert CANARY not in run.stdout + run.stderr
