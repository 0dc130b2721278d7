"""What tells one of Anymail's events from every other, however its ESP batches, repeats or signs deliveries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, QueryDict

__all__ = ["identity"]


def identity(event: Any) -> str | None:
    """Describe what is the same whenever an event comes again, as canonical JSON.

    Where the ESP gives an id, that is the id, the recipient and the type: several recipients may share one id.
    Otherwise it is all that the ESP says of the event; of uploaded files, their names, types and sizes.

    Args:
        event: an `AnymailTrackingEvent` or `AnymailInboundEvent`.

    Returns:
        None where nothing tells the event from others.
    """
    told = getattr(event, "esp_event", None)
    event_id = _mailgun_id(told) or (None if _is_signed_by_delivery(told) else event.event_id)
    subject = event_id if event_id is not None else _described(told)
    if not subject:
        return None
    try:
        return json.dumps([subject, _recipient(event), event.event_type], sort_keys=True, default=str)
    except (TypeError, ValueError, RecursionError):  # keys of mixed types, circles: nothing an ESP sends
        return None


# Mailgun's token, which Anymail takes for the event's id, belongs to the delivery; the others change with it.
_OF_THE_DELIVERY = ("token", "signature")


def _mailgun_id(told: Any) -> list[Any] | None:
    """Mailgun's own id is unique within a day only, so the time goes with it."""
    if isinstance(told, Mapping) and isinstance(told.get("event-data"), Mapping):
        inner = told["event-data"]
        return [inner["id"], inner.get("timestamp")] if inner.get("id") else None
    return None


def _is_signed_by_delivery(told: Any) -> bool:
    fields = told.POST if isinstance(told, HttpRequest) else told
    return isinstance(fields, Mapping) and (set(_OF_THE_DELIVERY) <= set(fields) or "event-data" in fields)


def _described(told: Any) -> Any:
    if isinstance(told, HttpRequest):
        # A retry of an inbound mail may be signed anew, at another time.
        fields = {name: values for name, values in _fields(told.POST).items() if name != "timestamp"}
        files = [[name, each.name, each.content_type, each.size] for name, many in told.FILES.lists() for each in many]
        return [fields, files] if fields or files else None
    if isinstance(told, QueryDict):
        return _fields(told)
    if isinstance(told, Mapping) and "event-data" in told:
        return told["event-data"]
    return told


def _fields(form: QueryDict) -> dict[str, list[str]]:
    return {name: values for name, values in form.lists() if name not in _OF_THE_DELIVERY}


def _recipient(event: Any) -> str | None:
    message = getattr(event, "message", None)
    return getattr(event, "recipient", None) or getattr(message, "envelope_recipient", None)
