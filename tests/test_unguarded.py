"""W012: webhooks that nothing guards are found, and nothing else is taken for one."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from django.http import HttpResponse
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.security import HttpBearer
from rest_framework.authentication import BaseAuthentication
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from hookseal import webhook
from hookseal.audit import audit
from hookseal.contrib import drf, ninja
from hookseal.urls import webhook_include
from tests.site.views import forgetful


def plain(request):
    """Take what anybody posts."""
    return HttpResponse()


def stripe_webhook(request):
    """Do so under a telling name."""
    return HttpResponse()


class Open(View):
    """Does so in a class."""

    def post(self, request):
        """Take what anybody posts."""
        return HttpResponse()


class OpenApi(APIView):
    """Does so in a class of Django REST framework."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request):
        """Take what anybody posts."""


class Subscriptions(ViewSet):
    """Keeps the webhooks of customers, who log in."""

    permission_classes = (IsAuthenticated,)

    def create(self, request):
        """Add one."""


class OpenSet(ViewSet):
    """Takes what anybody posts."""

    permission_classes = ()

    def create(self, request):
        """Take it."""


class Signed(BaseAuthentication):
    """Verifies a signature in the site's own manner."""


class Login(HttpBearer):
    """Demands a login."""

    def authenticate(self, request, token):
        """Know nobody."""


@pytest.fixture
def unguarded(settings):
    """Ask what W012 says of a URLconf: `unguarded(path(...), ...)`."""

    def judge(*patterns) -> list[str]:
        urls = ModuleType("urls_of_this_test")
        urls.urlpatterns = list(patterns)
        settings.ROOT_URLCONF = urls
        return [finding.sentence.partition(" looks")[0] for finding in audit() if finding.id == "W012"]

    return judge


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (path("hooks/stripe/", csrf_exempt(plain)), "plain at /hooks/stripe/"),
        (path("stripe/webhook", csrf_exempt(plain)), "plain at /stripe/webhook"),
        (path("api/web-hooks/<id>/", csrf_exempt(plain)), "plain at /api/web-hooks/<id>/"),
        (path("stripe/", csrf_exempt(plain), name="stripe-webhook"), "plain at /stripe/"),
        (path("stripe/", csrf_exempt(stripe_webhook)), "stripe_webhook at /stripe/"),
        (path("hooks/", include([path("deep/", csrf_exempt(plain))])), "plain at /hooks/deep/"),
        (path("hook/", csrf_exempt(never_cache(plain))), "plain at /hook/"),
        (path("hook/", csrf_exempt(Open.as_view())), "Open at /hook/"),
        (path("hook/", OpenApi.as_view()), "OpenApi at /hook/"),
        (path("hook/", OpenSet.as_view({"post": "create"})), "OpenSet at /hook/"),
    ],
)
def test_W012_a_view_that_looks_like_a_webhook(unguarded, line, found):
    """By its path, its URL's name or its own; the finding names it and its path."""
    assert unguarded(line) == [f"{__name__}.{found}"]


def test_W012_a_function_of_django_rest_framework(unguarded):
    """It is named after the function."""
    view = api_view(["POST"])(permission_classes([AllowAny])(plain))
    assert unguarded(path("hook/", view)) == [f"{__name__}.plain at /hook/"]


def test_W012_an_operation_of_django_ninja(unguarded):
    """Only where it takes POST and demands nothing."""
    api = NinjaAPI(urls_namespace="open")
    api.post("/hooks/open")(plain)
    api.get("/hooks/read")(plain)
    api.post("/hooks/closed", auth=Login())(plain)
    assert unguarded(path("", api.urls)) == [f"{__name__}.plain at /hooks/open"]


INNOCENT = {
    "needs a CSRF token": plain,
    "needs a login": api_view(["POST"])(permission_classes([IsAuthenticated])(plain)),
    "a guarded function": webhook("github")(plain),
    "a guard under careless decorators": csrf_exempt(forgetful(forgetful(webhook("github")(plain)))),
    "a guarded class": method_decorator(webhook("github"), name="dispatch")(type("Own", (Open,), {})).as_view(),
    "a guarded method": method_decorator(webhook("github"), name="post")(type("Own", (OpenApi,), {})).as_view(),
    "a class guarded in DRF's manner": drf.webhook("github")(type("Own", (OpenApi,), {})).as_view(),
    "a function guarded in DRF's manner": drf.webhook("github")(api_view(["POST"])(plain)),
    "customers' webhooks, behind a login": Subscriptions.as_view({"post": "create"}),
    "takes no POST": OpenSet.as_view({"get": "create"}),
    "authentication of its own": type("Own", (OpenApi,), {"authentication_classes": (Signed,)}).as_view(),
}


@pytest.mark.parametrize("view", INNOCENT.values(), ids=INNOCENT)
def test_W012_nothing_else(unguarded, view):
    """Guarded views under any decorator; views behind a login or a check of their own."""
    assert unguarded(path("hooks/", view)) == []


def test_W012_other_words(unguarded):
    """A hook is a word of its own."""
    assert unguarded(*(path(f"{word}/", csrf_exempt(plain)) for word in ("books", "hooked", "events"))) == []


def test_W012_included_urls(unguarded):
    """Guarded ones, and those of Anymail, which verifies by itself."""
    theirs = webhook_include([path("inner/", csrf_exempt(plain))], endpoint="github")
    assert unguarded(path("hooks/", theirs), path("mail/", include("anymail.urls"))) == []
    assert unguarded(path("mail/", include("hookseal.contrib.anymail.urls"))) == []


def test_W012_a_guarded_operation(unguarded):
    """django-ninja keeps its operations to itself."""
    api = NinjaAPI(urls_namespace="guarded")

    @api.post("/hooks/one")
    @ninja.webhook("github")
    def guarded(request):
        """Take what was proven."""

    assert unguarded(path("", api.urls)) == []


def test_W012_is_found_before_there_is_any_endpoint(unguarded, settings):
    """Whoever has just installed the package learns where it belongs."""
    settings.HOOKSEAL = {}
    assert unguarded(path("hooks/", csrf_exempt(plain))) == [f"{__name__}.plain at /hooks/"]
    assert "webhook_include" in next(each.hint for each in audit() if each.id == "W012")


def test_views_without_a_file_are_left_alone(unguarded, monkeypatch):
    """They are nobody's to mend."""
    monkeypatch.setitem(sys.modules, "made_up", ModuleType("made_up"))
    monkeypatch.setattr(plain, "__module__", "made_up")
    assert unguarded(path("hooks/", csrf_exempt(plain))) == []
