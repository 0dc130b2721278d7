"""Builds endpoints from the settings: read late, built once, forgotten when HOOKSEAL changes.

Nothing here raises for a wrong setting. An endpoint with errors knows them, has no verifier, and answers 503 until they
are mended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from django.conf import settings as site
from django.core.signals import setting_changed

from hookseal import _engine, settings
from hookseal._engine import LIMITS, Record, RecordError, Secret, SecretError
from hookseal.endpoints import Endpoint
from hookseal.entry import SHARED, Entry
from hookseal.findings import Finding, nearest
from hookseal.keyring import Keyring, read_credentials, read_keyring
from hookseal.origins import is_parent, origin_of, registered
from hookseal.particulars import Particulars, read_particulars
from hookseal.protection import read_protection
from hookseal.secrets import PRF_KEY, SecretSource
from hookseal.settings import Proxies, RateLimit
from hookseal.sharing import counts_atomically, is_shared, read_cache
from hookseal.signing import providers, record_of
from hookseal.vouched import with_vouched_fields

__all__ = [
    "NO_KEYWORDS",
    "Endpoint",
    "RateLimit",
    "aliases",
    "endpoint",
    "finder",
    "forget",
    "standing_in",
    "with_keys",
]

NO_KEYWORDS: Mapping[str, object] = MappingProxyType({})
"""What a decorator without keywords overrides."""


def endpoint(alias: str, overrides: Mapping[str, object] = NO_KEYWORDS) -> Endpoint:
    """Find the endpoint of an alias, building it at first use.

    Args:
        alias: its name in HOOKSEAL.
        overrides: keywords of the decorator. They are told apart by identity: pass the same object each time.
    """
    return finder(alias, overrides)()


def finder(alias: str, overrides: Mapping[str, object] = NO_KEYWORDS) -> Callable[[], Endpoint]:
    """As `endpoint`, for those who ask again with each request."""
    key = (alias, id(overrides) if overrides else 0)

    def find() -> Endpoint:
        known = _built.get(key)
        if known is None:
            if len(_built) >= _MOST_ENDPOINTS:
                _built.clear()
            # Keeping the overrides keeps their identity from going to another object.
            built = _build(alias, overrides)
            known = _built[key] = (_stand_ins[-1](built) if _stand_ins else built, overrides)
        return known[0]

    return find


def aliases() -> tuple[str, ...]:
    """Name the endpoints in HOOKSEAL, in its order, and after them those that another package's settings configure."""
    hookseal = _hookseal()
    if not isinstance(hookseal, Mapping):
        return ()
    own = [str(alias) for alias in hookseal if alias != SHARED and not is_parent(str(alias))]
    others = [alias for alias in registered() if not endpoint(alias).lacks]
    return tuple(dict.fromkeys([*own, *others]))


def forget() -> None:
    """Read the settings anew from now on."""
    _built.clear()


@contextmanager
def standing_in(make: Callable[[Endpoint], Endpoint]) -> Iterator[None]:
    """Hand out each endpoint as `make` changes it, for as long as this lasts: so tests give endpoints other keys."""
    _stand_ins.append(make)
    forget()
    try:
        yield
    finally:
        _stand_ins.remove(make)
        forget()


def with_keys(
    built: Endpoint, secrets: Sequence[Secret], basic_auth: Sequence[Secret], particulars: Particulars
) -> Endpoint:
    """Give an endpoint other keys; all else stays as its settings have it, and so do errors that are not about keys.

    Args:
        built: the endpoint.
        secrets: its secrets, instead of those, or the function that finds them, in its settings.
        basic_auth: Basic credentials that it demands.
        particulars: its own, or others that have all options.

    Raises:
        SecretError: a secret cannot be a key of its provider.
    """
    other = replace(
        built,
        secrets=tuple(secrets),
        basic_auth=tuple(basic_auth),
        secret_source=None,
        uses_cache=None,
        particulars=particulars,
        errors=tuple(error for error in built.errors if not _is_of_keys(error)),
    )
    if other.record is None or other.errors or not other.enabled:
        return other
    return _armed(other, _verifier(other, other.record, other.secrets))


def _is_of_keys(error: Finding) -> bool:
    lacks_option = error.id == "E005" and "OPTIONS" in error.path.upper() and error.message.startswith("is not set")
    return lacks_option or error.id in {"E002", "E003"}


_built: dict[tuple[str, int], tuple[Endpoint, Mapping[str, object]]] = {}
_stand_ins: list[Callable[[Endpoint], Endpoint]] = []
# Far more than a site has: keywords made anew for each request must not fill the memory.
_MOST_ENDPOINTS = 1024
_DAY = 86_400
# No provider has a longer name; what is longer may be a secret that stands in the wrong place, and is not repeated.
_LONGEST_NAME = 24


def _hookseal() -> object:
    return getattr(site, "HOOKSEAL", {})


def _forget(*, setting: str, **_: object) -> None:
    if setting in {"CACHES", "HOOKSEAL"}:
        forget()


setting_changed.connect(_forget, dispatch_uid="hookseal.conf")


def _build(alias: str, overrides: Mapping[str, object]) -> Endpoint:
    entry = Entry(alias, overrides, _hookseal(), origin_of(alias))
    built = _read(entry) if entry.exists and not entry.lacks else Endpoint(str(alias))
    return replace(
        built,
        parent=entry.origin.parent if entry.origin else None,
        signs_credentials=entry.origin is not None and entry.origin.signs_credentials,
        probes=built.probes | entry.origin.probes if entry.origin else built.probes,
        lacks=entry.lacks,
        errors=tuple(finding for finding in entry.findings if finding.level == "error"),
        warnings=tuple(finding for finding in entry.findings if finding.level != "error"),
    )


def _read(entry: Entry) -> Endpoint:
    record = _record(entry)
    enabled = entry.read(settings.ENABLED)
    # An endpoint that is switched off needs no secrets.
    keyring = read_keyring(entry, record) if enabled else Keyring()
    proxies = entry.read(settings.TRUSTED_PROXIES) or Proxies()
    refusal = entry.read(settings.REFUSAL_STATUS)
    tolerance = _tolerance(entry, record)
    cache, rate_limit = read_cache(entry), entry.read(settings.RATE_LIMIT)
    handshake = entry.read(settings.HANDSHAKE)
    built = Endpoint(
        alias=str(entry.alias),
        record=record,
        secrets=keyring.secrets,
        basic_auth=read_credentials(entry) if enabled else (),
        tolerance=tolerance,
        enabled=enabled,
        https=entry.read(settings.HTTPS),
        public_url=entry.read(settings.PUBLIC_URL),
        max_body=_max_body(entry, record),
        allow_ips=entry.read(settings.ALLOW_IPS),
        trusted_hops=proxies.hops,
        trusted_proxies=proxies.networks,
        rate_limit=rate_limit,
        rate_cache=_rate_cache(entry, cache) if rate_limit is not None else None,
        uses_cache=cache if cache is not None and keyring.secrets and is_shared(cache) else None,
        refusal_status=refusal or (record.refusal if record else None),
        handshake=handshake,
        probes=frozenset() if record is None or handshake is False else frozenset(record.probes),
        protection=read_protection(entry, record, tolerance, cache) if enabled else None,
        particulars=read_particulars(entry, record) if enabled else Particulars(),
        capture=entry.read(settings.CAPTURE),
    )
    if record is None or entry.has_errors or not enabled:
        return built
    return _ready(built, record, entry, keyring)


def _ready(built: Endpoint, record: Record, entry: Entry, keyring: Keyring) -> Endpoint:
    verifier_of = partial(_verifier, built, record)
    try:
        verifier = verifier_of(keyring.secrets)
        source = None
        if keyring.lookup is not None:
            source = SecretSource(keyring.lookup, build=verifier_of, record=record, endpoint=built.alias)
    except SecretError as error:
        entry.report("E003", entry.path(settings.SECRETS), *error.args)
        return built
    if record.body_authenticated != "yes" and not record.shares_secret:
        message = "names a sender whose signature does not cover the body"
        hint = "Whoever learns one delivery can send its signature with another body: read nothing of weight from it."
        entry.report("I002", entry.path(settings.PROVIDER), message, hint)
    return _armed(replace(built, secret_source=source), verifier)


def _armed(built: Endpoint, verifier: _engine.Verifier) -> Endpoint:
    meta_keys = tuple(map(_meta_key, verifier.headers))
    return replace(built, verifier=verifier, meta_keys=meta_keys, greets=frozenset(verifier.greets))


def _verifier(built: Endpoint, record: Record, secrets: Sequence[Secret]) -> _engine.Verifier:
    return _engine.Verifier(
        record,
        secrets,
        endpoint=built.alias,
        prf_key=PRF_KEY,
        tolerance=built.tolerance,
        basic_auth=built.basic_auth,
        replay=built.protection is not None,
        options=built.particulars.options,
        topics=built.particulars.topics,
        handshake=built.handshake,
    )


def _meta_key(header: str) -> str:
    key = header.upper().replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"


def _record(entry: Entry) -> Record | None:
    provider = entry.read(settings.PROVIDER)
    given = entry.find(settings.PROVIDER)
    if provider is None:
        if given is not None:
            return None
        provider = str(entry.alias)
    try:
        return with_vouched_fields(entry, record_of(provider, str(entry.alias)), provider)
    except LookupError:
        name = ascii(provider) if len(str(provider)) <= _LONGEST_NAME else "something"
        message = f"names {name}, which is no provider of the catalog"
        if given is None:
            message = f"is not set, and {name} is no provider of the catalog"
        hint = f"{nearest(provider, providers())} Or describe the sender with hookseal.schemes."
    except RecordError as error:
        message = f"does not compile: {str(error).rstrip(' .')}"
        hint = "See hookseal.schemes for what a record may hold."
    entry.report("E001", entry.path(settings.PROVIDER), message, hint)
    return None


def _tolerance(entry: Entry, record: Record | None) -> int | None:
    given = entry.find(settings.TOLERANCE)
    tolerance = entry.read(settings.TOLERANCE)
    if record is None or record.tolerance is None or given is None:
        return record.tolerance if record else None
    if given.value is None:
        hint = "Remove it, or give seconds: the signed time is then checked again."
        entry.report("W013", given.path, "is None, so a recorded delivery stays valid for ever", hint)
    most = max(_DAY, record.tolerance)
    if tolerance is not None and tolerance > most:
        entry.report("E006", given.path, "is longer than a day", f"Use at most {most} seconds.")
    return tolerance


def _rate_cache(entry: Entry, cache: str | None) -> str | None:
    """The cache in which requests are counted: the one that CACHE names in so many words, where it can count."""
    if cache is None or entry.find(settings.CACHE) is None:
        return None
    return cache if counts_atomically(cache) else None


def _max_body(entry: Entry, record: Record | None) -> int:
    usual = record.max_body if record else None
    most = entry.read(settings.MAX_BODY) or usual or LIMITS["body_bytes"]
    if usual is not None and most < usual:
        path = entry.path(settings.MAX_BODY)
        entry.report("W006", path, "is below what the sender may send", f"Use at least {usual} bytes, or remove it.")
    return most
