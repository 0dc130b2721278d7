"""Every mistake is named: each is built as it really happens, and its cause must come first."""

from __future__ import annotations

from collections import Counter

import pytest

from hookseal.explain import CAUSES, explain
from tests.mistakes import MISTAKES, PLAIN, WHSEC, Mistake

every_mistake = pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: f"{each.cause}-{each.name}")


@every_mistake
def test_a_mistake_is_named(mistake: Mistake):
    """The cause that was built comes first, and it is the only one where it is the only mistake."""
    captured, endpoint, words = mistake.make()
    explained = explain(captured, endpoint, **words)
    assert [cause.code for cause in explained.causes] == [mistake.cause], explained
    assert not explained.bounded


@every_mistake
def test_what_is_said_holds_no_secret(mistake: Mistake):
    """Neither a secret nor a signature stands in what is said."""
    captured, endpoint, words = mistake.make()
    said = repr(explain(captured, endpoint, **words))
    assert PLAIN not in said
    assert WHSEC.removeprefix("whsec_") not in said


def test_every_cause_has_its_mistake():
    """Each code of the table is built; those that need a site's addresses or clock, in `test_explain`."""
    built = {mistake.cause for mistake in MISTAKES}
    assert set(CAUSES) - built == {"clock_skew", "proxy_hops"}


def test_there_are_many_mistakes_of_many_providers():
    """At least 40 mistakes, of at least 10 providers."""
    providers = Counter(mistake.make()[1].record.name for mistake in MISTAKES)
    assert len(MISTAKES) >= 40
    assert len(providers) >= 10
