"""Keyrings: the secrets of an endpoint, read and judged where they stand."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from hookseal import Secret
from hookseal._engine import Record
from hookseal.entry import Entry
from hookseal.keyring import read_credentials, read_keyring
from tests.ids import shown

CANARY = "canary-9d2f4b6a8c0e1357"
OTHER = "canary-7c5e3a1b9d8f6042"
GITHUB = Record.named("github")


def lookup(headers):
    """Find the secrets of a request, as a site's function would."""
    return [CANARY]


def reported(secrets: object) -> list[tuple[str, str]]:
    """Read SECRETS, and list what is reported where."""
    entry = Entry("code", {}, {"code": {"SECRETS": secrets}})
    read_keyring(entry, GITHUB)
    return [(finding.id, finding.path.removeprefix('HOOKSEAL["code"]')) for finding in entry.findings]


@pytest.mark.parametrize(
    ("secrets", "path"),
    [
        ("", '["SECRETS"]'),
        ([""], '["SECRETS"][0]'),
        ((CANARY, ""), '["SECRETS"][1]'),
        ([CANARY, Secret("", label="2025")], '["SECRETS"][1] ("2025")'),
        ([], '["SECRETS"]'),
    ],
    ids=shown,
)
def test_a_finding_names_the_very_entry(secrets, path):
    """Index and label, so that nobody has to count."""
    assert [("E002", path)] == reported(secrets)


@pytest.mark.parametrize("prefix", ["whpk_", "whsec_"])
def test_a_prefix_tells_a_public_key_from_a_secret(prefix: str):
    """With it, nothing is left to ask."""
    secret = f"{prefix}2N2NOrYTKvfPRYWU5evajhKnGJsq81syaBjqXaY70MI="
    entry = Entry("hooks", {}, {"hooks": {"PROVIDER": "standard-webhooks", "SECRETS": [secret]}})
    read_keyring(entry, Record.named("standard-webhooks"))
    assert [finding.id for finding in entry.findings] == []


def test_every_bad_entry_is_reported():
    """Not only the first one."""
    assert [("E002", '["SECRETS"][0]'), ("E006", '["SECRETS"][1]'), ("E003", '["SECRETS"][2]')] == reported(
        ["", 7, "lone \ud800 surrogate here"]
    )


def test_without_a_record_flaws_are_found_all_the_same():
    """An unknown provider does not hide an empty secret; whether a key is weak only its provider can say."""
    entry = Entry("code", {}, {"code": {"SECRETS": ["", "v1,whsec_AAAA"]}})
    read_keyring(entry, None)
    assert ["E002"] == [finding.id for finding in entry.findings]


@pytest.mark.parametrize("secrets", [lookup, f"{__name__}.lookup"], ids=["function", "path"])
def test_a_function_may_find_the_secrets(secrets):
    """Itself or its path; there is nothing to judge before it is asked."""
    entry = Entry("code", {}, {"code": {"SECRETS": secrets}})
    keyring = read_keyring(entry, GITHUB)
    assert ((), [], lookup.__name__) == (keyring.secrets, entry.findings, keyring.lookup.__name__)


@pytest.mark.parametrize("path", ["no_such_module.lookup", f"{__name__}.no_such_function", f"{__name__}.CANARY"])
def test_T59_a_path_that_leads_nowhere_is_an_error(path):
    """It never becomes a secret: whoever read the source could sign with it."""
    entry = Entry("code", {}, {"code": {"SECRETS": path}})
    keyring = read_keyring(entry, GITHUB)
    assert ((), None, ["E003"]) == (keyring.secrets, keyring.lookup, [finding.id for finding in entry.findings])


def test_a_secret_that_looks_like_a_path_stands_in_a_list():
    """That is the way to write it, and the hint of E003 says so."""
    assert [] == reported(["SG.canary_9d2f4b6a8c0e1357"])
    entry = Entry("code", {}, {"code": {"SECRETS": "SG.canary_9d2f4b6a8c0e1357"}})
    read_keyring(entry, GITHUB)
    (finding,) = entry.findings
    assert "put it in a list" in finding.hint
    assert "canary" not in str(finding)


def test_a_function_in_a_list_is_an_error():
    """A list holds secrets."""
    assert [("E006", '["SECRETS"][0]')] == reported([lookup])


@pytest.mark.parametrize(
    ("not_before", "not_after", "ids"),
    [
        (None, None, []),
        (None, date(2026, 12, 31), []),
        (None, date(2026, 12, 5), ["W004"]),
        (None, date(2026, 12, 6), []),
        (None, date(2026, 11, 22), ["W004"]),
        (None, date(2026, 11, 21), ["W004"]),
        (date(2026, 11, 22), None, []),
        (date(2026, 11, 23), None, ["W004"]),
    ],
)
def test_windows_are_judged_by_the_clock(time_machine, not_before, not_after, ids):
    """Ending soon, over, or not begun: each leaves the endpoint without a secret now or in a fortnight."""
    time_machine.move_to(datetime(2026, 11, 22, 12, tzinfo=timezone.utc), tick=False)
    found = reported([Secret(CANARY, not_before=not_before, not_after=not_after)])
    assert ids == [identifier for identifier, _ in found]


def test_an_expired_secret_beside_a_current_one_is_no_finding(time_machine):
    """It stays to tell late senders by name why they are refused."""
    time_machine.move_to(datetime(2026, 11, 22, tzinfo=timezone.utc), tick=False)
    assert [] == reported([OTHER, Secret(CANARY, not_after=date(2026, 1, 1))])


def test_copies_are_reported_at_the_later_one():
    """Each pair once."""
    assert [("W017", '["SECRETS"][2]')] == reported([CANARY, OTHER, CANARY])


def test_default_labels_are_no_copies():
    """Only labels that somebody wrote can be the same."""
    assert [] == reported([CANARY, OTHER])


@pytest.mark.parametrize(
    ("value", "count"), [(None, 0), ("user:" + CANARY, 1), (["user:" + CANARY, "user:" + OTHER], 2)]
)
def test_credentials_are_read(value, count):
    """None means that none are demanded."""
    entry = Entry("code", {}, {"code": {"BASIC_AUTH": value}})
    assert (count, []) == (len(read_credentials(entry)), entry.findings)


def test_credentials_are_judged_where_they_stand():
    """By the rules of Basic."""
    entry = Entry("code", {}, {"code": {"BASIC_AUTH": ["user:" + CANARY, "no-colon-0123456789"]}})
    read_credentials(entry)
    assert [("E003", 'HOOKSEAL["code"]["BASIC_AUTH"][1]')] == [(each.id, each.path) for each in entry.findings]
