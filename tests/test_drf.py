"""The bridge to Django REST framework: the whole way of a delivery, refusals as JSON, the receipt as `request.auth`."""

from __future__ import annotations

import logging

import pytest
from django.test import Client
from django.urls import path
from rest_framework.decorators import api_view, permission_classes
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from hookseal.audit import audit
from hookseal.contrib.drf import IsGenuine, WebhookAuthentication, webhook
from hookseal.logging import LOGGER
from hookseal.routes import guarded_paths
from tests.conftest import reasons
from tests.ids import shown

BODY = b'{"id": "evt_1", "n": 1.50}'
FORGED = {"Stripe-Signature": "t=1790000000,v1=" + "0" * 64}
handled: list[str] = []


class Reads(BaseThrottle):
    """Looks at the body, as throttles by content do."""

    def allow_request(self, request, view):
        """Allow all."""
        return request.data is not None


@webhook("stripe")
class Events(APIView):
    """Handles a delivery."""

    throttle_classes = (Reads,)

    def post(self, request):
        """Answer with what DRF parsed, what was verified, and who that was."""
        handled.append(request.auth.event_id)
        if request.data.get("id") == "evt_refused":
            raise PermissionDenied
        assert request.auth is request.webhook
        return Response({"parsed": request.data, "raw": request.auth.body.decode(), "user": str(request.user)})


@webhook("stripe", tolerance=60)
@api_view(["POST"])
def function(request):
    """Handle a delivery in a function."""
    return Response({"event": request.auth.event_id})


@webhook("stripe")
@api_view(["POST"])
@permission_classes([AllowAny])
def allowing(request):
    """Handle a delivery in a function that names its own permission."""
    return Response(request.webhook.json())


class Unguarded(APIView):
    """Names the classes and forgets the decorator."""

    authentication_classes = (WebhookAuthentication,)

    def post(self, request):
        """Be unreachable."""
        return Response()


class Permitted(Unguarded):
    """Demands the permission alone."""

    authentication_classes = ()
    permission_classes = (IsGenuine,)


urlpatterns = [
    path("class/", Events.as_view()),
    path("function/", function),
    path("allowing/", allowing),
    path("unguarded/", Unguarded.as_view()),
    path("permitted/", Permitted.as_view()),
]
every_kind = pytest.mark.parametrize("path", ["/class/", "/function/", "/allowing/"])


@pytest.fixture(autouse=True)
def _site(settings):
    """A site whose own views demand a login and a permission."""
    handled.clear()
    settings.ROOT_URLCONF = __name__
    settings.REST_FRAMEWORK = {
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    }


def refused(response) -> None:
    """Hold the answer to a refusal against what every sender sees."""
    assert (response.status_code, response["Content-Type"]) == (400, "application/json")
    assert response.content == b'{"detail": "Bad Request."}'


@every_kind
def test_a_genuine_delivery_reaches_the_view(client: Client, send, path):
    """Without a login, a CSRF token or a permission of the site's."""
    assert send(client, path, "stripe", BODY).status_code == 200


def test_T29_what_drf_parses_is_what_was_verified(client: Client, send):
    """A throttle that reads the body takes nothing away; the sender is no user."""
    answer = send(client, "/class/", "stripe", BODY).json()
    assert answer == {"parsed": {"id": "evt_1", "n": 1.5}, "raw": BODY.decode(), "user": "AnonymousUser"}


@pytest.mark.parametrize("debug", [False, True], ids=shown)
@every_kind
def test_T107_a_refusal_is_json(client: Client, settings, send, path, debug):
    """Whatever the sender accepts and whether or not DEBUG is on; it says the same for each reason."""
    settings.DEBUG = debug
    for accept in ("application/json", "text/html", "image/png", ""):
        refused(send(client, path, "stripe", BODY, headers={"Accept": accept, **FORGED}))
        refused(send(client, path, "stripe", BODY, headers={"Accept": accept, "Stripe-Signature": None}))
    assert handled == []


async def test_a_refusal_is_json_under_asgi(async_client, send):
    """DRF's views run in a thread there."""
    refused(await send(async_client, "/class/", "stripe", BODY, headers=FORGED))
    assert (await send(async_client, "/class/", "stripe", BODY)).status_code == 200


def test_T46_a_refusal_is_logged_as_one_that_is_raised(client: Client, send, lines, caplog, mailoutbox):
    """An ERROR, then WARNINGs; one mail; Django adds no line of its own."""
    for _ in range(3):
        send(client, "/class/", "stripe", BODY, headers=FORGED)
    assert [line.levelname for line in lines] == ["ERROR", "WARNING", "WARNING"]
    assert reasons(lines) == ["signature_mismatch"] * 3
    assert len(mailoutbox) == 1
    assert {record.name for record in caplog.records if record.levelno >= logging.WARNING} == {LOGGER}


def test_statuses_that_say_something_stay_bare(client: Client, send):
    """With their headers."""
    response = client.get("/class/", secure=True)
    assert (response.status_code, response["Allow"], response.content) == (405, "POST", b"")
    assert send(client, "/class/", "stripe", BODY, secure=False).status_code == 503


def test_T22_a_delivery_is_handled_once(client: Client, send):
    """The claim is confirmed with the response that DRF rendered."""
    assert send(client, "/class/", "stripe", BODY).status_code == 200
    again = send(client, "/class/", "stripe", BODY)
    assert (again.status_code, again.content, handled) == (200, b"", ["evt_1"])


def test_T27_a_refusal_of_drfs_own_releases_the_delivery(client: Client, send):
    """A permission that was missing must not swallow the sender's retry."""
    for _ in range(2):
        assert send(client, "/class/", "stripe", b'{"id": "evt_refused"}').status_code == 403
    assert handled == ["evt_refused"] * 2


def test_what_the_view_refuses_is_json_too(client: Client, send):
    """The body is genuine, and no JSON."""
    refused(send(client, "/allowing/", "stripe", b"[1,"))


@pytest.mark.parametrize("path", ["/unguarded/", "/permitted/"])
def test_without_the_decorator_everything_is_refused(client: Client, send, settings, path):
    """Neither class verifies anything, so neither lets anything pass."""
    settings.MIDDLEWARE = []
    assert send(client, path, "stripe", BODY).status_code == 403


def test_the_checks_know_these_views():
    """They are guarded, exempt from CSRF and login, and found in the URLconf."""
    assert [each for each in audit() if each.id == "W003" and __name__ in each.path] == []
    assert guarded_paths() == {"stripe": ("/class/", "/function/", "/allowing/")}
