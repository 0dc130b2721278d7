"""Kept deliveries for other tools: what is written sends the same bytes, holds no secret, and is safe to run."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from datetime import datetime, timezone

import pytest

from hookseal.captured import from_http
from hookseal.inspector import exports
from hookseal.inspector.exports import curl_of, facts_of, http_of
from hookseal.inspector.models import Delivery
from hookseal.testing import WebhookClient

CANARY = "canary-3f9c1e7a5b2d8064"
RECEIVED = datetime(2026, 11, 22, 9, 14, 2, tzinfo=timezone.utc)


def row(**fields: object) -> Delivery:
    """Make a row that is full of secrets."""
    known = {
        "pk": 8142,
        "endpoint": "stripe",
        "received_at": RECEIVED,
        "method": "POST",
        "url": f"https://user:{CANARY}@testserver/to/stripe/?token={CANARY}",
        "path": "/to/stripe/",
        "headers": [
            ["Host", "testserver"],
            ["Stripe-Signature", CANARY],
            ["Cookie", CANARY],
            ["X-Other", "'; touch x; '"],
        ],
        "body": b'{"a": "it\'s"}',
        "body_size": 13,
        "verdict": "accepted",
        "status": 200,
    }
    return Delivery(**{**known, **fields})


@pytest.mark.parametrize("name", ["curl_of", "http_of", "facts_of", "pytest_of"])
def test_T44_no_export_holds_a_secret(name):
    """Neither of headers nor of the URL."""
    assert CANARY not in str(getattr(exports, name)(row()))


def test_an_export_holds_everything_where_it_is_asked_for():
    """Byte for byte."""
    assert from_http(http_of(row(), reveal=True)) == row().captured()
    assert facts_of(row(), reveal=True)["headers"] == row().headers
    assert CANARY in curl_of(row(), reveal=True)
    assert CANARY.encode() in exports.pytest_of(row(), reveal=True).recording


@pytest.mark.parametrize("body", [b"it's $HOME `id` \\n \xc3\xa4", bytes(range(256)), b"@/etc/passwd", b""])
@pytest.mark.skipif(shutil.which("/bin/sh") is None, reason="needs a POSIX shell")
def test_a_curl_command_sends_the_very_bytes(tmp_path, body):
    """Whatever they are, and nothing of them is run: here by a curl that writes down what it is given."""
    fake = tmp_path / "curl"
    fake.write_text('#!/bin/sh\nprintf "%s\\0" "$@" > arguments\ncat > stdin\n')
    fake.chmod(0o755)
    command = curl_of(row(body=body, body_size=len(body)))
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, env={"PATH": path}, stdin=subprocess.DEVNULL, check=True)
    arguments = (tmp_path / "arguments").read_bytes().split(b"\0")[:-1]
    sent = (tmp_path / "stdin").read_bytes() if b"@-" in arguments else b""
    if b"--data-raw" in arguments:
        sent = arguments[arguments.index(b"--data-raw") + 1]
    assert sent == body
    assert b"X-Other: '; touch x; '" in arguments
    assert sorted(each.name for each in tmp_path.iterdir()) == ["arguments", "curl", "stdin"]


def test_a_curl_command_says_that_the_body_is_cut():
    """It would be another delivery."""
    assert curl_of(row(body_size=99)).startswith("# Not the whole body was kept.\n")


def test_a_body_that_is_no_text_is_in_base64():
    """JSON has no bytes."""
    assert facts_of(row(body=b"\xff"))["body_base64"] == "/w=="
    assert "body" not in facts_of(row(body=b"\xff"))


@pytest.mark.parametrize("endpoint", ['"; import os', "a/../b", "", "stripe-test", "\N{SNOWMAN}"])
def test_a_test_is_safe_whatever_the_endpoint(endpoint):
    """Its name is one of letters, digits and underscores; what is printed is a function, and nothing else."""
    made = exports.pytest_of(row(endpoint=endpoint), folder='x"; import os')
    (function,) = ast.parse(made.test).body
    assert isinstance(function, ast.FunctionDef)
    assert made.name.removesuffix(".http").replace("_", "").isalnum()
    assert made.name.isascii()


@pytest.mark.parametrize(("verdict", "status", "expected"), [("accepted", 202, 202), ("refused", 400, 200)])
def test_a_test_expects_what_was_answered(verdict, status, expected):
    """Signed afresh, what was refused should be accepted."""
    assert f"status_code == {expected}" in exports.pytest_of(row(verdict=verdict, status=status)).test


def test_a_body_that_was_cut_makes_no_test():
    """It would be another delivery."""
    with pytest.raises(ValueError, match="not kept whole"):
        exports.pytest_of(row(body_size=99))


def test_an_exported_test_passes(tmp_path, monkeypatch, settings, db):
    """With the plugin's client, and without any secret of the site: as it is written, it runs."""
    monkeypatch.chdir(tmp_path)
    settings.MIDDLEWARE = []
    made = exports.pytest_of(row(body=b'{"id": "evt_1"}', body_size=15, url="https://testserver/to/stripe/"))
    folder = tmp_path / "tests" / "hooks"
    folder.mkdir(parents=True)
    (folder / made.name).write_bytes(made.recording)
    space: dict = {}
    exec(made.test, space)  # noqa: S102 - what is to be shown
    space["test_stripe_8142"](WebhookClient(), None)
