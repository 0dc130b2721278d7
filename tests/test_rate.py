"""RATE_LIMIT: so many requests of one address in a window."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client

from hookseal.conf import RateLimit
from hookseal.rate import Limiter

NOON = 1_800_000_000.0


def test_the_limit_itself_is_allowed():
    """The limit 2/m admits two in a minute and refuses the third."""
    limiter = Limiter(RateLimit(2, 60))
    assert [limiter.exceeded("192.0.2.1", NOON) for _ in range(3)] == [False, False, True]


def test_the_next_window_admits_again():
    """A refused address may come back when the window ends."""
    limiter = Limiter(RateLimit(1, 60))
    assert [limiter.exceeded("192.0.2.1", NOON + later) for later in (0, 1, 60)] == [False, True, False]


def test_one_address_does_not_use_up_anothers():
    """The limit is each address's own."""
    limiter = Limiter(RateLimit(1, 60))
    assert [limiter.exceeded(address, NOON) for address in ("192.0.2.1", "192.0.2.2")] == [False, False]


def test_requests_without_an_address_are_limited_together():
    """No address is no way around the limit."""
    limiter = Limiter(RateLimit(1, 60))
    assert [limiter.exceeded(None, NOON) for _ in range(2)] == [False, True]


def test_one_refusal_in_a_window_is_announced():
    """Only the first refusal of a window is worth a line."""
    limiter = Limiter(RateLimit(1, 60))
    assert [limiter.announce(NOON + later) for later in (0, 1, 59, 60, 61)] == [True, False, False, True, False]


@time_machine.travel(NOON + 20, tick=False)
def test_too_many_get_429_and_are_told_when_to_come_back(client: Client, send):
    """A refusal by rate says how long the window still lasts, and nothing else."""
    statuses = [send(client, "/to/limited/", "github").status_code for _ in range(2)]
    refused = send(client, "/to/limited/", "github")
    assert statuses == [200, 200]
    assert (refused.status_code, refused.headers["Retry-After"], refused.content) == (429, "40", b"")


@time_machine.travel(NOON, tick=False)
def test_a_flood_is_one_line_in_each_window(client: Client, send, lines):
    """The owner hears of a rate that was exceeded once in a window."""
    for _ in range(50):
        send(client, "/to/limited/", "github")
    assert [str(record.rejection.reason) for record in lines] == ["rate_limited"]


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    "junk", [{"headers": {"X-Hub-Signature-256": None}}, {"headers": {"X-Hub-Signature-256": "="}}]
)
def test_T97_junk_uses_the_rate_up_as_well(client: Client, send, junk):
    """The rate is judged before the signature, so it bounds guesses too."""
    statuses = [send(client, "/to/limited/", "github", **junk).status_code for _ in range(3)]
    assert statuses == [400, 400, 429]
