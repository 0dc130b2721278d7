"""`Verifier` and `sign` for any framework: the decorator's engine and defaults, without Django settings."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import TypeAlias

from hookseal import _engine
from hookseal._engine import Record, Secret, SecretError, Wanted
from hookseal.exceptions import WebhookRejected
from hookseal.reasons import Reason
from hookseal.receipt import Receipt
from hookseal.schemes import Scheme
from hookseal.secrets import PRF_KEY, read_secrets

__all__ = ["Headers", "Signed", "Verifier", "providers", "record_of", "sign"]

Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]
"""The headers of a request in any case and order: a mapping, or pairs, which may repeat a name.

Bytes are read as latin-1.
"""


class Verifier:
    """Judges deliveries of one provider. Frozen and safe to share between threads.

    Example:
        verifier = Verifier("stripe", secrets=[os.environ["STRIPE_WHSEC"]])
        receipt = verifier.verify(headers=request.headers, body=request.get_data())

    Args:
        provider: a name of the catalog, or a record from `hookseal.schemes`.
        secrets: one str, bytes or `Secret`, or a list of them; at least one, at most 32.
        tolerance: seconds that a signed time may lie from now, both ways. Left out: the provider's; None: not judged.
        basic_auth: Basic credentials ("user:password") that are demanded beside the proof.
        endpoint: a name for logs and labels; the provider's where left out.
        replay: whether receipts have a `replay_key`, for a store of your own; it costs a digest.

    Raises:
        LookupError: the catalog has no such provider.
        ValueError: the record does not compile (`RecordError`), a secret cannot be a key of it (`SecretError`), there
            are too many secrets, or the tolerance is negative.
    """

    def __init__(
        self,
        provider: str | Scheme,
        *,
        secrets: object,
        tolerance: int | EllipsisType | None = ...,
        basic_auth: object = (),
        endpoint: str | None = None,
        replay: bool = False,
    ) -> None:
        record = record_of(provider, endpoint or "custom")
        keys = read_secrets(secrets)
        if not keys:
            raise SecretError("no secret is given", "Give the secret that the provider shows for this URL.")
        self._endpoint = endpoint or record.name
        self._engine = _engine.Verifier(
            record,
            keys,
            endpoint=self._endpoint,
            prf_key=PRF_KEY,
            tolerance=record.tolerance if isinstance(tolerance, EllipsisType) else tolerance,
            basic_auth=read_secrets(basic_auth),
            replay=replay,
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
        if not isinstance(body, bytes):
            raise TypeError("body must be the raw bytes of the request, not a text or an object parsed from it")
        texts = _texts(headers, self._wanted)
        parts = tuple(_part(texts.get(name)) for name in self._engine.headers)
        need = self._engine.admit(parts, method, url)
        accepted = self._engine.verify(
            parts,
            body if need == "body" else None,
            time.time() if now is None else now,
            method,
            url,
            (fields or ()) if need == "fields" else None,
        )
        if isinstance(accepted, Wanted):
            raise WebhookRejected(Reason.KEY_UNAVAILABLE, self._endpoint, self.record.name)
        return Receipt(
            accepted,
            endpoint=self._endpoint,
            provider=self.record.name,
            body=body,
            content_type=texts.get("content-type", [""])[0],
        )


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
    provider: str | Scheme,
    *,
    secret: str | bytes | Secret,
    body: bytes,
    now: float | None = None,
    event_id: str | None = None,
    method: str = "POST",
    url: str | None = None,
    content_type: str = "application/json",
) -> Signed:
    """Sign a delivery as the provider would: for tests, tools and demos.

    Args:
        provider: a name of the catalog, or a record from `hookseal.schemes`.
        secret: the secret, as the provider shows it.
        body: the raw body to send.
        now: the time of signing in Unix seconds; `time.time()` where left out.
        event_id: the id of the event, where the provider sends it in a header.
        method: the HTTP method.
        url: the whole URL; needed where the provider signs it.
        content_type: the type of the body.

    Raises:
        LookupError: the catalog has no such provider.
        ValueError: the secret cannot be a key, or the body is not of the shape the provider signs.
    """
    (key,) = read_secrets([secret])
    signer = _engine.Signer(record_of(provider, "custom"), key)
    moment = time.time() if now is None else now
    headers, signed, to = signer.sign(
        body, moment, event_id=event_id, method=method, url=url, content_type=content_type
    )
    return Signed(method=method, url=to, headers=dict(headers), body=signed)


def providers() -> list[str]:
    """List the names of the catalog, sorted."""
    return list(_engine.provider_names())


def record_of(provider: str | Scheme, name: str) -> Record:
    """Find or compile the record of a provider; one of the site's own goes by the given name.

    Raises:
        LookupError: the catalog has no such provider.
        RecordError: the site's own record does not compile.
    """
    return Record.from_json(name, provider.json()) if isinstance(provider, Scheme) else Record.named(provider)


def _texts(headers: Headers, wanted: frozenset[str]) -> dict[str, list[str]]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
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
