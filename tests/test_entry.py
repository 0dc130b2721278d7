"""Entries: where a setting is looked up, and what is said of keys that nobody knows."""

from __future__ import annotations

import pytest

from hookseal.entry import Entry, Given, Keywords
from hookseal.settings import MAX_BODY, SECRETS, TOLERANCE
from tests.ids import shown

CANARY = "canary-9d2f4b6a8c0e1357"


@pytest.mark.parametrize(
    ("keywords", "own", "shared", "value", "path"),
    [
        ({"max_body": 1}, {"MAX_BODY": 2}, {"MAX_BODY": 3}, 1, '@webhook("acme", max_body=...)'),
        ({}, {"MAX_BODY": 2}, {"MAX_BODY": 3}, 2, 'HOOKSEAL["acme"]["MAX_BODY"]'),
        ({}, {}, {"MAX_BODY": 3}, 3, 'HOOKSEAL["*"]["MAX_BODY"]'),
    ],
)
def test_the_nearest_value_holds(keywords, own, shared, value, path):
    """Keyword over endpoint over "*"."""
    entry = Entry("acme", keywords, {"*": shared, "acme": own})
    assert Given(value, path) == entry.find(MAX_BODY)
    assert (value, path) == (entry.read(MAX_BODY), entry.path(MAX_BODY))


def test_the_default_holds_where_nothing_is_given():
    """And the path is where the setting would be written."""
    entry = Entry("acme", {}, {"acme": {}})
    assert entry.find(MAX_BODY) is None
    assert (MAX_BODY.default, 'HOOKSEAL["acme"]["MAX_BODY"]') == (entry.read(MAX_BODY), entry.path(MAX_BODY))


def test_none_is_a_value():
    """An explicit None is not the same as nothing."""
    assert Given(None, 'HOOKSEAL["acme"]["TOLERANCE"]') == Entry("acme", {}, {"acme": {"TOLERANCE": None}}).find(
        TOLERANCE
    )


def test_a_value_that_cannot_be_is_reported_where_it_stands():
    """The default stands in, but the entry has an error."""
    entry = Entry("acme", {}, {"acme": {"MAX_BODY": 0}})
    assert MAX_BODY.default is entry.read(MAX_BODY)
    (finding,) = entry.findings
    assert ("E006", 'HOOKSEAL["acme"]["MAX_BODY"]') == (finding.id, finding.path)
    assert entry.has_errors


@pytest.mark.parametrize(
    ("keywords", "own", "shared", "path", "hint"),
    [
        ({"tolerence": 5}, {}, {}, '@webhook("acme", tolerence=...)', 'Did you mean "tolerance"?'),
        ({"TOLERANCE": 5}, {}, {}, '@webhook("acme", TOLERANCE=...)', 'Did you mean "tolerance"?'),
        ({}, {"TOLERENCE": 5}, {}, 'HOOKSEAL["acme"]["TOLERENCE"]', 'Did you mean "TOLERANCE"?'),
        ({}, {"tolerance": 5}, {}, 'HOOKSEAL["acme"]["tolerance"]', 'Did you mean "TOLERANCE"?'),
        ({}, {}, {"SECRET": 5}, 'HOOKSEAL["*"]["SECRET"]', 'Did you mean "SECRETS"?'),
    ],
)
def test_an_unknown_key_is_reported_with_the_nearest_spelling(keywords, own, shared, path, hint):
    """A misspelt HTTPS or TOLERANCE must not silently be nothing."""
    (finding,) = Entry("acme", keywords, {"*": shared, "acme": own}).findings
    assert ("E001", path, hint) == (finding.id, finding.path, finding.hint)


@pytest.mark.parametrize("alias", ["acne", "", "*", None, "acme ", "Acme"])
def test_T58_an_alias_that_the_settings_lack_is_reported(alias):
    """With the nearest one; nothing else is said of an endpoint that does not exist."""
    entry = Entry(alias, {}, {"*": {"SECRETS": [CANARY]}, "acme": {}})
    (finding,) = entry.findings
    assert ("E004", False) == (finding.id, entry.exists)


def test_other_keywords_do_not_make_one():
    """A misspelt alias stays an error, whatever else the decorator says."""
    entry = Entry("acne", {"max_body": 5}, {"*": {"SECRETS": [CANARY]}, "acme": {}})
    assert (False, ["E004"]) == (entry.exists, [finding.id for finding in entry.findings])


def test_T44_keywords_show_no_values():
    """The frame of the decorator has them as a variable while the view runs."""
    keywords = Keywords({"secrets": [CANARY], "max_body": 5})
    assert {"secrets": [CANARY], "max_body": 5} == dict(keywords)
    assert "<Keywords secrets, max_body>" == repr(keywords)


def test_keywords_alone_make_an_endpoint():
    """A decorator that brings the secrets needs no entry in the settings."""
    entry = Entry("acme", {"secrets": [CANARY]}, {})
    assert (True, []) == (entry.exists, entry.findings)
    assert Given([CANARY], '@webhook("acme", secrets=...)') == entry.find(SECRETS)


@pytest.mark.parametrize("hookseal", [None, [], "acme", [("acme", {})]], ids=shown)
def test_settings_of_another_shape_are_reported_once(hookseal):
    """HOOKSEAL is one dict of dicts."""
    (finding,) = Entry("acme", {}, hookseal).findings
    assert ("E006", "HOOKSEAL") == (finding.id, finding.path)


@pytest.mark.parametrize(
    ("hookseal", "path"), [({"acme": CANARY}, 'HOOKSEAL["acme"]'), ({"acme": {}, "*": []}, 'HOOKSEAL["*"]')]
)
def test_T56_an_entry_of_another_shape_is_reported_without_its_value(hookseal, path):
    """The value may be a secret."""
    entry = Entry("acme", {}, hookseal)
    (finding,) = entry.findings
    assert ("E006", path, False) == (finding.id, finding.path, entry.exists)
    assert CANARY not in str(finding)
