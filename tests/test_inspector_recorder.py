"""The recorder's bounds: a sample of what is not proven, few rows, short bodies, nothing old; and text of any kind."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
import time_machine
from django.db import connections

from hookseal.captured import Captured
from hookseal.exceptions import WebhookRejected
from hookseal.inspector import recorder
from hookseal.inspector.models import Delivery
from hookseal.inspector.recorder import (
    KEPT_DAYS,
    KEPT_REFUSALS,
    KEPT_ROWS,
    PER_ADDRESS,
    PER_ENDPOINT,
    TableRecorder,
    prune,
    record,
)
from hookseal.reasons import Reason
from hookseal.recording import MOST_BODY, Kept
from tests.backends import installed

NOW = 1_790_000_000
CAPTURED = Captured("POST", "https://a/hook/?token=1", (("Host", "a"),), b"{}", NOW, "stripe")

pytestmark = pytest.mark.django_db


def keep(table: TableRecorder, verdict: str = "refused", address: str = "192.0.2.1", alias: str = "stripe"):
    """Keep one request; None where it was one too many."""
    return table.keep(alias, verdict, address, lambda: Kept(CAPTURED, 2, verdict))


def fill(count: int, verdict: str, received_at: float = NOW, alias: str = "stripe") -> None:
    """Put rows into the table, past every limit."""
    moment = datetime.fromtimestamp(received_at, tz=timezone.utc)
    row = {"endpoint": alias, "method": "POST", "url": "", "path": "", "verdict": verdict, "received_at": moment}
    Delivery.objects.bulk_create(Delivery(**row) for _ in range(count))


def counts(**where: object) -> int:
    """Count rows."""
    return Delivery.objects.filter(**where).count()


@pytest.mark.parametrize("verdict", ["refused", "duplicate", "handshake", "caught"])
@time_machine.travel(NOW, tick=False)
def test_T89_one_address_fills_nothing(verdict):
    """What anybody may send is sampled."""
    table = TableRecorder()
    kept = [keep(table, verdict) for _ in range(1000)]
    assert counts() == PER_ADDRESS == sum(each is not None for each in kept)


@time_machine.travel(NOW, tick=False)
def test_T89_many_addresses_fill_nothing():
    """Nor do those of one network, as one sender has them."""
    table = TableRecorder()
    for number in range(100):
        keep(table, address=f"2001:db8::{number:x}")
    assert counts() == PER_ADDRESS
    for number in range(200):
        keep(table, address=f"192.0.2.{number}")
    assert counts() == PER_ENDPOINT


def test_a_new_minute_has_a_sample_of_its_own():
    """So that who looks on finds what comes now."""
    table = TableRecorder()
    for minute in range(2):
        with time_machine.travel(NOW + 60 * minute, tick=False):
            for _ in range(PER_ADDRESS + 1):
                keep(table)
    assert counts() == 2 * PER_ADDRESS


@time_machine.travel(NOW, tick=False)
def test_endpoints_do_not_share_a_sample():
    """Junk at one hides nothing of another."""
    table = TableRecorder()
    for _ in range(PER_ENDPOINT + 1):
        keep(table)
    assert keep(table, alias="github") is not None


@time_machine.travel(NOW, tick=False)
def test_what_was_accepted_is_all_kept():
    """Only a genuine sender gets there."""
    table = TableRecorder()
    assert all(keep(table, "accepted") for _ in range(PER_ENDPOINT + 1))


@time_machine.travel(NOW, tick=False)
def test_T89_the_table_stays_small():
    """The newest rows of each endpoint stay, and no more than half of them are refusals."""
    fill(KEPT_ROWS, "accepted")
    fill(KEPT_ROWS, "refused")
    fill(10, "accepted", alias="github")
    newest = Delivery.objects.filter(endpoint="stripe").first()
    assert prune() == KEPT_ROWS
    assert counts(endpoint="stripe", verdict="refused") == KEPT_REFUSALS
    assert counts(endpoint="stripe") == KEPT_ROWS
    assert counts(endpoint="github") == 10
    assert Delivery.objects.filter(pk=newest.pk).exists()
    assert prune() == 0


@time_machine.travel(NOW, tick=False)
def test_junk_pushes_out_nothing_that_was_accepted():
    """Whatever the number of refusals."""
    fill(50, "accepted")
    fill(1000, "refused")
    prune()
    assert (counts(verdict="accepted"), counts(verdict="refused")) == (50, KEPT_REFUSALS)


def test_old_rows_go():
    """After so many days; and by themselves, as new ones come."""
    fill(3, "accepted")
    with time_machine.travel(NOW + KEPT_DAYS * 86_400, tick=False):
        assert prune() == 0
    with time_machine.travel(NOW + KEPT_DAYS * 86_400 + 1, tick=False):
        table = TableRecorder()
        for _ in range(40):
            table.keep(
                "stripe", "accepted", "", lambda: Kept(replace(CAPTURED, received_at=time.time()), 2, "accepted")
            )
        assert counts() == 40


def test_a_replayed_row_may_go():
    """Its replays stay, and no longer name it."""
    fill(1, "accepted", NOW - KEPT_DAYS * 86_400)
    old = Delivery.objects.get()
    TableRecorder().write("stripe", Kept(CAPTURED, 2, "accepted"), replay_of=old)
    with time_machine.travel(NOW + 60, tick=False):
        assert prune() == 1
    assert Delivery.objects.get().replay_of is None


def test_a_body_is_cut_whoever_keeps_it():
    """The bound holds for every caller."""
    row = TableRecorder().write("stripe", Kept(CAPTURED, 2, "caught"))
    assert (row.path, row.url) == ("/hook/", CAPTURED.url)
    long = Captured("POST", "https://a/", (), b"1" * (MOST_BODY + 1), NOW, "caught")
    number = record(long, address="192.0.2.1")
    row = Delivery.objects.get(pk=number)
    assert (row.verdict, row.status, row.endpoint, row.is_cut) == ("caught", 200, "caught", True)
    assert len(row.body) == MOST_BODY


def test_a_refusal_is_told_in_a_sentence():
    """With what was seen, as the log has it."""
    rejection = WebhookRejected(Reason.STALE, "stripe", "stripe", "412 s, tolerance 300 s")
    row = TableRecorder().write("stripe", Kept(CAPTURED, 2, "refused", rejection=rejection, seconds=0.0123))
    assert row.sentence == f"{Reason.STALE.sentence} (412 s, tolerance 300 s)"
    assert (row.reason, row.fix, row.duration_ms) == ("stale", Reason.STALE.fix, 12)


@pytest.mark.parametrize("text", ["\0", "\ud800", "\xff", "\N{SNOWMAN}", "x" * 100_000])
def test_T02_any_text_of_the_sender_is_kept(text):
    """A database may take less than a server lets through."""
    captured = Captured("POST" + text, f"https://a/{text}?{text}", ((text, text),), b"\0", NOW, text)
    kept = Kept(captured, 1, "caught", address=text)
    table = TableRecorder()
    assert table.keep(text, "caught", text, lambda: kept) is not None


def test_T02_any_text_of_the_sender_is_kept_by_postgresql(postgresql, django_db_blocker, monkeypatch):
    """Which takes no NUL in a text, nor in JSON."""
    text = "\0 \ud800 \xff"
    captured = Captured("POST", f"https://a/{text}", ((text, text),), b"\0", NOW, text)
    with django_db_blocker.unblock(), installed("kept", postgresql.entry):
        from django.core.management import call_command

        call_command("migrate", "hookseal_inspector", database="kept", verbosity=0)
        monkeypatch.setattr("django.db.router.db_for_write", lambda *_, **__: "kept")
        row = TableRecorder().write("stripe", Kept(captured, 1, "caught"))
        fill_in = Delivery.objects.using("kept").get(pk=row.pk)
        assert bytes(fill_in.body) == b"\0"
        fill_in.received_at -= timedelta(days=3650)
        fill_in.save(using="kept")
        assert prune() == 1
        connections["kept"].close()


def test_T76_the_counts_take_a_bounded_memory():
    """Addresses make room for each other."""
    table = TableRecorder()
    for number in range(20_000):
        table._is_one_too_many("stripe", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(table._by_address) < 17_000


def test_this_process_has_one_recorder():
    """The one that the app installs, and that a catch endpoint writes through."""
    from hookseal import recording

    assert recording._installed == [recorder.RECORDER]
