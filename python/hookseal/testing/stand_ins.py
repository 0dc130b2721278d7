"""Keys for the endpoints of a site under test, in place of its own: new, known to nobody, gone with the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from secrets import token_hex
from threading import RLock

from hookseal import conf, keysource
from hookseal._engine import Record, Secret
from hookseal.conf import Endpoint
from hookseal.guards import guards
from hookseal.keysource import DEMANDED_OPTIONS, KeySource, PlaidAccount
from hookseal.particulars import Particulars
from hookseal.routes import guarded_paths
from hookseal.samples import Keys, new_keys, new_secret
from hookseal.settings import Options
from hookseal.testing.fetched import published_by

__all__ = ["Found", "credentials_of", "find", "keys_of", "standing_in"]


@contextmanager
def standing_in() -> Iterator[None]:
    """Give every endpoint keys of its own for as long as this lasts, and let nothing be fetched from a network.

    Settings are not changed: what they say of anything but keys holds as before. Several may last at once.
    """
    with _lock:
        if not _lasting:
            _begin()
        _lasting.append(None)
    try:
        yield
    finally:
        with _lock:
            _lasting.pop()
            if not _lasting:
                _ending.close()


@dataclass(frozen=True)
class Found:
    """An endpoint, its provider's record, and the keys that stand in for its own."""

    endpoint: Endpoint
    record: Record
    keys: Keys


def find(alias: str) -> Found:
    """Find an endpoint as its settings have it; where they lack it, as the keywords of its decorator do.

    Raises:
        LookupError: what it needs is not set.
        ValueError: it has errors, or nobody but its provider can sign so that it verifies; the text says why.
    """
    guarded_paths()  # imports the views, so that their decorators are known
    found = conf.endpoint(alias)
    keywords = [guard.overrides for guard in guards() if guard.alias == alias and guard.overrides]
    if found.record is None and keywords:
        found = conf.endpoint(alias, keywords[0])
    keys = None if found.record is None else keys_of(alias, found.record)
    if found.errors:
        raise ValueError(f'endpoint "{alias}" is not configured: ' + " ".join(map(str, found.errors)))
    if found.record is None or keys is None:
        raise LookupError(f'endpoint "{alias}" accepts nothing yet: {found.lacks}')
    return Found(found, found.record, keys)


def keys_of(alias: str, record: Record) -> Keys:
    """Give the keys that stand in for those of an endpoint: the same ones as long as the process lives.

    Endpoints whose keys are fetched share theirs.

    Raises:
        ValueError: nobody but the provider can sign so that it verifies; the text says why.
    """
    name = (record.source or alias, record.name)
    if name not in _keys:
        _keys[name] = new_keys(record)
    return _keys[name]


def credentials_of(alias: str) -> str:
    """Give the Basic credentials that an endpoint demands beside the signature."""
    return _credentials.setdefault(alias, new_secret(Record.named("basic"), alias) or "")


_lock = RLock()
_lasting: list[None] = []
_ending = ExitStack()
_keys: dict[tuple[str, str], Keys] = {}
_credentials: dict[str, str] = {}


def _begin() -> None:
    before = keysource.process_keys()
    keysource.use(KeySource(fetch=published_by(_public_key)))
    _ending.callback(keysource.use, before)
    _ending.enter_context(conf.standing_in(_with_made_up_keys))


def _public_key(source: str) -> str:
    """The public half of the one pair that was made for a source."""
    return next(str(keys.verifies) for (name, _), keys in _keys.items() if name == source)


def _with_made_up_keys(endpoint: Endpoint) -> Endpoint:
    record = endpoint.record
    if record is None:
        return endpoint
    try:
        keys = keys_of(endpoint.alias, record)
    except ValueError:  # nothing can stand in for its keys: it is judged by those that it has
        return endpoint
    credentials = [Secret(credentials_of(endpoint.alias))] if endpoint.basic_auth else []
    tokens = [Secret(token_hex(16), slot=slot) for slot in record.token_slots]
    secrets = [Secret(keys.verifies), *tokens] if record.needs_secrets else []
    return conf.with_keys(endpoint, secrets, credentials, _completed(endpoint.particulars, record))


def _completed(particulars: Particulars, record: Record) -> Particulars:
    """Give every option that the provider demands, and that is not set, a value."""
    account = particulars.account
    if DEMANDED_OPTIONS.get(record.source) and account is None:
        account = PlaidAccount("made-up", token_hex(16))
    options = dict.fromkeys(record.options, "made-up") | dict(particulars.options)
    return replace(particulars, options=Options(options), account=account)
