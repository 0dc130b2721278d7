"""The demo as a user runs it, and the judgement by which it passes or fails."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@pytest.fixture
def demo(monkeypatch):
    """The demo's modules, importable by the names under which it runs."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return import_module("demo")


@pytest.fixture
def row(demo):
    """Make a row of the table from the expected and the actual verdict, as (status, reason)."""

    def make(expected, got):
        verdict = demo.Verdict
        return demo.Row("WSGI gunicorn", "Stripe", "stale", verdict(*expected), verdict(*got))

    return make


@pytest.mark.servers
def test_the_demo_finds_every_verdict_right():
    """Under a WSGI and an ASGI server every delivery, genuine or not, gets the verdict it must get."""
    demo = [sys.executable, str(EXAMPLES / "demo.py"), "--check"]
    environment = {name: text for name, text in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    ended = subprocess.run(demo, capture_output=True, text=True, timeout=180, check=False, env=environment)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "WSGI gunicorn" in ended.stdout
    assert "ASGI uvicorn" in ended.stdout
    assert "\x1b" not in ended.stdout


def test_a_row_is_right_if_status_and_reason_are(row):
    """A refusal for the expected reason is right."""
    assert row((400, "stale"), (400, "stale")).right


@pytest.mark.parametrize("got", [(200, ""), (500, "stale"), (400, "signature_mismatch"), (400, "")])
def test_another_status_or_another_reason_is_wrong(row, got):
    """A refusal must be the expected one; for the wrong reason it is as wrong as none."""
    assert not row((400, "stale"), got).right


def test_one_wrong_verdict_fails_the_demo(demo, row):
    """The exit status tells of a single wrong verdict among right ones."""
    right, wrong = row((200, ""), (200, "")), row((400, "stale"), (200, ""))
    assert demo.exit_status([right, right]) == 0
    assert demo.exit_status([right, wrong]) == 1


def test_a_demo_without_deliveries_fails(demo):
    """Nothing sent is nothing proven."""
    assert demo.exit_status([]) == 1


def test_the_table_names_the_wrong_row(demo, row, capsys):
    """Whoever reads the table finds what is wrong, what was expected and what came."""
    demo.print_table([row((400, "stale"), (200, ""))])
    line = next(line for line in capsys.readouterr().out.splitlines() if "WRONG" in line)
    assert line.split() == ["WRONG", "stale", "400", "stale", "200"]


def test_the_reason_is_read_from_the_sites_own_log(demo):
    """Of what a server logs, the demo takes the line in which the site notes the refusal."""
    noise = "ERROR django.security.WebhookRejected: stripe refused [future] POST /hooks/stripe/\n"
    assert demo.logged_reason([noise, "INFO site: refused stripe: stale\n"]) == "stale"
    assert demo.logged_reason([noise]) == ""
    duplicate = (
        "INFO hookseal.deliveries: stripe: evt_1 was already handled at 2026-01-01T00:00:00+00:00 with status 200\n"
    )
    assert demo.logged_reason([duplicate]) == "already handled"
