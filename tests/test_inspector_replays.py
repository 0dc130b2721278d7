"""Kept deliveries reach their views again, byte for byte, through the whole of Django, or signed afresh."""

from __future__ import annotations

from dataclasses import replace

import pytest
import time_machine
from asgiref.sync import async_to_sync, sync_to_async
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import get_script_prefix, get_urlconf, path, set_script_prefix, set_urlconf
from django.utils import translation

from hookseal import webhook
from hookseal.captured import Captured
from hookseal.inspector.models import Delivery
from hookseal.inspector.replays import replay
from hookseal.samples import new_keys, sample
from hookseal.signing import record_of, sign
from tests.conftest import headers_of
from tests.site import settings as site
from tests.site import views

pytestmark = pytest.mark.django_db(transaction=True)
BODY = b'{"id": "evt_1",  "text": "\xc3\xa4"}\r\n'
URL = "https://testserver"
urlpatterns: list = []


@pytest.fixture(autouse=True)
def _capture(settings):
    """Keep everything, and let the same delivery through as often as it comes, where a test says nothing else."""
    settings.HOOKSEAL = site.HOOKSEAL | {"*": {"CAPTURE": "all", "REPLAY": False}}


@pytest.fixture
def route(settings, monkeypatch):
    """Put a view in place of the site's: it answers at /hook/."""
    settings.ROOT_URLCONF = __name__
    return lambda view: monkeypatch.setitem(globals(), "urlpatterns", [path("hook/", view)])


def newest() -> Delivery:
    """The row that was written last."""
    return Delivery.objects.latest("pk")


def captured_of(sender: str, where: str, body: bytes = BODY, **headers: str) -> Captured:
    """Make a request as it would have been kept."""
    pairs = {"Host": "testserver", "Content-Type": "application/json", **headers_of(sender, body), **headers}
    return Captured("POST", f"{URL}{where}", tuple(pairs.items()), body, 0.0, sender)


@pytest.mark.parametrize(
    "where", ["function", "class", "api", "api-method", "async-function", "async-class", "async-stacked"]
)
def test_a_delivery_reaches_its_view_again(client, send, where):
    """Sync and async, function and class: with the same bytes, and a row of its own that names the first one."""
    send(client, f"/{where}/", "github", BODY)
    first = newest()
    came = replay(first)
    assert [receipt.body for receipt in views.handled] == [BODY, BODY]
    assert (came.response.status_code, came.delivery.pk, came.delivery.replay_of) == (200, newest().pk, first)
    assert (came.delivery.verdict, came.delivery.url) == ("accepted", first.url)
    assert bytes(came.delivery.body) == bytes(first.body)
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize("policy", ["none", "refused", "all"])
def test_a_replay_is_kept_whatever_is_captured(settings, policy):
    """Who asked for it wants to see what came of it: one row, and no more."""
    settings.HOOKSEAL = site.HOOKSEAL | {"*": {"CAPTURE": policy, "REPLAY": False}}
    good = captured_of("github", "/function/")
    assert replay(good).delivery.verdict == "accepted"
    came = replay(replace(good, body=b"forged"))
    assert (came.delivery.verdict, came.delivery.reason, came.response.status_code) == (
        "refused",
        "signature_mismatch",
        400,
    )
    assert replay(replace(good, url=f"{URL}/async-function/", body=b"forged")).delivery.reason == "signature_mismatch"
    assert Delivery.objects.count() == 3


def test_a_replay_passes_the_middleware(route, settings):
    """As any other request."""
    settings.MIDDLEWARE = ["tests.test_inspector_replays.mark", *site.MIDDLEWARE]
    route(webhook("github")(lambda _: HttpResponse()))
    assert replay(captured_of("github", "/hook/")).response["X-Marked"] == "yes"


def mark(get_response):
    """Mark every response."""

    def middleware(request):
        response = get_response(request)
        response["X-Marked"] = "yes"
        return response

    return middleware


def test_the_view_sees_the_request_as_it_was(route):
    """Scheme, host, port, path and query byte for byte, headers and the client's address."""

    def view(request):
        told = [request.scheme, request.get_host(), request.get_full_path(), request.META["RAW_URI"]]
        return JsonResponse([*told, request.headers["X-Other"], request.META["REMOTE_ADDR"]], safe=False)

    route(webhook("partner")(view))
    sent = captured_of("partner", "", **{"X-Other": "a", "Host": "hooks.example.com:8443"})
    row = Delivery(address="203.0.113.9")
    row = Delivery.objects.create(
        endpoint="partner", received_at="2026-01-01T00:00Z", method="POST", url="", path="", address="203.0.113.9"
    )
    url = "http://hooks.example.com:8443/hook/?a=%2f&b=%C3%A4"
    with override_settings(HOOKSEAL=site.HOOKSEAL | {"*": {"HTTPS": False}}):
        response = replay(replace(sent, url=url), replay_of=row).response
    shown = ["http", "hooks.example.com:8443", "/hook/?a=%2f&b=%C3%A4", "/hook/?a=%2f&b=%C3%A4", "a", "203.0.113.9"]
    assert response.content.decode() == JsonResponse(shown, safe=False).content.decode()


def test_a_site_below_a_prefix(route):
    """The server takes the prefix off the path; so does a replay."""
    route(webhook("github")(lambda request: HttpResponse(f"{request.path} {request.path_info}")))
    before = get_script_prefix()
    set_script_prefix("/shop/")
    try:
        assert replay(captured_of("github", "/shop/hook/")).response.content == b"/shop/hook/ /hook/"
        with override_settings(FORCE_SCRIPT_NAME="/shop"):
            assert replay(captured_of("github", "/shop/hook/")).response.content == b"/shop/hook/ /hook/"
    finally:
        set_script_prefix(before)


def test_a_duplicate_is_found_to_be_one(settings):
    """The replay store still knows the delivery."""
    settings.HOOKSEAL = site.HOOKSEAL | {"*": {"REPLAY": "memory"}}
    assert [replay(captured_of("github", "/function/")).delivery.verdict for _ in range(2)] == ["accepted", "duplicate"]


@time_machine.travel(1_790_000_000, tick=False)
def test_a_stale_delivery_is_signed_afresh():
    """As it was it is too old; with the present time, the same secret and the same bytes it is taken."""
    old = {
        "Stripe-Signature": sign("stripe", secret=site.SECRETS_OF["stripe"], body=BODY, now=1_780_000_000).headers[
            "Stripe-Signature"
        ]
    }
    sent = captured_of("stripe", "/to/stripe/", **old)
    assert replay(sent).delivery.reason == "stale"
    came = replay(sent, resign=True)
    assert (came.delivery.verdict, came.delivery.event_id) == ("accepted", "evt_1")
    assert bytes(came.delivery.body) == BODY
    names = [name.lower() for name, _ in came.delivery.headers]
    assert names.count("stripe-signature") == 1


@pytest.mark.parametrize(
    "provider", ["svix", "github", "slack", "twilio", "mailgun", "hubspot", "gitlab", "postmark", "square", "zoom"]
)
def test_a_delivery_of_any_family_is_signed_afresh(provider, settings, route):
    """By headers, by fields of the body, with the URL, by a token; its event stays the same."""
    record = record_of(provider, "")
    keys = new_keys(provider)
    settings.HOOKSEAL = {"hook": {"PROVIDER": provider, "SECRETS": [keys.verifies], "REPLAY": False}}
    settings.MIDDLEWARE = []
    route(webhook("hook")(lambda request: HttpResponse(request.webhook.event_id or "")))
    made = sample(record, keys)
    old = sign(
        provider,
        secret=keys.signs,
        body=made.body,
        now=1_600_000_000,
        url=f"{URL}/hook/",
        content_type=made.content_type,
        event_id="evt_9",
    )
    headers = (("Host", "testserver"), *old.headers.items())
    sent = Captured("POST", old.url or f"{URL}/hook/", headers, old.body, 0.0, "hook")
    came = replay(sent, resign=True)
    assert came.delivery.verdict == "accepted", came.delivery.sentence
    again = replay(came.delivery, resign=True)
    assert (again.delivery.verdict, again.response.content) == ("accepted", came.response.content)
    assert len(again.delivery.headers) == len(came.delivery.headers)
    assert again.delivery.url == came.delivery.url


@pytest.mark.parametrize(
    ("endpoint", "sentence"),
    [
        ("discord", "only the sender has"),
        ("off", "cannot judge deliveries"),
        ("unknown", "cannot judge deliveries"),
        ("expired", "no secret"),
        ("tenants", "found by a function"),
    ],
)
def test_what_cannot_be_signed_is_said(settings, endpoint, sentence):
    """And nothing is sent."""
    from datetime import date

    from hookseal import Secret

    entries = {
        "discord": {"SECRETS": [new_keys("discord").verifies]},
        "expired": {"PROVIDER": "github", "SECRETS": [Secret(site.SECRETS_OF["github"], not_after=date(2020, 1, 1))]},
    }
    settings.HOOKSEAL = site.HOOKSEAL | entries
    with pytest.raises(ValueError, match=sentence):
        replay(replace(captured_of("github", "/function/"), endpoint=endpoint), resign=True)
    assert not Delivery.objects.exists()


def test_a_body_that_was_cut_is_not_sent(client, send):
    """It would be another delivery."""
    send(client, "/function/", "github", BODY)
    row = newest()
    row.body_size += 1
    with pytest.raises(ValueError, match="not kept whole"):
        replay(row)


def test_what_meets_no_guard_is_said_to_be_caught():
    """A path that the site has no more."""
    came = replay(captured_of("github", "/gone/"))
    assert (came.response.status_code, came.delivery.verdict) == (404, "caught")


def test_a_handshake_is_answered_again():
    """It proves nothing, and is no delivery."""
    came = replay(Captured("HEAD", f"{URL}/to/challenged/", (("Host", "testserver"),), b"", 0.0, "challenged"))
    assert (came.response.status_code, came.delivery.verdict) == (200, "handshake")


def test_a_stream_is_answered_with_its_first_parts(route):
    """So that one that never ends does."""

    def parts():
        while True:
            yield b"x"

    route(webhook("github")(lambda _: StreamingHttpResponse(parts())))
    assert replay(captured_of("github", "/hook/")).response.content == b"x" * 100


def test_a_view_that_fails_is_told_by_its_status(route):
    """The replay itself does not fail."""

    def fail(_request):
        raise KeyError

    route(webhook("github")(fail))
    came = replay(captured_of("github", "/hook/"))
    assert (came.response.status_code, came.delivery.verdict, came.delivery.status) == (500, "accepted", 500)


def test_the_caller_keeps_what_it_had(route):
    """Language and URLconf of its own request."""

    def view(_request):
        translation.activate("de")
        return HttpResponse()

    route(webhook("github")(view))
    set_urlconf("tests.site.urls")
    with translation.override("fr"):
        replay(captured_of("github", "/hook/"))
        assert (translation.get_language(), get_urlconf()) == ("fr", "tests.site.urls")
    set_urlconf(None)


@pytest.mark.parametrize("where", ["function", "async-function", "async-class"])
def test_a_replay_out_of_an_async_site_reaches_any_view(where):
    """As a page of the inspector sends it under ASGI: from a thread, beside a loop that runs."""

    async def page():
        return await sync_to_async(replay)(captured_of("github", f"/{where}/"))

    assert async_to_sync(page)().delivery.verdict == "accepted"
