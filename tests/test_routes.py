"""Where endpoints are found in the URLconf."""

from __future__ import annotations

from django.conf import settings as site
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path, re_path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from rest_framework.views import APIView

from hookseal import webhook
from hookseal.routes import guarded_paths
from hookseal.urls import webhook_include


@webhook("github")
def function(request):
    """Guard a function."""
    return HttpResponse()


@method_decorator(webhook("stripe"), name="dispatch")
class Whole(View):
    """Guards a class."""


class Method(View):
    """Guards one method alone."""

    @method_decorator(webhook("partner"))
    def post(self, request):
        """Guard a method."""
        return HttpResponse()


@method_decorator(webhook("mailgun"), name="dispatch")
class Api(APIView):
    """Guards a class of Django REST framework."""


urlpatterns = [
    path("one/", function),
    path("two/", include([path("again/", never_cache(function)), path("<slug:tenant>/", Whole.as_view())])),
    re_path(r"^three/(?P<number>[0-9]+)$", Method.as_view()),
    path("four/", Api.as_view()),
    path("five/", webhook("told")(function)),
    path("open/", lambda request: HttpResponse()),
    path("theirs/", webhook_include([path("inner/", lambda request: HttpResponse())], endpoint="exact")),
]


@override_settings(ROOT_URLCONF=__name__)
def test_every_kind_of_view_is_found():
    """Functions, classes, methods, wrapped and included views; a view with two guards counts for both."""
    assert {
        "github": ("/one/", "/two/again/", "/five/"),
        "stripe": ("/two/<slug:tenant>/",),
        "partner": ("/^three/(?P<number>[0-9]+)$",),
        "mailgun": ("/four/",),
        "told": ("/five/",),
        "exact": ("/theirs/inner/",),
    } == guarded_paths()


def test_a_site_without_urls_has_no_paths():
    """A project may have no ROOT_URLCONF at all."""
    with override_settings():
        del site.ROOT_URLCONF
        assert {} == guarded_paths()
