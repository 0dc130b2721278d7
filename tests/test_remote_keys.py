"""Deliveries whose keys are fetched, from the wire to the view, against real servers of the tests' own."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.http import HttpResponse
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from hookseal import WebhookRejected, webhook
from tests.conftest import reasons
from tests.origin import respond
from tests.published import (
    AMAZON,
    PLAID,
    PLAID_OPTIONS,
    PLAID_SECRET,
    TOPIC,
    arequest_of,
    jwk,
    notification,
    plaid,
    provider,
    request_of,
    sns,
)

CREDENTIALS = "ses:canary-4f6a8c0e2b9d1357"
HANDED_OVER: list[bytes] = []


@pytest.fixture(autouse=True)
def configured(settings):
    """Receive from a listed topic, and from Plaid's sandbox; each delivery as often as it comes."""
    HANDED_OVER.clear()
    settings.MIDDLEWARE = []
    settings.HOOKSEAL = {
        "*": {"REPLAY": False},
        "amazon-sns": {"PROVIDER": AMAZON, "TOPICS": [TOPIC]},
        "guarded": {"PROVIDER": AMAZON, "TOPICS": [TOPIC], "BASIC_AUTH": [CREDENTIALS]},
        "plaid": {"PROVIDER": PLAID, "OPTIONS": PLAID_OPTIONS},
    }


@pytest.fixture
def server():
    """Run the providers' server."""
    with provider() as running:
        yield running


def view(request) -> HttpResponse:
    """Keep what was handed over."""
    HANDED_OVER.append(request.webhook.body)
    return HttpResponse()


async def aview(request) -> HttpResponse:
    """Keep what was handed over, in the event loop."""
    return view(request)


def _plain(request):
    return aview(request)


def verdict(alias: str, signed, **headers: str) -> tuple[int, str]:
    """Hand a delivery to an endpoint; give status and reason."""
    try:
        return webhook(alias)(view)(request_of(signed, **headers)).status_code, ""
    except WebhookRejected as rejection:
        return 400, rejection.reason.value


def test_a_message_of_a_listed_topic_reaches_the_view(server):
    """Its certificate is fetched for the first one alone."""
    for number in range(3):
        assert verdict("amazon-sns", sns(notification(message=str(number)))) == (200, "")
    assert len(HANDED_OVER) == 3
    assert len(server.requests) == 1
    assert server.lines[0].startswith("GET /SimpleNotificationService-")


async def test_a_message_reaches_an_async_view(server):
    """While its certificate is fetched, the event loop goes on."""
    response = await webhook("amazon-sns")(aview)(arequest_of(sns(notification())))
    assert (response.status_code, len(HANDED_OVER), len(server.requests)) == (200, 1, 1)


async def test_the_event_loop_goes_on_under_a_sync_guard(server):
    """A view that nothing gave away as async is handed something to await, before anything is fetched."""
    answer = webhook("amazon-sns")(_plain)(arequest_of(sns(notification())))
    assert server.requests == []
    assert (await answer).status_code == 200


def test_T42_parallel_deliveries_make_one_request(server):
    """64 at once, in threads."""
    requests = [request_of(sns(notification(message=str(number)))) for number in range(64)]
    with ThreadPoolExecutor(16) as pool:
        assert {response.status_code for response in pool.map(webhook("amazon-sns")(view), requests)} == {200}
    assert len(server.requests) == 1


async def test_T42_parallel_async_deliveries_make_one_request(server):
    """64 at once, in one event loop."""
    guarded = webhook("amazon-sns")(aview)
    answers = await asyncio.gather(*(guarded(arequest_of(sns(notification()))) for _ in range(64)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(server.requests) == 1


def test_T106_a_topic_that_is_not_listed_costs_nothing(server, lines):
    """Though Amazon signed it: the owner hears of it, the sender tries again, and nothing is fetched."""
    foreign = TOPIC.replace("123456789012", "210987654321")
    assert verdict("amazon-sns", sns(notification(foreign))) == (503, "")
    assert (reasons(lines), HANDED_OVER, server.requests) == (["topic_not_listed"], [], [])


def test_T42_an_outage_is_answered_503(server, lines):
    """With Retry-After; nothing is lost by it."""
    server.answer = lambda _: respond(b"", "500 Internal Server Error")
    response = webhook("amazon-sns")(view)(request_of(sns(notification())))
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert reasons(lines) == ["key_unavailable"]
    assert "sns: status 500" in lines[0].getMessage()


def test_T42_distinct_certificates_are_fetched_within_the_budget(server):
    """Junk of a listed topic that names ever new certificates."""
    server.answer = lambda _: respond(b"", "403 Forbidden")
    signed = sns(notification())
    for number in range(100):
        body = signed.body.replace(b"SimpleNotificationService-", b"SimpleNotificationService-%x" % number)
        request = RequestFactory().post("/", body, "text/plain", secure=True, headers=signed.headers)
        assert webhook("amazon-sns")(view)(request).status_code == 503
    assert len(server.requests) <= 11


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.evil.example/SimpleNotificationService-0a.pem",
        "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-0a.pem",
        "https://evil@sns.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-0a.pem",
        "https://127.0.0.1/SimpleNotificationService-0a.pem",
        "https://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "",
    ],
)
def test_T41_a_certificate_elsewhere_is_not_fetched(server, url):
    """The rule holds before anything is asked; the engine's own tests have many more."""
    signed = sns(notification())
    body = json.dumps(json.loads(signed.body) | {"SigningCertURL": url}).encode()
    request = RequestFactory().post("/", body, "text/plain", secure=True, headers=signed.headers)
    with pytest.raises(WebhookRejected) as refused:
        webhook("amazon-sns")(view)(request)
    assert refused.value.reason.fault == "sender"
    assert server.requests == []


def test_T104_sns_is_asked_for_its_credentials(server, lines):
    """It sends them only after a 401 with a challenge; then both must hold."""
    signed = sns(notification())
    challenge = webhook("guarded")(view)(request_of(signed))
    assert (challenge.status_code, challenge["WWW-Authenticate"]) == (401, 'Basic realm="webhooks"')
    assert (reasons(lines), server.requests) == (["missing_credentials"], [])
    credentials = f"Basic {b64encode(CREDENTIALS.encode()).decode()}"
    assert verdict("guarded", signed, Authorization=credentials) == (200, "")
    wrong = f"Basic {b64encode(b'ses:****').decode()}"
    assert verdict("guarded", signed, Authorization=wrong)[0] == 400


def test_plaids_key_is_asked_for_with_the_sites_account(server):
    """And remembered by its id."""
    for _ in range(2):
        assert verdict("plaid", plaid(b'{"webhook_type": "TRANSACTIONS"}')) == (200, "")
    assert server.lines == ["POST /webhook_verification_key/get HTTP/1.1"]


def test_a_key_that_plaid_withdrew_verifies_nothing(server):
    """Whatever it signs is refused as the sender's fault."""
    server.answer = lambda _: respond(json.dumps({"key": jwk(expired_at=1_600_000_000)}).encode())
    assert verdict("plaid", plaid(b"{}")) == (400, "unknown_key")


def test_another_key_of_plaids_verifies_nothing(server):
    """The one that was asked for, but of somebody else."""
    server.answer = lambda _: respond(json.dumps({"key": jwk(ec.generate_private_key(ec.SECP256R1()))}).encode())
    assert (verdict("plaid", plaid(b"{}")), HANDED_OVER) == ((400, "signature_mismatch"), [])


def test_T44_T56_the_account_is_in_no_report(server, settings):
    """The page that Django shows under DEBUG holds the locals of every frame, and the settings."""
    settings.DEBUG = True
    server.answer = lambda _: respond(json.dumps({"key": jwk(expired_at=1_600_000_000)}).encode())
    request = request_of(plaid(b"{}"))
    with pytest.raises(WebhookRejected) as refused:
        webhook("plaid")(view)(request)
    report = ExceptionReporter(request, refused.type, refused.value, refused.tb).get_traceback_html()
    assert "unknown_key" in report
    assert PLAID_SECRET not in report
