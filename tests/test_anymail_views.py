"""Anymail's views behind hookseal: what they accept, refuse and answer, and what reaches Anymail's signals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from anymail.exceptions import AnymailConfigurationError
from anymail.signals import inbound, tracking
from anymail.urls import urlpatterns
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from hookseal.conf import endpoint
from hookseal.contrib.anymail.views import guard
from hookseal.exceptions import WebhookRejected
from hookseal.reasons import Reason
from tests.conftest import reasons
from tests.esps import (
    ANYMAIL,
    SIGNED,
    WEBHOOKS,
    another,
    basic,
    genuine,
    mailgun_block,
    mailgun_tracking,
    mandrill,
    signed,
)

pytestmark = [
    pytest.mark.urls("tests.site.anymail_urls"),
    # Anymail says so itself, each time such a view is made.
    pytest.mark.filterwarnings("ignore:Anymail's SendinBlue webhook URLs:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]

OLD_AND_NEW = ["user:old-password-1a2b3c4d", "user:new-password-5e6f7a8b"]
ELSEWHERE = {"MANDRILL_WEBHOOK_URL": "https://user:new-password-5e6f7a8b@hooks.example.com/m/"}

every_webhook = pytest.mark.parametrize("webhook", WEBHOOKS)
signing = pytest.mark.parametrize("webhook", SIGNED)
signing_the_body = pytest.mark.parametrize("webhook", [name for name in SIGNED if not name.startswith("mailgun")])


@pytest.fixture(autouse=True)
def _site(settings) -> None:
    settings.MIDDLEWARE = []
    settings.ANYMAIL = ANYMAIL
    settings.HOOKSEAL = {}


@pytest.fixture
def events() -> Iterator[list[tuple[Any, Any]]]:
    """Collect the events that Anymail sends, each with its sender."""
    seen: list[tuple[Any, Any]] = []

    def receive(sender, event, esp_name, **_):
        seen.append((sender, event))

    for signal in (tracking, inbound):
        signal.connect(receive)
    yield seen
    for signal in (tracking, inbound):
        signal.disconnect(receive)


@pytest.fixture
def client() -> Client:
    """A client that answers 500 where something is raised that Django does not handle."""
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@every_webhook
def test_a_genuine_delivery_reaches_anymails_signals(client: Client, events, webhook: str):
    """With signature and credentials both, from the class that Anymail itself would name as sender."""
    assert genuine(webhook).send(client).status_code == 200
    expected = [] if webhook == "mailtrap.inbound" else [f"anymail.webhooks.{webhook.partition('.')[0]}"]
    assert [sender.__module__ for sender, _ in events] == expected


@every_webhook
def test_wrong_credentials_are_refused(client: Client, events, lines, webhook: str):
    """Also where the signature is right: both must hold."""
    post = genuine(webhook)
    assert post.send(client, headers={**post.headers, **basic("anymail:another")}).status_code == 400
    assert (reasons(lines), events) == (["bad_credentials"], [])


@every_webhook
def test_missing_credentials_are_refused(client: Client, events, lines, webhook: str):
    """Also where the signature is right."""
    post = genuine(webhook)
    headers = {name: value for name, value in post.headers.items() if name != "Authorization"}
    assert post.send(client, headers=headers).status_code == 400
    assert (reasons(lines), events) == (["missing_credentials"], [])


@signing_the_body
def test_another_body_is_refused(client: Client, events, lines, webhook: str):
    """Also where the credentials are right; the log line names Anymail's setting."""
    post = genuine(webhook)
    assert post.send(client, body=post.body + b" ").status_code == 400
    assert (reasons(lines), events) == (["signature_mismatch"], [])
    assert f"check Anymail {webhook.partition('.')[0].upper()}_" in str(lines[0].rejection)


@every_webhook
def test_T25_a_replay_is_answered_without_anymail(client: Client, events, webhook: str):
    """Where anything proven tells deliveries apart; where nothing does, Anymail gets it each time, as before."""
    post = genuine(webhook)
    assert [post.send(client).status_code for _ in range(2)] == [200, 200]
    assert len(events) == {"mailtrap.inbound": 0}.get(webhook, 1 if webhook in SIGNED else 2)


@pytest.mark.parametrize("configured", [{}, ANYMAIL])
@every_webhook
def test_T50_probes_are_answered_whatever_is_configured(client: Client, settings, webhook: str, configured):
    """ESPs look with HEAD whether the URL is there, some before they issue a key."""
    settings.ANYMAIL = configured
    url = f"/anymail/{genuine(webhook).path}"
    assert [client.head(url).status_code, client.options(url).status_code] == [200, 200]
    assert client.get(url, secure=True).status_code == (200 if webhook == "unisender_go.tracking" else 405)


@every_webhook
def test_T50_an_esp_without_a_proof_answers_503(client: Client, settings, lines, webhook: str):
    """Nothing is accepted, the ESP tries again, and the log line names the settings."""
    settings.ANYMAIL = {}
    assert genuine(webhook).send(client).status_code == 503
    assert reasons(lines) == ["not_configured"]
    assert "ANYMAIL has no " in str(lines[0].rejection)


@pytest.mark.parametrize("webhook", ["mailtrap.tracking", "mailtrap.inbound", "resend.tracking", "resend.inbound"])
def test_credentials_alone_are_enough_where_anymail_says_so(client: Client, settings, webhook: str):
    """An optional key that is not set leaves the proof to the credentials, which are demanded."""
    kept = {"WEBHOOK_SECRET", "MAILTRAP_API_TOKEN", "RESEND_API_KEY"}
    settings.ANYMAIL = {name: value for name, value in ANYMAIL.items() if name in kept}
    post = genuine(webhook)
    assert post.send(client, headers=basic()).status_code == 200
    assert post.send(client, headers=basic("anymail:another")).status_code == 400


@pytest.mark.parametrize("webhook", [name for name in SIGNED if name != "mandrill.tracking"])
def test_a_signature_alone_is_enough(client: Client, settings, webhook: str):
    """Without WEBHOOK_SECRET nobody has to show credentials, and Anymail does not warn."""
    settings.ANYMAIL = {name: value for name, value in ANYMAIL.items() if name != "WEBHOOK_SECRET"}
    post = genuine(webhook)
    headers = {name: value for name, value in post.headers.items() if name != "Authorization"}
    assert post.send(client, headers=headers).status_code == 200


@pytest.mark.parametrize("webhook", [name for name in SIGNED if name != "mandrill.tracking"])
def test_T33_keys_rotate(client: Client, settings, webhook: str):
    """Each key may be a list, of which any verifies; so may the credentials."""
    new = {"WEBHOOK_SECRET": "anymail:made-up-next-0a1b2c3d4e5f6071"}
    kept = {"BREVO_API_KEY", "SENDINBLUE_API_KEY", "MAILTRAP_API_TOKEN", "RESEND_API_KEY"}
    rotated = {name: value if name in kept else [another(name), value] for name, value in ANYMAIL.items()}
    settings.ANYMAIL = {**rotated, "WEBHOOK_SECRET": (*new.values(), ANYMAIL["WEBHOOK_SECRET"])}
    post = genuine(webhook)
    assert post.send(client).status_code == 200
    assert (
        genuine(webhook, 2).send(client, headers={**genuine(webhook, 2).headers, **basic(*new.values())}).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("url", "configured"),
    [
        ("https://testserver/anymail/mandrill/", {}),
        ("https://testserver/anymail/mandrill/tracking/", {}),
        ("https://user:old-password-1a2b3c4d@testserver/anymail/mandrill/?a=%20b", {"WEBHOOK_SECRET": OLD_AND_NEW}),
        ("https://user:new-password-5e6f7a8b@testserver/anymail/mandrill/", {"WEBHOOK_SECRET": OLD_AND_NEW}),
        ("https://user:new-password-5e6f7a8b@hooks.example.com/m/", {"WEBHOOK_SECRET": OLD_AND_NEW, **ELSEWHERE}),
    ],
)
def test_T33_mandrills_url_is_signed_as_it_is_written_there(client: Client, settings, url: str, configured: dict):
    """With the credentials that Mandrill took out of it, or as MANDRILL_WEBHOOK_URL has it; any key of a list signs."""
    settings.ANYMAIL = {
        "MANDRILL_WEBHOOK_KEY": ["of-another-webhook-7c9d", ANYMAIL["MANDRILL_WEBHOOK_KEY"]],
        **configured,
    }
    assert mandrill(1, url).send(client).status_code == 200
    bent = mandrill(2, url.replace("testserver", "elsewhere").replace("hooks", "other"))
    assert bent.send(client).status_code == 400


def test_a_mandrill_webhook_may_be_set_up_before_its_key_exists(client: Client, settings):
    """Mandrill looks with HEAD, and shows the key then: until it is set, POST is 503 and nothing is an error."""
    settings.ANYMAIL = {"MANDRILL_WEBHOOK_KEY": None}
    assert client.head("/anymail/mandrill/").status_code == 200
    assert mandrill(1).send(client).status_code == 503
    assert endpoint("anymail.mandrill.tracking").errors == ()


def test_what_is_signed_of_mandrills_url_is_not_logged(client: Client, lines):
    """It holds the password."""
    assert replace(mandrill(1), body=b"mandrill_events=%5B%5D").send(client).status_code == 400
    assert reasons(lines) == ["signature_mismatch"]
    assert "made-up" not in str(lines[0].rejection)


def test_T15_a_retry_within_mailguns_eight_hours_is_accepted(client: Client, events):
    """Mailgun may send the first timestamp for as long as it retries; after that it is stale."""
    late, stale = (mailgun_tracking(number, _ago(hours)) for number, hours in ((1, 8), (2, 9)))
    assert [late.send(client).status_code, stale.send(client).status_code] == [200, 400]
    assert len(events) == 1


def _ago(hours: int) -> float:
    return time.time() - 3600 * hours


def test_a_failed_receiver_gets_the_delivery_again(client: Client):
    """Nothing is remembered of a delivery whose receiver raised."""
    calls: list[str] = []

    def fail_once(sender, event, esp_name, **_):
        calls.append(event.event_id)
        if len(calls) == 1:
            raise RuntimeError("the receiver's own mistake")

    tracking.connect(fail_once)
    try:
        post = genuine("mailgun.tracking")
        assert [post.send(client).status_code for _ in range(3)] == [500, 200, 200]
    finally:
        tracking.disconnect(fail_once)
    assert len(calls) == 2


def test_T46_attachments_of_a_signed_form_stream(client: Client, events, settings):
    """20 MB of them go to Django's upload handlers; the raw body is never held in memory."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
    block = mailgun_block(ANYMAIL["MAILGUN_WEBHOOK_SIGNING_KEY"], "t" * 50)
    large = SimpleUploadedFile("large.bin", b"x" * 20_000_000, "application/octet-stream")
    fields = {**block, "message-headers": "[]", "attachment-count": "1", "attachment-1": large}
    answer = client.post("/anymail/mailgun/inbound/", fields, headers=basic(), secure=True)
    assert answer.status_code == 200
    ((_, event),) = events
    assert len(event.message.attachments[0].get_payload(decode=True)) == 20_000_000
    assert "_body" not in event.esp_event.__dict__


@pytest.mark.parametrize("webhook", ["postmark.tracking", "mailjet.inbound", "brevo.tracking", "sparkpost.inbound"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"5", b'"x"', b"\xff", b"[" * 100_000, b"[1]"])
def test_I1_T47_a_body_that_anymail_falls_over_is_refused(client: Client, webhook: str, body: bytes):
    """The credentials are right, so it is read; what cannot be read is no server error."""
    assert genuine(webhook).send(client, body=body).status_code in {200, 400}


def test_I1_what_was_signed_and_cannot_be_read_comes_again(client: Client, lines, caplog):
    """It is genuine: the ESP is asked to try again, and the owner gets the traceback."""
    path = "mailersend/tracking/"
    unknown = signed(path, "mailersend", "MAILERSEND_SIGNING_SECRET", lambda _: {"data": {"type": []}})(1)
    assert unknown.send(client).status_code == 503
    assert reasons(lines) == ["internal_error"]
    assert "TypeError: unhashable" in caplog.text


def test_anymails_own_complaint_about_a_wrong_url_is_raised(events):
    """As it was without hookseal: Anymail says which webhook was set to which URL."""
    post = genuine("postmark.inbound")
    with pytest.raises(AnymailConfigurationError, match="inbound"):
        replace(post, path="postmark/tracking/").send(Client())


def test_a_check_of_ones_own_still_runs(rf: RequestFactory):
    """Only Anymail's checks are replaced: a subclass may add its own."""

    class Strict(PostmarkTrackingWebhookView):
        def validate_request(self, request):
            raise WebhookRejected(Reason.ADDRESS_DENIED)

    post = genuine("postmark.tracking")
    with pytest.raises(WebhookRejected) as refusal:
        guard(Strict.as_view())(rf.post("/", post.body, post.kind, secure=True, headers=post.headers))
    assert refusal.value.reason is Reason.ADDRESS_DENIED


def test_keys_given_to_as_view_hold(rf: RequestFactory, settings):
    """They come before the settings, as in Anymail."""
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": "another-key-made-up-5e7f9a1b"}
    key = ANYMAIL["MAILGUN_WEBHOOK_SIGNING_KEY"]
    keys = ["mailgun-made-up-next-1b3d5f7a", key]
    view = guard(MailgunTrackingWebhookView.as_view(webhook_signing_key=keys, basic_auth=["anymail:of-this-view"]))
    post = genuine("mailgun.tracking")
    headers = basic("anymail:of-this-view")
    assert view(rf.post("/", post.body, post.kind, secure=True, headers=headers)).status_code == 200
    with pytest.raises(WebhookRejected):
        view(rf.post("/", post.body, post.kind, secure=True, headers=post.headers))


@pytest.mark.parametrize("nothing", [None, [], "", ()])
def test_T68_credentials_switched_off_for_one_view_are_an_error(rf: RequestFactory, nothing):
    """In Anymail an empty value lets everybody in; here the view answers 503."""
    view = guard(PostmarkTrackingWebhookView.as_view(basic_auth=nothing))
    post = genuine("postmark.tracking")
    assert view(rf.post("/", post.body, post.kind, secure=True, headers=post.headers)).status_code == 503


def test_headers_of_a_test_client_may_be_numbers_and_bytes(rf: RequestFactory):
    """Django's test client hands them on as they are; a server never does."""
    view = guard(next(each.callback for each in urlpatterns if each.name == "resend_tracking_webhook"))
    post = genuine("resend.tracking")
    headers = {name: value.encode() for name, value in post.headers.items()}
    headers["svix-timestamp"] = float(post.headers["svix-timestamp"]) + 0.7
    meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    assert view(rf.post("/", post.body, post.kind, secure=True, **meta)).status_code == 200


def test_http_is_refused(client: Client, lines):
    """The guide's first paragraph: without https, nothing."""
    post = genuine("postmark.tracking")
    assert (
        client.generic("POST", f"/anymail/{post.path}", post.body, post.kind, headers=post.headers).status_code == 503
    )
    assert reasons(lines) == ["insecure_transport"]
