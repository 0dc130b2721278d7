"""Secrets as they stand in the settings, and secrets that a function of the site finds for each request.

A setting may hold one str, bytes or `Secret`, a list or tuple of them, or a function (itself, or its dotted path).

When is a str a path? A str of identifiers joined by dots that stands alone ("shop.webhooks.secrets_for_request") is
always a path, and an error if it does not import: were it then taken for a secret, anyone who reads the source could
sign. Within a list, and within `Secret(...)`, a str is always a secret, whatever it looks like. So neither can silently
become the other.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath
from secrets import token_hex
from traceback import walk_tb
from typing import Any, TypeAlias

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async
from django.core.exceptions import ObjectDoesNotExist
from django.utils.module_loading import import_string

from hookseal._engine import Record, Secret, SecretError, Verifier
from hookseal.exceptions import WebhookRejected
from hookseal.reasons import Reason
from hookseal.schemes import asymmetric

__all__ = ["PRF_KEY", "Lookup", "Secret", "SecretSource", "import_lookup", "is_path", "read_secrets"]

Lookup: TypeAlias = Callable[..., Any]
"""`secrets_for_request(headers, **url_kwargs)`, plain or async; returns what a list in the settings may hold."""

PRF_KEY = os.urandom(32)
"""The key under which secrets of variable length are compared.

Forked workers share it, which costs nothing: no value made with it leaves their memory.
"""


def read_secrets(value: object) -> tuple[Secret, ...]:
    """Turn a value into secrets; what can never be one becomes a `Secret` with a flaw."""
    entries = value if isinstance(value, list | tuple) else (value,)
    return tuple(entry if isinstance(entry, Secret) else Secret(entry) for entry in entries)


def is_path(value: object) -> bool:
    """Whether a setting's value is the dotted path of a function (see the top of this module)."""
    return isinstance(value, str) and _PATH.fullmatch(value) is not None


def import_lookup(path: str) -> Lookup:
    """Import the function at a dotted path.

    Raises:
        ImportError: it cannot be imported, or is no function. The text leaves out the path, which may be a secret.
    """
    try:
        lookup: object = import_string(path)
    except Exception as error:  # noqa: BLE001 - importing runs the site's code, which may raise anything
        raise ImportError(f"raises {type(error).__name__} when it is imported") from None
    if not callable(lookup):
        raise ImportError("names something that cannot be called")  # noqa: TRY004 - one error for all that may be wrong
    return lookup


class SecretSource:
    """Finds the secrets of each request's sender by a function of the site, and makes verifiers of them.

    An unknown sender (the function raises LookupError or ObjectDoesNotExist) is judged all the same, against a random
    secret, so that the refusal is that of a forged signature, after the same work. Answers are remembered for a minute,
    these included. The function must depend on nothing but its arguments (and the Host header).

    Args:
        lookup: the function; gets the headers (names in any case) and the URL's arguments.
        build: makes the endpoint's verifier from secrets.
        record: the endpoint's record.
        endpoint: the endpoint's alias.

    Raises:
        SecretError: this kind of record cannot have its secrets looked up.
    """

    def __init__(
        self, lookup: Lookup, *, build: Callable[[Sequence[Secret]], Verifier], record: Record, endpoint: str
    ) -> None:
        self._lookup = lookup
        self._is_async = iscoroutinefunction(lookup) or iscoroutinefunction(type(lookup).__call__)
        self._build = build
        self._record = record
        self._endpoint = endpoint
        self._nobody = build([_throw_away(record)])
        self._answers = _Answers()

    def verifier(self, headers: Mapping[str, str], url_kwargs: Mapping[str, Any]) -> Verifier:
        """Find the verifier for a request's sender.

        Raises:
            WebhookRejected: the function failed, or gave nothing usable (`not_configured`, a fault of the site).
        """
        if known := self._answers.recall(headers, url_kwargs):
            return known
        lookup = async_to_sync(self._lookup) if self._is_async else self._lookup
        consulted = _Consulted(headers)
        try:
            answer = lookup(consulted, **url_kwargs)
        except Exception as error:  # noqa: BLE001 - whatever the site's function raises is judged in _judge
            answer = error
        return self._judge(answer, consulted, url_kwargs)

    def secrets(self, headers: Mapping[str, str], url_kwargs: Mapping[str, Any]) -> tuple[Secret, ...]:
        """Find the secrets of a request's sender, for explaining a refusal; empty for an unknown one.

        Raises:
            Exception: whatever the function raises, but for what says that it does not know the sender.
        """
        lookup = async_to_sync(self._lookup) if self._is_async else self._lookup
        try:
            return read_secrets(lookup(headers, **url_kwargs))
        except (LookupError, ObjectDoesNotExist):
            return ()

    async def averifier(self, headers: Mapping[str, str], url_kwargs: Mapping[str, Any]) -> Verifier:
        """Do as `verifier` without blocking the event loop: a plain function runs in Django's thread for such calls."""
        if known := self._answers.recall(headers, url_kwargs):
            return known
        lookup = self._lookup if self._is_async else sync_to_async(self._lookup)
        consulted = _Consulted(headers)
        try:
            answer = await lookup(consulted, **url_kwargs)
        except Exception as error:  # noqa: BLE001 - whatever the site's function raises is judged in _judge
            answer = error
        return self._judge(answer, consulted, url_kwargs)

    def _judge(self, answer: object, consulted: _Consulted, url_kwargs: Mapping[str, Any]) -> Verifier:
        if isinstance(answer, LookupError | ObjectDoesNotExist):
            verifier = self._nobody
        elif isinstance(answer, Exception):
            raise self._unusable(f"raised {type(answer).__name__}{_place_of(answer)}")
        else:
            verifier = self._verifier_of(read_secrets(answer))
        self._answers.remember(consulted, url_kwargs, verifier)
        return verifier

    def _verifier_of(self, secrets: tuple[Secret, ...]) -> Verifier:
        if not secrets:
            raise self._unusable("gave no secret")
        try:
            return self._build(secrets)
        except ValueError as error:
            raise self._unusable(f"gave a secret that {error.args[0]}") from None

    def _unusable(self, what: str) -> WebhookRejected:
        detail = f"the function in SECRETS {what}"
        return WebhookRejected(Reason.NOT_CONFIGURED, self._endpoint, self._record.name, detail)


_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)
_REMEMBERED_SECONDS = 60
_MOST_ANSWERS = 1024
_MOST_VIEWS = 16
_LONGEST_KEY = 2048
_EVERY_HEADER = ("*",)

_Key: TypeAlias = tuple[object, ...]


class _Answers:
    """The verifiers of the last minute, under what the function looked at for each; like Vary in an HTTP cache.

    Bounded in number and size, because what a sender writes is part of the key.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[_Key | None, tuple[float, Verifier]] = OrderedDict()
        self._views: OrderedDict[tuple[str, ...], None] = OrderedDict()

    def recall(self, headers: Mapping[str, str], url_kwargs: Mapping[str, Any]) -> Verifier | None:
        now = time.time()
        with self._lock:
            for names in self._views:
                key = _key(names, headers, url_kwargs)
                if key not in self._entries:
                    continue
                made, verifier = self._entries[key]
                if 0 <= now - made < _REMEMBERED_SECONDS:
                    self._entries.move_to_end(key)
                    return verifier
        return None

    def remember(self, consulted: _Consulted, url_kwargs: Mapping[str, Any], verifier: Verifier) -> None:
        names = consulted.names
        key = _key(names, consulted.headers, url_kwargs)
        if key is None:
            return
        with self._lock:
            self._views[names] = None
            self._entries[key] = (time.time(), verifier)
            self._entries.move_to_end(key)
            if len(self._views) > _MOST_VIEWS:
                self._views.popitem(last=False)
            if len(self._entries) > _MOST_ANSWERS:
                self._entries.popitem(last=False)


class _Consulted(Mapping[str, str]):
    """The headers, noting which are looked at.

    The Host counts as looked at, since sites tell tenants apart by it.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers
        self._names = {"host"}
        self._every = False

    @property
    def names(self) -> tuple[str, ...]:
        return _EVERY_HEADER if self._every else tuple(sorted(self._names))

    def __getitem__(self, name: str) -> str:
        self._names.add(name)
        return self.headers[name]

    def __iter__(self) -> Iterator[str]:
        self._every = True
        return iter(self.headers)

    def __len__(self) -> int:
        self._every = True
        return len(self.headers)


def _key(names: tuple[str, ...], headers: Mapping[str, str], url_kwargs: Mapping[str, Any]) -> _Key | None:
    """The key of an answer, or None where it would be too long to keep, or cannot be one."""
    if names == _EVERY_HEADER:
        values: tuple[object, ...] = tuple(sorted(headers.items()))
        size = sum(len(name) + len(value) for name, value in headers.items())
    else:
        values = tuple(headers.get(name) for name in names)
        size = sum(len(headers.get(name, "")) for name in names)
    # The type belongs to the key: 1 and True are equal, but not to the function.
    key = (names, values, tuple((name, type(url_kwargs[name]), url_kwargs[name]) for name in sorted(url_kwargs)))
    try:
        hash(key)
    except TypeError:
        return None
    return key if size <= _LONGEST_KEY else None


def _throw_away(record: Record) -> Secret:
    """A random secret of whatever form the record wants, that nobody ever sees."""
    random = token_hex(32)
    for text in (_public_key(record) or random, random, f"whsec_{random}", f"{random}:{random}"):
        secret = Secret(text, label="nobody")
        try:
            record.check(secret)
        except SecretError:
            continue
        return secret
    raise SecretError("cannot be a function for this provider", "List the keys themselves.")


def _public_key(record: Record) -> str | None:
    """A new public key that the record takes, if it takes any."""
    try:
        pair = record.key_pair()
    except SecretError:  # RSA with SHA-1 makes no pairs; any key of RSA will do
        pair = Record.from_json(
            "nobody", asymmetric(algorithm="rsa-pkcs1-sha256", header="X", encoding="hex").json()
        ).key_pair()
    return pair[1] if pair is not None else None


def _place_of(error: Exception) -> str:
    """Where the site's code failed, without what it said: its words and variables may hold secrets."""
    frames = list(walk_tb(error.__traceback__))
    if not frames:
        return ""
    frame, line = frames[-1]
    return f" at {PurePath(frame.f_code.co_filename).name}:{line}"
