"""Deliveries are kept by real servers, WSGI and ASGI, with sync and async views, and in their own transactions."""

from __future__ import annotations

import json
import time

import pytest
from django.core.management import call_command
from django.db import connections

from tests.backends import installed, sqlite_file
from tests.live import Server, message, proof, starting
from tests.served.settings import SECRETS_OF

pytestmark = pytest.mark.servers
BODY = b'{"id": "evt_1",  "text": "\xc3\xa4"}\r\n'


@pytest.fixture(scope="module", params=["gunicorn", "uvicorn", "waitress", "granian-asgi"])
def server(request, tmp_path_factory, django_db_blocker):
    """A server whose site keeps everything, in a file, with a transaction around each request."""
    folder = tmp_path_factory.mktemp("kept")
    entry = sqlite_file(folder) | {"ATOMIC_REQUESTS": True}
    hookseal = {
        "github": {"SECRETS": [SECRETS_OF["github"]], "CAPTURE": "all"},
        "partner": {"PROVIDER": "basic", "SECRETS": [SECRETS_OF["partner"]], "CAPTURE": "all"},
    }
    with django_db_blocker.unblock(), installed(f"kept-{request.param}", entry) as alias:
        call_command("migrate", "hookseal_inspector", database=alias, verbosity=0)
        connections[alias].close()
        changes = {
            "DATABASES": {"default": entry},
            "INSTALLED_APPS": ["hookseal", "hookseal.inspector"],
            "HOOKSEAL": hookseal | {"*": {"REPLAY": False}},
            "ENDPOINTS": list(hookseal),
            "ROOT_URLCONF": "tests.served.kept",
        }
        with starting(request.param, **changes) as (started,):
            yield started


def rows_after(server: Server, *sent: bytes) -> list[dict]:
    """Send requests, one after the other, and say what was kept of them: they are written after their responses."""
    before = kept(server)
    for each in sent:
        server.exchange(each)
    deadline = time.monotonic() + 10
    while len(rows := kept(server)) < len(before) + len(sent) and time.monotonic() < deadline:
        time.sleep(0.05)
    return rows[len(before) :]


def kept(server: Server) -> list[dict]:
    """Ask the site what it has kept."""
    return json.loads(server.exchange(message("/kept/", method="GET")).body)


@pytest.mark.parametrize("path", ["/github/", "/async/github/"])
def test_what_was_accepted_is_kept_byte_for_byte(server, path):
    """Headers in their order, as far as the server keeps it."""
    sent = message(path, *proof("github", BODY), ("X-B", "1"), ("X-A", "\xe4"), body=BODY)
    (row,) = rows_after(server, sent)
    assert (row["verdict"], row["status"], row["path"]) == ("accepted", 200, path)
    assert (bytes.fromhex(row["body"]), row["size"]) == (BODY, len(BODY))
    assert "\xe4" in {name.lower(): value for name, value in row["headers"]}["x-a"]


@pytest.mark.parametrize("path", ["/github/", "/async/github/"])
def test_a_refusal_is_kept_and_named_in_the_log(server, path):
    """The log line has its number."""
    (row,) = rows_after(server, message(path, *proof("github", BODY), body=b"forged"))
    assert (row["verdict"], row["reason"], row["status"]) == ("refused", "signature_mismatch", 400)
    server.wait_for_line(f"(delivery {row['pk']})")


@pytest.mark.parametrize("path", ["/partner/", "/async/partner/"])
def test_a_body_that_proves_nothing_is_kept(server, path):
    """Of an accepted delivery, and of one with bad credentials."""
    good = message(path, *proof("partner"), body=BODY)
    bad = message(path, ("Authorization", "Basic eDp5"), body=BODY)
    rows = rows_after(server, good, bad)
    assert {row["verdict"] for row in rows} == {"accepted", "refused"}  # written after the answer: in any order
    assert [bytes.fromhex(row["body"]) for row in rows] == [BODY, BODY]


def test_a_body_that_never_comes_is_not_waited_for_in_vain(server):
    """The sender hangs up; the server goes on."""
    sent = message("/partner/", ("Authorization", "Basic eDp5"), ("Content-Length", "100"), body=b"short")
    server.exchange(sent, closing=True)
    (row,) = rows_after(server, message("/github/", *proof("github", BODY), body=BODY))[-1:]
    assert row["verdict"] == "accepted"
