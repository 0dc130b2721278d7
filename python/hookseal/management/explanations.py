"""How an explanation is told on the command line: what was judged, each cause with its fix, how far was searched."""

from __future__ import annotations

from datetime import datetime, timezone
from urllib.parse import urlsplit

from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.explain import Explanation
from hookseal.management.answer import Answer
from hookseal.management.verdicts import REFUSED
from hookseal.requests import safe_text

__all__ = ["explained"]


def explained(captured: Captured, endpoint: Endpoint, explanation: Explanation, seconds: float) -> Answer:
    """Tell an explanation; the exit code is 0 where the delivery is accepted, else `REFUSED`.

    Args:
        captured: what was judged.
        endpoint: what it was judged for.
        explanation: what came of it.
        seconds: how long that took.
    """
    reason = explanation.reason
    facts = {
        "endpoint": endpoint.alias,
        "provider": endpoint.record.name if endpoint.record is not None else None,
        "verdict": "accepted" if reason is None else "refused",
        "reason": None if reason is None else reason.value,
        "causes": [{"code": each.code, "sentence": each.sentence, "fix": each.fix} for each in explanation.causes],
        "tried": explanation.tried,
        "bounded": explanation.bounded,
        "milliseconds": round(seconds * 1000, 1),
    }
    lines = [_head(captured, endpoint, explanation)]
    if reason is not None and not explanation.causes:
        lines += [f"  {reason.sentence}.", f"  Fix: {reason.fix}."]
    for cause in explanation.causes:
        lines += [f"  {cause.sentence}", f"  Fix: {cause.fix}"]
    if explanation.tried:
        end = " The search ended at its bound." if explanation.bounded else ""
        lines.append(f"  {explanation.tried:,} combinations tried in {facts['milliseconds']} ms.{end}")
    return Answer(facts, "\n".join(lines), 0 if reason is None else REFUSED)


def _head(captured: Captured, endpoint: Endpoint, explanation: Explanation) -> str:
    verdict = "accepted" if explanation.reason is None else explanation.reason.value
    moment = datetime.fromtimestamp(captured.received_at, tz=timezone.utc).isoformat(" ", "seconds")
    request = f"{safe_text(captured.method)} {safe_text(urlsplit(captured.url).path)}"
    return f"{endpoint.alias}  {verdict}  {moment}  {request}  {len(captured.body):,} bytes"
