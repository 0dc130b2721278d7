"""Reasons: the Python enum is the engine's table."""

from __future__ import annotations

import pytest

from hookseal import Reason
from hookseal._engine import REASONS


def test_the_members_are_the_engines_codes():
    """Neither side knows a reason that the other lacks, and both keep the same order."""
    assert [code for code, *_ in REASONS] == [reason.value for reason in Reason]


def test_a_member_is_named_after_its_code():
    """`Reason.STALE` is "stale", so nobody has to look the spelling up."""
    assert [reason.value.upper() for reason in Reason] == [reason.name for reason in Reason]


@pytest.mark.parametrize("row", REASONS, ids=lambda row: row[0])
def test_a_reason_tells_its_row(row):
    """Fault, sentence and fix are those of the engine."""
    code, fault, sentence, fix = row
    reason = Reason(code)
    assert (fault, sentence, fix) == (reason.fault, reason.sentence, reason.fix)


def test_a_reason_is_its_code():
    """Logs, comparisons and JSON see the code, on every Python."""
    assert "stale" == Reason.STALE
    assert "stale" == str(Reason.STALE)
    assert "stale" == f"{Reason.STALE}"
