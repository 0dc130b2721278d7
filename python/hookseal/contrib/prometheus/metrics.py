"""The metrics: what became of deliveries, which of them nothing protects, and how old they were."""

from __future__ import annotations

import time

from prometheus_client import Counter, Histogram

from hookseal.outcomes import Outcome

__all__ = ["AGE", "BUCKETS", "DELIVERIES", "UNPROTECTED", "count"]

BUCKETS = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 21_600, 86_400)
"""Upper bounds in seconds; 300 is the tolerance of most senders, a day that of those who sign an event once."""

DELIVERIES = Counter(
    "hookseal_deliveries",
    "Requests to webhook endpoints, by what became of them.",
    ("endpoint", "provider", "outcome", "reason", "fault"),
)
UNPROTECTED = Counter(
    "hookseal_unprotected_deliveries",
    "Accepted deliveries whose replay would not be noticed.",
    ("endpoint", "provider", "reason"),
)
AGE = Histogram(
    "hookseal_delivery_age_seconds",
    "Seconds between the signed time of an accepted delivery and its acceptance.",
    ("endpoint", "provider"),
    buckets=BUCKETS,
)


def count(outcome: Outcome) -> None:
    """Count one outcome. Of what the sender says, nothing but a signed time is looked at."""
    endpoint, provider = outcome.endpoint, outcome.provider
    if outcome.name == "unprotected":
        UNPROTECTED.labels(endpoint, provider, outcome.reason).inc()
        return
    DELIVERIES.labels(endpoint, provider, outcome.name, outcome.reason, outcome.fault).inc()
    signed_at = outcome.receipt.timestamp if outcome.receipt is not None else None
    if outcome.name == "accepted" and signed_at is not None:
        AGE.labels(endpoint, provider).observe(max(0.0, time.time() - signed_at))
