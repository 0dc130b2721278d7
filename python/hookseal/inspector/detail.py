"""What the page of one delivery shows: redacted, explained, and compared with the last one that was accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from hookseal.fingerprints import guess
from hookseal.inspector.difference import Line, difference
from hookseal.inspector.explained import explained, unexplained
from hookseal.inspector.models import Delivery, Verdict
from hookseal.inspector.pretty import HEX_BYTES, coloured, hex_rows, pretty, visible
from hookseal.inspector.proposals import Proposal, propose
from hookseal.inspector.redaction import redacted

__all__ = ["SHOWN_AS", "Compared", "Part", "compared_with_good", "detail_of"]

SHOWN_AS = ("pretty", "raw", "hex")
"""How a body can be shown."""


@dataclass(frozen=True)
class Part:
    """One part of two deliveries, compared.

    Attributes:
        title: what it is.
        lines: how it differs; empty: it does not.
    """

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Compared:
    """A delivery compared with the last of its endpoint that was accepted.

    Attributes:
        number: that one's.
        received_at: when it came.
        parts: what was compared.
    """

    number: int
    received_at: datetime
    parts: tuple[Part, ...]


def detail_of(delivery: Delivery, shown_as: str, *, revealed: bool) -> dict[str, Any]:
    """Gather what the template shows of a delivery.

    Args:
        delivery: the delivery.
        shown_as: how its body is shown: one of `SHOWN_AS`.
        revealed: whether the visitor sees what is redacted otherwise.
    """
    seen = delivery.captured() if revealed else redacted(delivery.captured())
    body, kind = bytes(delivery.body), seen.header("Content-Type") or ""
    others = Delivery.objects.order_by("pk")
    proposals = [propose(name, kind) for name in guess(seen.headers)[:3]] if delivery.verdict == Verdict.CAUGHT else []
    return {
        "row": delivery,
        "show": shown_as if shown_as in SHOWN_AS else "pretty",
        "revealed": revealed,
        "url": visible(seen.url),
        "headers": [(visible(name), visible(value)) for name, value in seen.headers],
        "body": pretty(body, kind),
        "raw": visible(body.decode("utf-8", "backslashreplace")),
        "hex": list(hex_rows(body)) if shown_as == "hex" else [],
        "hex_is_cut": len(body) > HEX_BYTES,
        "explanation": explained(delivery),
        "unexplained": unexplained(delivery),
        "compared": compared_with_good(delivery),
        "proposals": [_proposed(each) for each in proposals],
        "mood": {"accepted": "fine", "duplicate": "twice", "refused": ""}.get(delivery.verdict, "other"),
        "newer": others.filter(pk__gt=delivery.pk).values_list("pk", flat=True).first(),
        "older": others.filter(pk__lt=delivery.pk).values_list("pk", flat=True).last(),
        "replays": list(delivery.replays.order_by("-pk").values_list("pk", flat=True)[:10]),
    }


def compared_with_good(delivery: Delivery) -> Compared | None:
    """Compare a delivery that was not accepted with the last one before it that was, else with the first one after."""
    if delivery.verdict == Verdict.ACCEPTED or not delivery.endpoint:
        return None
    accepted = Delivery.objects.filter(endpoint=delivery.endpoint, verdict=Verdict.ACCEPTED)
    good = accepted.filter(pk__lt=delivery.pk).order_by("-pk").first() or accepted.order_by("pk").first()
    if good is None:
        return None
    old, new = _texts(good), _texts(delivery)
    parts = tuple(Part(title, difference(old[title], new[title])) for title in new)
    return Compared(good.pk, good.received_at, parts)


def _texts(delivery: Delivery) -> dict[str, str]:
    seen = redacted(delivery.captured())
    body = pretty(bytes(delivery.body), seen.header("Content-Type") or "")
    return {
        gettext("Request"): visible(f"{seen.method} {seen.url}"),
        gettext("Headers"): "\n".join(sorted(visible(f"{name}: {value}") for name, value in seen.headers)),
        gettext("Body"): body.text
        if body.kind != "binary"
        else "\n".join(row for _, row, _ in hex_rows(bytes(delivery.body))),
    }


def _proposed(proposal: Proposal) -> dict[str, Any]:
    code = {part: coloured(getattr(proposal, part), "python") for part in ("settings", "view", "url")}
    return {"provider": proposal.provider, "title": proposal.title, "notes": proposal.notes, **code}
