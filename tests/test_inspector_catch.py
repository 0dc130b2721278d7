"""The catch address keeps whatever a sender sends, answers nothing, cannot be guessed, and fills no disk."""

from __future__ import annotations

import logging
import os
from collections import defaultdict

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from hookseal._engine import Record
from hookseal.inspector import catch
from hookseal.inspector.models import Delivery
from hookseal.inspector.proposals import propose
from hookseal.inspector.recorder import PER_ADDRESS, PER_ENDPOINT, TableRecorder
from hookseal.inspector.urls import inspector_urls
from hookseal.recording import MOST_BODY
from hookseal.signing import providers
from tests.inspected import signed
from tests.site.streams import Stream, environ

pytestmark = pytest.mark.django_db

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.fixture(autouse=True)
def _site(settings, monkeypatch):
    settings.ROOT_URLCONF = "tests.site.inspected"
    monkeypatch.setattr(catch, "_recorder", TableRecorder())


@pytest.fixture
def address() -> str:
    """The path of the catch address."""
    return f"/hookseal/catch/{catch.catch_token()}/"


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_kept_and_answered_with_nothing(client: Client, address, method):
    """Whatever it sends, the sender gets an empty 200 in which nothing of it returns."""
    answer = client.generic(
        method, f"{address}?challenge=echo-canary", b"body-canary", "text/plain", headers={"X-A": "1"}
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert "canary" not in str(dict(answer.items()))
    row = Delivery.objects.get()
    assert (row.method, bytes(row.body), row.verdict, row.endpoint) == (method, b"body-canary", "caught", "")
    assert ["X-A", "1"] in row.headers
    assert "challenge=echo-canary" in row.url


def test_strangers_may_send(address):
    """Neither login, nor token, nor address is asked for: a sender has none of them."""
    stranger = Client(enforce_csrf_checks=True, REMOTE_ADDR="203.0.113.9", headers={"X-Forwarded-For": "198.51.100.1"})
    assert stranger.post(address, b"{}", "application/json").status_code == 200
    assert Delivery.objects.get().address == "203.0.113.9"


@pytest.mark.parametrize("token", ["x", "catch", "", "0" * 43, "\u00e9"])
def test_another_name_is_no_page(client: Client, token):
    """Who does not know the name finds what he finds where nothing is, and nothing is kept."""
    nowhere = client.post("/nowhere/")
    answer = client.post(f"/hookseal/catch/{token}/")
    assert (answer.status_code, answer.content, dict(answer.items())) == (404, nowhere.content, dict(nowhere.items()))
    assert not Delivery.objects.exists()


def test_the_name_depends_on_the_sites_key(settings, address):
    """Another SECRET_KEY gives another name, which is long enough."""
    before = catch.catch_token()
    settings.SECRET_KEY = "another-key-of-more-than-fifty-characters-for-the-tests"
    assert catch.catch_token() != before
    assert len(before) >= 43


def test_there_is_none_unless_it_is_asked_for(settings, client: Client):
    """The pages alone bring no address that is open to everybody; the page says how to get one."""
    settings.DEBUG = True

    class Without:
        urlpatterns = inspector_urls()

    settings.ROOT_URLCONF = Without
    with pytest.raises(NoReverseMatch):
        reverse("hookseal:caught", args=["x"])
    assert client.post(f"/hookseal/catch/{catch.catch_token()}/").status_code == 404
    assert "catch=True" in client.get("/hookseal/catch/").content.decode()


def test_the_page_shows_the_address(settings, client: Client, address):
    """Who may see the pages finds the whole URL there."""
    settings.DEBUG = True
    assert f"http://testserver{address}" in client.get("/hookseal/catch/").content.decode()


def test_a_body_is_kept_up_to_its_bound(client: Client, address):
    """Of a longer body the first bytes are kept, and its length; no more of it is read."""
    stream = Stream(b"x" * (MOST_BODY + 50_000))
    answer = client.request(**environ(address, stream, MOST_BODY + 50_000))
    row = Delivery.objects.get()
    assert answer.status_code == 200
    assert (len(row.body), row.body_size, row.is_cut) == (MOST_BODY, MOST_BODY + 50_000, True)
    assert stream.taken <= MOST_BODY + 1


def test_T89_one_address_cannot_fill_the_table(client: Client, address):
    """More requests than a sender makes by hand are answered 429 and not kept."""
    statuses = [client.post(address).status_code for _ in range(PER_ADDRESS + 5)]
    assert statuses == [200] * PER_ADDRESS + [429] * 5
    assert Delivery.objects.count() == PER_ADDRESS


def test_T89_many_addresses_cannot_fill_the_table(client: Client, address):
    """Nor can many of them together."""
    for number in range(PER_ENDPOINT + 20):
        client.post(address, REMOTE_ADDR=f"198.51.100.{number}")
    assert Delivery.objects.count() == PER_ENDPOINT


def test_a_database_that_is_down_is_no_error_page(client: Client, address, monkeypatch, caplog):
    """The sender is told to come again; the owner is told why."""

    def fail(*_: object, **__: object) -> None:
        raise OSError("down")

    monkeypatch.setattr(Delivery, "save", fail)
    with caplog.at_level(logging.ERROR):
        assert client.post(address).status_code == 429
    assert "could not be kept (OSError)" in caplog.text


@pytest.mark.parametrize("provider", ["github", "stripe"])
def test_the_sender_is_recognised(settings, client: Client, address, provider):
    """The page of what was caught names the provider, and proposes entry, view and URL, which work as they stand."""
    settings.DEBUG = True
    fields = signed(provider)
    client.generic("POST", address, fields["body"], "application/json", headers=dict(fields["headers"]))
    page = client.get(f"/hookseal/{Delivery.objects.get().pk}/").content.decode()
    assert f'id="{provider}-settings"' in page
    assert f"{provider}_events" in page


def test_who_is_not_recognised_is_not_guessed_at(settings, client: Client, address):
    """Headers that everybody sends propose nothing."""
    settings.DEBUG = True
    client.post(address, b"{}", "application/json", headers={"Authorization": "Bearer x"})
    assert "proposals-title" not in client.get(f"/hookseal/{Delivery.objects.get().pk}/").content.decode()


@pytest.mark.parametrize("provider", providers())
def test_a_proposal_is_code(provider, monkeypatch):
    """For each provider, what is proposed compiles, and names every setting that its record demands."""
    proposal = propose(provider)
    names: dict[str, object] = {}
    monkeypatch.setattr(os, "environ", defaultdict(str))
    exec(compile(proposal.settings, provider, "exec"), names)  # noqa: S102 (our own text)
    compile(proposal.view, provider, "exec")
    compile(f"[{proposal.url}]", provider, "eval")
    record = Record.named(provider)
    (entry,) = names["HOOKSEAL"].values()
    assert ("SECRETS" in entry) == record.needs_secrets
    assert ("TOPICS" in entry) == record.needs_topics
    assert set(entry.get("OPTIONS", ())) >= set(record.options)
