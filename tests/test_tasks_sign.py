"""`webhooks sign`: a delivery as its sender would sign it, with the endpoint's own secret, in several forms."""

from __future__ import annotations

import io
import json
import shlex
import stat
import sys
from base64 import b64decode
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError

from hookseal import Receipt, Secret, conf
from hookseal.captured import Captured, from_http
from hookseal.signing import key_pair
from hookseal.trial import judge
from tests.commands import facts, run
from tests.site.settings import SECRETS_OF

OTHER = "somebody-elses-secret-0123456789"


def accepted(request: Captured, alias: str) -> Receipt:
    """Hold a signed request against its endpoint."""
    receipt = judge(request, conf.endpoint(alias))
    assert isinstance(receipt, Receipt)
    return receipt


@pytest.mark.parametrize("alias", ["stripe", "github", "partner", "mailgun", "addressed"])
def test_what_is_signed_is_accepted(alias: str):
    """It is a .http file to the last byte, for the path of the endpoint on this machine."""
    text, code = run("sign", alias)
    request = from_http(text.encode())
    assert (0, alias, "http", "127.0.0.1:8000") == (code, request.endpoint, *urlsplit(request.url)[:2])
    if alias != "addressed":  # it signs a host that these settings do not know
        headers = (("Host", "localhost"), *request.headers[1:])
        accepted(replace(request, url=request.url.replace("127.0.0.1:8000", "localhost"), headers=headers), alias)


def test_a_signed_url_is_the_one_that_the_site_sees(settings):
    """PUBLIC_URL, where there is one; the request goes elsewhere."""
    public = {"PUBLIC_URL": "https://public.example.com"}
    settings.HOOKSEAL = {"addressed": settings.HOOKSEAL["addressed"] | public}
    request = from_http(run("sign", "addressed", "--to", "http://localhost:9000/to/addressed/")[0].encode())
    assert "http://localhost:9000/to/addressed/" == request.url
    assert accepted(request, "addressed").body == request.body


def test_a_given_body_is_signed_byte_for_byte(tmp_path: Path, monkeypatch):
    """From a file, or from stdin; with its type."""
    body = b'{"a": "\xc3\xa9"}\r\n\n'
    (tmp_path / "body").write_bytes(body)
    told, _ = facts("sign", "github", str(tmp_path / "body"))
    assert body == b64decode(told["body_base64"])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
    told, _ = facts("sign", "github", "-", "--content-type", "text/plain")
    assert (body.decode(), ["Content-Type", "text/plain"]) == (told["body"], told["headers"][1])


def test_a_template_is_written_as_its_provider_writes_it():
    """The type of the event where views look for it."""
    told, _ = facts("sign", "stripe", "--template", "customer.created")
    event = json.loads(told["body"])
    assert ("customer.created", "customer") == (event["type"], event["data"]["object"]["object"])
    told, _ = facts("sign", "github", "--template", "issues")
    assert ["X-GitHub-Event", "issues"] in told["headers"]


def test_a_curl_command_sends_the_same():
    """Method, URL, headers and body."""
    told, _ = facts("sign", "github", "--event-id", "evt_9")
    words = shlex.split(told["curl"])
    assert told["url"] in words
    assert told["body"] == words[words.index("--data-raw") + 1]
    assert run("sign", "github", "--curl")[0].startswith("curl ")
    headers = run("sign", "github", "--header-only")[0]
    assert "X-Hub-Signature-256: sha256=" in headers
    assert "Host:" not in headers


def test_the_first_secret_that_is_valid_now_signs(settings):
    """Not one that is spent, or that proves handshakes alone."""
    secrets = [
        Secret(OTHER, label="spent", not_after=date(2020, 1, 1)),
        Secret(SECRETS_OF["github"], label="handshakes", slot="verify-token"),
        Secret(SECRETS_OF["stripe"], label="now"),
    ]
    settings.HOOKSEAL = {"meta": {"SECRETS": secrets}, "none": {"PROVIDER": "meta", "SECRETS": secrets[:1]}}
    assert "now" == accepted(_on_localhost(run("sign", "meta", "--to", "http://localhost/")[0]), "meta").secret
    with pytest.raises(CommandError, match='The secrets of "none" cannot sign now'):
        run("sign", "none", "--to", "http://localhost/")


def test_credentials_beside_the_proof_are_shown(settings):
    """BASIC_AUTH demands them of the sender."""
    settings.HOOKSEAL = {"github": settings.HOOKSEAL["github"] | {"BASIC_AUTH": [SECRETS_OF["partner"]]}}
    accepted(_on_localhost(run("sign", "github", "--to", "http://localhost/")[0]), "github")


def test_a_secret_is_named_and_never_given(monkeypatch, tmp_path: Path):
    """In the environment, in a file, or at the keyboard; a line break at the end of a file is none of it."""
    secret = SECRETS_OF["tenants"]
    (tmp_path / "secret").write_text(f"{secret}\n")
    monkeypatch.setenv("TENANTS_SECRET", secret)
    monkeypatch.setattr("hookseal.management.keys.getpass", lambda _: secret)
    ways = [["--secret-env", "TENANTS_SECRET"], ["--secret-file", str(tmp_path / "secret")], ["--secret-prompt"]]
    made = [facts("sign", "tenants", _body(tmp_path), "--to", "http://localhost/", *way)[0] for way in ways]
    assert made[0]["headers"] == made[1]["headers"] == made[2]["headers"]
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setattr("hookseal.management.keys.getpass", input)
    with pytest.raises(CommandError, match="No secret was typed"):
        run("sign", "tenants", "--to", "http://localhost/", "--secret-prompt")
    with pytest.raises(CommandError, match="found by a function for each request"):
        run("sign", "tenants", "--to", "http://localhost/")
    with pytest.raises(CommandError, match="no variable NOBODY"):
        run("sign", "tenants", "--to", "http://localhost/", "--secret-env", "NOBODY")
    with pytest.raises(CommandError, match="nothing cannot be read: No such file"):
        run("sign", "tenants", "--to", "http://localhost/", "--secret-file", str(tmp_path / "nothing"))
    with pytest.raises(CommandError, match="name one"):
        run("sign", "tenants", "--to", "http://localhost/", *ways[0], *ways[1])


def test_a_provider_with_a_private_key_needs_one(settings, tmp_path: Path):
    """The way out is a pair of one's own: its private half in a file that nobody else reads."""
    file = tmp_path / "key"
    settings.HOOKSEAL = {"acme": {"PROVIDER": "discord", "SECRETS": [key_pair("discord")[1]]}}
    to = ["--to", "http://localhost/"]
    with pytest.raises(CommandError, match=r"private key that no site has: .*--new-key"):
        run("sign", "acme", *to)
    told, _ = facts("sign", "acme", *to, "--new-key", str(file))
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    settings.HOOKSEAL = {"acme": {"PROVIDER": "discord", "SECRETS": [told["public_key"]]}}
    text, _ = run("sign", "acme", *to, "--secret-file", str(file))
    accepted(_on_localhost(text), "acme")
    with pytest.raises(CommandError, match=r"cannot be written to .*: File exists"):
        run("sign", "acme", *to, "--new-key", str(file))
    file.unlink()
    assert run("sign", "acme", *to, "--new-key", str(file))[0].startswith('# SECRETS: ["')


def test_a_published_key_is_nobody_elses(settings, tmp_path: Path):
    """What Amazon SNS signs, only Amazon SNS signs; and who shares a secret has no pair."""
    settings.HOOKSEAL = {"amazon-sns": {"TOPICS": ["arn:aws:sns:us-east-1:123456789012:a"]}, **settings.HOOKSEAL}
    to = ["--to", "http://localhost/"]
    with pytest.raises(CommandError, match="keys that it publishes itself"):
        run("sign", "amazon-sns", *to)
    with pytest.raises(CommandError, match="keys that it publishes itself"):
        run("sign", "amazon-sns", *to, "--new-key", str(tmp_path / "key"))
    with pytest.raises(CommandError, match="signs with a shared secret"):
        run("sign", "github", "--new-key", str(tmp_path / "key"))
    assert not (tmp_path / "key").exists()


def test_what_cannot_be_signed_is_an_error(settings, tmp_path: Path):
    """An endpoint that is none, is wrong or is off; a body of no use."""
    with pytest.raises(CommandError, match="no endpoint 'nobody'"):
        run("sign", "nobody")
    with pytest.raises(CommandError, match="switched off"):
        run("sign", "off")
    with pytest.raises(CommandError, match="no fixed path"):
        run("sign", "tenants")
    (tmp_path / "body").write_bytes(b"\xff")
    with pytest.raises(CommandError, match="The body is no text: use --curl or --json"):
        run("sign", "github", str(tmp_path / "body"))
    with pytest.raises(CommandError, match="cannot be signed"):
        run("sign", "mailgun", str(tmp_path / "body"))
    with pytest.raises(CommandError, match="A body is given or made up"):
        run("sign", "github", str(tmp_path / "body"), "--template", "push")
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run("sign", "github", str(tmp_path / "nothing"))
    settings.HOOKSEAL = {"github": {"SECRETS": [""]}}
    with pytest.raises(CommandError, match=r"has errors: see `manage.py check`"):
        run("sign", "github")


def _on_localhost(text: str) -> Captured:
    return from_http(text.encode())


def _body(folder: Path) -> str:
    (folder / "body").write_bytes(b"{}")
    return str(folder / "body")
