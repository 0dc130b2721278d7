"""How far the rotation of an endpoint's secrets has come, told from its list and from when each was last used.

Three steps, as in the Anymail guide: put the new secret in front of the old one; give it to the sender; remove the old
one when nothing is signed with it any more. Which of them is next follows from facts, never from a plan that somebody
would have to keep up to date.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Literal, TypeAlias

from hookseal.conf import Endpoint
from hookseal.findings import Finding
from hookseal.uses import Use, labelled, read_uses

__all__ = ["QUIET_DAYS", "Rotation", "Step", "judge_uses", "quiet_days", "rotation_of", "utc"]

QUIET_DAYS = 7
"""How long a secret must be unused before it counts as such; longer where the sender retries for longer."""

Step: TypeAlias = Literal["add", "switch", "wait", "remove"]
"""What is next: put a new secret in front; give it to the sender; wait until the old one is quiet; remove that one."""


@dataclass(frozen=True)
class Rotation:
    """Where a rotation stands.

    Attributes:
        step: what is next.
        active: the labels of the secrets that are in use.
        fresh: the label of the secret that waits for its first use; None where none does.
        spent: the labels of the secrets that can go.
        ready: when the first of the others can, if it stays unused from now on, Unix seconds; None where none waits.
    """

    step: Step
    active: tuple[str, ...]
    fresh: str | None
    spent: tuple[str, ...]
    ready: float | None


def rotation_of(endpoint: Endpoint, uses: Mapping[str, Use], now: float) -> Rotation:
    """Judge how far the rotation of an endpoint has come.

    Args:
        endpoint: the endpoint.
        uses: what is known of its secrets, by label.
        now: the clock, Unix seconds.
    """
    labels = [label for label, _ in labelled(endpoint)]
    quiet = _quiet_seconds(endpoint)
    active = tuple(label for label in labels if (moment := _last(uses, label)) is not None and now - moment < quiet)
    first_active = labels.index(active[0]) if active else len(labels)
    # What stands in front of a secret in use and was never used itself, is the new one. What stands behind it, is old.
    fresh = next((label for label in labels[:first_active] if active and _last(uses, label) is None), None)
    idle = [label for label in labels if active and label not in active and label != fresh]
    spent = tuple(label for label in idle if label in uses and now - uses[label].since >= quiet)
    return Rotation(
        step=_step(labels, active, fresh, spent),
        active=active,
        fresh=fresh,
        spent=spent,
        ready=_ready(labels, uses, quiet, spent) if len(labels) > 1 and fresh is None else None,
    )


def judge_uses(endpoints: Iterable[Endpoint]) -> list[Finding]:
    """Report what the use of the secrets says of each endpoint; asks their caches."""
    now = time.time()
    return [finding for endpoint in endpoints for finding in _judge(endpoint, now)]


def quiet_days(endpoint: Endpoint) -> int:
    """How many days a secret of this endpoint must be unused before it counts as such."""
    return -(-_quiet_seconds(endpoint) // _DAY)


def utc(moment: float) -> str:
    """Say a moment as people and programs read it: 2026-11-22T09:14:00+00:00."""
    return datetime.fromtimestamp(moment, tz=timezone.utc).isoformat(timespec="seconds")


_DAY = 86_400


def _quiet_seconds(endpoint: Endpoint) -> int:
    retry = endpoint.record.retry if endpoint.record is not None else None
    return max(QUIET_DAYS * _DAY, retry or 0)


def _last(uses: Mapping[str, Use], label: str) -> float | None:
    return uses[label].last if label in uses else None


def _step(labels: list[str], active: tuple[str, ...], fresh: str | None, spent: tuple[str, ...]) -> Step:
    if len(labels) < 2:  # noqa: PLR2004 - a rotation takes two
        return "add"
    if spent:
        return "remove"
    return "switch" if fresh is not None or not active else "wait"


def _ready(labels: list[str], uses: Mapping[str, Use], quiet: int, spent: tuple[str, ...]) -> float | None:
    """When the first of the secrets behind the front one will have been unused for long enough."""
    since = [
        max(uses[label].since, uses[label].last or 0) for label in labels[1:] if label in uses and label not in spent
    ]
    return min(since) + quiet if since else None


def _judge(endpoint: Endpoint, now: float) -> list[Finding]:
    if len(endpoint.secrets) < 2 and all(secret.not_after is None for secret in endpoint.secrets):  # noqa: PLR2004
        return []  # the one secret stays, whatever its use
    path = f'HOOKSEAL["{endpoint.alias}"]["SECRETS"]'
    try:
        uses = read_uses(endpoint)
    except Exception as error:  # noqa: BLE001 - each backend raises its own
        message = f'are used nobody knows when: {type(error).__name__} of CACHES["{endpoint.uses_cache}"]'
        return [Finding("I003", path, message, "See that the cache answers: replay protection may stand on it too.")]
    found = []
    for label in rotation_of(endpoint, uses, now).spent:
        message = f"was not used for {quiet_days(endpoint)} days, while another was"
        found.append(Finding("W020", f'{path} ("{label}")', message, "Remove it: whoever finds it could sign with it."))
    for label, secret in labelled(endpoint):
        last, end = _last(uses, label), secret.not_after
        if last is not None and end is not None and end < last and now - last < _quiet_seconds(endpoint):
            message = f"expired on {utc(end)[:10]} and is still used: those deliveries are refused"
            hint = "Give the sender the current secret; until it has it, move not_after."
            found.append(Finding("W021", f'{path} ("{label}")', message, hint))
    return found
