"""Starting a server: a wrong configuration keeps it from serving, a right one costs nothing; and what `check` says."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.live import COMMANDS, ROOT, message, on_every_server, proof, starting
from tests.served.settings import MIDDLEWARE, SECRETS_OF

pytestmark = pytest.mark.servers

UNGUARDED = [line for line in MIDDLEWARE if line != "hookseal.middleware.Guard"]
GITHUB = {"SECRETS": [SECRETS_OF["github"]]}
STRIPE = {"SECRETS": [SECRETS_OF["stripe"]]}
UNSET = "An environment variable is not set: read it with os.environ["
EVERYTHING_WRONG = {
    "HOOKSEAL": {
        "github": {"SECRETS": ["None"], "TOLERENCE": 5},
        "stripe": {**STRIPE, "ALLOW_IPS": ["203.0.113.256"]},
        "svix": {"SECRETS": ["v1,whsec_AAAA"]},
    },
    "ENDPOINTS": ["github", "stripe", "absent"],
}
EVERYTHING_FOUND = [
    ("E001", 'HOOKSEAL["github"]["TOLERENCE"]', 'Did you mean "TOLERANCE"?'),
    ("E002", 'HOOKSEAL["github"]["SECRETS"][0]', UNSET),
    ("E006", 'HOOKSEAL["stripe"]["ALLOW_IPS"]', 'Write ranges as "203.0.113.0/24".'),
    ("E003", 'HOOKSEAL["svix"]["SECRETS"][0]', "whsec_"),
    ("E004", '@webhook("absent")', "Known: github, stripe, svix."),
]
WRONG = {
    "no entry": ({}, "E004", '@webhook("github")'),
    "no secret": ({"github": {}}, "E002", 'HOOKSEAL["github"]["SECRETS"]'),
    "empty list": ({"github": {"SECRETS": []}}, "E002", 'HOOKSEAL["github"]["SECRETS"]'),
    "empty secret": ({"github": {"SECRETS": [""]}}, "E002", 'HOOKSEAL["github"]["SECRETS"][0]'),
    "null": ({"github": {"SECRETS": [None]}}, "E002", 'HOOKSEAL["github"]["SECRETS"][0]'),
    "newline": ({"github": {"SECRETS": [f"{SECRETS_OF['github']}\n"]}}, "E002", 'HOOKSEAL["github"]["SECRETS"][0]'),
    "unknown provider": ({"github": {**GITHUB, "PROVIDER": "githb"}}, "E001", 'HOOKSEAL["github"]["PROVIDER"]'),
    "no dict": ({"github": SECRETS_OF["github"]}, "E006", 'HOOKSEAL["github"]'),
}


def check(*arguments, **changes):
    """Run `manage.py check` on the served project."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.served.settings"}
    environment["SERVED_CHANGES"] = json.dumps(changes)
    command = [sys.executable, "-m", "django", "check", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_T99_no_server_serves_a_wrong_configuration(name):
    """It ends by itself, without any request, and prints id, path and fix of every finding, and no secret."""
    with starting(name, **EVERYTHING_WRONG) as [server]:
        status = server.status()
        for identifier, path, hint in EVERYTHING_FOUND:
            before, _, after = server.log.partition(f"(hookseal.{identifier}) {path}")
            assert after, f"{identifier} {path} is not in:\n{before}"
            assert hint in after.partition("(hookseal.")[0]
        assert status != 0 or name == "hypercorn", "hypercorn ends with 0 whatever its workers raise"
        assert SECRETS_OF["stripe"] not in server.log


@pytest.mark.parametrize(("hookseal", "identifier", "path"), WRONG.values(), ids=WRONG)
def test_T99_each_wrong_configuration_stops_the_server(hookseal, identifier, path):
    """Whatever can never be right keeps the process from serving; nothing else happens at import or decoration."""
    with starting("gunicorn", "gunicorn-preload", "uvicorn", HOOKSEAL=hookseal, ENDPOINTS=["github"]) as servers:
        for server in servers:
            assert server.status() != 0
            assert f"(hookseal.{identifier}) {path} " in server.log
            assert "    HINT: " in server.log
            assert SECRETS_OF["github"] not in server.log


@on_every_server
def test_the_guard_is_not_on_the_way_of_a_request(server):
    """A right configuration boots, and of the middleware only the others are called."""
    paths = ("/callers/", "/async/callers/")
    callers = b" ".join(server.exchange(message(path, method="GET")).body for path in paths).decode().split()
    assert "tests.served.verdict" in callers
    assert "hookseal.middleware" not in callers


@pytest.mark.parametrize("name", ["gunicorn", "uvicorn"])
def test_T99_without_the_guard_the_wrong_endpoint_alone_is_out_of_service(name):
    """It answers 503 to whatever comes, with or without signature; its neighbour and other views work."""
    changes = {"HOOKSEAL": {"github": {"SECRETS": [""]}, "stripe": STRIPE}, "ENDPOINTS": ["github", "stripe"]}
    with starting(name, **changes, MIDDLEWARE=UNGUARDED) as [server]:
        for path in ("/github/", "/async/github/"):
            refused = server.exchange(message(path, *proof("github", b"{}"), body=b"{}"))
            assert (503, "not_configured") == (refused.status, refused.reason)
            assert int(refused.headers["retry-after"]) > 0
            assert 503 == server.exchange(message(path)).status
        assert 200 == server.exchange(message("/stripe/", *proof("stripe", b"{}"), body=b"{}")).status
        assert 200 == server.exchange(message("/up/", method="GET")).status
        assert "github refused [not_configured]" in server.log


def test_T99_check_fails_on_a_wrong_configuration():
    """With every finding; so a deployment that runs it stops."""
    ended = check(**EVERYTHING_WRONG)
    assert 0 != ended.returncode
    for identifier, path, _ in EVERYTHING_FOUND:
        assert f"(hookseal.{identifier}) {path}" in ended.stderr


def test_check_passes_on_a_right_configuration():
    """Warnings are shown and stop nothing."""
    ended = check(HOOKSEAL={"github": {"SECRETS": ["short"]}}, ENDPOINTS=["github"])
    assert 0 == ended.returncode
    assert "hookseal.W014" in ended.stderr


def test_check_deploy_shows_what_matters_where_senders_are_served():
    """A shared secret without any word on https is a finding of `check --deploy` alone."""
    changes = {"HOOKSEAL": {"partner": {"PROVIDER": "basic", "SECRETS": [SECRETS_OF["partner"]]}}}
    changes |= {"ENDPOINTS": ["partner"], "SECURE_PROXY_SSL_HEADER": None}
    assert "hookseal.W001" not in check(**changes).stderr
    assert 'hookseal.W001) HOOKSEAL["partner"]' in check("--deploy", **changes).stderr


def test_check_says_that_the_guard_is_missing():
    """Else nobody would notice before an endpoint answers 503."""
    ended = check(MIDDLEWARE=UNGUARDED)
    assert "hookseal.W016) MIDDLEWARE" in ended.stderr
