"""The addresses that providers publish: facts with a source and a date, in a form that can be used."""

from __future__ import annotations

import json
from datetime import date

import pytest

from hookseal._engine import Networks, Record, RecordError
from hookseal.ranges import published, publishers
from hookseal.schemes import token

every_list = pytest.mark.parametrize("name", publishers())


def test_the_lists_that_are_known():
    """They stand in the providers' own records; the others have none."""
    assert publishers() == ("brevo", "github", "postmark", "sparkpost", "stripe")
    assert published(Record.named("slack")) is None


@every_list
def test_a_list_has_a_source_and_a_date(name: str):
    """So that its reader can judge how old it is."""
    known = published(Record.named(name))
    assert known.source
    assert date(2026, 1, 1) < date.fromisoformat(known.date)


@every_list
def test_a_list_is_written_down_or_can_be_had(name: str):
    """What changes is fetched by its reader; what a program prints is in a form that is read."""
    known = published(Record.named(name))
    Networks(known.ranges)
    assert (known.form == "page") == (known.fetch is None)
    assert (known.form == "json") == (known.key is not None)


def test_T82_a_record_with_a_wrong_range_does_not_compile():
    """A list that nobody could use is an error where it is written."""
    record = json.loads(token(header="X-Token").json())
    record["addresses"] = {"source": "s", "form": "page", "date": "2026-11-22", "ranges": ["192.0.2.0/33"]}
    with pytest.raises(RecordError, match="addresses: range 1"):
        Record.from_json("acme", json.dumps(record))
