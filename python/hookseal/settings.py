"""The settings of an endpoint, each in one row: its name, what its value may be, and its default.

A reader turns a value into what the rest of the package works with, or raises `Unfit`. What it says never repeats the
value, which may be a secret that stands in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, NoReturn, TypeVar
from urllib.parse import urlsplit

from hookseal._engine import Networks
from hookseal.schemes import Form, Json, Scheme

__all__ = ["SETTINGS", "Options", "Proxies", "RateLimit", "Setting", "Unfit"]

T = TypeVar("T")


class Unfit(ValueError):
    """A value that its setting cannot have: what is wrong (follows the setting's path), and what may stand there."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class RateLimit:
    """At most `count` requests of one address within `seconds`."""

    count: int
    seconds: int


@dataclass(frozen=True)
class Proxies:
    """The proxies in front of the site: how many there are, or the ranges of their addresses."""

    hops: int = 0
    networks: Networks | None = None


class Options(Mapping[str, str]):
    """Texts by name, without the texts in repr: error pages show the variables of every frame."""

    __slots__ = ("_texts",)

    def __init__(self, texts: Mapping[str, str] = MappingProxyType({})) -> None:
        self._texts = dict(texts)

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __repr__(self) -> str:
        return f"<Options {', '.join(self._texts)}>"


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One setting of an endpoint.

    Attributes:
        name: its key in HOOKSEAL; in lower case, the keyword of `@webhook`.
        read: turns a value into what the package works with; raises `Unfit`.
        default: what holds where no value is given.
    """

    name: str
    read: Callable[[object], T]
    default: T


def _unfit_type(value: object, hint: str) -> NoReturn:
    raise Unfit(f"is of type {type(value).__name__}", hint)


def _anything(value: object) -> object:
    return value


def _optional(read: Callable[[object], T]) -> Callable[[object], T | None]:
    return lambda value: None if value is None else read(value)


def _boolean(value: object) -> bool:
    return value if isinstance(value, bool) else _unfit_type(value, "Use True or False.")


def _text(value: object) -> str:
    if not isinstance(value, str):
        _unfit_type(value, "Use a str.")
    if not value:
        raise Unfit("is empty", "Name what is meant, or remove the key.")
    return value


def _texts(value: object) -> tuple[str, ...]:
    hint = "Use a list of str, even for one."
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        _unfit_type(value, hint)
    if not value:
        raise Unfit("is empty", "Fill the list, or remove the key.")
    return tuple(value)


def _topics(value: object) -> tuple[str, ...]:
    topics = _texts(value)
    if not all(map(_TOPIC.fullmatch, topics)):
        hint = 'Write each as the ARN of the topic: "arn:aws:sns:us-east-1:123456789012:mail".'
        raise Unfit("holds what is no ARN of a topic", hint)
    return topics


# Amazon's, in any partition, where an account of 12 digits owns it; and Scaleway's, where a project does.
_TOPIC = re.compile(
    r"arn:(aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}|scw:sns:[a-z0-9-]+:[\w-]+):[\w-]{1,256}(\.fifo)?", re.ASCII
)


def _options(value: object) -> Options:
    hint = 'Use a dict of str: "OPTIONS": {"webhook_id": "..."}.'
    if not isinstance(value, Mapping):
        _unfit_type(value, hint)
    if not all(isinstance(text, str) for pair in value.items() for text in pair):
        raise Unfit("holds a name or a value that is no str", hint)
    if not all(value.values()):
        raise Unfit("holds an empty value", "Fill it, or remove its name.")
    return Options(value)


def _whole(unit: str, least: int, most: int | None = None) -> Callable[[object], int]:
    bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
    hint = f"Use a whole number of {unit} {bounds}." if unit else f"Use a whole number {bounds}."

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            _unfit_type(value, hint)
        if value < least or (most is not None and value > most):
            raise Unfit("is out of range", hint)
        return value

    return read


def _provider(value: object) -> str | Scheme:
    hint = "Use a name of the catalog, or a record from hookseal.schemes."
    if not isinstance(value, str | Scheme):
        _unfit_type(value, hint)
    if isinstance(value, str) and not value.isascii():
        raise Unfit("is no name of a provider", hint)
    return value


def _field(value: object) -> str | Json | Form:
    hint = 'Use a JSON pointer as str ("/id"), or Json or Form from hookseal.schemes.'
    return value if isinstance(value, str | Form | Json) else _unfit_type(value, hint)


def _auto_or_boolean(value: object) -> str | bool:
    if value != "auto" and not isinstance(value, bool):
        raise Unfit("has a value it cannot have", 'Use "auto", True or False.')
    return "auto" if value == "auto" else bool(value)


def _capture(value: object) -> str:
    if not isinstance(value, str) or value not in {"none", "refused", "all"}:
        raise Unfit("has a value it cannot have", 'Use "none", "refused" or "all".')
    return value


def _store(value: object) -> str | bool:
    return value if isinstance(value, bool) else _text(value)


def _url(value: object) -> str:
    hint = 'Use the URL as the sender knows it: "https://hooks.example.com".'
    text = _text(value)
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.fragment or not re.fullmatch(r"[!-~]+", text):
        raise Unfit("is no absolute http or https URL", hint)
    return text


def _networks(value: object) -> Networks:
    try:
        return Networks(_texts(value))
    except Unfit:
        raise
    except ValueError as error:
        raise Unfit(f"holds a bad address range: {error}", 'Write ranges as "203.0.113.0/24".') from None


def _proxies(value: object) -> Proxies:
    if isinstance(value, list | tuple):
        return Proxies(networks=_networks(value))
    return Proxies(hops=_whole("proxies", least=0)(value))


def _rate(value: object) -> RateLimit:
    hint = 'Use a number of requests and a unit s, m or h: "50/s", "1000/h".'
    match = re.fullmatch(r"([1-9][0-9]{0,8})/([smh])", _text(value))
    if match is None:
        raise Unfit("is no rate", hint)
    return RateLimit(int(match[1]), {"s": 1, "m": 60, "h": 3600}[match[2]])


PROVIDER: Setting[str | Scheme | None] = Setting("PROVIDER", _provider, None)
SECRETS: Setting[object] = Setting("SECRETS", _anything, None)
BASIC_AUTH: Setting[object] = Setting("BASIC_AUTH", _anything, None)
ENABLED: Setting[bool] = Setting("ENABLED", _boolean, default=True)
HTTPS: Setting[bool] = Setting("HTTPS", _boolean, default=True)
PUBLIC_URL: Setting[str | None] = Setting("PUBLIC_URL", _optional(_url), None)
MAX_BODY: Setting[int | None] = Setting("MAX_BODY", _optional(_whole("bytes", 1)), None)
TOLERANCE: Setting[int | None] = Setting("TOLERANCE", _optional(_whole("seconds", 0)), None)
ALLOW_IPS: Setting[Networks | None] = Setting("ALLOW_IPS", _optional(_networks), None)
TRUSTED_PROXIES: Setting[Proxies | None] = Setting("TRUSTED_PROXIES", _optional(_proxies), None)
RATE_LIMIT: Setting[RateLimit | None] = Setting("RATE_LIMIT", _optional(_rate), None)
REFUSAL_STATUS: Setting[int | None] = Setting("REFUSAL_STATUS", _optional(_whole("", 400, 499)), None)
HANDSHAKE: Setting[bool | None] = Setting("HANDSHAKE", _optional(_boolean), None)

REPLAY: Setting[str | bool | None] = Setting("REPLAY", _store, None)
CACHE: Setting[str] = Setting("CACHE", _text, "default")
DATABASE: Setting[str] = Setting("DATABASE", _text, "default")
RETENTION: Setting[int | None] = Setting("RETENTION", _whole("seconds", 1), None)
LEASE: Setting[int | None] = Setting("LEASE", _whole("seconds", 1), None)
REPLAY_FAIL_OPEN: Setting[str | bool] = Setting("REPLAY_FAIL_OPEN", _auto_or_boolean, "auto")
EVENT_ID: Setting[str | Json | Form | None] = Setting("EVENT_ID", _field, None)
EVENT_TIME: Setting[str | Json | Form | None] = Setting("EVENT_TIME", _field, None)
MAX_AGE: Setting[int | None] = Setting("MAX_AGE", _whole("seconds", 1), None)

TOPICS: Setting[tuple[str, ...]] = Setting("TOPICS", _topics, ())
OPTIONS: Setting[Options] = Setting("OPTIONS", _options, Options())
AUTO_CONFIRM: Setting[bool] = Setting("AUTO_CONFIRM", _boolean, default=False)

CAPTURE: Setting[str] = Setting("CAPTURE", _capture, "none")

_ALL: tuple[Setting[Any], ...] = (
    PROVIDER,
    SECRETS,
    BASIC_AUTH,
    ENABLED,
    HTTPS,
    PUBLIC_URL,
    MAX_BODY,
    TOLERANCE,
    ALLOW_IPS,
    TRUSTED_PROXIES,
    RATE_LIMIT,
    REFUSAL_STATUS,
    HANDSHAKE,
    REPLAY,
    CACHE,
    DATABASE,
    RETENTION,
    LEASE,
    REPLAY_FAIL_OPEN,
    EVENT_ID,
    EVENT_TIME,
    MAX_AGE,
    TOPICS,
    OPTIONS,
    AUTO_CONFIRM,
    CAPTURE,
)

SETTINGS: Mapping[str, Setting[Any]] = MappingProxyType({setting.name: setting for setting in _ALL})
"""Every setting by its name."""
