"""Proven deliveries: claimed once, settled by what became of their view, on every store, in sync and async views."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import path

from hookseal import WebhookRejected, sign, webhook
from hookseal.logging import DELIVERIES
from hookseal.signals import webhook_accepted
from hookseal.urls import webhook_include
from tests.conftest import headers_of, names
from tests.counted import Counted, CountedAsync, answered
from tests.site import views
from tests.site.settings import HOOKSEAL, SECRETS_OF

STORES = ["memory", "cache", "database"]
FRAGILE = "tests.site.stores.Fragile"
KINDS = ["function", "class", "stacked", "api", "api-method"]
ASYNC_KINDS = ["async-function", "async-class", "async-stacked", "async-hidden"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("kind", KINDS + ASYNC_KINDS)
def test_T22_a_delivery_is_handled_once_under_wsgi(client: Client, send, protect, kind: str, store: str):
    """By each kind of view, on each store; the second attempt is told that all is well."""
    protect(store)
    first, second = send(client, f"/{kind}/", "github"), send(client, f"/{kind}/", "github")
    assert (200, 200, b"") == (first.status_code, second.status_code, second.content)
    assert 1 == len(views.handled)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("kind", KINDS + ASYNC_KINDS)
async def test_T22_a_delivery_is_handled_once_under_asgi(
    async_client: AsyncClient, send, protect, *, kind: str, store: str
):
    """As under WSGI."""
    await sync_to_async(protect)(store)
    first = await send(async_client, f"/{kind}/", "github")
    second = await send(async_client, f"/{kind}/", "github")
    assert (200, 200, b"") == (first.status_code, second.status_code, second.content)
    assert 1 == len(views.handled)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("kind", [Counted, CountedAsync])
@pytest.mark.parametrize(
    ("status", "runs"), [(200, 1), (204, 1), (302, 2), (400, 2), (403, 2), (429, 2), (500, 2), (503, 2)]
)
def test_T27_a_status_settles(protect, deliver, *, store: str, kind: type[Counted], status: int, runs: int):
    """What the provider counts as delivered is remembered; after anything else the next attempt is handled."""
    protect(store)
    counted = kind(lambda _: HttpResponse(status=status))
    for _ in range(2):
        answered(deliver(counted.guarded))
    assert runs == counted.runs


@pytest.mark.parametrize("store", STORES)
def test_T27_a_worker_that_is_stopped_before_the_view_releases(protect, deliver, store: str):
    """While whoever listens is told of the delivery: the next attempt is handled at once."""
    protect(store)
    counted = Counted()

    def stop(**_: object):
        raise SystemExit

    webhook_accepted.connect(stop)
    try:
        with pytest.raises(SystemExit):
            deliver(counted.guarded)
    finally:
        webhook_accepted.disconnect(stop)
    assert b"handled" == deliver(counted.guarded).content


@pytest.mark.parametrize(("status", "runs"), [(200, 1), (204, 2)])
def test_T27_the_provider_says_what_success_is(protect, deliver, status: int, runs: int):
    """Mailgun counts 200 alone."""
    protect("memory", "mailgun", PROVIDER="mailgun")
    body = b"subject=hello"
    kind = "application/x-www-form-urlencoded"
    signed = sign("mailgun", secret=SECRETS_OF["mailgun"], body=body, content_type=kind)
    counted = Counted(lambda _: HttpResponse(status=status), "mailgun")
    for _ in range(2):
        counted.guarded(RequestFactory().post("/", signed.body, kind, secure=True))
    assert runs == counted.runs


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError()])
def test_T27_an_exception_releases(protect, deliver, store: str, error: BaseException):
    """Be it a mistake of the view or the end of the worker; it goes on its way."""
    protect(store)
    counted = Counted(error)
    for _ in range(2):
        with pytest.raises(type(error)):
            deliver(counted.guarded)
    counted.outcome = None
    assert b"handled" == deliver(counted.guarded).content
    assert (3, b"") == (counted.runs, deliver(counted.guarded).content)


@pytest.mark.parametrize("store", STORES)
async def test_T27_a_client_that_goes_away_releases(protect, deliver, store: str):
    """Django cancels the async view; the next attempt runs."""
    await sync_to_async(protect)(store)
    entered = asyncio.Event()
    runs = []

    @webhook("github")
    async def view(request):
        runs.append(request)
        entered.set()
        if len(runs) == 1:
            await asyncio.sleep(60)
        return HttpResponse()

    task = asyncio.ensure_future(deliver(view))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 200 == (await deliver(view)).status_code
    assert 2 == len(runs)


async def test_T28_a_client_that_goes_away_after_the_view_releases_nothing(protect, deliver, monkeypatch):
    """The event was handled, so its next attempt must not run while the mark may still come."""
    store = protect("memory").protection.store
    marking = asyncio.Event()

    async def mark_slowly(claimed, status, retention):
        marking.set()
        await asyncio.sleep(60)

    monkeypatch.setattr(store, "aconfirm", mark_slowly)
    counted = CountedAsync()
    task = asyncio.ensure_future(deliver(counted.guarded))
    await marking.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 503 == (await deliver(counted.guarded)).status_code
    assert 1 == counted.runs


def test_T27_a_coroutine_that_is_thrown_away_leaves_its_lease(protect, deliver):
    """Nothing can be awaited any more when the loop is gone, so the lease has to lapse; no other error comes out."""
    protect("memory")

    @webhook("github")
    async def view(request):
        await asyncio.sleep(0)

    coroutine = deliver(view)
    coroutine.send(None)
    coroutine.close()
    assert 503 == asyncio.run(deliver(view)).status_code


def test_T27_a_view_that_refuses_releases(protect, deliver):
    """`request.webhook.json()` on a body that is none: refused, and not remembered as handled."""
    protect("memory")
    counted = Counted(lambda request: request.webhook.json())
    for _ in range(2):
        with pytest.raises(WebhookRejected, match="malformed_body"):
            deliver(counted.guarded, b"{")
    assert 2 == counted.runs


@pytest.mark.parametrize("kind", [Counted, CountedAsync])
def test_T27_a_response_is_rendered_before_it_is_judged(protect, deliver, kind: type[Counted]):
    """A page that cannot be rendered was not delivered."""
    protect("memory")
    template = engines["django"].from_string("{{ number|divisibleby:0 }}")
    counted = kind(lambda _: SimpleTemplateResponse(template, {"number": 1}))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            answered(deliver(counted.guarded))
    assert 2 == counted.runs


@pytest.mark.parametrize(("outcome", "runs"), [("no response", 2), (StreamingHttpResponse([b"a"]), 1)])
def test_T27_what_is_no_response_is_no_success(protect, deliver, outcome: object, runs: int):
    """Django will complain about it; a stream is judged by its status."""
    protect("memory")
    counted = Counted(outcome)
    for _ in range(2):
        deliver(counted.guarded)
    assert runs == counted.runs


@pytest.mark.parametrize("store", STORES)
def test_T24_while_it_runs_the_sender_is_asked_to_come_again(protect, deliver, store: str):
    """The second delivery of the same event gets 503 and how long the lease lasts; nothing else runs."""
    protect(store, LEASE=20)
    answers = []
    counted = Counted()
    counted.outcome = lambda _: (answers.append(deliver(counted.guarded)), HttpResponse())[1]
    assert 200 == deliver(counted.guarded).status_code
    assert (1, 503, b"") == (counted.runs, answers[0].status_code, answers[0].content)
    assert 1 <= int(answers[0]["Retry-After"]) <= 20


@pytest.mark.parametrize("store", ["memory", "cache"])
def test_T24_64_equal_deliveries_at_once_are_one(protect, deliver, store: str):
    """One runs, the others are asked to come again, and then told that it is done."""
    protect(store)
    barrier, release = Barrier(64), Event()
    counted = Counted(lambda _: (release.wait(30), HttpResponse(b"handled"))[1])

    def send(_: int) -> int:
        barrier.wait()
        response = deliver(counted.guarded)
        if response.status_code == 503:
            late.append(response)
            if len(late) == 63:
                release.set()
        return response.status_code

    late: list[HttpResponse] = []
    with ThreadPoolExecutor(64) as pool:
        statuses = list(pool.map(send, range(64)))
    assert (1, 1, 63) == (counted.runs, statuses.count(200), statuses.count(503))
    assert b"" == deliver(counted.guarded).content


def test_a_duplicate_is_told_to_the_owner(protect, deliver, told, caplog):
    """By a line and a signal that say when it was handled, and with which status."""
    protect("memory", "stripe")
    counted = Counted(lambda _: HttpResponse(status=201), "stripe")
    with caplog.at_level(logging.INFO, DELIVERIES):
        for _ in range(2):
            deliver(counted.guarded, sender="stripe")
    assert ["accepted", "duplicate"] == names(told)
    told = told[1][1]
    assert ("evt_1", 201) == (told["receipt"].event_id, told["status"])
    assert [f"stripe: evt_1 was already handled at {told['when'].isoformat(timespec='seconds')} with status 201"] == [
        record.getMessage() for record in caplog.records
    ]


def test_T73_a_forgery_burns_no_id(protect, deliver):
    """What is not proven is not claimed."""
    protect("memory", "stripe")
    counted = Counted(alias="stripe")
    with pytest.raises(WebhookRejected):
        deliver(counted.guarded, sender="stripe", **{"Stripe-Signature": f"t=1800000000,v1={'0' * 64}"})
    assert b"handled" == deliver(counted.guarded, sender="stripe").content


def test_T22_no_spelling_of_the_signature_makes_a_second_run(protect, deliver):
    """More signatures, another case, white space: the same event."""
    protect("memory", "stripe")
    counted = Counted(alias="stripe")
    genuine = headers_of("stripe", b'{"id":"evt_1"}')["Stripe-Signature"]
    time, mac = genuine.split(",v1=")
    for spelling in (
        genuine,
        f"{genuine},v0=ab",
        f"{time},v1={'0' * 64},v1={mac}",
        f"{time},v1={mac},v1={mac}",
        f" {time}, v1={mac} ",
        f"v1={mac},{time}",
    ):
        assert 200 == deliver(counted.guarded, sender="stripe", **{"Stripe-Signature": spelling}).status_code
    assert 1 == counted.runs


def test_T87_an_unsigned_id_is_not_believed(protect, deliver):
    """GitHub does not sign X-GitHub-Delivery: changed, dropped or repeated, the delivery stays the same one."""
    protect("memory")
    counted = Counted()
    for number in ("1", "2", "", "1,1"):
        deliver(counted.guarded, **{"X-GitHub-Delivery": number})
    assert 1 == counted.runs


@pytest.mark.parametrize("store", STORES)
def test_T88_different_deliveries_are_different(protect, deliver, store: str):
    """Each body of its own is an event of its own."""
    protect(store)
    counted = Counted()
    for number in range(5):
        deliver(counted.guarded, str(number).encode())
    assert 5 == counted.runs


def test_two_endpoints_know_nothing_of_each_other(settings, deliver):
    """The alias is part of the key."""
    settings.MIDDLEWARE = []
    entry = HOOKSEAL["github"] | {"PROVIDER": "github", "REPLAY": "memory"}
    settings.HOOKSEAL = {"one": entry, "other": entry}
    for alias in ("one", "other"):
        assert b"handled" == deliver(Counted(alias=alias).guarded).content


def test_a_view_that_is_guarded_twice_claims_once(client: Client, send, settings, protect):
    """By `webhook_include` and by itself: the inner guard finds the claim of the outer one."""
    protect("memory")
    module = type(
        "urls", (), {"urlpatterns": [path("hooks/", webhook_include([path("", views.function)], endpoint="github"))]}
    )
    settings.ROOT_URLCONF = module
    assert b"2" == send(client, "/hooks/", "github").content
    assert b"" == send(client, "/hooks/", "github").content


def test_a_shared_secret_tells_no_two_deliveries_apart(client: Client, send, protect):
    """So there is no check by default: the same request twice may be two events."""
    protect(True, "partner")  # noqa: FBT003 - a setting's value
    for _ in range(2):
        assert b"2" == send(client, "/to/partner/", "partner").content


def test_T27_an_awaitable_is_awaited_and_never_judged(protect, deliver):
    """A hidden async view, called by somebody else than Django: it settles when it is awaited."""
    protect("memory")
    view = views.AsyncHidden.as_view()
    running = deliver(view)
    assert 503 == deliver(view).status_code
    assert 200 == asyncio.run(running).status_code
    assert (200, b"") == (deliver(view).status_code, deliver(view).content)
    assert 1 == len(views.handled)
