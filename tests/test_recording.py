"""What is kept of requests to endpoints with CAPTURE: each way through the decorator, byte for byte, and once."""

from __future__ import annotations

import asyncio
from unittest import mock

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, connections, transaction
from django.db.backends.signals import connection_created
from django.http import Http404, HttpResponse, JsonResponse
from django.test import AsyncClient, AsyncRequestFactory, Client
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View

from hookseal import WebhookRejected, webhook
from hookseal.inspector.models import Delivery
from hookseal.recording import MOST_BODY
from tests.conftest import headers_of
from tests.site import settings as site
from tests.site import views

pytestmark = pytest.mark.django_db(transaction=True)
ATOMIC = True
BODY = b'{"id": "evt_1",  "text": "\xc3\xa4\\u00e4"}\r\n'


@pytest.fixture(autouse=True)
def _capture(settings):
    """Keep everything that comes to any endpoint of the test project."""
    settings.HOOKSEAL = site.HOOKSEAL | {"*": {"CAPTURE": "all", "REPLAY": "memory"}}


@pytest.fixture(autouse=True)
def _close():
    """Close the connections of threads that are gone: Django's async client closes requests in threads of its own."""
    opened = []

    def note(connection, **_):
        opened.append(connection)

    connection_created.connect(note)
    yield
    connection_created.disconnect(note)
    for each in opened:
        if each is not connections["default"] and each.connection is not None:
            each.connection.close()


@pytest.fixture
def route(settings, monkeypatch):
    """Put views in place of the site's: `route(view)` makes it answer at /hook/."""
    settings.ROOT_URLCONF = __name__
    return lambda view: monkeypatch.setitem(globals(), "urlpatterns", [path("hook/", view)])


urlpatterns: list = []


def rows() -> list[Delivery]:
    """All that was kept, oldest first."""
    return list(Delivery.objects.order_by("pk"))


def only() -> Delivery:
    """The one row that was kept."""
    (row,) = rows()
    return row


@pytest.fixture(params=[Client, AsyncClient])
def sent(request, send):
    """Send a delivery through a sync or an async client; what an async view leaves to a thread comes to this one."""

    def deliver(where: str, body: bytes, **changes):
        async def asend():
            return await send(AsyncClient(), where, "github", body, **changes)

        if request.param is AsyncClient:
            return async_to_sync(asend)()
        return send(Client(), where, "github", body, **changes)

    return deliver


@pytest.mark.parametrize(
    "where",
    [*("function", "class", "stacked", "api", "api-method"), *("async-function", "async-class", "async-stacked")],
)
def test_an_accepted_delivery_is_kept_as_it_came(sent, where):
    """Of any kind of view, under WSGI and ASGI: every byte, and what was proven."""
    response = sent(f"/{where}/", BODY, headers={"X-Other": "a,b"})
    row = only()
    assert (row.verdict, row.status, response.status_code) == ("accepted", 200, 200)
    assert (bytes(row.body), row.body_size, row.is_cut) == (BODY, len(BODY), False)
    assert (row.endpoint, row.provider, row.secret) == ("github", "github", "github[0]")
    assert (row.method, row.path, row.url) == ("POST", f"/{where}/", f"https://testserver/{where}/")
    assert row.captured().header("X-Other") == "a,b"
    assert row.captured().header("X-Hub-Signature-256") == headers_of("github", BODY)["X-Hub-Signature-256"]
    assert (row.address, row.reason) == ("127.0.0.1", "")
    assert row.duration_ms is not None


def test_headers_keep_their_order_and_number_under_asgi():
    """ASGI keeps repeated names apart, and so does what is kept."""
    request = AsyncRequestFactory().generic("POST", "/", BODY, secure=True, headers=headers_of("github", BODY))
    request.scope["headers"] += [(b"x-b", b"1"), (b"x-a", b"2"), (b"x-b", b"\xff")]
    views.function(request)
    request.close()
    assert only().captured().headers[-3:] == (("x-b", "1"), ("x-a", "2"), ("x-b", "\xff"))


def test_a_refusal_is_kept_and_named_in_its_log_line(client, send, lines):
    """The number is what the commands take; reason, sentence and fix are those of the line."""
    response = send(client, "/to/github/", "github", BODY, data=b"forged")
    row = only()
    assert (response.status_code, row.status, row.verdict, row.reason) == (400, 400, "refused", "signature_mismatch")
    assert lines[0].getMessage().endswith(f"(delivery {row.pk})")
    assert row.sentence in lines[0].getMessage()
    assert row.fix in lines[0].getMessage()
    assert bytes(row.body) == b"forged"


@pytest.mark.parametrize("where", ["async-function", "async-class", "async-hidden"])
def test_an_async_view_s_refusal_is_named_too(sent, where, lines):
    """The row is written without blocking the event loop."""
    sent(f"/{where}/", BODY, data=b"forged")
    assert lines[0].getMessage().endswith(f"(delivery {only().pk})")


@pytest.mark.parametrize(
    ("endpoint", "changes", "reason", "status"),
    [
        ("github", {"headers": {"X-Hub-Signature-256": None}}, "missing_signature", 400),
        ("github", {"headers": {"X-Hub-Signature-256": "x"}}, "malformed_signature", 400),
        ("github", {"secure": False, "headers": {"Host": "hooks.example.com"}}, "insecure_transport", 503),
        ("nearby", {}, "address_denied", 400),
        ("off", {}, "disabled", 503),
        ("told", {"headers": {"X-Hub-Signature-256": "x"}}, "malformed_signature", 406),
    ],
)
def test_a_refusal_before_the_body_is_read_is_kept(client, send, *, endpoint, changes, reason, status):
    """With the status that the sender got; and with its body, but for strangers' by address."""
    response = send(client, f"/to/{endpoint}/", "github", BODY, **changes)
    row = only()
    assert (row.reason, row.status, response.status_code) == (reason, status, status)
    assert (bytes(row.body), row.body_size) == (b"" if reason == "address_denied" else BODY, len(BODY))


def test_bad_credentials_are_kept_with_the_body(client, send):
    """Of a sender whose proof needs no body."""
    send(client, "/to/partner/", "partner", BODY, headers={"Authorization": "Basic eDp5"})
    assert (only().reason, bytes(only().body)) == ("bad_credentials", BODY)


def test_a_body_that_no_view_reads_is_kept(client, send, route):
    """It is read after the response."""
    route(webhook("partner")(lambda _: HttpResponse()))
    send(client, "/hook/", "partner", BODY)
    assert (bytes(only().body), only().body_size) == (BODY, len(BODY))


def test_a_form_with_files_is_kept_byte_for_byte(client):
    """Its fields stream through Django's parser; the copy is taken as they go by."""
    boundary = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n\x00\xff\r\n--b--\r\n'
    headers = headers_of("partner", b"")
    response = client.generic(
        "POST", "/uploads/", boundary, "multipart/form-data; boundary=b", secure=True, headers=headers
    )
    assert response.content == b"2"
    assert bytes(only().body) == boundary


def test_a_long_body_is_cut(client, send):
    """The row says how long it was; the view had all of it."""
    body = b"[" + b"1," * MOST_BODY + b"1]"
    response = send(client, "/to/github/", "github", body)
    assert response.content == str(len(body)).encode()
    assert (bytes(only().body), only().body_size, only().is_cut) == (body[:MOST_BODY], len(body), True)


def test_a_long_refused_body_is_not_waited_for(client, send):
    """What would be cut anyway is left unread, where nothing was proven."""
    body = b"1" * (MOST_BODY + 1)
    send(client, "/to/github/", "github", body, headers={"X-Hub-Signature-256": "x"})
    assert (bytes(only().body), only().body_size) == (b"", len(body))


def test_a_body_that_a_view_reads_in_part_is_kept_whole(client, send, route):
    """The rest is read after the response."""
    route(webhook("partner")(lambda request: HttpResponse(request.read(4))))
    assert send(client, "/hook/", "partner", BODY).content == BODY[:4]
    assert bytes(only().body) == BODY


def test_a_duplicate_is_kept(client, send):
    """With what is known of the first one."""
    for _ in range(2):
        send(client, "/to/stripe/", "stripe", BODY)
    assert [row.verdict for row in rows()] == ["accepted", "duplicate"]
    assert [row.event_id for row in rows()] == ["evt_1", "evt_1"]
    assert rows()[1].sentence.startswith("already handled at 20")
    assert rows()[0].signed_at is not None


def test_a_delivery_that_is_being_handled_is_kept(client, send, route):
    """The second one was asked to come again."""

    def view(_request):
        return send(Client(), "/hook/", "github", BODY) if not rows() else HttpResponse()

    route(webhook("github")(view))
    send(client, "/hook/", "github", BODY)
    assert [(row.verdict, row.status) for row in rows()] == [("duplicate", 503), ("accepted", 503)]
    assert rows()[0].sentence == "being handled elsewhere at that moment"


@pytest.mark.parametrize("where", ["to/challenged/", "awaited-probes/"])
def test_a_handshake_is_kept(client, where):
    """Here a probe, which proves nothing."""
    assert client.head(f"/{where}", secure=True).status_code == 200
    assert (only().verdict, only().method, only().status) == ("handshake", "HEAD", 200)


@pytest.mark.parametrize(("error", "status"), [(Http404, 404), (PermissionError, 500), (KeyError, 500)])
def test_a_view_that_fails_is_kept_with_its_status(route, send, error, status):
    """Django makes the answer long after the decorator; what was accepted stays accepted."""

    def fail(_request):
        raise error

    route(webhook("github")(fail))
    response = send(Client(raise_request_exception=False), "/hook/", "github", BODY)
    assert (only().verdict, only().status, response.status_code) == ("accepted", status, status)


def test_a_view_that_refuses_is_kept_as_refused(client, send):
    """Proven, but not of the shape that the view reads."""
    send(client, "/events/", "github", b"no json")
    assert (only().verdict, only().reason, only().secret) == ("refused", "malformed_body", "github[0]")


def test_nested_guards_keep_a_request_once(client, send, route):
    """Under the name of the outer one."""

    @webhook("github")
    @webhook("told")
    def view(request):
        return HttpResponse()

    route(view)
    send(client, "/hook/", "github", BODY)
    assert only().endpoint == "github"
    send(client, "/hook/", "github", BODY, headers={"X-Hub-Signature-256": "x"})
    assert [row.verdict for row in rows()] == ["accepted", "refused"]


def test_an_inner_guard_s_refusal_outlives_the_outer_transaction(client, send, route, settings, monkeypatch):
    """The transaction that the outer guard opens is rolled back, the row stays."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", ATOMIC)

    @method_decorator(webhook("github"), name="dispatch")
    class Inner(View):
        @method_decorator(webhook("stripe"))
        def post(self, request):
            return HttpResponse()

    route(Inner.as_view())
    assert send(client, "/hook/", "github", BODY).status_code == 400
    assert (only().verdict, only().endpoint, only().reason) == ("refused", "github", "missing_signature")


def test_a_view_s_transaction_holds_no_row(client, send, route, monkeypatch):
    """What a view does is rolled back where it fails; what is kept of the delivery is not."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", ATOMIC)
    inside = []

    def view(_request):
        inside.append(connection.in_atomic_block)
        return HttpResponse(status=500)

    route(webhook("github")(view))
    send(client, "/hook/", "github", BODY)
    assert inside == [True]
    assert (only().verdict, only().status) == ("accepted", 500)


def test_a_refusal_within_a_transaction_of_the_site_is_kept_after_it(client, send, settings):
    """Its middleware rolls back; the row is written when the request is closed, so the line cannot name it."""
    settings.MIDDLEWARE = ["tests.test_recording.all_or_nothing"]
    send(client, "/to/github/", "github", BODY, headers={"X-Hub-Signature-256": "x"})
    assert only().reason == "malformed_signature"


def all_or_nothing(get_response):
    """Roll back whatever a request does."""

    def middleware(request):
        with transaction.atomic():
            response = get_response(request)
            transaction.set_rollback(True)
        return response

    return middleware


@pytest.mark.parametrize(("policy", "kept"), [("none", []), ("refused", ["refused"]), ("all", ["accepted", "refused"])])
def test_the_policy_says_what_is_kept(client, send, settings, policy, kept):
    """CAPTURE of the endpoint; without it, nothing."""
    settings.HOOKSEAL = site.HOOKSEAL | {"*": {"CAPTURE": policy}}
    send(client, "/to/github/", "github", BODY)
    send(client, "/to/github/", "github", BODY, data=b"forged")
    assert [row.verdict for row in rows()] == kept


def test_a_request_that_is_not_kept_is_left_as_it_is(rf, settings):
    """Its stream is the server's own, and its closing Django's."""
    settings.HOOKSEAL = site.HOOKSEAL
    request = rf.post("/", BODY, "application/json", secure=True, headers=headers_of("partner", BODY))
    before = dict(request.__dict__)
    webhook("partner")(lambda _: HttpResponse())(request)
    assert {name: before[name] for name in ("_stream", "META")} == {
        name: request.__dict__[name] for name in ("_stream", "META")
    }
    assert "close" not in request.__dict__


def test_a_sender_that_hangs_up_is_kept():
    """Django closes no such request; it has no status."""
    request = AsyncRequestFactory().generic("POST", "/", BODY, secure=True, headers=headers_of("github", BODY))

    async def hang_up() -> None:
        started = asyncio.Event()

        async def wait(_request):
            started.set()
            await asyncio.Event().wait()

        running = asyncio.create_task(webhook("github")(wait)(request))
        await started.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    async_to_sync(hang_up)()
    assert (only().verdict, only().status, bytes(only().body)) == ("accepted", None, BODY)


def test_without_the_inspector_nothing_is_begun(client, send):
    """CAPTURE has no effect then."""
    with mock.patch("hookseal.recording._installed", []):
        send(client, "/to/github/", "github", BODY)
    assert rows() == []


def test_what_the_view_answers_is_what_it_answered_before(client, send, route):
    """Json, form and files are read through the copy as they were without it."""

    def view(request):
        return JsonResponse({"form": request.webhook.form, "post": dict(request.POST)})

    route(webhook("partner")(view))
    form = "application/x-www-form-urlencoded"
    sent = [send(client, "/hook/", "partner", b"a=1&b=2", content_type=form).json()]
    with mock.patch("hookseal.recording._installed", []):
        sent.append(send(client, "/hook/", "partner", b"a=1&b=2", content_type=form).json())
    assert sent[0] == sent[1] == {"form": {"a": ["1"], "b": ["2"]}, "post": {"a": ["1"], "b": ["2"]}}


def test_the_rejection_knows_its_number_before_the_signal(client, send, told):
    """Receivers can lead to the inspector."""
    send(client, "/to/github/", "github", BODY, data=b"forged")
    ((_, arguments),) = told
    assert isinstance(arguments["rejection"], WebhookRejected)
    assert arguments["rejection"].delivery == only().pk
