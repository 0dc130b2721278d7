"""Why a kept delivery was refused: `explain`, with endpoint, siblings and history as this site knows them."""

from __future__ import annotations

from hookseal.audit import endpoints
from hookseal.explain import Explanation, explain
from hookseal.inspector.history import history
from hookseal.inspector.models import Delivery, Verdict

__all__ = ["explained"]


def explained(delivery: Delivery) -> Explanation | None:
    """Explain a refused delivery; None: it was not refused, is not whole, or its endpoint is gone from the settings."""
    if delivery.verdict != Verdict.REFUSED or delivery.is_cut:
        return None
    known = {each.alias: each for each in endpoints()}
    endpoint = known.pop(delivery.endpoint, None)
    if endpoint is None:
        return None
    return explain(
        delivery.captured(), endpoint, siblings=known.values(), history=history(delivery.endpoint, but=delivery)
    )
