"""The addresses that providers publish: facts with a source and a date, in a form that can be used."""

from __future__ import annotations

from datetime import date

import pytest

from hookseal import providers
from hookseal._engine import Networks
from hookseal.ranges import PUBLISHED

every_list = pytest.mark.parametrize("name", PUBLISHED)


@every_list
def test_a_list_belongs_to_a_provider(name: str):
    """Under its name in the catalog."""
    assert name in providers()


@every_list
def test_a_list_has_a_source_and_a_date(name: str):
    """So that its reader can judge how old it is."""
    published = PUBLISHED[name]
    assert published.source
    assert date(2026, 1, 1) < date.fromisoformat(published.date)


@every_list
def test_a_list_is_written_down_or_can_be_had(name: str):
    """What changes is fetched by its reader; what a program prints is in a form that is read."""
    published = PUBLISHED[name]
    Networks(published.ranges)
    assert published.ranges or published.source
    assert (published.form == "page") == (published.fetch is None)
    assert (published.form == "json") == (published.key is not None)
