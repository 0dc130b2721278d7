"""EVENT_ID, EVENT_TIME and MAX_AGE: fields of the body that a shared secret vouches for, where nothing is signed."""

from __future__ import annotations

import json

from hookseal import settings
from hookseal._engine import Record, RecordError
from hookseal.entry import Entry
from hookseal.places import Form, Json, as_written
from hookseal.schemes import Scheme

__all__ = ["with_vouched_fields"]


def with_vouched_fields(entry: Entry, record: Record, provider: str | Scheme) -> Record:
    """Add the fields that an entry names to the record of its provider; what cannot be is reported to the entry."""
    event, time = _place(entry.read(settings.EVENT_ID)), _place(entry.read(settings.EVENT_TIME))
    max_age = entry.read(settings.MAX_AGE)
    if max_age is not None and time is None:
        hint = "Set EVENT_TIME to the field that holds the time, or remove MAX_AGE."
        entry.report("E006", entry.path(settings.MAX_AGE), "is without effect as long as EVENT_TIME is not set", hint)
    if event is None and time is None:
        return record
    path = entry.path(settings.EVENT_TIME if event is None else settings.EVENT_ID)
    if not record.shares_secret:
        message = "names a field of the body, but this sender signs"
        entry.report("E006", path, message, "Remove it: what is signed is found by itself.")
        return record
    places = {"event": event, "time": time}
    fields = {name: as_written(place) for name, place in places.items() if place is not None}
    text = provider.json() if isinstance(provider, Scheme) else None
    try:
        return Record.vouched(record.name, json.dumps({**fields, "max_age": max_age}), text)
    except RecordError as error:
        hint = 'Use a JSON pointer as str ("/id"), or Json or Form from hookseal.schemes.'
        entry.report("E006", path, f"is no field of the body: {str(error).rstrip(' .')}", hint)
        return record


def _place(value: str | Json | Form | None) -> Json | Form | None:
    return Json(value) if isinstance(value, str) else value
