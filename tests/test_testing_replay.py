"""Recorded deliveries against a site: as they were, and signed anew."""

from __future__ import annotations

import asyncio

import pytest
import time_machine
from django.conf import settings
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from hookseal import guards, webhook
from hookseal.captured import Captured, from_http, to_http
from hookseal.samples import new_keys
from hookseal.signing import sign
from hookseal.testing import AsyncWebhookClient, WebhookClient

HOST = "https://hooks.shop.example:8443"
RECEIVED = 1_700_000_000
NAMES = ["stripe", "twilio", "square", "mandrill", "svix", "github", "mailgun", "discord", "twitch"]
KEYS = {name: new_keys(name) for name in NAMES}
seen: list[tuple[str | None, bytes]] = []

pytestmark = pytest.mark.django_db


def handle(request) -> HttpResponse:
    """Note what came through."""
    seen.append((request.webhook.event_id, request.webhook.body))
    return HttpResponse(request.build_absolute_uri())


_GUARDS = dict(guards._guards)


class Urls:
    """/hooks/NAME/."""

    urlpatterns = [path(f"hooks/{name}/", webhook(name)(handle)) for name in NAMES]  # noqa: RUF012


guards._guards.clear()
guards._guards.update(_GUARDS)


@pytest.fixture(autouse=True)
def _site():
    """A site whose own secrets are those that the recordings were signed with."""
    seen.clear()
    entries = {name: {"SECRETS": [keys.verifies]} for name, keys in KEYS.items()}
    with override_settings(ROOT_URLCONF=Urls, HOOKSEAL=entries, MIDDLEWARE=[], ALLOWED_HOSTS=["testserver"]):
        yield


def recorded(provider: str, body: bytes | None = None, event_id: str | None = None) -> Captured:
    """A delivery as a site received it a while ago, and kept it."""
    form = provider in {"twilio", "mandrill"}
    url = f"{HOST}/hooks/{provider}/?shop=1"
    signed = sign(
        provider,
        secret=KEYS[provider].signs,
        body=body or (b"id=evt_1&Body=hi" if form else b'{"id":"evt_1", "spaced" : 1}'),
        now=RECEIVED,
        event_id=event_id,
        url=url,
        content_type="application/x-www-form-urlencoded" if form else "application/json",
    )
    headers = {"Host": "hooks.shop.example:8443", "User-Agent": "Sender/1.0", "Content-Length": "7", **signed.headers}
    return Captured("POST", url, tuple(headers.items()), signed.body, RECEIVED)


@pytest.mark.parametrize("provider", NAMES)
def test_a_recording_goes_as_it_was(provider):
    """At the time of then it is genuine: scheme, host, port and query are those that were signed."""
    with time_machine.travel(RECEIVED, tick=False):
        answer = WebhookClient().replay(recorded(provider))
    assert (answer.status_code, answer.content.decode()) == (200, f"{HOST}/hooks/{provider}/?shop=1")


@pytest.mark.parametrize("provider", NAMES)
def test_a_recording_is_signed_anew(provider):
    """By keys that stand in for the site's, and for the present; the URL stays."""
    answer = WebhookClient().replay(recorded(provider), resign=True)
    assert (answer.status_code, answer.content.decode()) == (200, f"{HOST}/hooks/{provider}/?shop=1")


@pytest.mark.parametrize("provider", NAMES)
async def test_the_async_client_replays_likewise(provider):
    """Both ways."""
    webhooks = AsyncWebhookClient()
    with time_machine.travel(RECEIVED, tick=False):
        assert (await webhooks.replay(recorded(provider))).status_code == 200
    assert (await webhooks.replay(recorded(provider), resign=True)).status_code == 200


def test_a_recording_of_the_past_is_stale():
    """Its signature is genuine, but old."""
    webhooks = WebhookClient()
    with webhooks.expect_rejection("stale"):
        webhooks.replay(recorded("stripe"))


@pytest.mark.parametrize("provider", ["svix", "twitch", "stripe"])
def test_the_event_stays_the_same(provider):
    """Wherever its id stands; so a view finds the order that it found then."""
    WebhookClient().replay(recorded(provider, event_id=None if provider == "stripe" else "evt_1"), resign=True)
    assert seen[0][0] == "evt_1"


def test_the_body_stays_byte_for_byte():
    """Where no signature stands in it."""
    WebhookClient().replay(recorded("stripe"), resign=True)
    assert seen[0][1] == b'{"id":"evt_1", "spaced" : 1}'


def test_other_headers_stay():
    """Only what the signer writes is written anew."""
    answer = WebhookClient().replay(recorded("github"), resign=True)
    assert answer.wsgi_request.headers["User-Agent"] == "Sender/1.0"


def test_a_file_is_read(tmp_path):
    """As `webhooks export` writes it; by str or Path."""
    file = tmp_path / "stripe_8142.http"
    file.write_bytes(to_http(recorded("stripe")))
    webhooks = WebhookClient()
    assert webhooks.replay(file, resign=True).status_code == 200
    assert webhooks.replay(str(file), resign=True).status_code == 200


def test_a_recording_can_be_sent_elsewhere():
    """To where the endpoint is in this test."""
    answer = WebhookClient().replay(recorded("twilio"), resign=True, url="/hooks/twilio/")
    assert (answer.status_code, answer.content) == (200, b"https://testserver/hooks/twilio/")


def test_an_endpoint_that_is_not_at_the_path_is_asked_for():
    """A recording may say itself what it was for."""
    lost = from_http(b"POST https://testserver/nowhere/ HTTP/1.1\n\n{}")
    with pytest.raises(LookupError, match="no endpoint is at '/nowhere/': name it in the file"):
        WebhookClient().replay(lost, resign=True)
    named = from_http(b"# endpoint: stripe\nPOST https://testserver/hooks/stripe/ HTTP/1.1\n\n{}")
    assert WebhookClient().replay(named, resign=True).status_code == 200


def test_what_is_no_request_is_refused(tmp_path):
    """With the line that is wrong."""
    file = tmp_path / "empty.http"
    file.write_bytes(b"")
    with pytest.raises(ValueError, match="no request line"):
        WebhookClient().replay(file)


def test_allowed_hosts_are_those_of_before():
    """The recorded host is one of them while the request lasts."""
    WebhookClient().replay(recorded("stripe"), resign=True)
    assert settings.ALLOWED_HOSTS == ["testserver"]


async def test_twilios_query_is_not_added_twice():
    """A body that is no form is covered by a digest in the URL, which is computed anew."""
    client = WebhookClient()
    delivery = await asyncio.to_thread(client.sign, "twilio", {"id": 1}, url="/hooks/twilio/?a=1")
    url = f"https://testserver/hooks/twilio/?a=1&{delivery.query}"
    kept = Captured("POST", url, tuple(delivery.headers.items()), delivery.body, RECEIVED)
    answer = await asyncio.to_thread(client.replay, kept, resign=True)
    assert (answer.status_code, answer.content.count(b"bodySHA256")) == (200, 1)
