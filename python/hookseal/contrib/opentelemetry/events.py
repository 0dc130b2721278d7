"""The event that a span gets: what became of a delivery, in words of the owner and of closed lists."""

from __future__ import annotations

from opentelemetry import trace

from hookseal.outcomes import Outcome
from hookseal.requests import safe_text

__all__ = ["EVENT", "tell"]

EVENT = "hookseal.delivery"
"""The name of the event."""


def tell(outcome: Outcome) -> None:
    """Add the event to the current span, if one is recorded."""
    span = trace.get_current_span()
    if span.is_recording():
        span.add_event(EVENT, _attributes(outcome))


def _attributes(outcome: Outcome) -> dict[str, str]:
    """Say what is known; an event id, which is the sender's text, only where it was proven."""
    receipt = outcome.receipt
    known = {
        "endpoint": outcome.endpoint,
        "provider": outcome.provider,
        "outcome": outcome.name,
        "reason": outcome.reason,
        "fault": outcome.fault,
        "secret": receipt.secret if receipt is not None else "",
        "event_id": safe_text(receipt.event_id or "") if receipt is not None else "",
    }
    return {f"hookseal.{name}": text for name, text in known.items() if text}
