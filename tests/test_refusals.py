"""What becomes of a refusal: what the sender is told, which is little, and what the owner is."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client, RequestFactory

from hookseal import Reason, WebhookRejected
from hookseal.conf import endpoint
from hookseal.pipeline import RETRY_AFTER, answer, describe
from tests.conftest import headers_of, reasons
from tests.site import views
from tests.site.settings import HOOKSEAL
from tests.site.streams import Stream

SIGNATURE = "X-Hub-Signature-256"


@pytest.mark.parametrize("reason", list(Reason))
def test_T57_every_reason_is_answered_and_logged(rf: RequestFactory, lines, reason: Reason):
    """Building, logging and answering a refusal raises nothing, whatever is not known of it."""
    rejection = WebhookRejected(reason)
    settled = endpoint("nobody-knows-this-one")
    describe(rf.post("/"), settled, rejection)
    try:
        status = answer(settled, rejection).status_code
    except WebhookRejected:
        status = 400
    expected = {Reason.TOO_LARGE: 413, Reason.METHOD_NOT_ALLOWED: 405}
    assert status == (503 if reason.fault == "site" else expected.get(reason, 400))
    assert "nobody-knows-this-one" in str(rejection)


def test_T45_every_refusal_of_a_sender_is_the_same_response(client: Client, send):
    """The sender learns that it was refused, and nothing more."""
    forgeries = [
        {"headers": {SIGNATURE: None}},
        {"headers": {SIGNATURE: "x"}},
        {"headers": {SIGNATURE: "sha256=" + "0" * 64}},
        {"headers": {SIGNATURE: "\xe9"}},
        {"headers": {SIGNATURE: ",".join(["sha256=" + "0" * 64] * 100)}},
        {"data": b"tampered"},
        {"data": b""},
        {"CONTENT_LENGTH": "100"},
        {"CONTENT_LENGTH": "abc"},
    ]
    responses = [send(client, "/to/github/", "github", **forgery) for forgery in forgeries]
    with time_machine.travel(0):
        stale = headers_of("stripe", b"{}")
    responses.append(send(client, "/to/stripe/", "stripe", headers=stale))
    answers = {(response.status_code, response.content, tuple(response.items())) for response in responses}
    assert len(answers) == 1
    assert responses[0].status_code == 400


def test_T45_every_fault_of_the_site_is_the_same_response(client: Client, send, posted):
    """A 503 says when to come back, and nothing more."""
    responses = [
        send(client, "/to/off/", "github"),
        send(client, "/to/github/", "github", secure=False),
        posted("/to/github/", Stream(b"{}"), HTTP_TRANSFER_ENCODING="chunked"),
    ]
    answers = {(response.status_code, response.content, tuple(response.items())) for response in responses}
    assert answers == {(503, b"", tuple(responses[0].items()))}
    assert responses[0].headers["Retry-After"] == str(RETRY_AFTER)


@pytest.mark.parametrize("debug", [True, False])
def test_T70_debug_changes_no_verdict(client: Client, send, settings, *, debug: bool):
    """What is refused on a server is refused on a developer's machine."""
    settings.DEBUG = debug
    forged = {"headers": {SIGNATURE: "sha256=" + "0" * 64}}
    statuses = [
        send(client, "/to/github/", "github").status_code,
        send(client, "/to/github/", "github", **forged).status_code,
        send(client, "/to/github/", "github", secure=False).status_code,
        send(client, "/to/off/", "github").status_code,
        send(client, "/to/told/", "github", **forged).status_code,
        client.get("/to/github/", secure=True).status_code,
    ]
    assert statuses == [200, 400, 503, 503, 406, 405]


def test_a_site_may_choose_the_status_of_refusals(client: Client, send, lines):
    """REFUSAL_STATUS is answered bare and logged as a warning."""
    response = send(client, "/to/told/", "github", headers={SIGNATURE: None})
    assert (response.status_code, response.content) == (406, b"")
    assert [record.levelname for record in lines] == ["WARNING"]


def test_T104_a_sender_that_waits_for_a_challenge_gets_one(client: Client, send, lines):
    """Without credentials: 401 and the challenge, no ERROR; with them: accepted."""
    challenge = send(client, "/to/challenged/", "partner", headers={"Authorization": None})
    assert (challenge.status_code, challenge.headers["WWW-Authenticate"]) == (401, 'Basic realm="webhooks"')
    assert [record.levelname for record in lines] == ["WARNING"]
    assert send(client, "/to/challenged/", "partner").status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_T50_all_methods_but_post_are_refused(client: Client, method: str):
    """405 names what is allowed."""
    response = client.generic(method, "/to/github/", secure=True)
    assert (response.status_code, response.headers["Allow"], response.content) == (405, "POST", b"")


@pytest.mark.parametrize("alias", ["challenged"])
def test_T50_a_providers_probe_is_answered_without_the_view(client: Client, lines, alias: str):
    """Senders that probe a URL before they use it get an empty 200; other methods name the probe as allowed."""
    response = client.head(f"/to/{alias}/", secure=True)
    assert (response.status_code, response.content) == (200, b"")
    assert client.get(f"/to/{alias}/", secure=True).headers["Allow"] == "POST, HEAD"
    assert (views.handled, reasons(lines)) == ([], ["method_not_allowed"])


def test_T50_a_probe_is_answered_while_the_endpoint_is_not_configured(client: Client, settings, send):
    """A sender can be set up before its secret is known; its deliveries wait."""
    settings.HOOKSEAL = {"challenged": HOOKSEAL["challenged"] | {"SECRETS": []}}
    settings.MIDDLEWARE = []
    assert client.head("/to/challenged/", secure=True).status_code == 200
    assert send(client, "/to/challenged/", "partner").status_code == 503


@pytest.mark.parametrize(
    "body", [b'{"zen": "ping"}', b'{"type": "url_verification", "challenge": "x"}', b'{"type": 1}', b"hub.challenge=1"]
)
@pytest.mark.parametrize("alias", ["stripe", "github", "mailgun", "partner"])
def test_T84_no_challenge_is_answered_without_a_proof(client: Client, alias: str, body: bytes):
    """A ping is a delivery like any other."""
    assert client.post(f"/to/{alias}/?hub.challenge=1", body, "application/json", secure=True).status_code == 400


@pytest.mark.parametrize("alias", ["off", "missing", "broken"])
def test_an_endpoint_that_cannot_judge_answers_503(client: Client, send, settings, lines, alias: str):
    """Nothing is accepted, and the sender keeps the delivery, while the settings are wrong or say no."""
    settings.HOOKSEAL = {
        "off": HOOKSEAL["off"],
        "github": {} if alias == "missing" else {"SECRETS": [""]},
    }
    settings.MIDDLEWARE = []
    assert send(client, f"/to/{'off' if alias == 'off' else 'github'}/", "github").status_code == 503
    assert reasons(lines) == ["disabled" if alias == "off" else "not_configured"]
    assert lines[0].levelname == "ERROR"


def test_T47_T100_the_log_line_shows_no_query_and_no_control_characters(client: Client, send, lines):
    """A path is escaped and cut; a query, which may hold a token, is left out."""
    send(client, "/to/github/?token=query-canary", "github", headers={SIGNATURE: "\r\nheader-canary"})
    line = lines[0].getMessage()
    assert "POST /to/github/ from 127.0.0.1" in line
    assert "canary" not in line
    assert line.isprintable()


def test_an_error_of_ours_is_a_503_that_says_where(client: Client, send, settings, lines):
    """A mistake in hookseal, or in what it calls, costs the sender a retry and no event, and leaks no text."""
    settings.SECURE_PROXY_SSL_HEADER = "not a pair"
    settings.MIDDLEWARE = []
    response = send(client, "/to/github/", "github")
    assert response.status_code == 503
    assert reasons(lines) == ["internal_error"]
    assert "ImproperlyConfigured at request.py:" in lines[0].getMessage()
