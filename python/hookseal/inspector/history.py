"""What else came to an endpoint: rows as `hookseal.explain` reads them."""

from __future__ import annotations

from hookseal.explain import Past
from hookseal.inspector.models import Delivery, Verdict

__all__ = ["history"]

_JUDGED = (Verdict.ACCEPTED, Verdict.REFUSED, Verdict.DUPLICATE)


def history(endpoint: str, but: Delivery | None = None, most: int = 100) -> list[Past]:
    """List other deliveries of an endpoint, the newest first; not what the owner sent again.

    Args:
        endpoint: the alias.
        but: the delivery that they are beside.
        most: how many at most.
    """
    rows = Delivery.objects.filter(endpoint=endpoint, verdict__in=_JUDGED, replay_of=None).defer("body")
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    return [_past(row) for row in rows[:most]]


def _past(row: Delivery) -> Past:
    return Past(
        received_at=row.received_at.timestamp(),
        verdict=row.verdict,
        reason=row.reason,
        status=row.status,
        has_authorization=any(name.lower() == "authorization" for name, _ in row.headers),
        path=row.path,
        event_id=row.event_id,
        signed_at=None if row.signed_at is None else row.signed_at.timestamp(),
    )
