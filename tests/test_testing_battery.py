"""The battery that sites inherit: a sound site passes, and each broken one is told what stands open."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from unittest import SkipTest

import pytest
from django.http import HttpResponse, HttpResponseRedirect
from django.test import TestCase, override_settings
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View

import hookseal
from hookseal import WebhookRejected, guards, webhook
from hookseal.testing import WebhookBattery

ROOT = Path(__file__).resolve().parent.parent
TESTS = [name for name in dir(WebhookBattery) if name.startswith("test_")]
ENTRIES = {
    "stripe": {"SECRETS": [None]},
    "stripe-test": {"PROVIDER": "stripe", "SECRETS": [None]},
    "slack": {"SECRETS": [None], "REFUSAL_STATUS": 406},
    "partner": {"PROVIDER": "basic", "SECRETS": [None]},
    "discord": {"SECRETS": ["00" * 32]},
    "mailgun": {"SECRETS": [None]},
}
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]

pytestmark = pytest.mark.django_db


def handle(request) -> HttpResponse:
    """Answer, as a view does."""
    return HttpResponse()


def open_view(request) -> HttpResponse:
    """Answer whoever asks."""
    return HttpResponse()


open_view.csrf_exempt = True


class Methods(View):
    """A class of which a method was decorated."""

    @method_decorator(webhook("stripe"))
    def post(self, request) -> HttpResponse:
        """Handle."""
        return handle(request)


def around(view: Callable, answer: Callable) -> Callable:
    """Put something of the site's own around a guarded view."""

    @wraps(view)
    def wrapped(request):
        return answer(view, request)

    return wrapped


def swallowing(view, request):
    """Answer every error as if all were well, so that the sender does not complain."""
    try:
        return view(request)
    except Exception:  # noqa: BLE001 - that is what is wrong with it
        return HttpResponse()


def running_anyway(view, request):
    """Handle what was refused."""
    try:
        return view(request)
    except WebhookRejected:
        return open_view(request)


def telling(view, request):
    """Tell the sender why."""
    try:
        return view(request)
    except WebhookRejected as rejection:
        return HttpResponse(str(rejection.reason), status=400)


def telling_by_status(view, request):
    """Answer one reason in another way than the rest."""
    try:
        return view(request)
    except WebhookRejected as rejection:
        return HttpResponse(status=403 if rejection.reason == "stale" else 400)


def asking_who(view, request):
    """Send everybody to the login page."""
    return HttpResponseRedirect("/login/")


def greeting(view, request):
    """Answer GET before anybody is asked who he is."""
    return HttpResponse("hello") if request.method == "GET" else view(request)


def swallowing_middleware(get_response):
    """Answer every error as if all were well."""

    def middleware(request):
        return get_response(request)

    middleware.process_exception = lambda request, exception: HttpResponse()
    return middleware


_GUARDS = dict(guards._guards)
stripe = webhook("stripe")(handle)
SOUND = {name: webhook(name)(handle) for name in ENTRIES}
guards._guards.clear()
guards._guards.update(_GUARDS)


def site(view: Callable, **changes) -> override_settings:
    """A site with one view at /hooks/, and another at its sibling's."""

    class Urls:
        urlpatterns = [path("hooks/", view), path("sibling/", SOUND["stripe-test"])]  # noqa: RUF012

    entries = ENTRIES | {"stripe": ENTRIES["stripe"] | changes.pop("entry", {})}
    return override_settings(ROOT_URLCONF=Urls, HOOKSEAL=entries, MIDDLEWARE=changes.pop("middleware", MIDDLEWARE))


def verdicts(endpoint: str = "stripe", url: str = "/hooks/", **attributes) -> Mapping[str, str]:
    """Run the battery as its inheritor would: each test with what it said; empty where it passed."""
    battery = type("Inherited", (WebhookBattery,), {"endpoint": endpoint, "url": url, **attributes})()
    return {name: _said(getattr(battery, name)) for name in TESTS}


def _said(test: Callable[[], None]) -> str:
    try:
        test()
    except SkipTest as skipped:
        return f"skipped: {skipped}"
    except AssertionError as failure:
        return str(failure)
    return ""


def failures(**changes) -> Mapping[str, str]:
    """Say which tests failed, with their messages."""
    return {name: said for name, said in verdicts(**changes).items() if said and not said.startswith("skipped")}


@pytest.mark.parametrize("endpoint", ["stripe", "slack", "discord", "partner", "mailgun"])
def test_a_sound_site_passes(endpoint):
    """Whether it refuses with 400, with the status that the sender demands, or with its own."""
    with site(SOUND[endpoint]):
        assert failures(endpoint=endpoint) == {}


def test_nothing_is_skipped_where_the_sender_proves_all():
    """Stripe signs body and time, and the site has a sibling."""
    with site(SOUND["stripe"]):
        assert set(verdicts().values()) == {""}


def test_what_a_sender_does_not_prove_is_skipped_with_its_reason():
    """A shared password covers no body, no time and no id."""
    with site(SOUND["partner"]):
        skipped = {name for name, said in verdicts(endpoint="partner").items() if said.startswith("skipped: ")}
    assert skipped == {
        "test_handles_a_replay_once",
        "test_refuses_a_future_delivery",
        "test_refuses_a_siblings_signature",
        "test_refuses_a_stale_delivery",
        "test_refuses_an_empty_body",
        "test_refuses_an_oversized_body",
        "test_refuses_another_body",
    }


BROKEN = {
    "a view without the decorator": (site(open_view), r"not under @webhook\(.stripe.\): it is open", "another_secret"),
    "a decorator that swallows refusals": (
        site(around(stripe, swallowing)),
        "answered 200: a decorator or middleware around @webhook swallows",
        "another_body",
    ),
    "a middleware that swallows refusals": (
        site(stripe, middleware=[*MIDDLEWARE, f"{__name__}.swallowing_middleware"]),
        "answered 200: a decorator or middleware around @webhook swallows",
        "a_missing_signature",
    ),
    "a decorator that handles what was refused": (
        site(around(stripe, running_anyway)),
        "a decorator or middleware around @webhook swallows",
        "another_providers_signature",
    ),
    "a decorated method": (site(Methods.as_view()), "403, and no endpoint judged it. That is CSRF's", "genuine"),
    "a login before the endpoint": (site(around(stripe, asking_who)), "It leads to '/login/'", "genuine"),
    "nothing at the URL": (site(stripe), "Nothing is at /elsewhere/", "genuine"),
    "another endpoint at the URL": (site(SOUND["stripe-test"]), 'guarded as "stripe-test"', "genuine"),
    "a view that refuses what is genuine": (
        site(webhook("stripe")(lambda request: HttpResponse(status=422))),
        "answered a genuine delivery with 422",
        "genuine",
    ),
    "no replay store": (site(stripe, entry={"REPLAY": False}), "handled twice .* REPLAY is False", "replay_once"),
    "no tolerance": (site(stripe, entry={"TOLERANCE": None}), "TOLERANCE is None", "stale"),
    "plain http": (site(stripe, entry={"HTTPS": False}), "over http was answered 200", "plain_http"),
    "a reason in the answer": (site(around(stripe, telling)), "names the reason: signature_mismatch", "nothing"),
    "another status for one reason": (
        site(around(stripe, telling_by_status)),
        "answered in different ways: body, stale",
        "nothing",
    ),
    "an answer to GET": (site(around(stripe, greeting)), "GET was answered 200", "other_method"),
}
"""What is wrong with a site, what the battery says of it, and a test that says so."""


@pytest.mark.parametrize("wrong", BROKEN)
def test_a_broken_site_is_told_what_is_open(wrong):
    """By at least one test, in words that name the mistake."""
    broken, message, test = BROKEN[wrong]
    with broken:
        found = failures(url="/elsewhere/" if "nothing" in wrong else "/hooks/")
    assert [name for name in found if test in name], found
    said = " ".join(said for name, said in found.items() if test in name)
    assert re.search(message, said), said


class GithubTests(WebhookBattery, TestCase):
    """The battery as a Django TestCase, as a site would write it."""

    endpoint = "github"
    url = "/to/github/"
    payload = {"zen": "Keep it logically awesome."}  # noqa: RUF012 - as a site would write it
    test_refuses_plain_http = None  # waived


class TestTold(WebhookBattery):
    """The battery as a class that pytest collects."""

    endpoint = "told"
    url = "/to/told/"
    headers = {"X-GitHub-Event": "push"}  # noqa: RUF012 - as a site would write it


def test_djangos_runner_runs_it(tmp_path):
    """Without pytest: every test is found, the waived one is not, and what cannot hold is skipped."""
    program = [sys.executable, "-m", "django", "test", "tests.test_testing_battery.GithubTests"]
    paths = os.pathsep.join([str(ROOT), str(Path(hookseal.__file__).parents[1])])
    environment = os.environ | {"PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "tests.site.settings"}
    done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert f"Ran {len(TESTS) - 1} tests" in done.stderr
    assert "OK (skipped=2)" in done.stderr
