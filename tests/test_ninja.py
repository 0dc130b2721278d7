"""The bridge to django-ninja: the whole way of a delivery, refusals as JSON, the receipt as `request.auth`."""

from __future__ import annotations

import pytest
from django.test import AsyncClient, Client
from django.urls import path
from ninja import NinjaAPI, Router, Schema
from ninja.security import HttpBearer

from hookseal.contrib.ninja import proven, webhook
from hookseal.routes import guarded_paths
from tests.conftest import reasons
from tests.ids import shown

BODY = b'{"id": "evt_1"}'
FORGED = {"Stripe-Signature": "t=1,v1=" + "0" * 64}
handled: list[str] = []


class Login(HttpBearer):
    """What the rest of the API demands."""

    def authenticate(self, request, token):
        """Know the one password."""
        return "somebody" if token == "the password" else None


class Event(Schema):
    """A body as ninja parses it."""

    id: str


api = NinjaAPI(auth=Login())
router = Router()


@api.post("/sync", auth=proven)
@webhook("stripe")
def sync(request, event: Event):
    """Handle a delivery."""
    handled.append(event.id)
    assert request.auth is request.webhook
    return {"received": request.auth.event_id, "raw": request.auth.body.decode()}


@api.post("/async", auth=proven)
@webhook("stripe")
async def asynchronous(request, event: Event):
    """Handle a delivery in the event loop."""
    return sync(request, event)


@webhook("stripe")
@api.post("/above", auth=proven)
def above(request):
    """Handle a delivery, decorated the other way round."""
    return sync(request, Event(id=request.auth.event_id))


@router.post("/router", auth=proven)
@webhook("stripe")
def routed(request):
    """Handle a delivery in a router."""
    return sync(request, Event(id=request.auth.event_id))


@router.post("/failing", auth=proven)
@webhook("stripe")
def failing(request):
    """Refuse what was proven."""
    handled.append(request.auth.event_id)
    return api.create_response(request, {"id": "no"}, status=403)


@api.post("/own")
@webhook("stripe")
def own(request):
    """Have the API's `auth`."""
    return {}


@api.post("/unguarded", auth=proven)
def unguarded(request):
    """Forget the decorator."""
    return {}


api.add_router("", router)
urlpatterns = [path("", api.urls)]

PATHS = ["/sync", "/async", "/above", "/router"]
every_path = pytest.mark.parametrize("path", PATHS)


@pytest.fixture(autouse=True)
def _site(settings):
    """A site with nothing but the API."""
    handled.clear()
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["hookseal.middleware.Guard", "django.middleware.csrf.CsrfViewMiddleware"]


def refused(response) -> None:
    """Hold the answer to a refusal against what every sender sees."""
    assert (response.status_code, response["Content-Type"]) == (400, "application/json")
    assert response.content == b'{"detail": "Bad Request."}'


@every_path
def test_a_genuine_delivery_reaches_the_operation(client: Client, send, path):
    """Whatever the API demands of others; ninja parses the bytes that were verified."""
    response = send(client, path, "stripe", BODY)
    assert (response.status_code, response.json()) == (200, {"received": "evt_1", "raw": BODY.decode()})


@every_path
async def test_a_genuine_delivery_reaches_the_operation_under_asgi(async_client: AsyncClient, send, path):
    """Sync operations run in a thread, async ones in the loop."""
    assert (await send(async_client, path, "stripe", BODY)).status_code == 200
    refused(await send(async_client, path, "stripe", BODY, headers=FORGED))


@pytest.mark.parametrize("debug", [False, True], ids=shown)
@every_path
def test_T107_a_refusal_is_json(client: Client, settings, send, path, debug):
    """The same for each reason, with and without DEBUG."""
    settings.DEBUG = debug
    refused(send(client, path, "stripe", BODY, headers={"Stripe-Signature": None}))
    refused(send(client, path, "stripe", BODY, headers={"Stripe-Signature": "nonsense"}))
    assert handled == []


@every_path
def test_T46_a_refusal_is_logged_as_one_that_is_raised(client: Client, send, lines, path):
    """An ERROR, then WARNINGs."""
    for _ in range(3):
        send(client, path, "stripe", BODY, headers=FORGED)
    assert [line.levelname for line in lines] == ["ERROR", "WARNING", "WARNING"]
    assert len(reasons(lines)) == 3


@every_path
def test_T22_a_delivery_is_handled_once(client: Client, send, path):
    """The claim is confirmed with the response that ninja made."""
    assert send(client, path, "stripe", BODY).status_code == 200
    again = send(client, path, "stripe", BODY)
    assert (again.status_code, again.content, handled) == (200, b"", ["evt_1"])


def test_T27_a_refusal_of_the_operation_releases_the_delivery(client: Client, send):
    """The sender's retry reaches it again."""
    for _ in range(2):
        assert send(client, "/failing", "stripe", BODY).status_code == 403
    assert handled == ["evt_1"] * 2


def test_the_apis_auth_is_demanded_as_well(client: Client, send):
    """Where the operation does not name another."""
    assert send(client, "/own", "stripe", BODY).status_code == 401


def test_without_the_decorator_everything_is_refused(client: Client, send):
    """The callable verifies nothing, so it lets nothing pass."""
    assert send(client, "/unguarded", "stripe", BODY).status_code == 401


def test_the_paths_of_operations_are_known():
    """As `webhooks endpoints` shows them."""
    assert set(guarded_paths()["stripe"]) == {*PATHS, "/own", "/failing"}
