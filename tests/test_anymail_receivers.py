"""`@once_per_event`: each event once for each receiver, however it is batched, and again where it failed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from anymail.signals import AnymailTrackingEvent, inbound, tracking
from asgiref.sync import iscoroutinefunction
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from hookseal.claims import Busy
from hookseal.conf import endpoint
from hookseal.contrib.anymail import once_per_event
from hookseal.contrib.anymail.receivers import _turn
from hookseal.exceptions import WebhookRejected
from tests.esps import ANYMAIL, Post, basic, genuine, mailgun_tracking
from tests.site.stores import Fragile

pytestmark = pytest.mark.urls("tests.site.anymail_urls")

calls: list[str] = []
failing: set[str] = set()


def _handle(event: Any) -> str:
    calls.append(event.event_id or event.message_id)
    if event.event_id in failing:
        raise RuntimeError("the receiver's own mistake")
    return "handled"


@once_per_event
def sync_receiver(sender, event, esp_name, **kwargs):
    """Note an event, and fail if it is told to."""
    return _handle(event)


@once_per_event
async def async_receiver(sender, event, esp_name, **kwargs):
    """Note an event without blocking, and fail if it is told to."""
    return _handle(event)


@once_per_event
def writing_receiver(sender, event, esp_name, **kwargs):
    """Write an event to the database, and fail afterwards if it is told to."""
    User.objects.create(username=f"{len(calls)}-{event.event_id}")
    return _handle(event)


@pytest.fixture(autouse=True)
def _site(settings) -> Iterator[None]:
    settings.MIDDLEWARE = []
    settings.ANYMAIL = ANYMAIL
    settings.HOOKSEAL = {}
    calls.clear()
    failing.clear()
    yield
    for receiver in (sync_receiver, async_receiver, writing_receiver):
        tracking.disconnect(receiver)
        inbound.disconnect(receiver)


@pytest.fixture(params=[sync_receiver, async_receiver], ids=["sync", "async"])
def receiver(request):
    """Connect a receiver, sync or async."""
    tracking.connect(request.param)
    return request.param


@pytest.fixture
def client() -> Client:
    """A client that answers 500 where a receiver raises."""
    return Client(raise_request_exception=False)


def batch(*ids: str) -> Post:
    """Make one POST of SparkPost's with these events."""
    told = [{"msys": {"message_event": {"type": "delivery", "event_id": each, "timestamp": "1"}}} for each in ids]
    return Post("sparkpost/tracking/", json.dumps(told).encode(), headers=basic())


def test_T105_an_event_that_comes_in_another_batch_is_handled_once(client: Client, receiver):
    """What was handled is skipped, what is new is not."""
    assert [batch("a", "b").send(client).status_code, batch("c", "b", "a").send(client).status_code] == [200, 200]
    assert calls == ["a", "b", "c"]


def test_T105_an_event_that_failed_is_handled_again(client: Client, receiver):
    """Those before it in the batch are not; those after it, which Anymail did not get to, are."""
    failing.add("b")
    assert batch("a", "b", "c").send(client).status_code == 500
    failing.clear()
    assert batch("a", "b", "c").send(client).status_code == 200
    assert calls == ["a", "b", "b", "c"]


def test_a_delivery_that_is_signed_anew_holds_the_same_event(client: Client, receiver):
    """Mailgun's token, Anymail's event_id, belongs to the delivery and not to the event."""
    for number in (1, 2):
        assert mailgun_tracking(number, event="the-same").send(client).status_code == 200
    assert len(calls) == 1


def test_each_receiver_claims_for_itself(client: Client):
    """One that failed does not keep another from what it has handled."""
    tracking.connect(sync_receiver)
    tracking.connect(async_receiver)
    assert batch("a").send(client).status_code == 200
    assert calls == ["a", "a"]


def test_recipients_that_share_an_id_are_told_apart(receiver):
    """Amazon SES gives one id to all recipients of a message."""
    for recipient in ("a@example.com", "b@example.com", "a@example.com"):
        event = AnymailTrackingEvent(event_type="sent", event_id="same", recipient=recipient, esp_event={})
        tracking.send(sender=None, event=event, esp_name="SparkPost")
    assert calls == ["same", "same"]


def test_an_event_that_nothing_tells_from_others_is_handled_each_time(receiver, caplog):
    """Never dropped, and said in the log."""
    for _ in range(2):
        event = AnymailTrackingEvent(event_type="sent", message_id="unknown")
        tracking.send(sender=None, event=event, esp_name="SparkPost")
    assert calls == ["unknown", "unknown"]
    assert caplog.text.count("nothing tells this event from others") == 2


def test_inbound_mail_is_handled_once(client: Client):
    """A form's mail by what stands in it, since Mailgun may sign a retry anew."""
    inbound.connect(sync_receiver)
    assert [genuine("mailgun.inbound", number).send(client).status_code for number in (1, 2)] == [200, 200]
    assert [genuine("postmark.inbound", number).send(client).status_code for number in (1, 1, 2)] == [200] * 3
    assert calls == [f"{1:050}", "mail-1", "mail-2"]


def test_a_receiver_that_runs_elsewhere_makes_the_esp_try_again(client: Client, receiver, settings):
    """Two workers with one event: the second one answers 503, and later finds it handled or free."""
    event = AnymailTrackingEvent(event_type="delivered", event_id="a", esp_event={})
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "turns"}}
    name = f"{receiver.__module__}.{receiver.__qualname__}"
    turn = _turn(name, event, "SparkPost")
    claimed = turn.protection.store.claim(turn.key, 30)
    answer = batch("a").send(client)
    assert (answer.status_code, calls) == (503, [])
    assert int(answer["Retry-After"]) <= 30
    turn.protection.store.release(claimed)
    assert (batch("a").send(client).status_code, calls) == (200, ["a"])


def test_outside_of_a_delivery_the_caller_is_told_that_it_runs_elsewhere(receiver):
    """A worker that sends the signal itself decides what to do."""
    event = AnymailTrackingEvent(event_type="delivered", event_id="a", esp_event={})
    turn = _turn(f"{receiver.__module__}.{receiver.__qualname__}", event, "SparkPost")
    turn.protection.store.claim(turn.key, 30)
    with pytest.raises(Busy):
        tracking.send(sender=None, event=event, esp_name="SparkPost")


@pytest.mark.parametrize(("fail_open", "status", "expected"), [(False, 503, []), (True, 200, ["a"])])
def test_while_the_store_is_down(client: Client, receiver, settings, *, fail_open, status, expected):
    """As for deliveries: the ESP tries again, or, where the site wants it, the event is handled unprotected."""
    settings.HOOKSEAL = {"anymail": {"REPLAY": "tests.site.stores.Fragile", "REPLAY_FAIL_OPEN": fail_open}}
    Fragile.down.add("claim")
    assert (batch("a").send(client).status_code, calls) == (status, expected)


@pytest.mark.parametrize("call", ["confirm", "release"])
def test_a_store_that_fails_afterwards_is_told_of(client: Client, receiver, settings, caplog, call):
    """It changes no outcome: the lease lapses, and the event may be handled again."""
    settings.HOOKSEAL = {"anymail": {"REPLAY": "tests.site.stores.Fragile"}}
    Fragile.down.add(call)
    failing.update({"a"} if call == "release" else ())
    assert batch("a").send(client).status_code == (500 if call == "release" else 200)
    assert "ConnectionError" in caplog.text
    assert "secret-canary" not in caplog.text.replace("the receiver's own mistake", "")


def test_without_a_store_a_receiver_runs_each_time(client: Client, receiver, settings):
    """REPLAY: False switches it off, as it does for deliveries."""
    settings.HOOKSEAL = {"anymail": {"REPLAY": False}}
    assert [batch("a").send(client).status_code for _ in range(2)] == [200, 200]
    assert calls == ["a", "a"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("store", ["cache", "memory", "database"])
def test_what_a_transaction_undoes_is_done_again(client: Client, settings, store):
    """Under ATOMIC_REQUESTS a failed event takes those before it along: none of them counts as handled."""
    settings.HOOKSEAL = {"anymail": {"REPLAY": store}}
    settings.DATABASES["default"]["ATOMIC_REQUESTS"] = True
    tracking.connect(writing_receiver)
    try:
        failing.add("b")
        assert (batch("a", "b").send(client).status_code, User.objects.count()) == (500, 0)
        failing.clear()
        assert (batch("a", "b").send(client).status_code, User.objects.count()) == (200, 2)
        assert (batch("b", "a", "c").send(client).status_code, User.objects.count()) == (200, 3)
    finally:
        settings.DATABASES["default"]["ATOMIC_REQUESTS"] = False


@pytest.mark.django_db(transaction=True)
def test_a_callers_transaction_decides_too():
    """What a worker that sends the signal itself has undone, is handled again when the lease is over."""
    tracking.connect(writing_receiver)

    def deliver(*, undo: bool) -> int:
        event = AnymailTrackingEvent(event_type="delivered", event_id="a", esp_event={})
        with transaction.atomic():
            tracking.send(sender=None, event=event, esp_name="SparkPost")
            transaction.set_rollback(undo)
        return User.objects.count()

    assert deliver(undo=True) == 0
    with pytest.raises(Busy):
        deliver(undo=False)
    with time_machine.travel(time.time() + 31, tick=False):
        assert [deliver(undo=False), deliver(undo=False)] == [1, 1]


def test_the_receiver_keeps_its_name(receiver):
    """So do its docstring and module, and whether it is to be awaited."""
    assert receiver.__name__ in {"sync_receiver", "async_receiver"}
    assert receiver.__doc__.startswith("Note an event")
    assert iscoroutinefunction(receiver) == receiver.__name__.startswith("async")


def test_an_event_can_be_handed_over_by_place():
    """As a unit test of a receiver may call it."""
    event = AnymailTrackingEvent(event_type="x", event_id="1")
    assert [sync_receiver(None, event, "Brevo"), sync_receiver(None, event, "Brevo")] == ["handled", None]


def test_the_store_is_that_of_the_endpoint(settings):
    """Each ESP may have its own."""
    settings.HOOKSEAL = {"anymail.sparkpost.tracking": {"REPLAY": "tests.site.stores.Fragile"}}
    event = AnymailTrackingEvent(event_type="delivered", event_id="a", esp_event={})
    assert isinstance(_turn("x", event, "SparkPost").protection.store, Fragile)
    assert _turn("x", event, "Brevo").protection.store is endpoint("anymail.brevo.tracking").protection.store
    Fragile.down.add("claim")
    with pytest.raises(WebhookRejected):
        sync_receiver(None, event, "SparkPost")
