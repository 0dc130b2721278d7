"""How an explanation is told on the command line: what was judged, each cause with its fix, how far was searched."""

from __future__ import annotations

from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.explain import Explanation
from hookseal.explain.report import facts, report
from hookseal.management.answer import Answer
from hookseal.management.verdicts import REFUSED

__all__ = ["explained"]


def explained(captured: Captured, endpoint: Endpoint, explanation: Explanation, seconds: float) -> Answer:
    """Tell an explanation; the exit code is 0 where the delivery is accepted, else `REFUSED`.

    Args:
        captured: what was judged.
        endpoint: what it was judged for.
        explanation: what came of it.
        seconds: how long that took.
    """
    text = report(explanation, captured, endpoint, seconds)
    return Answer(facts(explanation, endpoint, seconds), text, 0 if explanation.reason is None else REFUSED)
