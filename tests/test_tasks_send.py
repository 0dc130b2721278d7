"""`webhooks send`: signed samples and deliberately wrong ones against a real site under gunicorn."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from django.core.management import CommandError

from hookseal.management.tasks import send
from hookseal.schemes import mac
from hookseal.signing import key_pair
from tests.commands import facts, run
from tests.live import ROOT, Server, starting
from tests.served.settings import SECRETS_OF

pytestmark = pytest.mark.servers

PRIVATE, PUBLIC = key_pair("discord")
OTHER = "somebody-elses-secret-0123456789"
ADDRESSED = mac(header="X-Signature", digest="sha256", encoding="hex", signed="{url}{body}")
ENDPOINTS: dict[str, dict[str, object]] = {
    "github": {"SECRETS": [SECRETS_OF["github"]]},
    "stripe": {"SECRETS": [SECRETS_OF["stripe"]]},
    "partner": {"PROVIDER": "basic", "SECRETS": [SECRETS_OF["partner"]]},
    "guarded": {"PROVIDER": "github", "SECRETS": [SECRETS_OF["github"]], "BASIC_AUTH": [SECRETS_OF["partner"]]},
    "told": {"PROVIDER": "stripe", "SECRETS": [SECRETS_OF["stripe"]], "REFUSAL_STATUS": 406},
    "twilio": {"SECRETS": [SECRETS_OF["github"]], "PUBLIC_URL": "https://public.example.com"},
    "discord": {"SECRETS": [PUBLIC]},
    "mailgun": {"SECRETS": [SECRETS_OF["github"]]},
    "*": {"REPLAY": "memory"},
}


@dataclass(frozen=True)
class Site:
    """The site, and how the command sends to one of its endpoints."""

    server: Server

    def send(self, alias: str, *words: str) -> tuple[dict, int, str]:
        """Give the answer of the command, its exit code, and what the site noted meanwhile."""
        before = len(self.server.log)
        told, code = facts("send", alias, "--to", self.url(alias), *words)
        return told, code, "".join(re.findall(r"noted (\w+)", self.server.log[before:]))

    def url(self, alias: str) -> str:
        """Say where an endpoint is."""
        return f"http://127.0.0.1:{self.server._port}/{alias}/"


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    """Serve the endpoints with one worker."""
    names = [name for name in ENDPOINTS if name != "*"]
    with starting("gunicorn", HOOKSEAL=ENDPOINTS, ENDPOINTS=names) as (server,):
        server.connect().close()
        yield Site(server)


@pytest.fixture
def site(running: Site, settings) -> Site:
    """Give the command the settings of the served site."""
    settings.HOOKSEAL = ENDPOINTS
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    return running


@pytest.mark.parametrize("alias", ["github", "stripe", "partner", "guarded", "told", "twilio", "mailgun"])
def test_a_genuine_sample_is_delivered(site: Site, alias: str):
    """Whatever its sender signs: the body, the time, the public URL, credentials beside."""
    told, code, noted = site.send(alias)
    assert (0, "", True) == (code, noted, told["as_expected"])
    assert [200] == [each["status"] for each in told["deliveries"][0]]


def test_each_sample_is_a_new_event(site: Site):
    """None is taken for the replay of another: the view answers, and not the guard."""
    told, code, _ = site.send("stripe", "--times", "5")
    assert (0, [64] * 5) == (code, [one["bytes"] for (one,) in told["deliveries"]])


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("body", "signature_mismatch"),
        ("secret", "signature_mismatch"),
        ("stale", "stale"),
        ("time", "stale"),
        ("future", "future"),
        ("missing", "missing_signature"),
        ("no_header", "missing_signature"),
    ],
)
def test_a_wrong_sample_is_refused(site: Site, how: str, reason: str):
    """For what is wrong with it; that is what is due."""
    told, code, noted = site.send("stripe", "--tamper", how)
    assert (0, reason, [[400]]) == (code, noted, [[each["status"] for each in one] for one in told["deliveries"]])


def test_the_status_of_a_refusal_is_the_endpoints(site: Site):
    """REFUSAL_STATUS is what is due, where it is set."""
    told, code, noted = site.send("told", "--tamper", "body")
    assert (0, 406, "signature_mismatch") == (code, told["deliveries"][0][0]["status"], noted)


def test_a_replay_is_sent_twice_and_handled_once(site: Site):
    """The second is answered without the view: empty."""
    told, code, noted = site.send("github", "--tamper", "replay")
    answers = [(each["status"], each["bytes"]) for each in told["deliveries"][0]]
    assert (0, "", [(200, 64), (200, 0)]) == (code, noted, answers)


def test_another_answer_has_an_exit_code_of_its_own(site: Site, monkeypatch):
    """And what usually stands behind it is said."""
    monkeypatch.setenv("WRONG", OTHER)
    told, code, noted = site.send("github", "--secret-env", "WRONG")
    assert (3, False, "signature_mismatch") == (code, told["as_expected"], noted)
    text, code = run("send", "github", "--secret-env", "WRONG", "--to", site.url("github"))
    assert 3 == code
    assert re.search(r"400 Bad Request after [\d.]+ ms, where 2xx is due\n  400: The site refused it", text)
    text, code = run("send", "github", "--to", site.url("nowhere"))
    assert (3, True) == (code, "404: Nothing is at that path" in text)
    text, code = run("send", "github", "--tamper", "secret", "--to", site.url("up"))
    assert (3, True) == (code, "403: Forbidden before @webhook was asked" in text)
    text, code = run("send", "github", "--tamper", "replay", "--expect", "409", "--to", site.url("github"))
    assert (3, True) == (code, "200: It was accepted: is @webhook in front" in text)


def test_what_is_due_can_be_said(site: Site, monkeypatch):
    """For a site that answers otherwise."""
    monkeypatch.setenv("WRONG", OTHER)
    assert 0 == site.send("github", "--secret-env", "WRONG", "--expect", "400")[1]
    assert 3 == site.send("github", "--expect", "202")[1]


def test_a_host_that_is_not_allowed_is_named(site: Site, settings, monkeypatch):
    """Django refuses it with the same status."""
    settings.ALLOWED_HOSTS = ["hooks.example.com"]
    monkeypatch.setenv("WRONG", OTHER)
    text, _ = run("send", "github", "--secret-env", "WRONG", "--to", site.url("github"))
    assert "ALLOWED_HOSTS of these settings lacks 127.0.0.1." in text


def test_many_are_summed_up(site: Site):
    """With how long they took."""
    text, code = run("send", "github", "--times", "3", "--to", site.url("github"))
    assert 0 == code
    assert re.search(r"3 of 3 as expected: 3 times 200; [\d.]+ ms as a rule, at most [\d.]+ ms", text)


def test_a_body_of_ones_own_is_sent(site: Site, tmp_path: Path, monkeypatch):
    """Byte for byte, each time; the view answers with its digest."""
    body = b'{"own": true}\r\n'
    (tmp_path / "body").write_bytes(body)
    assert 0 == site.send("github", "--body", str(tmp_path / "body"))[1]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
    told, code, _ = site.send("partner", "--body", "-", "--times", "2")
    assert (0, [64, 64]) == (code, [one["bytes"] for (one,) in told["deliveries"]])


def test_a_private_key_signs_where_the_site_has_the_public_one(site: Site, monkeypatch):
    """The pair was made by `sign --new-key`, say."""
    monkeypatch.setenv("DISCORD_PRIVATE", PRIVATE)
    assert 0 == site.send("discord", "--secret-env", "DISCORD_PRIVATE")[1]
    told, code, noted = site.send("discord", "--secret-env", "DISCORD_PRIVATE", "--tamper", "body")
    assert (0, 401, "signature_mismatch") == (code, told["deliveries"][0][0]["status"], noted)


def test_the_path_is_the_endpoints_own(settings):
    """On this machine, or on the host that is named."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(CommandError, match=rf"http://127\.0\.0\.1:{port}/to/stripe/ did not answer: Connection"):
        run("send", "stripe", "--to", f"http://127.0.0.1:{port}")


def test_http_goes_to_this_machine_alone():
    """A signed sample is worth as much as a password."""
    with pytest.raises(CommandError, match="http goes to this machine alone"):
        run("send", "stripe", "--to", "http://192.0.2.1/hooks/")
    with pytest.raises(CommandError, match="the URL is not one to be fetched"):
        run("send", "stripe", "--to", "ftp://127.0.0.1/hooks/")


def test_what_a_sender_does_not_prove_cannot_be_bent():
    """GitHub signs no time, so nothing of it is stale."""
    with pytest.raises(CommandError, match="cannot be sent: no time of GitHub"):
        run("send", "github", "--to", "http://127.0.0.1:1/", "--tamper", "stale")


def test_words_are_judged_before_anything_is_sent():
    """A number of times, and a way to tamper."""
    for words in (["--times", "0"], ["--times", "x"], ["--tamper", "nicely"]):
        with pytest.raises(CommandError):
            run("send", "github", *words)
    assert {"body", "secret", "stale", "future", "missing", "replay"} <= _ways()


def test_scripts_see_the_exit_codes(site: Site, tmp_path: Path):
    """Of the real program: 0 as expected, 1 nobody answers, 2 wrong words, 3 otherwise."""
    other = {"other": {"PROVIDER": "github", "SECRETS": [OTHER]}}
    settings = f"from tests.site.settings import *\nHOOKSEAL = {ENDPOINTS | other!r}\n"
    (tmp_path / "otherwise.py").write_text(settings)
    manage = partial(_manage, tmp_path)
    assert 0 == manage("send", "github", "--to", site.url("github")).returncode
    assert 3 == manage("send", "other", "--to", site.url("github")).returncode
    assert 2 == manage("send", "github", "--times", "0").returncode
    nobody = manage("send", "github", "--to", "http://127.0.0.1:1/")
    assert (1, "") == (nobody.returncode, nobody.stdout)
    assert nobody.stderr.startswith("CommandError: http://127.0.0.1:1/ did not answer: ConnectionRefusedError.")
    signed = manage("sign", "github", "--curl", "--to", site.url("github"))
    answer = subprocess.run(["/bin/sh", "-c", signed.stdout], capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("HTTP/1.1 200 OK")


def _ways() -> set[str]:
    from argparse import ArgumentParser

    parser = ArgumentParser()
    send.add_words(parser)
    return set(next(action.choices for action in parser._actions if action.dest == "tamper"))


def _manage(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py webhooks` as a script does."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "otherwise"}
    environment["PYTHONPATH"] = os.pathsep.join([str(folder), str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "django", "webhooks", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT)
