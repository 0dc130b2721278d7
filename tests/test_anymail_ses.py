"""Amazon SES: signatures of its topics, the list of topics, Amazon's challenge, subscriptions that Anymail confirms."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from anymail.signals import tracking
from anymail.webhooks.amazon_ses import AmazonSESBaseWebhookView
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.test import Client

from hookseal.audit import audit
from hookseal.contrib.anymail import urls
from tests.conftest import reasons
from tests.esps import WEBHOOK_SECRET, basic
from tests.published import CERTIFICATE, TOPIC, confirmation, notification, provider, sns

assert urls.urlpatterns, "imported here, so that the views are known to every test"

pytestmark = pytest.mark.urls("tests.site.anymail_urls")

URL = "/anymail/amazon_ses/tracking/"
EVENT = {
    "eventType": "Delivery",
    "mail": {"messageId": "m", "destination": ["a@example.com", "b@example.com"]},
    "delivery": {"recipients": ["a@example.com", "b@example.com"]},
}


@pytest.fixture(autouse=True)
def _site(settings) -> None:
    settings.MIDDLEWARE = []
    settings.ANYMAIL = {"WEBHOOK_SECRET": WEBHOOK_SECRET}
    settings.HOOKSEAL = {"anymail": {"TOPICS": [TOPIC]}}


@pytest.fixture
def server() -> Iterator[Any]:
    """Run the server from which certificates come."""
    with provider() as running:
        yield running


@pytest.fixture
def events() -> Iterator[list[Any]]:
    """Collect the events that Anymail sends."""
    seen: list[Any] = []

    def receive(event, **_):
        seen.append(event)

    tracking.connect(receive)
    yield seen
    tracking.disconnect(receive)


@pytest.fixture
def confirmed(monkeypatch) -> list[dict[str, str]]:
    """Stand where Amazon's client would be, and note what it is asked to confirm."""
    asked: list[dict[str, str]] = []

    class Amazon:
        def confirm_subscription(self, **words: str) -> None:
            asked.append(words)

        def close(self) -> None:
            pass

    monkeypatch.setattr(AmazonSESBaseWebhookView, "get_boto_client", lambda *_, **__: Amazon())
    return asked


def deliver(body: bytes, **headers: str | None) -> Any:
    """Sign a message as Amazon does, and send it; None leaves a header out."""
    signed = sns(body)
    return send(signed.body, {**signed.headers, **headers})


def version_1(body: bytes) -> bytes:
    """Sign a message as Amazon did first, with SHA-1; hookseal itself signs with nothing so weak."""
    told = {**json.loads(sns(body).body), "SignatureVersion": "1"}
    names = [name for name in ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type") if name in told]
    text = "".join(f"{name}\n{told[name]}\n" for name in names)
    key: Any = load_pem_private_key(CERTIFICATE.private_key_pem.bytes(), None)
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA1())
    return json.dumps({**told, "Signature": base64.b64encode(signature).decode()}).encode()


def send(body: bytes, headers: Mapping[str, str | None]) -> Any:
    """Send a message with the headers that Amazon adds."""
    told = json.loads(body)
    known = {
        "x-amz-sns-message-type": told["Type"],
        "x-amz-sns-message-id": told["MessageId"],
        "x-amz-sns-topic-arn": told["TopicArn"],
        **basic(),
        **headers,
    }
    sent = {name: value for name, value in known.items() if value is not None and name != "Content-Type"}
    client = Client(raise_request_exception=False)
    return client.generic("POST", URL, body, "text/plain; charset=UTF-8", headers=sent, secure=True)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_listed_topics_message_reaches_anymail(server, events, version: str):
    """Signed by either version; one event for each recipient."""
    told = notification(message=json.dumps(EVENT))
    assert (deliver(told) if version == "2" else send(version_1(told), {})).status_code == 200
    assert [event.recipient for event in events] == ["a@example.com", "b@example.com"]


def test_I1_a_listed_topics_message_that_anymail_cannot_read_comes_again(server, lines):
    """It is genuine, so it is not refused for good."""
    assert deliver(notification(message="{")).status_code == 503
    assert reasons(lines) == ["internal_error"]


def test_a_message_is_handled_once(server, events):
    """By Amazon's MessageId."""
    assert [deliver(notification(message=json.dumps(EVENT))).status_code for _ in range(2)] == [200, 200]
    assert len(events) == 2


def test_another_topic_is_503_and_nothing_is_fetched(server, events, lines):
    """Anybody's topic carries Amazon's signature; if it is the owner's after all, Amazon tries again."""
    theirs = notification(topic="arn:aws:sns:us-east-1:999999999999:mail", message=json.dumps(EVENT))
    assert deliver(theirs).status_code == 503
    assert (reasons(lines), events, server.requests) == (["topic_not_listed"], [], [])


def test_credentials_come_first_and_are_asked_for(server, events):
    """Amazon shows them only after a challenge, which is worded as Anymail words it; wrong ones are 400."""
    challenged = deliver(notification(message=json.dumps(EVENT)), Authorization=None)
    assert (challenged.status_code, challenged["WWW-Authenticate"]) == (401, 'Basic realm="Anymail WEBHOOK_SECRET"')
    wrong = basic("anymail:another")
    assert deliver(notification(message=json.dumps(EVENT)), **wrong).status_code == 400
    assert (events, server.requests) == ([], [])


def test_without_credentials_a_signature_is_enough(server, events, settings):
    """Then nobody is challenged."""
    settings.ANYMAIL = {}
    assert deliver(notification(message=json.dumps(EVENT)), Authorization=None).status_code == 200
    assert len(events) == 2


@pytest.mark.parametrize("name", ["x-amz-sns-message-type", "x-amz-sns-message-id", "x-amz-sns-topic-arn"])
def test_headers_must_say_what_the_body_says(server, events, name: str):
    """As Anymail demands of two of them."""
    assert deliver(notification(message=json.dumps(EVENT)), **{name: "another"}).status_code in {400, 503}
    assert events == []


@pytest.mark.parametrize("credentials", [WEBHOOK_SECRET, None])
def test_a_listed_topics_subscription_is_confirmed(server, confirmed, settings, credentials):
    """By Anymail, with Amazon's client; the signature proves that it is ours, so credentials are not needed for it."""
    settings.ANYMAIL = {"WEBHOOK_SECRET": credentials} if credentials else {}
    assert deliver(confirmation()).status_code == 200
    assert [words["TopicArn"] for words in confirmed] == [TOPIC]


def test_anybody_elses_subscription_is_not(server, confirmed):
    """Not even with the right credentials."""
    theirs = json.loads(confirmation()) | {"TopicArn": "arn:aws:sns:us-east-1:999999999999:mail"}
    assert deliver(json.dumps(theirs).encode()).status_code == 503
    assert confirmed == []


def test_a_subscription_is_not_confirmed_where_anymail_is_told_not_to(server, confirmed, settings):
    """AMAZON_SES_AUTO_CONFIRM_SNS_SUBSCRIPTIONS holds as before."""
    settings.ANYMAIL = {"WEBHOOK_SECRET": WEBHOOK_SECRET, "AMAZON_SES_AUTO_CONFIRM_SNS_SUBSCRIPTIONS": False}
    assert deliver(confirmation()).status_code == 200
    assert confirmed == []


def test_T50_without_topics_it_is_503_and_a_warning_where_amazon_is_used(settings, lines):
    """HEAD is answered all the same."""
    settings.HOOKSEAL = {}
    assert deliver(notification(message=json.dumps(EVENT))).status_code == 503
    assert reasons(lines) == ["not_configured"]
    assert 'HOOKSEAL["anymail"] has no TOPICS' in str(lines[0].rejection)
    assert Client().head(URL).status_code == 200
    assert "W011" not in {finding.id for finding in audit()}
    settings.ANYMAIL = {"WEBHOOK_SECRET": WEBHOOK_SECRET, "AMAZON_SES_CLIENT_PARAMS": {"region_name": "us-east-1"}}
    assert [(each.id, each.path) for each in audit() if each.id == "W011"] == [("W011", 'HOOKSEAL["anymail"]')]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"5", b'"x"', b"\xff", b"[" * 100_000, b'{"Type":1}', b'{"MessageId":{}}']
)
def test_I1_malformed_messages_are_refused(server, lines, body: bytes):
    """With the right credentials: typed, and nothing is fetched."""
    client = Client(raise_request_exception=False)
    answer = client.generic("POST", URL, body, "text/plain", headers=basic(), secure=True)
    assert answer.status_code == 400
    assert server.requests == []
