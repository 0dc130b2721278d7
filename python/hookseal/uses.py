"""When each secret was last used: counted in this process, written to the endpoint's cache at most once a minute.

A delivery costs one entry in a dict. What was counted is written when a response has been sent (Django's
`request_finished`, which under ASGI runs outside the event loop), and when the process ends in good order; a process
that is killed takes up to a minute of its counts with it. A cache that does not answer keeps nothing back: the counts
wait for the next minute.

Secrets are known by their fingerprints under SECRET_KEY, not by their places: the one that was first in its list is the
second when its successor is put in front of it. A new SECRET_KEY begins all counts anew.
"""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock

from django.conf import settings
from django.core.cache import caches
from django.core.signals import request_finished
from django.utils.encoding import force_bytes

from hookseal._engine import Secret
from hookseal.conf import Endpoint
from hookseal.exceptions import WebhookRejected
from hookseal.reasons import Reason

__all__ = ["FLUSH_SECONDS", "Use", "flush", "labelled", "note_refusal", "note_use", "read_uses"]

FLUSH_SECONDS = 60
"""How far apart a process writes its counts, at least."""

_KEPT_SECONDS = 400 * 86_400


@dataclass(frozen=True)
class Use:
    """What is known of one secret's use.

    Attributes:
        since: from when on its use has been counted, Unix seconds.
        last: when it was last used, exact to a minute; None where it was not since then.
        count: how many deliveries were signed with it since then.
    """

    since: float
    last: float | None
    count: int


def note_use(endpoint: Endpoint, label: str) -> None:
    """Count a delivery that was signed with the secret of this label."""
    key = (id(endpoint), label)
    with _lock:
        counted = _counted.get(key)
        if counted is None:
            counted = _counted[key] = _Counted(endpoint, label)
        counted.count += 1
        counted.last = time.time()


def note_refusal(endpoint: Endpoint, rejection: WebhookRejected) -> None:
    """Count a delivery that was refused because its secret has expired: that one is still used."""
    if rejection.reason is Reason.EXPIRED_SECRET and endpoint.uses_cache is not None:
        note_use(endpoint, rejection.detail.removeprefix("secret "))


def flush() -> None:
    """Write what was counted. What cannot be written waits for the next time, and a log line says so."""
    with _lock:
        taken = list(_counted.values())
        _counted.clear()
    for counted in taken:
        _write_or_keep(counted)


def read_uses(endpoint: Endpoint) -> dict[str, Use]:
    """Read what all processes have written of an endpoint's secrets, by label; a secret never seen is left out.

    Raises whatever the cache raises.
    """
    if endpoint.uses_cache is None:
        return {}
    flush()
    names = {label: _Names.of(endpoint, secret) for label, secret in labelled(endpoint)}
    found = caches[endpoint.uses_cache].get_many([name for each in names.values() for name in each])
    return {
        label: Use(found[each.since], found.get(each.last), found.get(each.count, 0))
        for label, each in names.items()
        if each.since in found
    }


def labelled(endpoint: Endpoint) -> Iterator[tuple[str, Secret]]:
    """Give an endpoint's secrets under the labels that receipts and logs name them by."""
    for index, secret in enumerate(endpoint.secrets):
        yield secret.label or f"{endpoint.alias}[{index}]", secret


@dataclass(slots=True)
class _Counted:
    """What this process has counted of one secret and not written yet."""

    endpoint: Endpoint
    label: str
    count: int = 0
    last: float = 0.0


@dataclass(frozen=True)
class _Names:
    """The keys of one secret in the cache."""

    since: str
    last: str
    count: str

    @classmethod
    def of(cls, endpoint: Endpoint, secret: Secret) -> _Names:
        site_key = force_bytes(settings.SECRET_KEY) + b"\0" + endpoint.alias.encode()
        name = f"hookseal:uses:{secret.fingerprint(site_key)}"
        return cls(f"{name}:since", f"{name}:last", f"{name}:count")

    def __iter__(self) -> Iterator[str]:
        return iter((self.since, self.last, self.count))


def _write_or_keep(counted: _Counted) -> None:
    try:
        _write(counted)
    except Exception as error:  # noqa: BLE001 - each backend raises its own
        line = '%s: cache "%s" does not answer (%s), so the use of its secrets is written later'
        _log.warning(line, counted.endpoint.alias, counted.endpoint.uses_cache, type(error).__name__)
        with _lock:
            waiting = _counted.setdefault((id(counted.endpoint), counted.label), counted)
            if waiting is not counted:
                waiting.count += counted.count


def _write(counted: _Counted) -> None:
    cache = caches[counted.endpoint.uses_cache or "default"]
    now = time.time()
    for label, secret in labelled(counted.endpoint):
        names = _Names.of(counted.endpoint, secret)
        # Of each secret of the list: that one was not used is known only from when on it was looked for.
        cache.add(names.since, now, _KEPT_SECONDS)
        if label == counted.label:
            cache.set(names.last, max(counted.last, cache.get(names.last) or 0.0), _KEPT_SECONDS)
            cache.add(names.count, 0, _KEPT_SECONDS)
            cache.incr(names.count, counted.count)


def _flush_if_due(**_: object) -> None:
    global _flushed  # noqa: PLW0603 - one moment for the whole process
    if not _counted:
        return
    now = time.time()
    with _lock:
        if _flushed <= now < _flushed + FLUSH_SECONDS:
            return
        _flushed = now
    flush()


def _begin_anew() -> None:
    """Leave the parent's counts to the parent, after a fork, and its lock, which nobody here would give back."""
    global _lock, _flushed  # noqa: PLW0603 - the one lock, and the one moment
    _lock = Lock()
    _flushed = float("-inf")
    _counted.clear()


_log = logging.getLogger(__name__)
_lock = Lock()
_counted: dict[tuple[int, str], _Counted] = {}
_flushed = float("-inf")

request_finished.connect(_flush_if_due, dispatch_uid="hookseal.uses")
atexit.register(flush)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
