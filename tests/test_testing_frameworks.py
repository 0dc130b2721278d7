"""The battery over every kind of view and store: what holds for one endpoint holds for all that hookseal guards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from ninja import NinjaAPI
from ninja.decorators import decorate_view
from rest_framework.response import Response
from rest_framework.views import APIView

from hookseal import guards, webhook
from hookseal.contrib import drf
from tests.test_testing_battery import ENTRIES, MIDDLEWARE, failures, handle

pytestmark = pytest.mark.django_db

_GUARDS = dict(guards._guards)
stripe = webhook("stripe")


async def answer(request) -> HttpResponse:
    """Answer in the event loop."""
    return HttpResponse()


@method_decorator(stripe, name="dispatch")
class Class(View):
    """A class-based view."""

    def post(self, request) -> HttpResponse:
        """Answer."""
        return HttpResponse()


@method_decorator(stripe, name="dispatch")
class AsyncClass(View):
    """An async one."""

    async def post(self, request) -> HttpResponse:
        """Answer in the event loop."""
        return HttpResponse()


@method_decorator(stripe, name="dispatch")
class Api(APIView):
    """A view of DRF behind the decorator."""

    authentication_classes = ()
    permission_classes = ()

    def post(self, request) -> Response:
        """Answer, and read what DRF parsed."""
        return Response({"type": request.data["type"]})


@drf.webhook("stripe")
class Bridged(APIView):
    """A view of DRF behind its bridge, which answers refusals as JSON."""

    def post(self, request) -> Response:
        """Answer."""
        return Response({"event": request.auth.event_id})


api = NinjaAPI(urls_namespace="battery")


@api.post("/stripe")
@decorate_view(stripe)
def operation(request) -> dict[str, str]:
    """Answer as django-ninja does."""
    return {"event": request.webhook.event_id}


VIEWS = {
    "function": stripe(handle),
    "async function": stripe(answer),
    "class": Class.as_view(),
    "async class": AsyncClass.as_view(),
    "DRF": Api.as_view(),
    "DRF's bridge": Bridged.as_view(),
    "django-ninja": None,
}
guards._guards.clear()
guards._guards.update(_GUARDS)


@pytest.fixture(params=VIEWS)
def kind(request) -> Iterator[str]:
    """A site with one endpoint behind each kind of view."""
    view = VIEWS[request.param]
    name = "Site"
    urls = type(name, (), {"urlpatterns": [path("hooks/", api.urls) if view is None else path("hooks/stripe", view)]})
    with override_settings(ROOT_URLCONF=urls, HOOKSEAL=ENTRIES, MIDDLEWARE=MIDDLEWARE):
        yield request.param


def test_every_kind_of_view_stands(kind):
    """As the sound site of the battery's own tests does."""
    assert failures(url="/hooks/stripe", payload={"id": "evt_1", "type": "invoice.paid"}) == {}


@pytest.mark.parametrize("store", ["memory", "cache", "database"])
def test_every_store_stands(store, settings):
    """Where replays are remembered makes no difference."""
    settings.ROOT_URLCONF = type("Site", (), {"urlpatterns": [path("hooks/stripe", VIEWS["function"])]})
    settings.HOOKSEAL, settings.MIDDLEWARE = ENTRIES | {"stripe": {"SECRETS": [None], "REPLAY": store}}, MIDDLEWARE
    assert failures(url="/hooks/stripe") == {}
