"""`webhooks verify`: what the present settings would make of captured deliveries."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.test import modify_settings

from hookseal import Secret, sign
from hookseal.captured import Captured, to_http
from hookseal.inspector.models import Delivery
from tests.commands import facts, run
from tests.site.settings import SECRETS_OF

THEN = 1_790_000_000


def captured(alias: str, secret: str | None = None, body: bytes = b'{"id": "evt_1"}') -> Captured:
    """Capture a delivery, as its sender signs it or as somebody else does."""
    url = f"https://hooks.example.com/to/{alias}/"
    provider = "basic" if alias == "partner" else alias
    signed = sign(provider, secret=secret or SECRETS_OF[alias], body=body, now=THEN, url=url)
    headers = (("Host", "hooks.example.com"), *signed.headers.items())
    return Captured("POST", url, headers, signed.body, THEN, alias)


def row(request: Captured, verdict: str, **changes: object) -> Delivery:
    """Keep a captured delivery as the inspector does."""
    kept = {
        "endpoint": request.endpoint,
        "received_at": datetime.fromtimestamp(request.received_at, tz=timezone.utc),
        "method": request.method,
        "url": request.url,
        "path": "/",
        "headers": [list(pair) for pair in request.headers],
        "body": request.body,
        "body_size": len(request.body),
        "verdict": verdict,
    }
    return Delivery.objects.create(**(kept | changes))


@pytest.fixture
def file(tmp_path: Path):
    """Write a request to a file: `file(captured)`."""

    def write(request: Captured) -> str:
        path = tmp_path / "request.http"
        path.write_bytes(to_http(request))
        return str(path)

    return write


def test_a_file_is_judged_as_it_was_received(file):
    """Weeks later, and at the moment that it names."""
    told, code = facts("verify", "--file", file(captured("stripe")))
    assert 0 == code
    assert {
        "endpoint": "stripe",
        "provider": "stripe",
        "verdict": "accepted",
        "secret": "stripe[0]",
        "event_id": "evt_1",
        "signed_at": "2026-09-21T14:13:20+00:00",
        "weak": False,
    } == told
    assert run("verify", "--file", file(captured("stripe")))[0].startswith("accepted  stripe, secret stripe[0], event")


def test_a_refusal_says_why_and_what_to_do(file):
    """And has an exit code of its own."""
    forged = file(captured("stripe", "whsec_somebodyelsessecret"))
    text, code = run("verify", "--file", forged)
    assert 3 == code
    assert text.startswith("refused [signature_mismatch]  stripe\n")
    assert "  Fix: " in text
    told, code = facts("verify", "--file", forged)
    assert (3, "refused", "signature_mismatch", "sender") == (code, told["verdict"], told["reason"], told["fault"])


def test_a_file_is_judged_for_the_endpoint_that_is_named(file, monkeypatch):
    """Whatever it was sent to; from stdin as well."""
    request = captured("github")
    assert 3 == facts("verify", "--file", file(request), "--endpoint", "stripe")[1]
    told, code = facts("verify", "--file", file(replace(request, endpoint="")), "--endpoint", "told")
    assert (0, "told", "github") == (code, told["endpoint"], told["provider"])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(to_http(request))))
    assert 0 == facts("verify", "--file", "-")[1]


def test_a_file_that_cannot_be_judged_is_an_error(file, tmp_path):
    """It is no request, is not there, or nothing says what it was sent to."""
    (tmp_path / "none").write_bytes(b"hello")
    with pytest.raises(CommandError, match="none holds no request: the first line"):
        run("verify", "--file", str(tmp_path / "none"))
    with pytest.raises(CommandError, match="missing holds no request"):
        run("verify", "--file", str(tmp_path / "missing"))
    with pytest.raises(CommandError, match="--endpoint ALIAS"):
        run("verify", "--file", file(replace(captured("github"), endpoint="")))
    with pytest.raises(CommandError, match='Did you mean "stripe"'):
        run("verify", "--file", file(captured("github")), "--endpoint", "strip")


def test_a_captured_delivery_is_judged_by_its_number(db):
    """By the settings of now."""
    right, wrong = row(captured("github"), "accepted"), row(captured("github", "another-secret-of-somebody"), "refused")
    assert 0 == facts("verify", str(right.pk))[1]
    text, code = run("verify", str(wrong.pk))
    assert (3, True) == (code, text.endswith(f"\n  Why: manage.py webhooks explain {wrong.pk}\n"))
    with pytest.raises(CommandError, match="no captured delivery 999"):
        run("verify", "999")


def test_the_address_of_a_captured_delivery_counts(db):
    """A list that is to be switched on can be tried."""
    request = replace(captured("github"), endpoint="nearby")
    assert 0 == facts("verify", str(row(request, "accepted", address="203.0.113.7").pk))[1]
    told, code = facts("verify", str(row(request, "accepted", address="192.0.2.1").pk))
    assert (3, "address_denied") == (code, told["reason"])


def test_a_handshake_is_told_from_a_delivery(file, settings):
    """It is proven, and no view would hear of it; a wrong token is refused."""
    secrets = [Secret(SECRETS_OF["github"]), Secret("verify-canary-0123456789", slot="verify-token")]
    settings.HOOKSEAL = {"meta": {"SECRETS": secrets}}
    url = "https://hooks.example.com/meta/?hub.mode=subscribe&hub.challenge=1&hub.verify_token="
    asked = Captured("GET", f"{url}verify-canary-0123456789", (("Host", "hooks.example.com"),), b"", THEN, "meta")
    told, code = facts("verify", "--file", file(asked))
    assert (0, "handshake", "hub.challenge") == (code, told["verdict"], told["handshake"])
    assert run("verify", "--file", file(asked))[0].startswith("handshake  meta, hub.challenge")
    assert 3 == facts("verify", "--file", file(replace(asked, url=f"{url}another")))[1]


def test_a_body_that_was_cut_is_not_judged(db):
    """A signature over the whole of it would be called wrong; where no body is signed, it does not matter."""
    cut = row(captured("github"), "accepted", body_size=100_000)
    with pytest.raises(CommandError, match="not the whole body was kept"):
        run("verify", str(cut.pk))
    assert 0 == facts("verify", str(row(captured("partner"), "accepted", body_size=100_000).pk))[1]


def test_all_that_was_captured_is_tried(db, settings):
    """Who would be refused that was accepted: the exit code says so, and the deliveries are named."""
    good = [row(captured("github", body=b"%d" % number), "accepted") for number in range(12)]
    row(captured("github", "another-secret-of-somebody"), "refused")
    row(captured("stripe"), "duplicate")
    row(captured("github"), "accepted", body_size=100_000)
    row(captured("github"), "caught")
    row(captured("github"), "refused", replay_of=good[0])
    row(replace(captured("github"), endpoint="gone"), "accepted")
    told, code = facts("verify", "--all-captured")
    by_name = {each["endpoint"]: each for each in told}
    assert 0 == code
    assert {
        "endpoint": "github",
        "judged": 13,
        "accepted_before": 12,
        "accepted_now": 12,
        "newly_refused": [],
        "newly_accepted": [],
        "left_out": {"not the whole body was kept": 1},
    } == by_name["github"]
    assert ({"HOOKSEAL has no such endpoint": 1}, 0) == (by_name["gone"]["left_out"], by_name["gone"]["judged"])

    settings.HOOKSEAL = {"github": {"SECRETS": ["another-secret-of-somebody"]}}
    ((github,), code) = facts("verify", "--all-captured", "github")
    assert 3 == code
    assert [{"id": each.pk, "reason": "signature_mismatch"} for each in good] == github["newly_refused"]
    assert 1 == len(github["newly_accepted"])
    text, code = run("verify", "--all-captured")
    assert 3 == code
    assert "ENDPOINT  JUDGED  ACCEPTED THEN  NOW" in text
    assert f"github: delivery {good[0].pk} would be refused [signature_mismatch]" in text
    assert "github: and 2 more" in text


def test_a_trial_changes_nothing(db, told):
    """No signal is sent, no use counted, nothing claimed or captured."""
    row(captured("github"), "accepted")
    for _ in range(2):
        assert 0 == facts("verify", "--all-captured")[1]
    assert ([], 1) == (told, Delivery.objects.count())


def test_nothing_captured_is_said(db):
    """An empty table is no error."""
    assert ("Nothing was captured.\n", 0) == run("verify", "--all-captured")


def test_without_the_inspector_nothing_is_captured():
    """The error says how to install it."""
    with (
        modify_settings(INSTALLED_APPS={"remove": ["hookseal.inspector"]}),
        pytest.raises(CommandError, match=r'add "hookseal\.inspector" to INSTALLED_APPS'),
    ):
        run("verify", "--all-captured")


def test_one_thing_is_judged_at_a_time(capsys):
    """And something must be."""
    for words in ([], ["1", "--all-captured"], ["--file", "a", "1"]):
        with pytest.raises(CommandError):
            run("verify", *words)
