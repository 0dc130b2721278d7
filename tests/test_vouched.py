"""Fields of the body that a shared secret vouches for: weak ids and times."""

from __future__ import annotations

import json
import time

import pytest
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from hookseal.conf import endpoint
from hookseal.schemes import Form, Header, Json, basic
from tests.counted import Counted
from tests.site import views
from tests.site.settings import HOOKSEAL

DAY = 86_400
SPELLINGS = {
    "s": int,
    "ms": lambda at: int(at * 1000),
    "iso8601": lambda at: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
}
WHSEC = "whsec_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u"


@pytest.fixture
def vouch(settings):
    """Configure the partner, who shares a secret: `vouch(EVENT_ID="/ID")`."""

    def configure(**entry: object):
        settings.MIDDLEWARE = []
        settings.HOOKSEAL = {"partner": HOOKSEAL["partner"] | {"REPLAY": "memory", **entry}}
        return endpoint("partner")

    return configure


@pytest.mark.parametrize("provider", ["basic", basic()])
def test_T87_a_vouched_id_makes_a_delivery_one(vouch, deliver, provider: object):
    """For senders of the catalog and of the site's own; the receipt says that the id is weak."""
    vouch(PROVIDER=provider, EVENT_ID="/data/ID")
    seen = []
    counted = Counted(lambda request: seen.append((request.webhook.event_id, request.webhook.weak)), "partner")
    for number in (1, 1, 2):
        deliver(counted.guarded, json.dumps({"data": {"ID": number}, "at": time.time()}).encode(), "partner")
    assert [("1", True), ("2", True)] == seen


@pytest.mark.parametrize("body", [b"{}", b'{"ID":""}', b"[]"])
def test_a_body_without_the_id_is_handled_each_time(vouch, deliver, body: bytes):
    """Nothing tells it from another one."""
    vouch(EVENT_ID="/ID")
    counted = Counted(alias="partner")
    for _ in range(2):
        deliver(counted.guarded, body, "partner")
    assert 2 == counted.runs


@pytest.mark.parametrize("body", [b"", b"no json", b'{"ID":1,"ID":2}', b'{"ID":null}', b"\xff"])
def test_a_body_that_cannot_be_read_is_refused(client: Client, send, vouch, body: bytes, lines):
    """By the engine's own reader, which takes no two texts for one."""
    vouch(EVENT_ID="/ID")
    assert 400 == send(client, "/to/partner/", "partner", body).status_code
    assert [] == views.handled


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", MULTIPART_CONTENT])
def test_a_field_of_a_form_is_an_id_too(client: Client, send, vouch, content_type: str):
    """Urlencoded or multipart."""
    vouch(EVENT_ID=Form("id"))
    for number, answer in (("1", b'{"id": ["1"]}'), ("1", b""), ("2", b'{"id": ["2"]}')):
        body = f"id={number}".encode()
        body = encode_multipart(BOUNDARY, {"id": number}) if content_type == MULTIPART_CONTENT else body
        assert answer == send(client, "/fields/", "partner", body, content_type=content_type).content


@pytest.mark.parametrize(("age", "status"), [(0, 200), (599, 200), (602, 400), (-599, 200), (-602, 400)])
@pytest.mark.parametrize("unit", SPELLINGS)
def test_a_vouched_time_is_judged(client: Client, send, vouch, *, age: int, status: int, unit: str):
    """Both sides, in any of its spellings."""
    vouch(EVENT_TIME=Json("/at"), MAX_AGE=600)
    body = json.dumps({"at": SPELLINGS[unit](time.time() - age)}).encode()
    assert status == send(client, "/to/partner/", "partner", body).status_code


@pytest.mark.parametrize("body", [b"{}", b'{"at":""}', b'{"at":"yesterday"}', b'{"at":12}'])
def test_a_body_without_the_time_is_refused(client: Client, send, vouch, body: bytes):
    """Else an old delivery would pass by leaving it out."""
    vouch(EVENT_TIME="/at")
    assert 400 == send(client, "/to/partner/", "partner", body).status_code


def test_without_max_age_the_last_retry_counts(vouch):
    """Postmark retries for 10.5 hours; where nothing is known, a day."""
    assert 37_800 == vouch(PROVIDER="postmark", EVENT_TIME="/at").tolerance
    assert DAY == vouch(EVENT_TIME="/at").tolerance


def test_without_vouched_fields_the_body_streams(vouch):
    """As ever."""
    assert (False, True) == (vouch().reads_body, vouch(EVENT_ID="/ID").reads_body)


@pytest.mark.parametrize(
    ("entry", "setting"),
    [
        ({"MAX_AGE": 60}, "MAX_AGE"),
        ({"EVENT_ID": "ID"}, "EVENT_ID"),
        ({"EVENT_ID": Header("X-Id")}, "EVENT_ID"),
        ({"EVENT_TIME": 7}, "EVENT_TIME"),
        ({"PROVIDER": "github", "EVENT_ID": "/id"}, "EVENT_ID"),
        (
            {"PROVIDER": "stripe", "SECRETS": [WHSEC], "EVENT_TIME": "/t"},
            "EVENT_TIME",
        ),
    ],
)
def test_E006_what_cannot_be_vouched_for(vouch, entry: dict, setting: str):
    """A signing sender, a header, no pointer, an age of nothing."""
    built = vouch(**entry)
    assert [("E006", f'HOOKSEAL["partner"]["{setting}"]')] == [(each.id, each.path) for each in built.errors]


def test_replay_true_with_a_vouched_id_is_right(vouch):
    """There is something to tell deliveries apart by."""
    assert () == vouch(REPLAY=True, EVENT_ID="/ID").warnings


def test_a_vouched_event_that_failed_comes_again(vouch, deliver):
    """As everywhere."""
    vouch(EVENT_ID="/ID")
    statuses = [200, 500]
    counted = Counted(lambda _: HttpResponse(status=statuses.pop()), "partner")
    for _ in range(3):
        deliver(counted.guarded, b'{"ID":1}', "partner")
    assert 2 == counted.runs
