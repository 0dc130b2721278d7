"""The benchmark's judgement: whom it times, how it compares, when a gate holds. Nothing here is timed."""

from __future__ import annotations

import json

import pytest

from benches.compare import Figures, excess, ratio
from benches.gates import ADD, CONTROL, EXPLAIN, GATES, PUBLIC_KEYS, SERVERS, Outcome, outcomes
from benches.measure import Timing, UnprovenError, contender
from benches.messages import SIZES, body_of, stripe
from benches.store_rows import ROWS

GROUPS = {*SIZES, *SERVERS, PUBLIC_KEYS, EXPLAIN, "basic", "no middleware", "default middleware", "direct", "async"}


def refuse(verdict):
    """Judge as told: an exception refuses."""
    if not verdict:
        raise PermissionError
    return verdict


def figures(median, of_minima):
    """Make a comparison of which only the two judged figures matter."""
    return Figures(median, median, median, of_minima)


@pytest.mark.parametrize(("good", "bad"), [(True, True), (False, False)])
def test_an_unproven_contender_is_an_error(good, bad):
    """Whoever accepts a bad signature or refuses a good one is not timed."""
    with pytest.raises(UnprovenError):
        contender("blind", "verdict", {"verdict": good}, {"verdict": bad})


def test_a_contender_that_breaks_is_no_refusal():
    """An exception other than the refusal is a fault of the benchmark, not a verdict."""
    names = {"refuse": refuse}
    with pytest.raises(PermissionError):
        contender("broken", "refuse(verdict)", names | {"verdict": True}, names | {"verdict": False}, LookupError)


def test_a_proven_contender_is_timed():
    """A contender that judges both messages rightly runs as often as it is told to."""
    calls = []
    names = {"calls": calls, "refuse": refuse}
    good, bad = names | {"verdict": True}, names | {"verdict": False}
    made = contender("sound", "calls.append(refuse(verdict))", good, bad, PermissionError)
    calls.clear()
    made.chunk(5)
    assert calls == [True] * 5


@pytest.mark.parametrize("size", SIZES.values())
def test_a_body_has_the_size_it_is_named_after(size):
    """Sizes in the tables are exact, in ASCII and beyond; every body that is not empty is JSON."""
    for body in (body_of(size), body_of(size, "\u00e9")):
        assert len(body) == size
        assert not body or json.loads(body)["id"].startswith("evt_")


def test_a_spoilt_message_differs_in_one_character():
    """The bad message is the good one but for a single digit of its signature."""
    good = stripe(b"{}", "whsec_test")
    bad = good.spoilt("stripe-signature")
    pairs = zip(good.headers["stripe-signature"], bad.headers["stripe-signature"], strict=True)
    assert sum(left != right for left, right in pairs) == 1
    assert bad.body == good.body


def test_a_ratio_is_taken_round_by_round():
    """The median is that of the rounds' ratios; the minima are compared on their own."""
    timings = {"peer": Timing((30.0, 40.0, 90.0)), "ours": Timing((10.0, 20.0, 30.0))}
    made = ratio(timings, "peer", "ours")
    assert (made.median, made.of_minima) == (3.0, 3.0)


def test_the_base_is_taken_off_both():
    """What a decorator adds is compared without what the view costs anyway."""
    timings = {"peer": Timing((130.0,) * 2), "ours": Timing((110.0,) * 2), "bare": Timing((100.0,) * 2)}
    assert ratio(timings, "peer", "ours", base="bare").median == 3.0
    assert excess(timings, "ours", "bare").median == 10.0


@pytest.mark.parametrize(("median", "of_minima", "holds"), [(9, 9, True), (9, 8.9, False), (8.9, 9, False)])
def test_a_gate_wants_both_figures(median, of_minima, holds):
    """Median and minima must both reach the limit, as each is blind to what disturbs the other."""
    gate = next(gate for gate in GATES if gate.side == "at least" and gate.limit == 9)
    assert gate.holds(figures(median, of_minima)) is holds


def test_a_ceiling_is_no_floor():
    """Where the figures must not exceed the limit, more is a failure."""
    gate = next(gate for gate in GATES if gate.side == "at most")
    assert gate.holds(figures(gate.limit, gate.limit))
    assert not gate.holds(figures(gate.limit, gate.limit * 1.01))


@pytest.mark.parametrize(
    ("control", "verdict"), [(100.0, "pass"), (124.0, "pass"), (126.0, "absent"), (79.0, "absent")]
)
def test_what_waits_is_judged_only_beside_its_control(control, verdict):
    """Where the same call takes another time, the machine was too busy to say anything."""
    times = {ADD: 100.0, CONTROL: control, "memory: claim": 20.0}
    results = {"LocMem": {name: Timing((time, time)) for name, time in times.items()}}
    assert verdict == next(each.verdict for each in outcomes(results) if each.gate.group == "LocMem")


def test_every_server_has_its_rows():
    """Each over a store that knows afterwards what it has handled."""
    assert set(SERVERS) == set(ROWS)


def test_a_gate_without_figures_neither_passes_nor_fails():
    """A build without yardsticks says so, instead of passing."""
    assert Outcome(GATES[0], None).verdict == "absent"


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: f"{gate.goal}-{gate.group}-{gate.comparison.what}")
def test_every_gate_belongs_to_a_group(gate):
    """No gate is absent for a misspelt group."""
    assert gate.group in GROUPS
