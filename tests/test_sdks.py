"""Differential tests against the senders' own packages, both ways, and with each of many bits changed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec

import pytest
import time_machine

from tests.flips import Change, Request, flips, spells_the_same
from tests.sdks import envelopes, heavy, heavy_timed, light
from tests.sdks.model import NOW, Sdk

MAKERS = light.MAKERS | envelopes.MAKERS | heavy.MAKERS | heavy_timed.MAKERS
INSTALLED = [name for name, (package, _) in MAKERS.items() if find_spec(package)]
ABSENT = sorted({package for package, _ in MAKERS.values() if not find_spec(package)})
FLIPS = 200
"""Changes that are tried of each message: some packages need a millisecond for one."""

pytestmark = pytest.mark.filterwarnings("ignore")  # what their packages warn of is their own affair
every_sdk = pytest.mark.parametrize("name", INSTALLED)


@pytest.fixture(autouse=True, scope="module")
def _clock() -> Iterator[None]:
    """Stop the clock, which the packages read for themselves."""
    with time_machine.travel(NOW, tick=False):
        yield


@cache
def sdk(name: str) -> Sdk:
    """Make an SDK ready; where its package does not run on this Python, skip by name."""
    try:
        return MAKERS[name][1]()
    except ImportError as error:
        pytest.skip(f"{name}: {error}")


def ours(theirs: Sdk, request: Request) -> bool:
    """Hear ours."""
    return theirs.receiver.reason(request.headers, request.body, NOW, request.method, request.url) is None


@every_sdk
def test_what_they_sign_we_accept(name: str):
    """Their package's delivery passes our verifier, and their own."""
    theirs = sdk(name)
    for body in theirs.bodies:
        request = theirs.sign(body)
        assert theirs.verdict(request)
        assert ours(theirs, request)


@every_sdk
def test_what_we_sign_they_accept(name: str):
    """Our signer's delivery passes their verifier, and our own."""
    theirs = sdk(name)
    requests = [theirs.ours(body) for body in theirs.bodies]
    assert all(ours(theirs, request) for request in requests)
    assert [not theirs.mute] * len(requests) == [theirs.verdict(request) for request in requests]


@every_sdk
def test_of_a_changed_bit_both_think_the_same(name: str):
    """A flipped bit makes both refuse, or neither; the places in which one reads more spellings are named."""
    theirs = sdk(name)
    receiver, request = theirs.receiver, theirs.sign(theirs.bodies[0])
    every = [each for each in flips(request, receiver.reads) if each.place not in {"method", "content-type"}]
    chosen = random.Random(name).sample(every, min(FLIPS, len(every)))  # noqa: S311 - which ones are tried
    mild, strict = [], []
    for change in chosen:
        accepted, taken = ours(theirs, change.request), theirs.verdict(change.request)
        if accepted and not taken and change.place not in theirs.stricter and not spells_the_same(change):
            mild.append(change)
        if taken and not accepted and change.place not in theirs.looser and not spells_the_same(change):
            strict.append(change)
    assert ([], []) == (told(mild), told(strict))


def told(changes: list[Change]) -> list[str]:
    """Name changes, for a person who reads why a test failed."""
    return [str(change) for change in changes]


def test_every_sdk_is_installed():
    """Those that are not have their own target."""
    if ABSENT:
        pytest.skip(f"not installed: {', '.join(ABSENT)} (make test-sdks)")
