"""`webhooks rotate ALIAS`: says which step of a rotation comes next, from the settings and from when secrets were used.

Nothing is asked and nothing is changed, so it runs in scripts as well. The exit code says what is next: 0 no rotation
is under way, 3 give the new secret to the sender, 4 wait, 5 remove what is spent; 1 it cannot be told.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.core.management.base import CommandError

from hookseal.conf import Endpoint
from hookseal.management.answer import Answer, known_endpoint
from hookseal.rotation import Rotation, quiet_days, rotation_of, utc
from hookseal.uses import Use, read_uses

__all__ = ["CODES", "HELP", "add_words", "run"]

HELP = "say which step of a secret's rotation comes next"

CODES = MappingProxyType({"add": 0, "switch": 3, "wait": 4, "remove": 5})
"""The exit code for each step that can be next."""


def add_words(parser: ArgumentParser) -> None:
    """Name the endpoint."""
    parser.add_argument("alias", help="the endpoint")


def run(words: Mapping[str, Any]) -> Answer:
    """Say it.

    Raises:
        CommandError: the endpoint is unknown or has errors, its secrets are not in the settings, or nothing tells when
            they were used.
    """
    known = known_endpoint(words["alias"])
    rotation = rotation_of(known, _uses(known), time.time())
    facts = {
        "endpoint": known.alias,
        "step": rotation.step,
        "in_use": list(rotation.active),
        "waits_for_first_use": rotation.fresh,
        "can_go": list(rotation.spent),
        "ready": utc(rotation.ready) if rotation.ready is not None else None,
    }
    return Answer(facts, _text(known, rotation), CODES[rotation.step])


def _uses(known: Endpoint) -> dict[str, Use]:
    if known.errors:
        raise CommandError(f'"{known.alias}" has errors: see `manage.py check`.')
    if not known.secrets:
        raise CommandError(
            f'"{known.alias}" finds its secrets by a function, or is switched off: nothing to rotate here.'
        )
    if known.uses_cache is None and len(known.secrets) > 1:
        hint = "set CACHE to a cache that all processes share"
        raise CommandError(f'Nobody keeps when the secrets of "{known.alias}" are used: {hint}.')
    try:
        return read_uses(known)
    except Exception as error:  # noqa: BLE001 - each backend raises its own
        line = (
            f'When the secrets of "{known.alias}" were used cannot be told: cache "{known.uses_cache}" does not answer'
        )
        raise CommandError(f"{line} ({type(error).__name__}).") from None


def _text(known: Endpoint, rotation: Rotation) -> str:
    """The three steps, with an arrow at the one that is next."""
    days = quiet_days(known)
    steps = {
        "add": f"Put a new secret in front of the old one, and deploy. {_maker(known)}",
        "switch": "Give the new one to the sender.",
        "remove": f"Remove the old one when it was unused for {days} days, and deploy.",
    }
    here = "remove" if rotation.step == "wait" else rotation.step
    lines = [
        f"{'->' if step == here else '  '} {number}. {sentence}"
        for number, (step, sentence) in enumerate(steps.items(), 1)
    ]
    return "\n".join([f"{known.alias}: {_state(rotation, days)}", *lines])


def _maker(known: Endpoint) -> str:
    title = known.record.title if known.record is not None else "The sender"
    return f"{title} shows it, or takes one from: manage.py webhooks secret {known.alias}"


def _state(rotation: Rotation, days: int) -> str:
    in_use = _listed(rotation.active)
    if rotation.step == "add":
        return "one secret, and no rotation under way."
    if rotation.step == "remove":
        return f"in use: {in_use}; not used for {days} days: {_listed(rotation.spent)}."
    if rotation.step == "wait":
        when = f", not before {utc(rotation.ready)[:10]}" if rotation.ready is not None else ""
        return f"in use within the last {days} days: {in_use}. The old one can go when it has been quiet{when}."
    if rotation.fresh is None:
        return f"no delivery was counted in the last {days} days, so nothing tells which secret the sender has."
    return f"in use: {in_use}; not used yet: {_listed([rotation.fresh])}."


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(f'"{label}"' for label in labels)
