"""Transactions behind the check."""

from __future__ import annotations

import asyncio

import pytest
from django.contrib.auth.models import Group
from django.db import connections
from django.http import HttpResponse
from django.template import engines
from django.template.response import SimpleTemplateResponse

from hookseal.transactions import EveryDatabase, atomic_databases, in_event_loop, run_atomically

two_databases = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def rows() -> list[int]:
    """Count the rows in each database."""
    return [Group.objects.using(alias).count() for alias in ("default", "other")]


def writing(response: object):
    """Make a call that writes to both databases."""

    def call() -> object:
        for alias in ("default", "other"):
            Group.objects.using(alias).create(name="written")
        return response

    return call


def test_django_is_told_that_no_database_wants_a_transaction():
    """The set holds every alias without knowing one, and remembers what the view itself said."""
    opted_out = EveryDatabase({"other"})
    assert "default" in opted_out
    assert list(opted_out) == ["other"]


def test_databases_with_atomic_requests_are_found(monkeypatch):
    """Those that the view opted out of are left out."""
    for alias in ("default", "other"):
        monkeypatch.setitem(connections.settings[alias], "ATOMIC_REQUESTS", True)  # noqa: FBT003 - a setting's value
    assert atomic_databases(EveryDatabase()) == ["default", "other"]
    assert atomic_databases(EveryDatabase({"other"})) == ["default"]


def test_without_atomic_requests_there_are_none():
    """The default of Django."""
    assert atomic_databases(EveryDatabase()) == []


@two_databases
def test_T28_success_commits_on_every_database():
    """What was delivered stays, everywhere."""
    run_atomically(writing(HttpResponse(status=202)), ["default", "other"], ())
    assert rows() == [1, 1]


@two_databases
def test_T28_failure_rolls_back_every_database():
    """What was not delivered is undone, everywhere."""
    run_atomically(writing(HttpResponse(status=500)), ["default", "other"], ())
    assert rows() == [0, 0]


@two_databases
def test_T28_only_transactions_that_we_opened_are_rolled_back():
    """A database that the view opted out of keeps what it was given."""
    run_atomically(writing(HttpResponse(status=500)), ["default"], ())
    assert rows() == [0, 1]


@two_databases
@pytest.mark.parametrize(("status", "stays"), [(200, 1), (204, 0)])
def test_T28_the_provider_says_what_success_is(status: int, stays: int):
    """A record may count fewer statuses than 2xx."""
    run_atomically(writing(HttpResponse(status=status)), ["default", "other"], (200,))
    assert rows() == [stays, stays]


@two_databases
def test_T28_a_response_that_cannot_be_rendered_rolls_back():
    """Rendering belongs to what may fail."""
    broken = SimpleTemplateResponse(engines["django"].from_string("{{ number|divisibleby:0 }}"), {"number": 1})
    with pytest.raises(ZeroDivisionError):
        run_atomically(writing(broken), ["default", "other"], ())
    assert rows() == [0, 0]


@two_databases
def test_a_template_response_comes_back_rendered():
    """And is rendered once."""
    page = SimpleTemplateResponse(engines["django"].from_string("done"))
    assert run_atomically(writing(page), ["default"], ()).content == b"done"


@two_databases
def test_T79_an_awaitable_is_not_judged():
    """What is no response yet says nothing about success."""

    async def later() -> HttpResponse:
        return HttpResponse(status=500)

    response = run_atomically(writing(later()), ["default"], ())
    assert asyncio.run(response).status_code == 500
    assert rows() == [1, 1]


def test_a_running_loop_is_seen():
    """And only a running one."""

    async def inside() -> bool:
        return in_event_loop()

    assert (in_event_loop(), asyncio.run(inside())) == (False, True)
