"""`webhook_include`: somebody else's URLconf, guarded."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from asgiref.sync import iscoroutinefunction
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path, re_path, resolve, reverse
from django.views import View

from hookseal.guards import guards
from hookseal.urls import webhook_include
from tests.site import views

FORGED = {"X-Hub-Signature-256": "sha256=" + "0" * 64}


def described(request, **url_kwargs):
    """Answer with the arguments of the URL."""
    return HttpResponse(" ".join(f"{name}={value}" for name, value in url_kwargs.items()))


async def described_async(request, **url_kwargs):
    """Answer likewise, without blocking."""
    return described(request, **url_kwargs)


class Described(View):
    """Answers likewise, in a class."""

    async def post(self, request, **url_kwargs):
        """Answer."""
        return described(request, **url_kwargs)


inner = [path("deep/<int:number>/", described, {"given": "inner"}, name="deep")]
others = SimpleNamespace(
    app_name="theirs",
    urlpatterns=[
        path("function/<slug:word>/", described, name="function"),
        path("async/", described_async, name="async"),
        re_path(r"^class/(?P<word>\w+)/$", Described.as_view(), {"given": "outer"}, name="class"),
        path("nested/", include((inner, "inside"), namespace="first")),
    ],
)
urlpatterns = [
    path("theirs/", webhook_include(others, endpoint="github")),
    path("again/", webhook_include(others, endpoint="partner", namespace="second")),
    path("list/", webhook_include(inner, endpoint="github")),
    path("pair/", webhook_include((inner, "pair"), endpoint="github")),
    path("dotted/", webhook_include("tests.site.theirs", endpoint="github")),
    path("anymail/", webhook_include("anymail.urls", endpoint="partner")),
]

pytestmark = pytest.mark.urls(__name__)


@pytest.mark.parametrize(
    ("name", "arguments", "url"),
    [
        ("theirs:function", {"word": "a"}, "/theirs/function/a/"),
        ("theirs:async", {}, "/theirs/async/"),
        ("theirs:class", {"word": "b"}, "/theirs/class/b/"),
        ("theirs:first:deep", {"number": 3}, "/theirs/nested/deep/3/"),
        ("second:function", {"word": "a"}, "/again/function/a/"),
        ("deep", {"number": 3}, "/list/deep/3/"),
        ("pair:deep", {"number": 3}, "/pair/deep/3/"),
        ("dotted:view", {}, "/dotted/view/"),
        ("anymail:postmark_tracking_webhook", {}, "/anymail/postmark/tracking/"),
    ],
)
def test_reverse_finds_the_same_urls(name: str, arguments: dict, url: str):
    """Names, namespaces and nested includes stay."""
    assert reverse(name, kwargs=arguments) == url
    assert resolve(url).view_name == name


@pytest.mark.parametrize(
    ("url", "content"),
    [
        ("/theirs/function/a/", b"word=a"),
        ("/theirs/async/", b""),
        ("/theirs/class/b/", b"word=b given=outer"),
        ("/theirs/nested/deep/3/", b"number=3 given=inner"),
        ("/list/deep/3/", b"number=3 given=inner"),
    ],
)
def test_every_view_is_guarded_and_gets_its_arguments(client: Client, send, url: str, content: bytes):
    """A genuine delivery arrives as if nothing stood in between; a forged one does not."""
    genuine = send(client, url, "github")
    assert (genuine.status_code, genuine.content) == (200, content)
    assert send(client, url, "github", headers=FORGED).status_code == 400


def test_each_include_has_its_own_endpoint(client: Client, send):
    """The same views may be included for several senders."""
    assert send(client, "/again/async/", "partner").status_code == 200
    assert send(client, "/again/async/", "github").status_code == 400


def test_T79_included_views_keep_their_attributes():
    """Exemptions are set, async stays async, and Django still finds the class of a view."""
    callback = resolve("/theirs/class/b/").func
    assert iscoroutinefunction(callback)
    assert (callback.csrf_exempt, callback.login_required, callback.view_class) == (True, False, Described)


def test_the_urlconf_itself_is_not_changed():
    """Whoever includes it elsewhere gets it as it was."""
    assert others.urlpatterns[0].callback is described
    assert inner[0].callback is described


def test_T90_a_longer_path_is_another_route(client: Client, send):
    """Routes match exactly, so no guard is skipped by a prefix."""
    assert send(client, "/theirs/async/more", "github").status_code == 404


def test_the_views_are_recorded():
    """The checks know what is guarded."""
    recorded = {(each.alias, each.view) for each in guards()}
    assert ("github", f"{__name__}.described") in recorded
    assert ("partner", f"{__name__}.described_async") in recorded


@pytest.mark.parametrize("path", ["postmark/tracking/", "sendgrid/inbound/", "mailgun/tracking/"])
def test_anymails_views_are_guarded_without_touching_anymail(client: Client, path: str):
    """Not even its own check runs before ours."""
    response = client.post(f"/anymail/{path}", b"{}", "application/json", secure=True)
    assert response.status_code == 400


def test_a_namespace_needs_an_app_name():
    """What Django's include refuses is refused."""
    with pytest.raises(ImproperlyConfigured):
        webhook_include(inner, endpoint="github", namespace="alone")


def test_a_guarded_view_can_be_included(client: Client, send):
    """A view with a guard of its own keeps it behind the one of the include."""
    assert send(client, "/dotted/view/", "github").status_code == 200
    assert views.handled[0].endpoint == "github"
