"""The tasks that look at what was captured: list, show, replay, export, types and prune."""

from __future__ import annotations

import json
import re
import socket
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from hookseal.inspector.models import Delivery
from hookseal.management.kept import printable
from tests.live import starting
from tests.site import settings as site
from tests.site import views
from tests.test_commands import run

TASKS = ("list", "show", "replay", "export", "types")
BODY = b'{"id": "evt_1", "type": "invoice.paid"}'

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _capture(settings):
    """Keep everything."""
    settings.HOOKSEAL = site.HOOKSEAL | {"*": {"CAPTURE": "all", "REPLAY": "memory"}}


@pytest.fixture
def number(client, send) -> int:
    """The number of an accepted delivery to the endpoint "stripe"."""
    send(client, "/to/stripe/?token=canary", "stripe", BODY, headers={"Cookie": "canary"})
    return Delivery.objects.get().pk


def test_list_shows_the_newest_last(client, send, number):
    """With what became of each."""
    send(client, "/to/github/", "github", BODY, data=b"forged")
    lines = run("list").splitlines()
    assert lines[0].split()[:3] == ["ID", "RECEIVED", "(UTC)"]
    assert re.search(rf"^{number} +20.* stripe +accepted +200 .* POST /to/stripe/ +evt_1$", lines[1])
    assert re.search(r"github +refused \[signature_mismatch\] +400", lines[2])


@pytest.mark.parametrize(
    ("words", "endpoints"),
    [
        (["stripe"], ["stripe"]),
        (["--verdict", "refused"], ["github"]),
        (["--reason", "signature_mismatch"], ["github"]),
        (["--limit", "1"], ["github"]),
        (["--limit", "-1"], []),
    ],
)
def test_list_is_narrowed(client, send, number, words, endpoints):
    """By endpoint, verdict, reason and number; as JSON the newest comes first, without headers and body."""
    send(client, "/to/github/", "github", BODY, data=b"forged")
    facts = json.loads(run("list", *words, "--json"))
    assert [each["endpoint"] for each in facts] == endpoints
    assert all("headers" not in each and "body" not in each for each in facts)


def test_an_empty_list_says_so():
    """Instead of nothing."""
    assert run("list") == "Nothing was captured."


def test_show_tells_what_became_of_it(number):
    """And the request as it came, without its secrets."""
    shown = run("show", str(number))
    assert shown.startswith(f"delivery {number}  stripe  accepted")
    assert "  secret: stripe[0]" in shown
    assert "POST https://testserver/to/stripe/?token=[redacted]" in shown
    assert "Cookie: [redacted]" in shown
    assert '"type": "invoice.paid"' in shown
    assert "canary" not in shown
    facts = json.loads(run("show", str(number), "--json"))
    assert (facts["body"], facts["is_cut"]) == (BODY.decode(), False)
    assert "canary" in run("show", str(number), "--reveal")


def test_show_tells_why_it_was_refused(client, send):
    """With the sentence and the fix of the log."""
    send(client, "/to/github/", "github", BODY, data=b"\x1b[31mforged\r\nFORGED LINE\x07")
    row = Delivery.objects.get()
    shown = run("show", str(row.pk))
    assert f"why: {row.sentence}" in shown
    assert f"fix: {row.fix}" in shown
    assert "\x1b" not in shown
    assert "\\x1b[31mforged\nFORGED LINE\\x07" in shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"a":"\\u001b"}', '{\n  "a": "\\u001b"\n}'),
        (b"a\tb\nc\x00", "a\\tb\nc\\x00"),
        (b"\xff\xfe", "\\\\xff\\\\xfe"),
        (b"", ""),
        (b"[" * 5000, "[" * 5000),
    ],
)
def test_T47_a_body_does_nothing_to_a_terminal(body, shown):
    """It is the sender's."""
    assert printable(body) == shown


def test_replay_sends_it_again(number):
    """The replay store knows it: it is found to be a duplicate, and the way around that is named."""
    said = run("replay", str(number))
    assert re.match(rf"delivery \d+, a replay of {number}: duplicate, answered 200", said)
    assert "manage.py webhooks forget stripe evt_1" in said
    run("forget", "stripe", "evt_1")
    facts = json.loads(run("replay", str(number), "--resign", "--json"))
    assert (facts["verdict"], facts["replay_of"]) == ("accepted", number)
    assert [receipt.event_id for receipt in views.handled] == ["evt_1", "evt_1"]


def test_replay_has_an_exit_code(client, send, number):
    """For scripts: 3, where the sender would try again or give up."""
    row = Delivery.objects.get()
    row.body, row.body_size = b"{}", 2
    row.save()
    with pytest.raises(SystemExit) as ended:
        run("replay", str(number))
    assert ended.value.code == 3


@pytest.mark.servers
def test_replay_goes_over_the_wire(number):
    """To another site, which judges it as any other; signed afresh, where that is asked for."""
    served = {"stripe": site.HOOKSEAL["stripe"], "*": {"REPLAY": "memory"}}
    with starting("gunicorn", HOOKSEAL=served, ENDPOINTS=["stripe"]) as (server,):
        server.connect().close()
        to = f"http://127.0.0.1:{server._port}/stripe/"
        facts = json.loads(run("replay", str(number), "--to", to, "--json"))
        assert (facts["status"], facts["replay_of"], Delivery.objects.count()) == (200, number, 1)
        Delivery.objects.update(body=b"{}", body_size=2)
        with pytest.raises(SystemExit) as ended:
            run("replay", str(number), "--to", to)
        assert ended.value.code == 3
        assert "answered 200" in run("replay", str(number), "--to", to, "--resign")


def test_replay_over_the_wire_says_who_did_not_answer(number):
    """Plain http leads to this machine alone; the path is the one that it was sent to."""
    with pytest.raises(CommandError, match="http"):
        run("replay", str(number), "--to", "http://192.0.2.1")
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(CommandError, match=rf"127.0.0.1:{port}/to/stripe/ did not answer"):
        run("replay", str(number), "--to", f"http://127.0.0.1:{port}")


def test_replay_says_what_cannot_be_sent(number):
    """In a sentence."""
    Delivery.objects.update(body_size=10_000)
    with pytest.raises(CommandError, match="not kept whole"):
        run("replay", str(number))


def test_replay_of_a_wrong_configuration_is_refused(number, settings):
    """The Guard keeps the site from serving, also here."""
    settings.HOOKSEAL = {"stripe": {"SECRETS": [""]}}
    with pytest.raises(CommandError, match="in the configuration"):
        run("replay", str(number))


def test_export_writes_a_curl_command(number):
    """By default; in JSON, all facts."""
    assert run("export", str(number)).startswith("curl ")
    assert run("export", str(number), "--curl") == run("export", str(number))
    assert json.loads(run("export", str(number), "--json"))["event_id"] == "evt_1"
    assert "canary" in run("export", str(number), "--reveal")


def test_export_writes_a_file_that_the_other_tasks_read(number, tmp_path):
    """As it was, where its secrets are asked for."""
    file = tmp_path / "request.http"
    assert run("export", str(number), "--http", str(file), "--reveal") == f"{file} written."
    assert "accepted" in run("verify", "--file", str(file))


def test_export_writes_a_test(number, tmp_path):
    """And the recording that it sends."""
    said = run("export", str(number), "--pytest", "--folder", str(tmp_path / "hooks"))
    file = tmp_path / "hooks" / f"stripe_{number}.http"
    assert said.startswith(f"# {file} is written")
    assert f"def test_stripe_{number}(webhook_client, db):" in said
    assert b"canary" not in file.read_bytes()
    assert json.loads(run("export", str(number), "--pytest", "--folder", str(tmp_path / "hooks"), "--json"))[
        "file"
    ] == str(file)


def test_export_writes_over_nothing(number, tmp_path):
    """A recording may have been edited since."""
    file = tmp_path / f"stripe_{number}.http"
    file.write_text("mine")
    with pytest.raises(CommandError, match="holds something else"):
        run("export", str(number), "--pytest", "--folder", str(tmp_path))
    with pytest.raises(CommandError, match="cannot be written"):
        run("export", str(number), "--http", str(file / "x"))
    assert file.read_text() == "mine"


def test_types_are_made_of_what_was_captured(client, send, number):
    """Of what was proven: anybody can write what was refused."""
    send(client, "/to/stripe/", "stripe", b'{"id": "evt_2", "forged": 1}', data=b'{"id": 1}')
    send(client, "/to/stripe/", "stripe", b'{"id": "evt_3", "more": 1}')
    said = run("types", "stripe")
    assert "class StripeEvent(TypedDict):\n    id: str" in said
    assert "more: NotRequired[int]" in said
    assert "forged" not in said
    facts = json.loads(run("types", "stripe", "--format", "ts", "--json"))
    assert (facts["samples"], facts["left_out"], facts["format"]) == (2, 0, "ts")
    assert facts["types"].startswith("export interface StripeEvent {")


def test_types_leave_out_what_they_cannot_read(client, send, number):
    """And say how many."""
    send(client, "/to/partner/", "partner", b"<xml/>")
    send(client, "/to/partner/", "partner", b'{"a": 1}')
    facts = json.loads(run("types", "partner", "--json"))
    assert (facts["samples"], facts["left_out"]) == (1, 1)


def test_types_are_made_of_files(tmp_path):
    """Of any name, without a capture."""
    for name, text in (("a.json", '{"a": 1}'), ("b.json", '{"a": null}')):
        (tmp_path / name).write_text(text)
    files = [str(tmp_path / name) for name in ("a.json", "b.json")]
    assert "a: int | None" in run("types", "acme", "--file", *files)
    with pytest.raises(CommandError, match="holds no JSON"):
        run("types", "acme", "--file", str(tmp_path / "none.json"))


def test_types_of_nothing_are_an_error():
    """With a hint."""
    with pytest.raises(CommandError, match=r"captured\. Set its CAPTURE"):
        run("types", "stripe")


def test_prune_removes_old_captured_deliveries(number):
    """And says how many."""
    assert "0 captured deliveries removed." in run("prune")
    Delivery.objects.update(received_at=timezone.now() - timedelta(days=8))
    assert json.loads(run("prune", "--json"))["captured_removed"] == 1
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("task", ["show", "replay", "export"])
def test_an_unknown_number_is_an_error(task):
    """A typing error must not pass for success."""
    with pytest.raises(CommandError, match="no captured delivery 99"):
        run(task, "99")


@pytest.mark.parametrize("task", TASKS)
def test_without_the_inspector_it_is_named(task, settings):
    """With the line that is missing."""
    settings.INSTALLED_APPS = [app for app in site.INSTALLED_APPS if app != "hookseal.inspector"]
    words = {"list": [], "types": ["stripe"]}.get(task, ["1"])
    with pytest.raises(CommandError, match=r'add "hookseal\.inspector" to INSTALLED_APPS'):
        call_command("webhooks", task, *words)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("task", [*TASKS, "prune"])
def test_without_the_table_migrate_is_named(task):
    """Instead of a traceback."""
    words = {"list": [], "types": ["stripe"], "prune": []}.get(task, ["1"])
    with connection.schema_editor() as editor:
        editor.execute("ALTER TABLE hookseal_inspector_delivery RENAME TO elsewhere")
    try:
        with pytest.raises(CommandError, match="was `migrate` run"):
            run(task, *words)
    finally:
        with connection.schema_editor() as editor:
            editor.execute("ALTER TABLE elsewhere RENAME TO hookseal_inspector_delivery")
