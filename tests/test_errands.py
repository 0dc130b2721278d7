"""Errands: run once for all who wait, remembered, renewed, and bounded."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from hookseal import WebhookRejected
from hookseal.errands import BUDGET, MOST_KNOWN, PAUSE, Errand, Errands, Withdrawn
from hookseal.https import SECONDS, Unreachable


class Far:
    """What is fetched from: counts, waits at a gate, and fails while it is down."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down: Exception | None = None
        self.gate, self.reached = threading.Event(), threading.Event()
        self.gate.set()
        self.now = 1000.0
        self.errands = Errands(self.fetch, lambda: self.now)

    def fetch(self, url: str, _body: bytes | None) -> bytes:
        """Give back the URL and how often anything was asked."""
        self.asked.append(url)
        self.reached.set()
        assert self.gate.wait(20)
        if self.down is not None:
            raise self.down
        return f"{url} {len(self.asked)}".encode()

    def run(self, url: str = "a", **changes) -> str:
        """Run an errand here."""
        return self.errands.run(errand(url, **changes))

    def reason(self, url: str = "a", **changes) -> str:
        """Run an errand that fails, and name the reason and what is said about it."""
        with pytest.raises(WebhookRejected) as refused:
            self.run(url, **changes)
        return f"{refused.value.reason} ({refused.value.detail})"

    def attempt(self) -> None:
        """Run an errand, however it ends."""
        with suppress(WebhookRejected):
            self.run()

    def settle(self) -> None:
        """Wait until nothing is under way."""
        for flight in list(self.errands._flights.values()):
            flight.landing.result(20)


@pytest.fixture
def far() -> Far:
    """Make a far server and errands to it."""
    return Far()


def errand(url: str, **changes) -> Errand:
    """Make an errand to a URL, whose answer is a text."""
    return Errand(**{"source": "sns", "name": url, "url": url, "read": bytes.decode, "fresh": 100.0, **changes})


SPENT = "key_unavailable (sns: the budget for fetching is spent)"
DOWN = "key_unavailable (sns: status 500)"


def test_an_answer_is_remembered(far: Far):
    """As long as it is fresh, nothing more is asked."""
    assert [far.run() for _ in range(3)] == ["a 1"] * 3
    far.now += 99
    assert far.run() == "a 1"


def test_answers_are_told_apart_by_name(far: Far):
    """Not by the URL, where that is the same for many."""
    assert far.run() == "a 1"
    assert far.run(name="b") == "a 2"


def test_T42_many_who_wait_make_one_request(far: Far):
    """64 threads that want the same: one request, and all of them get its answer."""
    far.gate.clear()
    with ThreadPoolExecutor(64) as pool:
        waiting = [pool.submit(far.run) for _ in range(64)]
        far.gate.set()
        assert {future.result(20) for future in waiting} == {"a 1"}
    assert far.asked == ["a"]


async def test_T42_many_coroutines_that_wait_make_one_request(far: Far):
    """In the event loop as well, and together with threads; the loop goes on meanwhile."""
    far.gate.clear()
    waiting = [asyncio.ensure_future(far.errands.arun(errand("a"))) for _ in range(64)]
    waiting.append(asyncio.ensure_future(asyncio.to_thread(far.run)))
    await asyncio.to_thread(far.reached.wait, 20)
    assert not any(task.done() for task in waiting)
    far.gate.set()
    assert set(await asyncio.gather(*waiting)) == {"a 1"}
    assert far.asked == ["a"]


async def test_one_who_goes_away_takes_nothing_from_the_others(far: Far):
    """A cancelled view does not cancel what others wait for."""
    far.gate.clear()
    gone, waiting = (asyncio.ensure_future(far.errands.arun(errand("a"))) for _ in range(2))
    await asyncio.to_thread(far.reached.wait, 20)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    far.gate.set()
    assert await waiting == "a 1"


def test_T42_a_failure_is_not_asked_again_at_once(far: Far):
    """An outage costs one request in ten seconds, however many deliveries want the key."""
    far.down = Unreachable("status 500")
    assert {far.reason() for _ in range(20)} == {DOWN}
    assert far.asked == ["a"]
    far.down = None
    far.now += PAUSE
    assert far.run() == "a 2"


async def test_a_failure_is_one_in_the_event_loop_too(far: Far):
    """The same reason, for whoever awaits it."""
    far.down = Unreachable("status 500")
    with pytest.raises(WebhookRejected, match="status 500"):
        await far.errands.arun(errand("a"))


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (Unreachable("no answer in time"), "no answer in time"),
        (ValueError("evil\r\ntext"), "the answer is not what was asked for"),
        (OSError("evil\r\ntext"), "OSError"),
        (RecursionError("evil\r\ntext"), "RecursionError"),
    ],
)
def test_a_failure_says_what_happened_and_nothing_more(far: Far, raised: Exception, said: str):
    """Nothing that a stranger wrote gets into the log."""
    far.down = raised
    assert far.reason() == f"key_unavailable (sns: {said})"


def test_T42_strangers_run_into_a_budget(far: Far):
    """1000 locations that nobody knows: ten requests, and one more for each ten seconds."""
    far.down = Unreachable("status 403")
    reasons = [far.reason(f"bogus {number}") for number in range(1000)]
    assert len(far.asked) == BUDGET
    assert reasons.count(SPENT) == 1000 - BUDGET
    far.now += 3 * PAUSE
    for number in range(1000):
        far.reason(f"other {number}")
    assert len(far.asked) == BUDGET + 3


def test_T42_what_is_known_is_renewed_though_the_budget_is_spent(far: Far):
    """Strangers cannot make a known key grow old."""
    assert far.run(fresh=PAUSE / 2) == "a 1"
    for number in range(BUDGET - 1):
        far.run(f"b{number}")
    far.now += PAUSE / 2
    assert far.reason("stranger") == SPENT
    assert far.run() == "a 1"
    far.settle()
    assert far.run() == f"a {BUDGET + 1}"


def test_each_source_has_a_budget_of_its_own(far: Far):
    """Strangers who pose as one provider take nothing from another."""
    far.down = Unreachable("status 403")
    for number in range(BUDGET):
        far.reason(f"bogus {number}")
    far.down = None
    assert far.reason() == SPENT
    assert far.run(source="plaid").startswith("a ")


def test_what_is_old_is_used_while_it_is_renewed(far: Far):
    """Nobody waits for the renewal of a key."""
    far.run()
    far.now += 100
    far.gate.clear()
    assert [far.run() for _ in range(10)] == ["a 1"] * 10
    far.gate.set()
    far.settle()
    assert far.run() == "a 2"
    assert far.asked == ["a", "a"]


def test_what_cannot_be_renewed_is_used_until_it_is_too_old(far: Far):
    """A short outage is noticed by nobody; a long one is."""
    far.run()
    far.down = Unreachable("status 500")
    far.now += 150
    for _ in range(3):
        assert far.run() == "a 1"
        far.settle()
    assert far.asked == ["a", "a"]
    far.now += 50
    assert far.reason() == DOWN


def test_what_was_withdrawn_is_used_no_more(far: Far):
    """The provider's word that a key is void counts more than our memory of it."""
    far.run()
    far.down = Withdrawn()
    far.now += 100
    far.run()
    far.settle()
    assert far.reason() == "unknown_key (sns: withdrawn by its owner)"


def test_nobody_waits_longer_than_a_request_may_take(far: Far):
    """Where the system's resolver hangs, which heeds no deadline of ours; who comes later waits even less."""
    far.gate.clear()
    first = threading.Thread(target=far.attempt)
    first.start()
    far.reached.wait(20)
    far.now += SECONDS
    assert far.reason() == "key_unavailable (sns: no answer in time)"
    far.gate.set()
    first.join(20)


async def test_nobody_awaits_longer_than_a_request_may_take(far: Far):
    """The same in the event loop."""
    far.gate.clear()
    first = asyncio.ensure_future(far.errands.arun(errand("a")))
    await asyncio.to_thread(far.reached.wait, 20)
    far.now += SECONDS
    with pytest.raises(WebhookRejected, match="no answer in time"):
        await far.errands.arun(errand("a"))
    far.gate.set()
    assert await first == "a 1"


def test_T76_what_is_remembered_is_bounded(far: Far):
    """The answer that was used longest ago makes room."""
    for number in range(MOST_KNOWN + 10):
        far.now += PAUSE
        far.run(f"b{number}", fresh=1e6)
        far.run("b0", fresh=1e6)
    assert len(far.errands._known) == MOST_KNOWN
    assert far.run("b0") == "b0 1"
    asked = len(far.asked)
    far.run("b1", fresh=1e6)
    assert len(far.asked) == asked + 1


def test_T76_failures_are_forgotten(far: Far):
    """They push nothing out that is known."""
    far.run(fresh=1e6)
    far.down = Unreachable("status 403")
    for number in range(3 * MOST_KNOWN):
        far.now += PAUSE
        far.reason(f"bogus {number}")
    assert len(far.errands._known) == 2
    assert far.run() == "a 1"


def test_where_no_thread_starts_the_sender_is_asked_again(far: Far, monkeypatch):
    """As at the end of the process; and nothing is left behind that would wait for it."""

    def fail(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    assert far.reason() == "key_unavailable (sns: no thread can be started)"
    monkeypatch.undo()
    assert far.run() == "a 1"


def test_what_is_posted_is_not_shown():
    """A body may hold the site's own secret at a provider."""
    assert "hush" not in repr(errand("a", body=b"hush"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_starts_over(far: Far):
    """In the middle of a request of the parent's, with its lock held: the child neither waits nor remembers."""
    far.gate.clear()
    threading.Thread(target=far.run, daemon=True).start()
    far.reached.wait(20)
    with far.errands._lock:
        child = os.fork()
        if child == 0:
            far.gate.set()
            os._exit(0 if far.run() == "a 2" else 1)
    assert os.waitpid(child, 0)[1] == 0
    far.gate.set()
    far.settle()
