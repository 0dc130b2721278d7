"""Signed requests to sites under test: every kind of view, every store, frozen clocks, settings of all kinds."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from functools import partial

import freezegun
import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View

from hookseal import Reason, conf, guards, keysource, providers, webhook
from hookseal._engine import Record
from hookseal.testing import TAMPERINGS, AsyncWebhookClient, Untamperable, WebhookClient
from tests.site import settings as site
from tests.site import views

KINDS = ["function", "async-function", "class", "async-class", "stacked", "async-stacked", "async-hidden", "api"]
FORGERIES = [
    ("body", "signature_mismatch"),
    ("secret", "signature_mismatch"),
    ("time", "stale"),
    ("no_header", "missing_signature"),
]
IMPOSSIBLE = {"paypal", "postal", "scaleway"}
TOPIC = "arn:aws:sns:eu-central-1:123456789012:mail"
handled: list[tuple[str, str | None]] = []

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _none_handled():
    handled.clear()


def handle(request) -> HttpResponse:
    """Note what came through."""
    handled.append((request.webhook.endpoint, request.webhook.event_id))
    return HttpResponse()


_GUARDS = dict(guards._guards)


class Catalog:
    """/NAME/ for every provider."""

    urlpatterns = [path(f"{name}/", webhook(name)(handle)) for name in providers()]  # noqa: RUF012 - as Django wants it


guards._guards.clear()
guards._guards.update(_GUARDS)


def entry_of(provider: str) -> dict[str, object]:
    """Configure an endpoint as far as a site has to, without any value of a key."""
    record = Record.named(provider)
    keys = {"SECRETS": [None]} if record.needs_secrets else {}
    return keys | ({"TOPICS": [TOPIC]} if record.needs_topics else {})


CATALOG = override_settings(
    ROOT_URLCONF=Catalog, HOOKSEAL={name: entry_of(name) for name in providers()}, MIDDLEWARE=[]
)


@pytest.mark.parametrize("provider", sorted(set(providers()) - IMPOSSIBLE))
def test_a_sample_of_every_provider_is_accepted(provider):
    """With nothing in the settings but names: no secret, no account, no network."""
    with CATALOG:
        assert WebhookClient().send(provider, f"/{provider}/?tenant=1").status_code == 200
    assert [endpoint for endpoint, _ in handled] == [provider]


@pytest.mark.parametrize("provider", sorted(IMPOSSIBLE))
def test_a_provider_that_nobody_can_sign_for_is_named(provider):
    """Rather than a refusal that nobody could explain."""
    with CATALOG, pytest.raises(ValueError, match=f"{Record.named(provider).title.split()[0]}.* cannot be signed for"):
        WebhookClient().send(provider, f"/{provider}/")


@pytest.mark.parametrize("way", ["body", "secret", "stale", "future", "missing"])
@pytest.mark.parametrize("provider", ["amazon-sns", "plaid", "twilio", "mandrill", "discord", "adyen-standard"])
def test_bent_deliveries_of_unusual_providers_are_refused(provider, way):
    """Fetched keys, signed URLs, forms and items; the plain ones are bent in the tests of tampering."""
    client = WebhookClient()
    with CATALOG:
        try:
            with client.expect_rejection():
                client.send(provider, f"/{provider}/", tamper=way)
        except Untamperable:
            assert way in {"stale", "future"}
            assert Record.named(provider).tolerance is None
    assert handled == []


@pytest.mark.parametrize("view", KINDS)
def test_every_kind_of_view_can_be_sent_to(view):
    """Functions, classes, Django REST framework; sync and async, from a sync test."""
    client = WebhookClient()
    assert client.send("github", f"/{view}/", {"id": 1}).status_code == 200
    with client.expect_rejection("signature_mismatch"):
        client.send("github", f"/{view}/", {"id": 2}, tamper="body")


@pytest.mark.parametrize("view", KINDS)
async def test_every_kind_of_view_can_be_sent_to_from_async_tests(view):
    """The same, over Django's asynchronous handler."""
    client = AsyncWebhookClient()
    assert (await client.send("github", f"/{view}/", {"id": 1})).status_code == 200
    async with client.expect_rejection("signature_mismatch"):
        await client.send("github", f"/{view}/", {"id": 2}, tamper="body")


@pytest.mark.parametrize(("tamper", "reason"), FORGERIES)
async def test_forgeries_are_refused(tamper, reason):
    """Sync and async alike, whatever the block is written with."""
    client, aclient = WebhookClient(), AsyncWebhookClient()
    with aclient.expect_rejection(Reason(reason)) as refused:
        await aclient.send("stripe", "/to/stripe/", {"id": "evt_2"}, tamper=tamper)
    assert [str(rejection.endpoint) for rejection in refused.rejections] == ["stripe"]
    with client.expect_rejection(reason):
        await asyncio.to_thread(client.send, "stripe", "/to/stripe/", {"id": "evt_2"}, tamper=tamper)


@pytest.mark.parametrize("store", ["memory", "cache", "database"])
def test_a_replay_is_handled_once_by_every_store(store, settings):
    """The answer to the second is that of a duplicate: 200, without the view."""
    settings.ROOT_URLCONF, settings.MIDDLEWARE = Catalog, []
    settings.HOOKSEAL = {"stripe": {"SECRETS": [None], "REPLAY": store}}
    client = WebhookClient()
    assert client.send("stripe", "/stripe/", {"id": "evt_3"}, tamper="replay").status_code == 200
    assert handled == [("stripe", "evt_3")]


def test_a_signed_delivery_can_be_sent_again():
    """It stays the same one."""
    client = WebhookClient()
    with CATALOG:
        delivery = client.sign("stripe", {"id": "evt_3"})
        assert [client.deliver(delivery, "/stripe/").status_code for _ in range(2)] == [200, 200]
    assert handled == [("stripe", "evt_3")]


async def test_deliveries_may_be_sent_side_by_side():
    """The keys stand in until the last one is answered."""
    client = AsyncWebhookClient()
    with CATALOG:
        answers = await asyncio.gather(*(client.send("stripe", "/stripe/") for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert not conf._stand_ins


def test_what_stood_in_is_gone_afterwards():
    """Endpoint, key source and settings are those of before, also where signing fails."""
    before = conf.endpoint("stripe"), keysource.process_keys(), site.HOOKSEAL
    client = WebhookClient()
    client.send("stripe", "/to/stripe/")
    with pytest.raises(ValueError, match="array"), CATALOG:
        client.sign("adyen-standard", b"no items")
    after = conf.endpoint("stripe"), keysource.process_keys(), site.HOOKSEAL
    assert after[1:] == before[1:]
    assert after[0].secrets[0].same_value(before[0].secrets[0])


def test_the_sites_own_secret_is_not_what_signs():
    """So a test cannot depend on it, and none has to be known to sign."""
    delivery = WebhookClient().sign("stripe", {"id": "evt_1"})
    assert site.SECRETS_OF["stripe"] not in repr(vars(delivery.signing))
    headers = dict(delivery.headers)
    answer = Client().post("/to/stripe/", delivery.body, headers.pop("Content-Type"), secure=True, headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize("alias", ["tenants", "tenants-async"])
def test_a_function_that_finds_secrets_is_stood_in_for(alias):
    """It is not called: the site's secrets may be in a database that the test does not have."""
    route = "async-tenants" if "async" in alias else "tenants"
    assert WebhookClient().send(alias, f"/{route}/acme/", {"id": 1}).status_code == 200
    assert views.asked == []


def test_keywords_of_the_decorator_are_stood_in_for():
    """They come before the settings, and so does what stands in for them."""

    class Urls:
        urlpatterns = [path("x/", webhook("x", provider="github", secrets=["made-up-9d2f4b6a8c0e1357"])(handle))]  # noqa: RUF012

    with override_settings(ROOT_URLCONF=Urls, HOOKSEAL={}, MIDDLEWARE=[]):
        assert WebhookClient().send("x", "/x/").status_code == 200


def test_keywords_of_one_view_are_not_those_of_another():
    """Where the settings have the endpoint, they say how it is signed for."""
    webhook("stripe", tolerance=5)(handle)
    with CATALOG:
        assert WebhookClient().sign("stripe").signing.tolerance == 300


def test_basic_credentials_beside_the_signature_are_shown():
    """Both have to hold, and one alone is refused."""
    entry = {"PROVIDER": "github", "SECRETS": [None], "BASIC_AUTH": ["user:long-random-password"]}
    client = WebhookClient()
    with override_settings(ROOT_URLCONF=Catalog, HOOKSEAL={"github": entry}, MIDDLEWARE=[]):
        assert client.send("github", "/github/").status_code == 200
        with client.expect_rejection("signature_mismatch"):
            client.send("github", "/github/", tamper="body")
        with client.expect_rejection("missing_credentials"):
            delivery = client.sign("github")
            del delivery.signed.headers["Authorization"]
            client.deliver(delivery, "/github/")


def test_the_guard_lets_a_site_without_secrets_boot():
    """As in a CI job that is given none."""
    unset = {name: {**entry, "SECRETS": [None]} for name, entry in site.HOOKSEAL.items() if name != "off"}
    with override_settings(MIDDLEWARE=["hookseal.middleware.Guard"], HOOKSEAL=site.HOOKSEAL | unset):
        assert WebhookClient().send("stripe", "/to/stripe/").status_code == 200


def test_what_else_is_wrong_is_still_said():
    """Only keys are stood in for: a mistake in the settings is the test's to find."""
    wrong = {"stripe": {"SECRETS": [None], "TOLERANCE": -1}}
    with (
        CATALOG,
        override_settings(HOOKSEAL=wrong),
        pytest.raises(ValueError, match=r'"stripe" is not configured.*E006'),
    ):
        WebhookClient().sign("stripe")


def test_an_unknown_endpoint_is_named():
    """With the finding that `check` would have."""
    with pytest.raises(ValueError, match=r'"strip" is not configured.*E004'):
        WebhookClient().sign("strip")


def test_settings_hold_while_keys_stand_in(settings):
    """REFUSAL_STATUS, for one."""
    client = WebhookClient()
    with client.expect_rejection("signature_mismatch") as refused:
        assert client.send("told", "/to/told/", tamper="secret").status_code == 406
    assert refused.answers == ["406 to POST /to/told/"]


@pytest.mark.parametrize(
    "freeze",
    [freezegun.freeze_time, partial(time_machine.travel, tick=False)],
    ids=["freezegun", "time-machine"],
)
def test_a_frozen_clock_is_the_clock(freeze):
    """What is signed then is fresh then, and stale now."""
    client = WebhookClient()
    with freeze("2031-05-06T07:08:09Z"):
        delivery = client.sign("stripe", {"id": "evt_1"})
        assert client.deliver(delivery, "/to/stripe/").status_code == 200
        with client.expect_rejection("stale"):
            client.send("stripe", "/to/stripe/", tamper="stale")
    assert delivery.signing.now == datetime(2031, 5, 6, 7, 8, 9, tzinfo=timezone.utc).timestamp()
    with client.expect_rejection("future"):
        client.deliver(delivery, "/to/stripe/")


def test_the_time_of_signing_can_be_chosen():
    """Without freezing anything."""
    client = WebhookClient()
    with client.expect_rejection("stale"):
        client.send("stripe", "/to/stripe/", now=1_600_000_000)


def test_pytest_djangos_settings_are_read(settings):
    """As `override_settings` is."""
    settings.HOOKSEAL = {**site.HOOKSEAL, "stripe": {"SECRETS": [None], "TOLERANCE": 30}}
    delivery = WebhookClient().sign("stripe")
    assert delivery.signing.tolerance == 30


def test_a_sender_has_to_pass_csrf():
    """A method that is decorated instead of its class is not exempt: a lenient client would not tell."""

    class Events(View):
        @method_decorator(webhook("github"))
        def post(self, request) -> HttpResponse:
            return handle(request)

    class Urls:
        urlpatterns = [path("github/", Events.as_view())]  # noqa: RUF012

    middleware = ["django.middleware.csrf.CsrfViewMiddleware"]
    with override_settings(ROOT_URLCONF=Urls, MIDDLEWARE=middleware):
        assert WebhookClient().send("github", "/github/").status_code == 403


def test_every_way_to_tamper_has_a_name_that_send_takes():
    """The list is closed."""
    with pytest.raises(LookupError, match="no way to tamper"):
        WebhookClient().send("stripe", "/to/stripe/", tamper="sideways")
    for way in TAMPERINGS:
        assert WebhookClient().send("stripe", "/to/stripe/", tamper=way.name).status_code in {200, 400}


def test_what_was_delivered_can_be_forgotten():
    """Else the same event in the next test would be a duplicate, and its view would not run."""
    for _ in range(2):
        client = WebhookClient()
        with CATALOG:
            client.send("stripe", "/stripe/", {"id": "evt_1"})
            client.forget()
    assert handled == [("stripe", "evt_1")] * 2
