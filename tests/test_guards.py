"""What is known of the views under `@webhook`."""

from __future__ import annotations

from functools import partial

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils.decorators import method_decorator
from django.views import View

from hookseal import guards, webhook
from hookseal.guards import Guarded
from tests.site import views


def recorded(alias: str) -> list[Guarded]:
    """List what names an endpoint."""
    return [each for each in guards.guards() if each.alias == alias]


def test_a_function_is_known_when_it_is_decorated():
    """Its dotted name, its kind and its keywords are."""
    webhook("one", max_body=5)(views.plain)
    assert recorded("one") == [Guarded("one", "tests.site.views.plain", overrides={"max_body": 5})]


def test_an_async_function_is_known_as_such():
    """ATOMIC_REQUESTS opens no transaction for it, which a check says."""

    async def view(request):
        raise AssertionError

    webhook("one")(view)
    (known,) = recorded("one")
    assert (known.view.rpartition(".")[2], known.is_async, known.method_only) == ("view", True, False)


def test_a_class_names_its_endpoint_at_once_and_itself_at_the_first_request(rf: RequestFactory):
    """Django shows the class to the decorator only when a request comes."""

    @method_decorator(webhook("one"), name="dispatch")
    class Late(View):
        async def post(self, request):
            raise AssertionError

    assert [each.view for each in recorded("one")] == ["a class-based view"]
    view = Late.as_view()
    view(rf.post("/")).close()
    (_, known) = recorded("one")
    assert known.view.endswith("Late")
    assert (known.is_async, known.method_only) == (True, False)


@pytest.mark.parametrize("bare", [True, False])
def test_a_guarded_method_is_known_as_such(rf: RequestFactory, *, bare: bool):
    """Its view is not exempt from CSRF and login, which a check says."""
    guard = webhook("one") if bare else method_decorator(webhook("one"))

    class Partly(View):
        @guard
        def post(self, request):
            return HttpResponse()

    Partly.as_view()(rf.post("/"))
    known = recorded("one")[-1]
    assert known.method_only
    assert known.view.endswith("Partly.post")


def test_a_guarded_dispatch_is_no_single_method():
    """`dispatch` hands its attributes on, so the view is exempt."""

    class Whole(View):
        @webhook("one")
        def dispatch(self, request):
            return HttpResponse()

    assert [each.method_only for each in recorded("one")] == [False]
    assert Whole.as_view().csrf_exempt


def test_a_view_is_recorded_once_however_often_it_is_asked_for(client: Client, send):
    """Django decorates methods anew on each request."""
    for _ in range(3):
        send(client, "/class/", "github")
    assert len([each for each in guards.guards() if each.view.endswith("views.ClassBased")]) == 1


def test_one_view_may_be_guarded_in_several_ways():
    """Each guard has its own keywords, which the checks judge."""
    for size in (1, 2):
        webhook("one", max_body=size)(views.plain)
    assert [each.overrides for each in recorded("one")] == [{"max_body": 1}, {"max_body": 2}]


def test_views_of_one_name_are_told_apart():
    """Functions made by a function share their name, not their kind."""

    def made(*, blocking: bool):
        async def view(request):
            raise AssertionError

        def blocking_view(request):
            raise AssertionError

        blocking_view.__qualname__ = view.__qualname__
        return blocking_view if blocking else view

    kinds = [iscoroutinefunction(webhook("one")(made(blocking=blocking))) for blocking in (True, False, True)]
    assert kinds == [False, True, False]


def test_a_method_of_anything_else_is_a_function_like_any_other(rf: RequestFactory):
    """Only class-based views hand a decorator's attributes on by themselves."""

    class Api:
        def view(self, request):
            raise AssertionError

        async def async_view(self, request):
            raise AssertionError

    api = Api()
    guarded = [webhook("one")(partial(view)) for view in (api.view, api.async_view)]
    assert [view.csrf_exempt for view in guarded] == [True, True]
    assert [iscoroutinefunction(view) for view in guarded] == [False, True]


def test_views_made_without_end_are_not_kept(monkeypatch):
    """The memory of guarded views is bounded."""
    monkeypatch.setattr(guards, "_MOST_GUARDS", len(guards.guards()) + 10)
    for number in range(100):
        webhook(f"made-{number}")(views.plain)
    assert len(guards.guards()) == guards._MOST_GUARDS
