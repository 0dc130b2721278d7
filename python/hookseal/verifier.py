"""`Verifier` for any framework: the decorator's engine and defaults, without Django settings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import isawaitable, iscoroutinefunction
from types import EllipsisType, MappingProxyType
from typing import TypeAlias

from hookseal import _engine
from hookseal._engine import Accepted, Record, RemoteKey, Reply, SecretError, Wanted
from hookseal.exceptions import WebhookRejected
from hookseal.keysource import DEMANDED_OPTIONS, KeySource, PlaidAccount, process_keys
from hookseal.receipt import Receipt
from hookseal.secrets import PRF_KEY, read_secrets
from hookseal.signing import Provider, record_of

__all__ = ["FindKey", "Headers", "Verifier"]

Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]
"""The headers of a request in any case and order: a mapping, or pairs, which may repeat a name.

Bytes are read as latin-1.
"""

FindKey: TypeAlias = Callable[[Wanted], RemoteKey | Awaitable[RemoteKey]]
"""Finds the key that a delivery wants: `wanted.source` says whose, `wanted.location` where it is. Plain or async."""


class Verifier:
    """Judges deliveries of one provider. Frozen and safe to share between threads.

    Example:
        verifier = Verifier("stripe", secrets=[os.environ["STRIPE_WHSEC"]])
        receipt = verifier.verify(headers=request.headers, body=request.get_data())

    Args:
        provider: a name of the catalog, a record from `hookseal.schemes`, or a compiled one: an endpoint's.
        secrets: one str, bytes or `Secret`, or a list of them, at most 32; none where the provider publishes its keys.
        tolerance: seconds that a signed time may lie from now, both ways. Left out: the provider's; None: not judged.
        basic_auth: Basic credentials ("user:password") that are demanded beside the proof.
        endpoint: a name for logs and labels; the provider's where left out.
        replay: whether receipts have a `replay_key`, for a store of your own; it costs a digest.
        options: what the provider's record takes beside the secrets (PayPal's `webhook_id`), and Plaid's account:
            `client_id`, `secret`, `environment`.
        topics: the ARNs of the topics that may send, for SNS; anybody's topic is signed as well as yours.
        keysource: where published keys come from: a `KeySource`, or a function that finds one; by default they are
            fetched, and the whole process remembers them.
        handshake: whether handshakes are answered; left out: those that are not left to you (see the provider's page).

    Raises:
        LookupError: the catalog has no such provider.
        ValueError: the record does not compile (`RecordError`), a secret cannot be a key of it (`SecretError`), there
            are too many secrets, the tolerance is negative, or secrets, topics or an option are missing.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        secrets: object = (),
        tolerance: int | EllipsisType | None = ...,
        basic_auth: object = (),
        endpoint: str | None = None,
        replay: bool = False,
        options: Mapping[str, str] = MappingProxyType({}),
        topics: Sequence[str] = (),
        keysource: KeySource | FindKey | None = None,
        handshake: bool | None = None,
    ) -> None:
        record = record_of(provider, endpoint or "custom")
        keys = read_secrets(secrets)
        if not keys and record.needs_secrets:
            raise SecretError("no secret is given", "Give the secret that the provider shows for this URL.")
        _demand(record, options, topics)
        self._keysource = keysource
        self._account = _account(record, options)
        self._endpoint = endpoint or record.name
        self._engine = _engine.Verifier(
            record,
            keys,
            endpoint=self._endpoint,
            prf_key=PRF_KEY,
            tolerance=record.tolerance if isinstance(tolerance, EllipsisType) else tolerance,
            basic_auth=read_secrets(basic_auth),
            replay=replay,
            options={name: options[name] for name in record.options},
            topics=topics,
            handshake=handshake,
        )
        self._wanted = frozenset(self._engine.headers) | {"content-type"}

    @property
    def record(self) -> Record:
        """What is known of the provider."""
        return self._engine.record

    def verify(
        self,
        *,
        headers: Headers,
        body: bytes,
        method: str = "POST",
        url: str | None = None,
        now: float | None = None,
        fields: Sequence[tuple[str, str]] | None = None,
    ) -> Receipt:
        """Judge one delivery; whoever gets a receipt may act on its body.

        Args:
            headers: the request's headers.
            body: the raw body, exactly as received.
            method: the HTTP method.
            url: the whole URL as the sender called it; needed where `record.needs_url`.
            now: the clock in Unix seconds; `time.time()` where left out.
            fields: the fields of a multipart form, for providers that sign fields.

        Raises:
            WebhookRejected: refused; `.reason` says why, `.reason.fault` whose mistake it is.
            TypeError: body is not bytes, or a header is neither str nor bytes.
        """
        delivery = self._delivery(headers, body, method=method, url=url, now=now, fields=fields)
        accepted = delivery.judge(None)
        if isinstance(accepted, Wanted):
            with self._named():
                key = self._find(accepted)
            accepted = delivery.judge(key)
        return delivery.receipt(accepted)

    async def averify(
        self,
        *,
        headers: Headers,
        body: bytes,
        method: str = "POST",
        url: str | None = None,
        now: float | None = None,
        fields: Sequence[tuple[str, str]] | None = None,
    ) -> Receipt:
        """As `verify`, for event loops, which go on while a published key is fetched."""
        delivery = self._delivery(headers, body, method=method, url=url, now=now, fields=fields)
        accepted = delivery.judge(None)
        if isinstance(accepted, Wanted):
            with self._named():
                key = await self._afind(accepted)
            accepted = delivery.judge(key)
        return delivery.receipt(accepted)

    def handshake(
        self, *, headers: Headers, method: str, url: str | None, body: bytes = b"", now: float | None = None
    ) -> Reply | None:
        """Find what to answer to a request that is no delivery: a challenge over GET, or one that nothing proves.

        A challenge that comes as a delivery is told by `Receipt.reply`.

        Args:
            headers: the request's headers.
            method: the HTTP method.
            url: the whole URL as the sender called it.
            body: the raw body of a POST.
            now: the clock in Unix seconds; `time.time()` where left out.

        Returns:
            The reply, to be sent with status 200 and `X-Content-Type-Options: nosniff`; None: it is no handshake.

        Raises:
            WebhookRejected: its challenge is malformed, or what should prove it does not.
        """
        asked = self._delivery(headers, body, method=method, url=url, now=now, fields=None)
        return self._engine.handshake(asked.parts, method, url, body, asked.now)

    def _delivery(
        self,
        headers: Headers,
        body: bytes,
        *,
        method: str,
        url: str | None,
        now: float | None,
        fields: Sequence[tuple[str, str]] | None,
    ) -> _Delivery:
        if not isinstance(body, bytes):
            raise TypeError("body must be the raw bytes of the request, not a text or an object parsed from it")
        pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
        texts = _texts(pairs, self._wanted)
        return _Delivery(
            engine=self._engine,
            endpoint=self._endpoint,
            parts=tuple(_part(texts.get(name)) for name in self._engine.headers),
            body=body,
            method=method,
            url=url,
            now=time.time() if now is None else now,
            fields=fields or (),
            every=[(_text(name), _text(value)) for name, value in pairs] if self.record.reads_every_header else None,
            content_type=texts.get("content-type", [""])[0],
        )

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Tell a rejection what it refused."""
        try:
            yield
        except WebhookRejected as rejection:
            rejection.endpoint, rejection.provider = self._endpoint, self.record.name
            raise

    def _find(self, wanted: Wanted) -> RemoteKey:
        source = self._keysource
        if source is None or isinstance(source, KeySource):
            return (source or process_keys()).key(wanted, self._account)
        key = None if iscoroutinefunction(source) else source(wanted)
        if key is None or isawaitable(key):
            raise TypeError("an async keysource needs averify()")
        return key

    async def _afind(self, wanted: Wanted) -> RemoteKey:
        source = self._keysource
        if source is None or isinstance(source, KeySource):
            return await (source or process_keys()).akey(wanted, self._account)
        key = source(wanted) if iscoroutinefunction(source) else await asyncio.to_thread(source, wanted)
        return await key if isawaitable(key) else key


@dataclass(frozen=True)
class _Delivery:
    """One delivery, as the engine takes it; it is judged twice where a published key is wanted."""

    engine: _engine.Verifier
    endpoint: str
    parts: tuple[str | list[str] | None, ...]
    body: bytes
    method: str
    url: str | None
    now: float
    fields: Sequence[tuple[str, str]]
    every: Sequence[tuple[str, str]] | None
    content_type: str

    def judge(self, key: RemoteKey | None) -> Accepted | Wanted:
        need = self.engine.admit(self.parts, self.method, self.url, self.every)
        body = self.body if need == "body" else None
        fields = self.fields if need == "fields" else None
        return self.engine.verify(self.parts, body, self.now, self.method, self.url, fields, self.every, key)

    def receipt(self, accepted: Accepted | Wanted) -> Receipt:
        if isinstance(accepted, Wanted):
            raise TypeError("the engine wants what it was given")
        provider = self.engine.record.name
        return Receipt(
            accepted, endpoint=self.endpoint, provider=provider, body=self.body, content_type=self.content_type
        )


def _demand(record: Record, options: Mapping[str, str], topics: Sequence[str]) -> None:
    if record.needs_topics and not topics:
        raise ValueError("topics: list the ARNs of your topics, as anybody's topic is signed as well as yours")
    demanded = (*record.options, *DEMANDED_OPTIONS.get(record.source, ()))
    missing = [name for name in demanded if not options.get(name)]
    if missing:
        raise ValueError(f"options: {record.name} needs {', '.join(missing)}")


def _account(record: Record, options: Mapping[str, str]) -> PlaidAccount | None:
    if record.source != "plaid":
        return None
    return PlaidAccount(options["client_id"], options["secret"], options.get("environment", "production"))


def _texts(pairs: Iterable[tuple[str | bytes, str | bytes]], wanted: frozenset[str]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for name, value in pairs:
        key = _text(name).lower()
        if key in wanted:
            texts.setdefault(key, []).append(_text(value))
    return texts


def _text(value: str | bytes) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str):
        return value
    raise TypeError(f"headers must be str or bytes, not {type(value).__name__}")


def _part(texts: list[str] | None) -> str | list[str] | None:
    return texts[0] if texts is not None and len(texts) == 1 else texts
