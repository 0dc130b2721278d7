"""The secrets in an endpoint's entry: read, and each judged as a key of its provider."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import combinations
from typing import cast

from hookseal._engine import LIMITS, Record, Secret, SecretError
from hookseal.entry import Entry, Given
from hookseal.secrets import Lookup, import_lookup, is_path, read_secrets
from hookseal.settings import BASIC_AUTH, SECRETS

__all__ = ["EXPIRY_NOTICE_DAYS", "Keyring", "read_credentials", "read_keyring"]

EXPIRY_NOTICE_DAYS = 14
"""How long before its end a secret is reported (W004); enough for a release and a visit to the sender's dashboard."""


@dataclass(frozen=True)
class Keyring:
    """What verifies an endpoint's deliveries: secrets, or the function that finds them."""

    secrets: tuple[Secret, ...] = ()
    lookup: Lookup | None = None


def read_keyring(entry: Entry, record: Record | None) -> Keyring:
    """Read SECRETS; what is wrong with them is reported to the entry. Without a record they are not judged as keys."""
    given = entry.find(SECRETS)
    if record is not None and not record.needs_secrets:
        if given is not None:
            message = "holds secrets, but this provider publishes its keys"
            entry.report("E003", given.path, message, "Remove it: the keys are fetched when they are needed.")
        return Keyring()
    if given is None:
        hint = "Give the secret that the sender shows for this URL."
        entry.report("E002", entry.path(SECRETS), "is not set", hint)
        return Keyring()
    if is_path(given.value):
        return Keyring(lookup=_imported(entry, given))
    if callable(given.value):
        return Keyring(lookup=cast(Lookup, given.value))
    return Keyring(secrets=_judged(entry, given, record))


def read_credentials(entry: Entry) -> tuple[Secret, ...]:
    """Read BASIC_AUTH; what is wrong with it is reported to the entry."""
    given = entry.find(BASIC_AUTH)
    if given is None or given.value is None:
        return ()
    return _judged(entry, given, Record.named("basic"))


def _imported(entry: Entry, given: Given) -> Lookup | None:
    try:
        return import_lookup(given.value)
    except ImportError as error:
        hint = "Mend the path of the function; or, if this is a secret after all, put it in a list."
        entry.report("E003", given.path, f"looks like a dotted path, but {error}", hint)
        return None


def _judged(entry: Entry, given: Given, record: Record | None) -> tuple[Secret, ...]:
    secrets = read_secrets(given.value)
    if not secrets:
        entry.report("E002", given.path, "is empty", "Give the secret that the sender shows for this URL.")
    if len(secrets) > LIMITS["secrets"]:
        message = f"holds {len(secrets)} secrets, at most {LIMITS['secrets']} are tried"
        entry.report("E006", given.path, message, "Remove those that no sender uses any more.")
        return ()
    named = [_Named(secret, path) for secret, path in zip(secrets, _paths(given, secrets), strict=True)]
    for each in named:
        _judge(entry, each, record)
    _judge_slots(entry, given.path, secrets, record)
    _judge_windows(entry, given.path, named)
    _judge_copies(entry, named)
    return secrets


@dataclass(frozen=True)
class _Named:
    secret: Secret
    path: str


def _paths(given: Given, secrets: tuple[Secret, ...]) -> Iterator[str]:
    for index, secret in enumerate(secrets):
        path = f"{given.path}[{index}]" if isinstance(given.value, list | tuple) else given.path
        yield f'{path} ("{secret.label}")' if secret.label else path


# What the engine calls a flaw, and the id under which it is reported; every other flaw is E002.
_FLAW_IDS = {"wrong_type": "E006", "window": "E006", "surrogate": "E003"}


def _judge(entry: Entry, named: _Named, record: Record | None) -> None:
    if flaw := named.secret.flaw:
        code, message, hint = flaw
        entry.report(_FLAW_IDS.get(code, "E002"), named.path, message, hint)
        return
    try:
        weakness = None if record is None else record.check(named.secret)
    except SecretError as error:
        entry.report("E003", named.path, *error.args)
        return
    if weakness is not None:
        _, message, hint = weakness
        entry.report("W014", named.path, message, hint)
    if record is not None and not record.shares_secret and _could_be_public(named.secret, record):
        message = "has no prefix, so it is taken for a shared secret, though it could be a public key"
        hint = "Write whpk_ in front of a public key, whsec_ in front of a shared secret."
        entry.report("I004", named.path, message, hint)


def _could_be_public(secret: Secret, record: Record) -> bool:
    """Whether the text would be a public key, were its prefix there: a record that takes both kinds cannot tell."""
    try:
        record.check(Secret("whpk_ and no key"))
    except SecretError:
        added = (prefix for _, change, prefix, _ in secret.misread(record) if change.startswith("kept"))
        return "whpk_" in added
    return False  # a record that takes any text takes no public key


def _judge_slots(entry: Entry, path: str, secrets: tuple[Secret, ...], record: Record | None) -> None:
    """A secret of a handshake proves no delivery."""
    if secrets and record is not None and all(secret.slot in record.token_slots for secret in secrets):
        hint = "Add the secret with which the sender proves its deliveries."
        entry.report("E002", path, "holds nothing but secrets of a handshake", hint)


def _judge_windows(entry: Entry, path: str, named: list[_Named]) -> None:
    now = time.time()
    sound = [each for each in named if not each.secret.flaw]
    if sound and not any(_is_valid(each.secret, now) for each in sound):
        hint = "Every delivery is refused until one is valid: add a current secret, or move its window."
        entry.report("W004", path, "holds no secret that is valid now", hint)
    for each in sound:
        end = each.secret.not_after
        if _is_valid(each.secret, now) and end is not None and end - now < EXPIRY_NOTICE_DAYS * 86400:
            day = datetime.fromtimestamp(end, tz=timezone.utc).date()
            hint = "Give the sender a new secret first, then remove this entry."
            entry.report("W004", each.path, f"stops being valid on {day}", hint)


def _judge_copies(entry: Entry, named: list[_Named]) -> None:
    for first, second in combinations(named, 2):
        if first.secret.label is not None and first.secret.label == second.secret.label:
            entry.report("W017", second.path, f"has the label of {first.path}", "Give each secret its own label.")
        if first.secret.same_value(second.secret):
            entry.report("W017", second.path, f"is the same secret as {first.path}", "Remove one of the two.")


def _is_valid(secret: Secret, now: float) -> bool:
    started = secret.not_before is None or secret.not_before <= now
    return started and (secret.not_after is None or now <= secret.not_after)
