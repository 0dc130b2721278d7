"""What a tool says of a captured request that was judged anew: for people, for scripts, and as an exit code."""

from __future__ import annotations

from typing import Any

from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.exceptions import WebhookRejected
from hookseal.handshakes import Greeting
from hookseal.management.answer import Answer
from hookseal.pipeline import Verdict
from hookseal.receipt import Receipt
from hookseal.requests import safe_text
from hookseal.rotation import utc
from hookseal.trial import judge

__all__ = ["REFUSED", "tell"]

REFUSED = 3
"""The exit code where a delivery is, or would be, refused."""


def tell(captured: Captured, endpoint: Endpoint, *, address: str = "", now: float | None = None) -> Answer:
    """Judge a captured request, and say what came of it.

    Args:
        captured: the request.
        endpoint: what it is judged for.
        address: the client's address, where it is known.
        now: the clock in Unix seconds; left out: when the request was received.
    """
    try:
        verdict = judge(captured, endpoint, address=address, now=now)
    except WebhookRejected as rejection:
        return _refused(endpoint, rejection)
    return _accepted(endpoint, verdict)


def _refused(endpoint: Endpoint, rejection: WebhookRejected) -> Answer:
    reason = rejection.reason
    facts = {
        **_subject(endpoint, "refused"),
        "reason": reason.value,
        "fault": reason.fault,
        "sentence": reason.sentence,
        "detail": rejection.detail,
        "fix": reason.fix,
    }
    detail = f" ({rejection.detail})" if rejection.detail else ""
    lines = [f"refused [{reason}]  {_named(endpoint)}", f"  {reason.sentence}{detail}.", f"  Fix: {reason.fix}."]
    return Answer(facts, "\n".join(lines), REFUSED)


def _accepted(endpoint: Endpoint, verdict: Verdict) -> Answer:
    if isinstance(verdict, Greeting):
        name = verdict.reply.name if verdict.reply is not None else "probe"
        facts = {**_subject(endpoint, "handshake"), "handshake": name}
        return Answer(facts, f"handshake  {_named(endpoint)}, {name}")
    receipt = verdict if isinstance(verdict, Receipt) else verdict.receipt
    facts = {
        **_subject(endpoint, "accepted"),
        "secret": receipt.secret,
        "event_id": receipt.event_id,
        "signed_at": None if receipt.timestamp is None else utc(receipt.timestamp),
        "weak": receipt.weak,
    }
    proven = [f"secret {receipt.secret}"]
    if receipt.event_id is not None:
        proven.append(f"event {safe_text(receipt.event_id)}")
    if receipt.timestamp is not None:
        proven.append(f"signed {utc(receipt.timestamp)}")
    return Answer(facts, f"accepted  {_named(endpoint)}, {', '.join(proven)}")


def _subject(endpoint: Endpoint, verdict: str) -> dict[str, Any]:
    return {"endpoint": endpoint.alias, "provider": _provider(endpoint), "verdict": verdict}


def _named(endpoint: Endpoint) -> str:
    provider = _provider(endpoint)
    return endpoint.alias if provider in {endpoint.alias, None} else f"{endpoint.alias} ({provider})"


def _provider(endpoint: Endpoint) -> str | None:
    return endpoint.record.name if endpoint.record is not None else None
