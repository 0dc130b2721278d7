"""What a verifier makes of a delivery, as one value that a test can compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hookseal import Reason, Verifier, WebhookRejected

NOW = 1_790_000_000
"""The moment of all deliveries that name no other."""


def reason(verifier: Verifier, headers: Mapping | Iterable, body: bytes, now: float = NOW) -> Reason | None:
    """Judge a delivery: None where it is accepted."""
    try:
        verifier.verify(headers=headers, body=body, now=now)
    except WebhookRejected as rejection:
        return rejection.reason
    return None
