"""Where deliveries are sent to and from, and what they consist of: URLs, addresses, headers, forms, ids."""

from __future__ import annotations

import asyncio

import pytest
from django.test import override_settings
from django.urls import path

from hookseal import webhook
from hookseal.testing import AsyncWebhookClient, WebhookClient
from tests.test_testing_client import CATALOG, handle, handled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _none_handled():
    handled.clear()


def test_a_record_of_the_sites_own_is_signed_for():
    """With its URL, over which this one signs."""
    assert WebhookClient().send("addressed", "/to/addressed/?a=1", {"id": 1}).status_code == 200


def test_the_url_is_the_endpoints_only_path():
    """A sender that signs the URL need not be told it twice."""
    client = WebhookClient()
    delivery = client.sign("addressed", {"id": 1})
    assert delivery.signing.url == "https://testserver/to/addressed/"
    assert client.deliver(delivery, "/to/addressed/").status_code == 200


def test_the_url_has_to_be_given_where_there_are_several(settings):
    """Rather than one of them being chosen."""

    class Urls:
        urlpatterns = [path("a/", webhook("twilio")(handle)), path("b/", webhook("twilio")(handle))]  # noqa: RUF012

    with (
        CATALOG,
        override_settings(ROOT_URLCONF=Urls),
        pytest.raises(ValueError, match='"twilio" is signed with its URL'),
    ):
        WebhookClient().sign("twilio")


def test_a_public_url_is_what_is_signed():
    """As the sender knows it, not as the test calls it."""
    entry = {"SECRETS": [None], "PUBLIC_URL": "https://hooks.example.com"}
    with CATALOG, override_settings(HOOKSEAL={"twilio": entry}):
        client = WebhookClient()
        assert client.sign("twilio", url="/twilio/").signing.url == "https://hooks.example.com/twilio/"
        assert client.send("twilio", "/twilio/").status_code == 200


@pytest.mark.parametrize("url", ["https://hooks.example.com/square/", "https://hooks.example.com:8443/square/?a=1"])
async def test_a_whole_url_sets_scheme_host_and_port(url):
    """For both clients."""
    with CATALOG:
        assert (await AsyncWebhookClient().send("square", url)).status_code == 200
        assert (await asyncio.to_thread(WebhookClient().send, "square", url)).status_code == 200


def test_http_is_refused():
    """A whole URL may say so."""
    client = WebhookClient()
    with client.expect_rejection("insecure_transport"):
        client.send("github", "http://testserver/to/github/")


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::7"])
async def test_the_address_can_be_chosen(address):
    """For endpoints with ALLOW_IPS."""
    assert (await AsyncWebhookClient(address=address).send("nearby", "/to/nearby/")).status_code == 200
    answer = await asyncio.to_thread(WebhookClient(address=address).send, "nearby", "/to/nearby/")
    assert answer.status_code == 200
    client = WebhookClient()
    with client.expect_rejection("address_denied"):
        await asyncio.to_thread(client.send, "nearby", "/to/nearby/")


def test_more_headers_are_sent():
    """Unsigned ones, such as the event's type; the client may have some for all requests."""
    client = WebhookClient(headers={"X-Every": "1"})
    answer = client.send("github", "/to/github/", headers={"X-GitHub-Event": "push"})
    meta = answer.wsgi_request.META
    assert (meta["HTTP_X_GITHUB_EVENT"], meta["HTTP_X_EVERY"]) == ("push", "1")


@pytest.mark.parametrize("provider", ["mailgun", "mandrill", "github"])
def test_a_form_can_be_sent_as_multipart(provider):
    """Whether its fields are signed or its bytes."""
    with CATALOG:
        fields = {"subject": "Grüße", "to": ["a@example.com", "b@example.com"]}
        answer = WebhookClient().send(provider, f"/{provider}/", fields, content_type="multipart/form-data")
    assert answer.status_code == 200
    assert answer.wsgi_request.content_type == "multipart/form-data"


def test_the_event_id_can_be_chosen():
    """Where it stands in a header; in the body it is the payload's."""
    with CATALOG:
        WebhookClient().send("svix", "/svix/", {}, event_id="msg_1")
        WebhookClient().send("stripe", "/stripe/", {"id": "evt_1"})
    assert handled == [("svix", "msg_1"), ("stripe", "evt_1")]
