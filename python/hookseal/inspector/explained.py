"""Why a kept delivery was refused: `explain`, with endpoint, siblings and history as this site knows them."""

from __future__ import annotations

from django.utils.translation import gettext

from hookseal.audit import endpoints
from hookseal.explain import Explanation, explain
from hookseal.inspector.history import history
from hookseal.inspector.models import Delivery, Verdict

__all__ = ["explained", "unexplained"]


def explained(delivery: Delivery) -> Explanation | None:
    """Explain a refused delivery; None: it was not refused, or cannot be explained, as `unexplained` says."""
    if delivery.verdict != Verdict.REFUSED or unexplained(delivery):
        return None
    known = {each.alias: each for each in endpoints()}
    endpoint = known.pop(delivery.endpoint)
    others = history(delivery.endpoint, but=delivery)
    return explain(delivery.captured(), endpoint, siblings=known.values(), history=others)


def unexplained(delivery: Delivery) -> str:
    """Say why a refusal cannot be explained; empty: it can, or it is none."""
    if delivery.verdict != Verdict.REFUSED:
        return ""
    endpoint = next((each for each in endpoints() if each.alias == delivery.endpoint), None)
    if endpoint is None:
        return gettext("Its endpoint is not in the settings any more, so nothing can be tried on it.")
    if delivery.is_cut and endpoint.reads_body:
        return gettext("The body was not kept whole, so nothing can be tried on it.")
    return ""
