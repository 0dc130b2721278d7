"""Threats to the owner's tools: a tool that is laxer than the decorator, or that a captured body can exhaust."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from django.http import HttpResponse
from django.test import RequestFactory

from hookseal import Verifier, WebhookRejected, sign, webhook
from hookseal.captured import Captured, to_http
from hookseal.conf import endpoint
from hookseal.explain import endpoint_of, explain
from hookseal.explain.bodies import MOST_BYTES
from hookseal.testing import WebhookClient
from hookseal.trial import judge
from tests.commands import run
from tests.site.settings import SECRETS_OF

NOW = 1_790_000_000
SECRET = SECRETS_OF["stripe"]
URL = "https://hooks.example.com/to/stripe/"


def captured(age: int, body: bytes = b'{"id": "evt_1"}', provider: str = "stripe") -> Captured:
    """Capture a delivery that is so many seconds old when it arrives."""
    signed = sign(provider, secret=SECRETS_OF[provider], body=body, now=NOW - age)
    return Captured("POST", URL, tuple(signed.headers.items()), body, NOW)


def by_decorator(delivery: Captured, _: Path) -> bool:
    """A request to a guarded view."""
    headers = {name: text for name, text in delivery.headers if name != "Content-Type"}
    request = RequestFactory().post("/", delivery.body, "application/json", secure=True, headers=headers)
    try:
        return webhook("stripe")(lambda request: HttpResponse())(request).status_code == 200
    except WebhookRejected:
        return False


def by_verifier(delivery: Captured, _: Path) -> bool:
    """The engine without Django."""
    try:
        Verifier("stripe", secrets=[SECRET]).verify(headers=delivery.headers, body=delivery.body)
    except WebhookRejected:
        return False
    return True


def by_trial(delivery: Captured, _: Path) -> bool:
    """What a captured request is judged by."""
    try:
        judge(delivery, endpoint("stripe"))
    except WebhookRejected:
        return False
    return True


def by_explanation(delivery: Captured, _: Path) -> bool:
    """What explains a refusal, for an endpoint of nothing but a secret."""
    return explain(delivery, endpoint_of("stripe", SECRET)).reason is None


def by_command(delivery: Captured, folder: Path) -> bool:
    """`webhooks verify`."""
    (folder / "it.http").write_bytes(to_http(delivery))
    return run("verify", "--file", str(folder / "it.http"), "--endpoint", "stripe")[1] == 0


def by_program(delivery: Captured, folder: Path) -> bool:
    """`python -m hookseal verify`."""
    (folder / "it.http").write_bytes(to_http(delivery))
    words = ["verify", str(folder / "it.http"), "--provider", "stripe", "--secret-env", "SECRET_OF_THIS_TEST"]
    return subprocess.run([sys.executable, "-m", "hookseal", *words], capture_output=True, check=False).returncode == 0


def by_test_kit(delivery: Captured, folder: Path) -> bool:
    """A recorded delivery, sent again as it was, under keys that stand in for the site's."""
    (folder / "it.http").write_bytes(to_http(delivery))
    with time_machine.travel(NOW, tick=False):
        signed = WebhookClient().sign("stripe", {"id": "evt_1"})
    age = NOW - int(dict(delivery.headers)["Stripe-Signature"].partition(",")[0].removeprefix("t="))
    with time_machine.travel(NOW + age, tick=False):
        return WebhookClient().deliver(signed, "/to/stripe/").status_code == 200


FACES = [by_decorator, by_verifier, by_trial, by_explanation, by_command, by_program, by_test_kit]


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_T68_every_face_has_the_same_default(face, tmp_path: Path, monkeypatch, settings, db):
    """Nobody says a tolerance: 300 s is fresh and 301 s is stale, for the decorator and for each tool."""
    settings.HOOKSEAL = {"stripe": {"SECRETS": [SECRET], "REPLAY": False}}
    settings.MIDDLEWARE = []
    monkeypatch.setenv("SECRET_OF_THIS_TEST", SECRET)
    with time_machine.travel(NOW, tick=False):
        assert [face(captured(age), tmp_path) for age in (0, 300, 301)] == [True, True, False]


@pytest.mark.parametrize("press", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
@pytest.mark.parametrize("size", [MOST_BYTES - 1, 10_000_000])
def test_T93_explain_stops_at_its_cap(press, size: int):
    """What was signed before it was compressed is found out, unless it is a bomb: that is not opened to its end."""
    plain = bytes(size)
    delivery = replace(captured(0, plain, "github"), body=press(plain))
    codes = [cause.code for cause in explain(delivery, endpoint_of("github", SECRETS_OF["github"])).causes]
    assert codes == (["body_compressed"] if size < MOST_BYTES else ["unknown"])
