"""The audit: every finding of a site at once, whatever it is about."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from django.db import connections
from django.http import HttpResponse
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.debug import ExceptionReporter
from rest_framework.response import Response
from rest_framework.views import APIView

from hookseal import Secret, guards, webhook
from hookseal.audit import GUARD, audit
from hookseal.schemes import Header, Json, mac
from tests.ids import shown

ATOMIC = True
CANARY = "canary-9d2f4b6a8c0e1357"
OTHER = "canary-7c5e3a1b9d8f6042"
CREDENTIALS = f"user:{CANARY}"


URLS = ModuleType("tests.audited_urls")
# Never connected to: a cache that several processes share.
SHARED_CACHE = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
}


@pytest.fixture
def site(settings, monkeypatch):
    """A site of its own: no views, no endpoints, a Guard, until a test says otherwise."""
    monkeypatch.setitem(sys.modules, URLS.__name__, URLS)
    monkeypatch.setattr(URLS, "urlpatterns", [], raising=False)
    monkeypatch.setattr(guards, "_guards", {})
    settings.ROOT_URLCONF = URLS.__name__
    settings.MIDDLEWARE = [GUARD]
    settings.CACHES = SHARED_CACHE
    settings.HOOKSEAL = {}
    return settings


def found(*only: str) -> list[tuple[str, str]]:
    """Audit, and list ids and paths; of some ids only, if any are named."""
    return [(each.id, each.path) for each in audit() if not only or each.id in only]


def test_a_site_without_endpoints_has_no_findings(site):
    """Installing the package changes nothing yet; not even the Guard is missed."""
    site.MIDDLEWARE = []
    assert [] == found()


def test_a_correct_site_has_no_findings(site):
    """Silence is what the owner wants to see."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}

    @webhook("github")
    def view(request):
        return HttpResponse()

    assert [] == found()


def test_T99_every_endpoint_is_audited_without_a_request(site):
    """Those of views and those that no view uses yet; errors come first."""
    site.HOOKSEAL = {"stripe": {"SECRETS": ["short"]}, "github": {"SECRETS": [""]}, "slack": {"TOLERANCE": -1}}
    assert [
        ("E002", 'HOOKSEAL["github"]["SECRETS"][0]'),
        ("E002", 'HOOKSEAL["slack"]["SECRETS"]'),
        ("E006", 'HOOKSEAL["slack"]["TOLERANCE"]'),
        ("W014", 'HOOKSEAL["stripe"]["SECRETS"][0]'),
    ] == found()


def test_a_finding_of_the_defaults_is_listed_once(site):
    """`"*"` is read for each endpoint, but written once."""
    site.HOOKSEAL = {"*": {"MAX_BODY": 0}, "stripe": {"SECRETS": [CANARY]}, "github": {"SECRETS": [OTHER]}}
    assert [("E006", 'HOOKSEAL["*"]["MAX_BODY"]')] == found()


def test_a_shape_that_is_wrong_is_found_without_any_view(site):
    """There are no endpoints to ask then."""
    site.HOOKSEAL = ["stripe"]
    assert [("E006", "HOOKSEAL")] == found()


def test_a_view_that_names_no_endpoint_is_an_error(site):
    """E004, with the nearest alias."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}

    @webhook("githb")
    def view(request):
        return HttpResponse()

    ((finding),) = audit()
    assert ("E004", '@webhook("githb")') == (finding.id, finding.path)
    assert 'Did you mean "github"?' in finding.hint


def test_a_views_keywords_are_audited(site):
    """They are settings like any other."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}

    @webhook("github", max_body=0)
    def view(request):
        return HttpResponse()

    assert [("E006", '@webhook("github", max_body=...)')] == found()


def test_keywords_may_complete_an_entry(site):
    """An endpoint is judged as its views use it."""
    site.HOOKSEAL = {"github": {}}

    @webhook("github", secrets=[CANARY])
    def view(request):
        return HttpResponse()

    assert [] == found()


def test_the_urlconf_is_imported_so_that_its_views_are_known(site, monkeypatch):
    """Nobody else may have imported it when a server starts."""
    monkeypatch.delitem(sys.modules, "tests.urls_of_the_audit", raising=False)
    site.ROOT_URLCONF = "tests.urls_of_the_audit"
    with pytest.raises(ModuleNotFoundError, match="urls_of_the_audit"):
        audit()


def test_W001_a_shared_secret_without_https(site):
    """Basic and token endpoints, and BASIC_AUTH; unless a setting says how https comes about."""
    site.HOOKSEAL = {
        "partner": {"PROVIDER": "basic", "SECRETS": [CREDENTIALS]},
        "github": {"SECRETS": [OTHER], "BASIC_AUTH": [CREDENTIALS]},
        "slack": {"SECRETS": [CANARY]},
    }
    assert [("W001", 'HOOKSEAL["partner"]'), ("W001", 'HOOKSEAL["github"]')] == found()
    site.SECURE_SSL_REDIRECT = True
    assert [] == found()
    site.SECURE_SSL_REDIRECT = False
    assert [] != found()
    site.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert [] == found()


@pytest.mark.parametrize(
    ("backend", "reported"),
    [
        ("locmem.LocMemCache", True),
        ("dummy.DummyCache", True),
        ("filebased.FileBasedCache", True),
        ("db.DatabaseCache", True),
        ("memcached.PyMemcacheCache", False),
        ("redis.RedisCache", False),
    ],
)
def test_W002_T26_a_cache_that_forgets(site, backend: str, *, reported: bool):
    """Each cache once, however many endpoints use it; none where no endpoint does."""
    site.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": "somewhere"}}
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}, "stripe": {"SECRETS": [OTHER]}}
    assert [("W002", 'CACHES["default"]')] * reported == found("W002")
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY], "REPLAY": False}}
    assert [] == found("W002")


def test_W002_a_database_cache_with_room(site):
    """MAX_ENTRIES says that somebody thought of it."""
    options = {"MAX_ENTRIES": 1_000_000}
    backend = "django.core.cache.backends.db.DatabaseCache"
    site.CACHES = {"default": {"BACKEND": backend, "LOCATION": "cache_table", "OPTIONS": options}}
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}
    assert [] == found("W002")


def test_W002_the_memory_of_one_process(site):
    """Even where it was chosen by name."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY], "REPLAY": "memory"}}
    assert [("W002", 'the replay store "memory"')] == found("W002")


def test_what_is_switched_off_is_not_judged(site):
    """Nothing reaches it."""
    site.HOOKSEAL = {"partner": {"PROVIDER": "basic", "SECRETS": [CREDENTIALS], "ENABLED": False}}
    assert [] == found()


@method_decorator(webhook("github"), name="dispatch")
class Whole(View):
    """Guarded as it should be."""

    def post(self, request):
        """Handle an event."""
        return HttpResponse()


@method_decorator(webhook("github"), name="dispatch")
class Awaited(View):
    """Guarded, and async."""

    async def post(self, request):
        """Handle an event."""
        return HttpResponse()


class OnlyPost(View):
    """Guarded at its method alone."""

    @method_decorator(webhook("github"))
    def post(self, request):
        """Handle an event."""
        return HttpResponse()


class Bare(View):
    """Guarded at its method alone, without Django's adapter."""

    @webhook("github")
    def post(self, request):
        """Handle an event."""
        return HttpResponse()


class Exempt(APIView):
    """Guarded at its method alone, but exempt all the same: Django REST framework sees to that."""

    @method_decorator(webhook("github"))
    def post(self, request):
        """Handle an event."""
        return Response()


def test_a_view_that_is_exempt_by_itself_is_no_finding(site):
    """What counts is what the view ends up with."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}
    URLS.urlpatterns[:] = [path("exempt/", Exempt.as_view())]
    assert [] == found()


@pytest.mark.parametrize("view", [OnlyPost, Bare])
def test_W003_only_a_method_is_guarded(site, view):
    """The view would ask for a CSRF token and a login first; found before any request, also in included URLs."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}
    URLS.urlpatterns[:] = [path("whole/", Whole.as_view()), path("more/", include([path("only/", view.as_view())]))]
    assert [("W003", f"{__name__}.{view.__name__}.post")] == found()


@pytest.mark.parametrize("entry", [{"ALLOW_IPS": ["203.0.113.7"]}, {"RATE_LIMIT": "1/s"}])
def test_W005_addresses_behind_a_proxy_that_nobody_mentions(site, entry):
    """Every request would seem to come from the proxy."""
    for behind_proxy, proxies, ids in ((False, None, []), (True, None, ["W005"]), (True, 1, [])):
        site.USE_X_FORWARDED_HOST = behind_proxy
        site.HOOKSEAL = {"github": {"SECRETS": [CANARY], "TRUSTED_PROXIES": proxies} | entry}
        assert ids == [identifier for identifier, _ in found()]


def test_W007_a_signed_url_that_nobody_knows(site):
    """Behind a proxy Django would build another one than the sender signed."""
    scheme = mac(header="X-Sig", digest="sha256", encoding="hex", signed="{url}{body}")
    site.HOOKSEAL = {"acme": {"PROVIDER": scheme, "SECRETS": [CANARY]}}
    assert [("W007", 'HOOKSEAL["acme"]')] == found()
    site.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert [] == found()
    site.SECURE_PROXY_SSL_HEADER = None
    site.HOOKSEAL = {"acme": {"PROVIDER": scheme, "SECRETS": [CANARY], "PUBLIC_URL": "https://hooks.example.com"}}
    assert [] == found()


@pytest.mark.parametrize(("atomic", "ids"), [(True, ["W010"]), (False, [])])
def test_W010_an_async_view_with_atomic_requests(site, monkeypatch, atomic, ids):
    """Django opens no transaction for it."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", atomic)
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}

    @webhook("github")
    async def view(request):
        return HttpResponse()

    @webhook("github")
    def plain(request):
        return HttpResponse()

    assert ids == [identifier for identifier, _ in found()]


@pytest.mark.parametrize(("store", "ids"), [("database", ["W010"]), ("cache", [])])
def test_W010_an_async_view_with_the_database_store(site, store, ids):
    """Its effects and the mark are two commits."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY], "REPLAY": store}}

    @webhook("github")
    async def view(request):
        return HttpResponse()

    assert ids == [identifier for identifier, _ in found()]


def test_W010_an_async_class_based_view(site, monkeypatch):
    """Found before any request."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", ATOMIC)
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}
    URLS.urlpatterns[:] = [path("whole/", Whole.as_view()), path("awaited/", Awaited.as_view())]
    assert [("W010", f"{__name__}.Awaited")] == found()


def test_W015_one_secret_for_two_senders(site):
    """Whoever may sign for the one may sign for the other; live and test of the same provider are not meant."""
    site.HOOKSEAL = {
        "github": {"SECRETS": [OTHER, CANARY]},
        "slack": {"SECRETS": [Secret(CANARY, label="x")]},
        "github-test": {"PROVIDER": "github", "SECRETS": [OTHER]},
    }
    assert [("W015", 'HOOKSEAL["slack"]')] == found()


def test_W016_the_guard_is_missing(site):
    """Without it a wrong configuration serves, though only 503."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}
    site.MIDDLEWARE = []
    assert [("W016", "MIDDLEWARE")] == found()


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ({"PUBLIC_URL": "https://user:password@example.com/"}, '["PUBLIC_URL"]'),
        ({"PROVIDER": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, '["PROVIDER"]'),
        ({"CREDENTIALS": [("user", "a0b1c2d3e4f5a6b7c8d9")]}, '["CREDENTIALS"][0][1]'),
        ({"NOTE": b"a0b1c2d3e4f5a6b7c8d9"}, '["NOTE"]'),
    ],
)
def test_T56_a_secret_that_django_would_show_is_found(site, entry, where):
    """By comparing what stands there with what the error page makes of it."""
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]} | entry}
    assert [("W018", f'HOOKSEAL["github"]{where}')] == found("W018")


def test_T56_the_short_form_is_found(site):
    """The provider's name hides nothing."""
    site.HOOKSEAL = {"github": "sk_live_canary"}
    assert [("W018", 'HOOKSEAL["github"]')] == found("W018")


@pytest.mark.parametrize(
    "secrets",
    [CANARY, CANARY.encode(), Secret(CANARY, label="x"), [CANARY], (CANARY, Secret(CANARY)), [CANARY.encode()]],
    ids=shown,
)
def test_T56_the_debug_page_shows_no_secret(site, secrets):
    """In every documented shape, as a secret, as a credential, and as a default for all."""
    site.HOOKSEAL = {
        "*": {"SECRETS": secrets},
        "partner": {"PROVIDER": "basic", "SECRETS": secrets, "BASIC_AUTH": secrets},
        "tenants": {"PROVIDER": "github", "SECRETS": lambda headers: CANARY},
    }
    page = ExceptionReporter(None, ValueError, ValueError("on purpose"), None).get_traceback_html()
    assert "partner" in page
    assert CANARY not in page


def test_T56_what_django_hides_is_not_reported(site):
    """SECRETS and BASIC_AUTH in all their shapes, and what is no secret."""
    token = "a0b1c2d3e4f5a6b7c8d9"
    site.HOOKSEAL = {
        "acme": {
            "PROVIDER": mac(header="X-Sig", digest="sha256", encoding="hex", parts={"id": Header("X-Id")}),
            "SECRETS": [token, Secret(token + "x"), token.encode() + b"y"],
            "BASIC_AUTH": f"user:{token}",
            "ALLOW_IPS": ["2001:db8::/32", "203.0.113.0/24"],
            "TOPICS": ["arn:aws:sns:us-east-1:123456789012:ses"],
            "PUBLIC_URL": "https://hooks.example.com/acme/0123456789/abcdefghij/",
            "EVENT_ID": Json("/id"),
        },
        "tenants": {"PROVIDER": "github", "SECRETS": "tests.site.views.secrets_for_request"},
        "bare": {"PROVIDER": "github", "SECRETS": token + "z"},
    }
    assert [] == found("W018")


def test_T44_no_finding_repeats_a_secret(site):
    """Not even the ones about secrets."""
    site.HOOKSEAL = {"github": CANARY, "slack": {"SECRETS": CANARY, "NOTE": CANARY + "0"}, "zoom": {"SECRETS": CANARY}}
    assert audit()
    assert CANARY not in "".join(map(str, audit()))


def test_the_audit_is_not_remembered(site):
    """A setting that was mended is silent at the next look."""
    site.HOOKSEAL = {"github": {}}
    assert [("E002", 'HOOKSEAL["github"]["SECRETS"]')] == found()
    site.HOOKSEAL = {"github": {"SECRETS": [CANARY]}}
    assert [] == found()
