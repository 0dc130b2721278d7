"""`sign`: deliveries as their providers would send them, for tests, tools and demos; and the names of the providers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from hookseal import _engine
from hookseal._engine import Record, Secret
from hookseal.schemes import Scheme
from hookseal.secrets import read_secrets

__all__ = ["Provider", "Signed", "key_pair", "providers", "record_of", "sign"]

Provider: TypeAlias = str | Scheme | Record
"""A name of the catalog, a record from `hookseal.schemes`, or one that is compiled: an endpoint's."""


@dataclass(frozen=True)
class Signed:
    """A delivery signed as the provider would sign it.

    Attributes:
        method: the HTTP method.
        url: the URL that was signed, where the provider signs it.
        headers: the headers to send, Content-Type included.
        body: the body to send; other than the given one only where the signature stands in it.
    """

    method: str
    url: str | None
    headers: dict[str, str]
    body: bytes


def sign(
    provider: Provider,
    *,
    secret: str | bytes | Secret,
    body: bytes,
    now: float | None = None,
    event_id: str | None = None,
    method: str = "POST",
    url: str | None = None,
    content_type: str = "application/json",
    options: Mapping[str, str] = MappingProxyType({}),
) -> Signed:
    """Sign a delivery as the provider would: for tests, tools and demos.

    Args:
        provider: a name of the catalog, or a record.
        secret: the secret, as the provider shows it; where the provider signs with a private key, that key.
        body: the raw body to send.
        now: the time of signing in Unix seconds; `time.time()` where left out.
        event_id: the id of the event, where the provider sends it in a header.
        method: the HTTP method.
        url: the whole URL; needed where the provider signs it, or writes something signed into its query.
        content_type: the type of the body.
        options: what the provider's record takes beside the secret, as in `Verifier`.

    Raises:
        LookupError: the catalog has no such provider.
        ValueError: the secret cannot be a key, or the body is not of the shape the provider signs.
    """
    (key,) = read_secrets([secret])
    record = record_of(provider, "custom")
    signer = _engine.Signer(record, key, {name: options[name] for name in record.options if name in options})
    moment = time.time() if now is None else now
    headers, signed, to = signer.sign(
        body, moment, event_id=event_id, method=method, url=url, content_type=content_type
    )
    return Signed(method=method, url=to, headers=dict(headers), body=signed)


def key_pair(provider: Provider) -> tuple[str, str]:
    """Make a new pair of keys for a provider that signs with a private key: for tests, tools and demos.

    Returns:
        The private text, for `sign`; and the public one, as SECRETS takes it.

    Raises:
        LookupError: the catalog has no such provider.
        ValueError: it shares a secret, or signs with RSA and SHA-1, with which nothing new is signed.
    """
    pair = record_of(provider, "custom").key_pair()
    if pair is None:
        raise ValueError("this provider signs with a shared secret, not with a pair of keys")
    return pair


def providers() -> list[str]:
    """List the names of the catalog, sorted."""
    return list(_engine.provider_names())


def record_of(provider: Provider, name: str) -> Record:
    """Find or compile the record of a provider; one of the site's own goes by the given name.

    Raises:
        LookupError: the catalog has no such provider.
        RecordError: the site's own record does not compile.
    """
    if isinstance(provider, Record):
        return provider
    return Record.from_json(name, provider.json()) if isinstance(provider, Scheme) else Record.named(provider)
