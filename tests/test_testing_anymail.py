"""Anymail's webhooks behind hookseal, under test: keys stand in for those in Anymail's settings."""

from __future__ import annotations

import pytest

from hookseal.captured import Captured
from hookseal.testing import AsyncWebhookClient, WebhookBattery, WebhookClient
from tests.esps import ANYMAIL, WEBHOOKS, Post, genuine

SIGNABLE = [name for name in WEBHOOKS if not name.startswith("postal.")]
UNSET = {name: value if "API" in name else None for name, value in ANYMAIL.items()}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.site.anymail_urls"),
    # Anymail says so itself, each time such a view is made.
    pytest.mark.filterwarnings("ignore:Anymail's SendinBlue webhook URLs:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]


@pytest.fixture(autouse=True)
def _site(settings) -> None:
    settings.MIDDLEWARE = []
    settings.HOOKSEAL = {}
    settings.ANYMAIL = ANYMAIL


def recorded(post: Post) -> Captured:
    """What an ESP sent, as it was kept."""
    headers = {"Content-Type": post.kind, **(post.headers or {})}
    return Captured("POST", f"https://testserver/anymail/{post.path}", tuple(headers.items()), post.body, 0.0)


@pytest.mark.parametrize("webhook", SIGNABLE)
def test_every_webhook_can_be_sent_to(webhook):
    """With what its ESP really sends, signed by keys that nobody has."""
    webhooks = WebhookClient()
    answer = webhooks.replay(recorded(genuine(webhook)), resign=True)
    assert answer.status_code == 200
    with webhooks.expect_rejection():
        post = genuine(webhook, 2)
        webhooks.send(f"anymail.{webhook}", f"/anymail/{post.path}", post.body, content_type=post.kind, tamper="secret")


@pytest.mark.parametrize("webhook", ["resend.tracking", "postmark.tracking", "mailgun.tracking"])
def test_no_setting_of_anymails_has_to_hold_a_key(webhook, settings):
    """Environment variables that are not set leave None."""
    settings.ANYMAIL = UNSET
    assert WebhookClient().replay(recorded(genuine(webhook)), resign=True).status_code == 200


async def test_async_tests_send_to_anymails_views():
    """Which are sync."""
    answer = await AsyncWebhookClient().replay(recorded(genuine("resend.tracking")), resign=True)
    assert answer.status_code == 200


def test_the_settings_are_anymails_afterwards():
    """What was genuine before, is."""
    WebhookClient().replay(recorded(genuine("resend.tracking")), resign=True)
    assert WebhookClient().replay(recorded(genuine("resend.tracking", 3))).status_code == 200


def test_an_esp_that_is_not_configured_is_named(settings):
    """With what would have to be set."""
    settings.ANYMAIL = {}
    with pytest.raises(LookupError, match="accepts nothing yet: ANYMAIL has no MANDRILL_WEBHOOK_KEY"):
        WebhookClient().sign("anymail.mandrill.tracking")


class TestResend(WebhookBattery):
    """The battery holds for Anymail's views as well."""

    endpoint = "anymail.resend.tracking"
    url = "/anymail/resend/tracking/"
    payload = {"type": "email.sent", "data": {}}  # noqa: RUF012 - as a site would write it
