"""`sign`: an example of what any provider sends, with all that a receiver needs to verify it, and without a site."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hookseal._engine import Secret
from hookseal.keysource import DEMANDED_OPTIONS, KeySource
from hookseal.samples import Keys, as_body, new_keys, sample
from hookseal.secrets import read_secrets
from hookseal.signing import Provider, Signed, record_of
from hookseal.testing.fetched import published_by
from hookseal.testing.tampering import Signing
from hookseal.testing.topics import of_topic
from hookseal.verifier import Verifier

__all__ = ["Example", "sign"]

URL = "https://testserver/hooks/"
TOPIC = "arn:aws:sns:us-east-1:123456789012:example"


@dataclass(frozen=True)
class Example:
    """A delivery as its provider would send it.

    Attributes:
        provider: who sends.
        signing: how it was signed, for `hookseal.testing.tamper`.
        signed: method, URL, headers and body.
        secrets: what SECRETS has to hold for it to be accepted; empty where keys are fetched.
        options: OPTIONS, likewise.
        topics: TOPICS, likewise.
        keysource: where such keys are found, without a network.
    """

    provider: Provider
    signing: Signing
    signed: Signed
    secrets: list[str | Secret] = field(repr=False)
    options: Mapping[str, str]
    topics: tuple[str, ...]
    keysource: KeySource = field(repr=False)

    def verifier(self) -> Verifier:
        """Make a verifier that accepts it."""
        return Verifier(
            self.provider,
            secrets=self.secrets,
            options=self.options,
            topics=self.topics,
            keysource=self.keysource,
        )


def sign(
    provider: Provider,
    payload: object = None,
    *,
    secret: str | bytes | Secret | None = None,
    url: str = URL,
    event_id: str | None = None,
    now: float | None = None,
    content_type: str | None = None,
    method: str = "POST",
    options: Mapping[str, str] = MappingProxyType({}),
) -> Example:
    """Sign a delivery as any provider would.

    Args:
        provider: a name of the catalog, a record from `hookseal.schemes`, or a compiled one.
        payload: bytes or str as they are, anything else as JSON, or as a form where `content_type` says so; left out:
            a sample of the shape that the provider sends.
        secret: a secret that sender and receiver share; left out: one is made up, or a pair of keys where the
            provider signs with one.
        url: the whole URL, where the provider signs it.
        event_id: the id of the event, where its provider sends it in a header; left out: one is made up.
        now: the time of signing, Unix seconds; left out: `time.time()`.
        content_type: the type of the body.
        method: the HTTP method.
        options: what the provider's record takes beside the secret; what is left out is made up.

    Raises:
        LookupError: the catalog has no such provider.
        ValueError: nobody but the provider can sign so that it verifies, the secret cannot be a key, or the payload is
            not of the shape that it signs; the text says which.
    """
    record = record_of(provider, "custom")
    if secret is not None and record.key_kind != "shared":
        raise ValueError(f"{record.title} shares no secret: leave it out, and verify by the example's own keys")
    (given,) = read_secrets([secret]) if secret is not None else (None,)
    keys = new_keys(record) if given is None else Keys(given, given)
    demanded = (*record.options, *DEMANDED_OPTIONS.get(record.source, ()))
    chosen = dict.fromkeys(demanded, "made-up") | dict(options)
    body = sample(record, keys, chosen) if payload is None else as_body(payload, content_type)
    topics = (TOPIC,) if record.needs_topics else ()
    signing = Signing(
        record,
        keys.signs,
        of_topic(body.body, topics),
        time.time() if now is None else now,
        event_id=event_id,
        method=method,
        url=url if record.needs_url else None,
        content_type=body.content_type,
        options=chosen,
        tolerance=record.tolerance,
    )
    fetch = published_by(lambda _source: str(keys.verifies))
    secrets = [keys.verifies] if record.needs_secrets else []
    return Example(provider, signing, signing.sign(), secrets, chosen, topics, KeySource(fetch=fetch))
