"""Counting addresses in a window."""

from __future__ import annotations

import pytest

from hookseal.tally import Tally

NOON = 1_800_000_000.0


def test_each_address_has_its_own_count():
    """One address's requests say nothing about another's."""
    tally = Tally(60)
    assert [tally.count(address, NOON) for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")] == [1, 2, 1]


def test_a_window_forgets_the_one_before():
    """Counts start afresh when the window ends, and not before."""
    tally = Tally(60)
    assert [tally.count("192.0.2.1", NOON + later) for later in (0, 59.9, 60)] == [1, 2, 1]


def test_T76_an_ipv6_address_counts_as_its_64():
    """A sender who is given a /64 cannot multiply itself by using all of it."""
    tally = Tally(60)
    addresses = ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:2::1")
    assert [tally.count(address, NOON) for address in addresses] == [1, 2, 1]


def test_T76_a_flood_of_addresses_takes_no_more_memory():
    """Beyond its capacity the tally forgets the address that came first."""
    tally = Tally(60, capacity=100)
    for number in range(10_000):
        tally.count(f"10.0.{number // 256}.{number % 256}", NOON)
    assert len(tally) == 100
    assert tally.count("10.0.39.15", NOON) == 2
    assert tally.count("10.0.0.0", NOON) == 1


def test_T76_addresses_are_not_kept():
    """Only hashes of addresses are held in memory."""
    tally = Tally(60)
    tally.count("192.0.2.1", NOON)
    assert {type(key) for key in tally._counts} == {int}


@pytest.mark.parametrize("text", ["", "unix:", "::not:an:address::"])
def test_any_text_can_be_counted(text: str):
    """What is no address counts as itself."""
    tally = Tally(60)
    assert [tally.count(text, NOON), tally.count(text, NOON)] == [1, 2]


def test_a_clock_that_is_set_back_starts_a_window():
    """Counting goes on whatever the clock does."""
    tally = Tally(60)
    tally.count("192.0.2.1", NOON)
    assert tally.count("192.0.2.1", NOON - 86_400) == 1


@pytest.mark.parametrize(("now", "rest"), [(NOON, 60), (NOON + 0.9, 60), (NOON + 59, 1)])
def test_the_rest_of_a_window_is_whole_seconds(now: float, rest: int):
    """What is left is rounded up, so that whoever waits for it is in the next window."""
    assert Tally(60).remaining(now) == rest
