"""What is printed of an explanation: for people, and as what `--json` prints."""

from __future__ import annotations

from dataclasses import asdict
from textwrap import wrap
from typing import Any

from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.explain.causes import Explanation
from hookseal.explain.naming import moment
from hookseal.requests import safe_text, safe_url

__all__ = ["facts", "report"]

_WIDTH = 110


def report(explanation: Explanation, captured: Captured, endpoint: Endpoint, seconds: float) -> str:
    """Say it for people.

    Args:
        explanation: what was found.
        captured: the delivery.
        endpoint: what it was examined for.
        seconds: how long the examination took.
    """
    reason = explanation.reason
    head = [safe_text(endpoint.alias), reason.value if reason else "accepted", moment(captured.received_at)]
    target = safe_url(captured.url).partition("://")[2]
    head.append(f"{safe_text(captured.method)} /{target.partition('/')[2]}")
    lines = ["  ".join([*head, f"{len(captured.body):,} bytes"])]
    said = [(cause.sentence, cause.fix) for cause in explanation.causes]
    if not said and reason is not None:
        said = [(_as_sentence(reason.sentence), _as_sentence(reason.fix))]
    for sentence, fix in said or [("Nothing is wrong with it.", "")]:
        lines += wrap(sentence, _WIDTH, initial_indent="  ", subsequent_indent="  ")
        lines += wrap(f"Fix: {fix}", _WIDTH, initial_indent="  ", subsequent_indent="       ") if fix else []
    bound = " A bound ended the search before all were tried." if explanation.bounded else ""
    tried = f"{explanation.tried:,} combinations tried in {max(round(seconds * 1000), 1)} ms."
    return "\n".join([*lines, f"  {tried}{bound} The expected signature is never shown."])


def facts(explanation: Explanation, endpoint: Endpoint, seconds: float) -> dict[str, Any]:
    """Say it for scripts; the arguments are those of `report`."""
    return {
        "endpoint": endpoint.alias,
        "provider": endpoint.record.name if endpoint.record is not None else None,
        "verdict": "refused" if explanation.reason else "accepted",
        "reason": explanation.reason.value if explanation.reason else None,
        "causes": [asdict(cause) for cause in explanation.causes],
        "tried": explanation.tried,
        "bounded": explanation.bounded,
        "milliseconds": round(seconds * 1000, 1),
    }


def _as_sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
