"""`webhooks explain`: why a captured delivery was refused."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from hookseal import sign
from hookseal.captured import Captured, to_http
from tests.site.settings import SECRETS_OF

NOW = 1_800_000_000


def captured(body: bytes = b'{"id": "evt_1"}') -> Captured:
    """Capture a delivery of Stripe's, whose body something changed."""
    signed = sign("stripe", secret=SECRETS_OF["stripe"], body=b'{"id": "evt_1"}', now=NOW)
    return Captured("POST", "https://testserver/hooks/stripe/", tuple(signed.headers.items()), body, NOW, "stripe")


def run(*words: str) -> tuple[str, int]:
    """Run the command; give what it printed, and its exit code."""
    out = StringIO()
    try:
        call_command("webhooks", "explain", *words, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


@pytest.fixture
def file(tmp_path: Path):
    """Write a captured request to a file."""

    def write(request: Captured) -> str:
        path = tmp_path / "request.http"
        path.write_bytes(to_http(request))
        return str(path)

    return write


def test_a_file_is_explained(file):
    """The cause and its fix are printed, with what was tried."""
    printed, code = run("--file", file(captured(b'{"id": "evt_1"}\n')))
    assert code == 3
    assert printed.startswith("stripe  signature_mismatch  2027-01-15 08:00:00 UTC  POST /hooks/stripe/  16 bytes\n")
    assert "  Right without the white space at the end" in printed
    assert "The expected signature is never shown." in printed


def test_scripts_get_json(file):
    """With --json the same is one object."""
    told = json.loads(run("--file", file(captured(b"{}")), "--json")[0])
    assert told.keys() > {"endpoint", "provider", "verdict", "reason", "tried", "bounded", "milliseconds"}
    assert [cause["code"] for cause in told["causes"]] == ["unknown"]


def test_the_exit_code_says_whether_it_is_refused(file):
    """0: nothing is wrong; 3: it is refused, whether a cause is found or not."""
    assert run("--file", file(captured()))[1] == 0
    assert run("--file", file(captured(b"something else")))[1] == 3


def test_it_is_explained_for_the_endpoint_that_is_named(file):
    """--endpoint takes the place of the one it was sent to."""
    printed, _ = run("--file", file(captured()), "--endpoint", "github")
    assert printed.startswith("github  missing_signature")
    assert 'Right for endpoint "stripe"' in printed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--file", "/nowhere.http"), "holds no request"),
        (("--file", "{file}", "--endpoint", "stripes"), 'Did you mean "stripe"'),
        (("1",), "The inspector is not installed|no captured delivery 1|cannot be read"),
    ],
)
@pytest.mark.django_db
def test_what_cannot_be_explained_is_said(file, words: tuple[str, ...], message: str):
    """A missing file, an unknown endpoint and an unknown delivery are errors with a reason."""
    path = file(captured())
    with pytest.raises(CommandError, match=message):
        run(*(word.format(file=path) for word in words))


@pytest.mark.django_db
def test_a_kept_delivery_is_explained_with_the_others_of_its_endpoint():
    """By number, a delivery of the inspector's is explained, its history included."""
    models = pytest.importorskip("hookseal.inspector.models")
    captured_now = captured()
    common = {"endpoint": "stripe", "method": "POST", "url": captured_now.url, "path": "/hooks/stripe/"}
    at = datetime.fromtimestamp(NOW, tz=timezone.utc)
    models.Delivery.objects.create(**common, received_at=at, verdict="accepted", event_id="evt_1", status=200)
    row = models.Delivery.objects.create(
        **common,
        received_at=at,
        verdict="duplicate",
        headers=[list(pair) for pair in captured_now.headers],
        body=captured_now.body,
        body_size=len(captured_now.body),
    )
    assert "This event was handled at 2027-01-15 08:00:00 UTC with status 200" in run(str(row.pk))[0]
