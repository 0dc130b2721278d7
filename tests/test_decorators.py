"""`@webhook` in front of every kind of view, under WSGI and ASGI."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import iscoroutinefunction
from django.contrib.auth.models import Group
from django.db import connection, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import ResolverMatch
from django.views import View

from hookseal import Receipt, WebhookRejected, webhook
from hookseal.signals import webhook_accepted, webhook_rejected
from tests.conftest import headers_of
from tests.site import views
from tests.site.settings import HOOKSEAL, SECRETS_OF

FORGED = {"X-Hub-Signature-256": "sha256=" + "0" * 64}
KINDS = [
    "function",
    "class",
    "stacked",
    "api",
    "api-method",
    "async-function",
    "async-class",
    "async-stacked",
    "async-hidden",
]
EXEMPT = ["function", "class", "stacked", "api", "async-function", "async-class", "async-stacked"]

every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def atomic_requests(monkeypatch):
    """Run each request in a transaction, as ATOMIC_REQUESTS asks for."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", "yes")


@pytest.fixture
def signed(rf: RequestFactory):
    """Make a genuine delivery of GitHub's, as a request."""

    def make(body: bytes = b"{}", **headers: str) -> HttpRequest:
        return rf.post("/", body, "application/json", secure=True, headers={**headers_of("github", body), **headers})

    return make


@pytest.fixture
def received():
    """Collect the signals that are sent."""
    seen: list[tuple[type, dict]] = []

    def receive(sender, signal, **arguments):
        seen.append((sender, arguments))

    webhook_accepted.connect(receive)
    webhook_rejected.connect(receive)
    yield seen
    webhook_accepted.disconnect(receive)
    webhook_rejected.disconnect(receive)


@every_kind
def test_every_kind_of_view_gets_genuine_deliveries(client: Client, send, kind: str):
    """Under WSGI, what is genuine reaches the view with its receipt."""
    assert send(client, f"/{kind}/", "github", b'{"a":1}').status_code == 200
    assert [receipt.body for receipt in views.handled] == [b'{"a":1}']


@every_kind
async def test_every_kind_of_view_gets_genuine_deliveries_under_asgi(async_client: AsyncClient, send, kind: str):
    """Under ASGI likewise."""
    response = await send(async_client, f"/{kind}/", "github", b'{"a":1}')
    assert response.status_code == 200
    assert [receipt.body for receipt in views.handled] == [b'{"a":1}']


@every_kind
def test_no_kind_of_view_gets_forged_deliveries(client: Client, send, kind: str):
    """Under WSGI, what is forged never does."""
    assert send(client, f"/{kind}/", "github", headers=FORGED).status_code == 400
    assert views.handled == []


@every_kind
async def test_no_kind_of_view_gets_forged_deliveries_under_asgi(async_client: AsyncClient, send, kind: str):
    """Under ASGI likewise."""
    assert (await send(async_client, f"/{kind}/", "github", headers=FORGED)).status_code == 400
    assert views.handled == []


@pytest.mark.parametrize("kind", EXEMPT)
def test_T49_no_csrf_token_and_no_login_is_asked_for(send, kind: str):
    """Senders have neither; both middlewares stand in the test project's settings."""
    client = Client(enforce_csrf_checks=True)
    assert send(client, f"/{kind}/", "github").status_code == 200


def test_T79_a_wrapper_keeps_what_the_view_says_of_itself():
    """Name, docstring and attributes stay; async views stay async."""
    assert views.function.__name__ == "function"
    assert views.function.__doc__ == "Handle a delivery in a function."
    assert not iscoroutinefunction(views.function)
    assert iscoroutinefunction(views.async_function)


@pytest.mark.parametrize("kind", ["function", "async_function", "ClassBased", "Stacked", "AsyncStacked", "Api"])
def test_T79_the_outermost_callable_has_the_exemptions(kind: str):
    """What Django's handlers look at is set where they look."""
    view = getattr(views, kind)
    view = view.as_view() if isinstance(view, type) else view
    assert (view.csrf_exempt, view.login_required) == (True, False)
    assert "default" in view._non_atomic_requests


def test_a_view_object_without_a_hash_works(signed):
    """What is remembered of views, is remembered of those that can be remembered."""

    class Equal:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None

    request = signed()
    request.resolver_match = ResolverMatch(Equal(), (), {})
    assert webhook("github", replay="memory")(lambda request: HttpResponse())(request).status_code == 200


def test_T79_as_view_can_be_wrapped_in_the_urlconf(client: Client, signed):
    """`webhook("x")(View.as_view())` is as good as decorating dispatch."""

    class Plain(View):
        async def post(self, request):
            return HttpResponse(request.webhook.secret)

    view = webhook("github")(Plain.as_view())
    assert iscoroutinefunction(view)
    assert view.csrf_exempt
    assert asyncio.run(view(signed())).content == b"github[0]"


def test_decorating_reads_no_settings(settings):
    """Nothing is raised at import, whatever the settings hold."""
    del settings.HOOKSEAL

    @webhook("nobody-knows-this-one", unknown_keyword=object())
    def view(request):
        raise AssertionError

    assert view.__name__ == "view"


def test_an_unknown_endpoint_answers_503(rf: RequestFactory):
    """A misspelt alias lets nothing through."""
    view = webhook("nobody-knows-this-one")(views.plain)
    assert view(rf.post("/", secure=True)).status_code == 503


def test_keywords_override_the_settings(signed):
    """The same endpoint may be stricter in one view."""
    view = webhook("github", max_body=3)(views.plain)
    assert view(signed(b"{}")).status_code == 200
    assert view(signed(b'{"a":1}')).status_code == 413


def test_a_changed_setting_holds_at_once(settings, signed):
    """Settings are read late, so tests may override them."""
    settings.HOOKSEAL = {"github": HOOKSEAL["github"] | {"ENABLED": False}}
    assert views.function(signed()).status_code == 503


@pytest.mark.parametrize("kind", ["function", "async-function"])
def test_signals_tell_of_each_verdict(client: Client, send, received, kind: str):
    """Counters learn what was accepted and what was refused."""
    send(client, f"/{kind}/", "github")
    send(client, f"/{kind}/", "github", headers=FORGED)
    (accepted, with_receipt), (refused, with_rejection) = received
    assert (accepted, refused) == (Receipt, WebhookRejected)
    assert with_receipt["receipt"] is views.handled[0]
    assert (with_rejection["rejection"].reason, with_rejection["rejection"].path) == ("signature_mismatch", f"/{kind}/")
    assert with_rejection["request"].path == f"/{kind}/"


@pytest.mark.parametrize("kind", ["function", "async-function"])
@pytest.mark.parametrize(("headers", "status"), [({}, 200), (FORGED, 400)])
def test_a_receiver_that_fails_changes_no_verdict(
    client: Client, send, caplog, *, kind: str, headers: dict, status: int
):
    """A broken counter costs a log line and no delivery."""

    def fail(**arguments):
        raise RuntimeError("broken counter")

    for signal in (webhook_accepted, webhook_rejected):
        signal.connect(fail)
    try:
        assert send(client, f"/{kind}/", "github", headers=headers).status_code == status
    finally:
        for signal in (webhook_accepted, webhook_rejected):
            signal.disconnect(fail)
    assert "broken counter" in caplog.text


def test_a_body_that_the_view_cannot_read_is_refused_like_any_other(client: Client, send, lines):
    """`request.webhook.json()` of a signed body that is no JSON is a refusal with a full line."""
    assert send(client, "/events/", "github", b"{").status_code == 400
    assert "refused [malformed_body] POST /events/ from 127.0.0.1" in lines[0].getMessage()


def test_a_refusal_is_told_once_through_two_guards(signed, received, lines):
    """A view under two guards refuses once, with one signal."""
    view = webhook("github")(webhook("partner")(views.plain))
    with pytest.raises(WebhookRejected) as refused:
        view(signed())
    assert refused.value.endpoint == "partner"
    assert [sender for sender, _ in received] == [Receipt, WebhookRejected]


def test_both_of_two_guards_must_be_satisfied(signed):
    """The view runs when the outer and the inner endpoint accept."""
    view = webhook("github")(webhook("partner")(views.plain))
    assert view(signed(**headers_of("partner", b"{}"))).status_code == 200
    assert views.handled[0].endpoint == "partner"


def test_a_view_that_is_no_view_is_a_mistake_of_the_site():
    """Without a request there is nothing to guard."""
    with pytest.raises(TypeError, match="the first argument is no request"):
        views.function(object())


def test_a_method_guarded_without_method_decorator_works(signed):
    """The bare decorator on `post` finds the request behind `self`."""

    class Bare(View):
        @webhook("github")
        def post(self, request):
            return HttpResponse(request.webhook.endpoint)

    assert Bare.as_view()(signed()).content == b"github"


async def test_in_a_running_loop_secrets_are_awaited(signed):
    """An async view that nothing gives away gets an awaitable, not a search that blocks the loop."""
    view = webhook("tenants-async")(views.forgetful(lambda request, **kwargs: _answer_later(request)))
    response = await view(_signed_for_tenant(signed), tenant="acme")
    assert response.content == b"tenants-async"


async def _answer_later(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0)
    return HttpResponse(request.webhook.endpoint)


def _signed_for_tenant(signed) -> HttpRequest:
    return signed(**headers_of("tenants", b"{}"))


@pytest.mark.parametrize("kind", ["async-function", "async-class", "async-stacked", "async-hidden"])
async def test_an_async_view_is_checked_inline(async_client: AsyncClient, send, kind: str, monkeypatch):
    """The check takes no thread: it does no I/O."""
    from hookseal import pipeline

    loops = []
    approach = pipeline.approach
    monkeypatch.setattr(
        pipeline, "approach", lambda *given: loops.append(asyncio.get_running_loop()) or approach(*given)
    )
    assert (await send(async_client, f"/{kind}/", "github")).status_code == 200
    assert loops == [asyncio.get_running_loop()]


@pytest.mark.parametrize("path", ["/awaited-tenants/acme/", "/awaited-async-tenants/acme/"])
async def test_an_async_view_finds_a_tenants_secrets(async_client: AsyncClient, send, path: str):
    """The function in SECRETS may be async or not."""
    assert (await send(async_client, path, "tenants")).status_code == 200
    assert (await send(async_client, path, "tenants", headers=FORGED)).status_code == 400
    assert [question["tenant"] for question in views.asked] == ["acme"]


async def test_an_async_view_answers_probes(async_client: AsyncClient):
    """Without running."""
    response = await async_client.head("/awaited-probes/", secure=True)
    assert (response.status_code, response.content, views.handled) == (200, b"", [])


async def test_a_refusal_is_told_once_through_two_guards_of_an_async_view(signed, received):
    """As for a sync view."""
    view = webhook("github")(webhook("partner")(views.awaited))
    with pytest.raises(WebhookRejected) as refused:
        await view(signed())
    assert refused.value.endpoint == "partner"
    assert [sender for sender, _ in received] == [Receipt, WebhookRejected]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("atomic_requests")
@pytest.mark.parametrize("kind", EXEMPT)
def test_T89_a_refused_delivery_costs_no_sql(client: Client, send, django_assert_num_queries, kind: str):
    """No transaction is opened before the signature holds, nor a session or user read."""
    with django_assert_num_queries(0):
        assert send(client, f"/{kind}/", "github", headers=FORGED).status_code == 400


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("atomic_requests")
@pytest.mark.parametrize("kind", EXEMPT)
async def test_T89_async_views_work_with_atomic_requests(async_client: AsyncClient, send, kind: str):
    """Django alone answers 500 to an async view on such a site."""
    assert (await send(async_client, f"/{kind}/", "github")).status_code == 200


def making_groups(status: int):
    """Make a view that writes a row and answers with a status."""

    def view(request: HttpRequest) -> HttpResponse:
        Group.objects.create(name=f"in a transaction: {connection.in_atomic_block}")
        return HttpResponse(status=status)

    return view


def groups() -> list[str]:
    """Name the rows that stayed."""
    return list(Group.objects.values_list("name", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("status", "stays"), [(200, True), (202, True), (204, True), (302, False), (400, False), (403, False), (500, False)]
)
@pytest.mark.usefixtures("atomic_requests")
def test_T28_what_the_sender_takes_for_a_failure_is_rolled_back(signed, status: int, *, stays: bool):
    """The delivery will come again, so what the view wrote must not stay."""
    assert webhook("github")(making_groups(status))(signed()).status_code == status
    assert groups() == (["in a transaction: True"] if stays else [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("atomic_requests")
def test_T28_success_is_what_the_provider_takes_for_it(rf: RequestFactory):
    """A sender that counts only 200 as delivered sends a 204 again."""
    request = rf.post("/", secure=True, headers={"X-Token": SECRETS_OF["github"]})
    for status in (204, 200):
        webhook("exact")(making_groups(status))(request)
        assert len(groups()) == (status == 200)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("atomic_requests")
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, asyncio.CancelledError, WebhookRejected])
def test_T28_an_exception_rolls_back(signed, error: type[BaseException]):
    """Whatever ends the view early undoes what it wrote."""

    def view(request):
        Group.objects.create(name="half done")
        raise error("stale")

    with pytest.raises(error):
        webhook("github")(view)(signed())
    assert groups() == []


@pytest.mark.django_db(transaction=True)
def test_without_atomic_requests_no_transaction_is_opened(signed):
    """A site that wants none gets none, and nothing is rolled back."""
    webhook("github")(making_groups(500))(signed())
    assert groups() == ["in a transaction: False"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("atomic_requests")
@pytest.mark.parametrize("below", [True, False])
def test_a_view_may_opt_out_of_transactions(signed, *, below: bool):
    """`transaction.non_atomic_requests` holds on either side of the guard."""
    opt_out = transaction.non_atomic_requests
    view = making_groups(500)
    view = webhook("github")(opt_out(view)) if below else opt_out(webhook("github")(view))
    assert view(signed()).status_code == 500
    assert groups() == ["in a transaction: False"]
