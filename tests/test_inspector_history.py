"""What else came to an endpoint, as `explain` reads it."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from hookseal.explain import Past
from hookseal.inspector.history import history
from hookseal.inspector.models import Delivery

pytestmark = pytest.mark.django_db
RECEIVED = datetime(2026, 11, 22, 9, 14, 2, tzinfo=timezone.utc)


def make(**fields: object) -> Delivery:
    """Write a row."""
    known = {
        "endpoint": "stripe",
        "received_at": RECEIVED,
        "method": "POST",
        "url": "",
        "path": "/a/",
        "verdict": "accepted",
    }
    return Delivery.objects.create(**{**known, **fields})


def test_a_row_is_told_as_it_was():
    """Every fact that a cause may be read from."""
    make(
        verdict="refused",
        reason="stale",
        status=400,
        headers=[["authorization", "x"]],
        event_id="evt_1",
        signed_at=RECEIVED,
    )
    moment = RECEIVED.timestamp()
    assert history("stripe") == [
        Past(moment, "refused", "stale", 400, has_authorization=True, path="/a/", event_id="evt_1", signed_at=moment)
    ]


def test_the_newest_comes_first():
    """And no more than are asked for; not the one that is explained."""
    rows = [make(path=f"/{number}/") for number in range(4)]
    assert [past.path for past in history("stripe", but=rows[3], most=2)] == ["/2/", "/1/"]


def test_only_a_sender_s_own_deliveries_count():
    """Not those of other endpoints, what was caught or greeted, nor what the owner sent again."""
    make(endpoint="github")
    make(verdict="caught")
    make(verdict="handshake")
    first = make(path="/first/")
    make(replay_of=first)
    assert [past.path for past in history("stripe")] == ["/first/"]
