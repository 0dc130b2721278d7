"""What a made-up delivery consists of: a secret that nobody else has, and a body of the shape that its provider signs.

Both are found by asking the provider's record what it takes, so no provider is described a second time.
"""

from __future__ import annotations

import json
import secrets
from binascii import b2a_base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import urlencode

from hookseal._engine import Record, Secret, SecretError
from hookseal.signing import Provider, record_of, sign
from hookseal.templates import TEMPLATES

__all__ = ["FORM", "JSON", "Keys", "Sample", "as_body", "new_keys", "new_secret", "sample", "takes"]

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Keys:
    """What signs for a provider, and what verifies; the same text where a secret is shared."""

    signs: str | Secret
    verifies: str | Secret

    def __repr__(self) -> str:
        return "<Keys>"


@dataclass(frozen=True)
class Sample:
    """A body, its Content-Type, and headers beside it that name the event and are not signed."""

    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


def new_secret(record: Record, user: str = "user") -> str | None:
    """Make a strong secret, in the first of the usual forms that a record takes.

    Args:
        record: the provider's.
        user: the name before the password, where the secret is a pair of them.

    Returns:
        None where the provider signs with a key of its own.
    """
    if record.key_kind != "shared":
        return None
    return next((text for text in _forms(record, user) if takes(record, text)), None)


def new_keys(provider: Provider) -> Keys:
    """Make a secret, or a pair of keys, that nobody else has.

    Raises:
        LookupError: the catalog has no such provider.
        ValueError: nobody but the provider can sign so that it verifies; the text says why.
    """
    record = record_of(provider, "custom")
    try:
        pair = record.key_pair()
    except SecretError as error:
        raise ValueError(f"{record.title} cannot be signed for: its key {'. '.join(map(str, error.args))}") from None
    if record.source in _ROOTED:
        why = f"its certificate has to lead to an authority that is trusted, and only {record.title} has one that does"
        raise ValueError(f"{record.title} cannot be signed for: {why}. Replay what it sent, by its genuine key.")
    if pair is not None:
        return Keys(*pair)
    secret = new_secret(record)
    if secret is None:
        raise ValueError(f"{record.title} cannot be signed for: no secret of a usual form is a key of it")
    return Keys(secret, secret)


def sample(
    provider: Provider, keys: Keys, options: Mapping[str, str] = MappingProxyType({}), event: str | None = None
) -> Sample:
    """Make up a body that the provider could have sent, with an id of its own.

    Args:
        provider: a name of the catalog, or a record.
        keys: what signs for it; no signature is kept.
        options: what its record takes beside the secret.
        event: the type of the event, as the provider writes it: "invoice.paid".

    Raises:
        LookupError: the catalog has no such provider.
        ValueError: no body is known that it would sign.
    """
    made = list(_bodies(record_of(provider, "custom"), event))
    objections = [_objection(provider, keys, options, each) for each in made]
    if all(objections):
        raise ValueError(f"no sample of this provider can be made up: {objections[0]}")
    return made[objections.index("")]


def as_body(payload: object, content_type: str | None = None) -> Sample:
    """Write a payload down: bytes and text as they are, anything else as JSON, or as a form where that is the type.

    Raises:
        TypeError: it can be neither.
    """
    if isinstance(payload, bytes | str):
        return Sample(payload.encode() if isinstance(payload, str) else payload, content_type or JSON)
    if (content_type or "").partition(";")[0].strip().lower() == FORM:
        if not isinstance(payload, Mapping):
            raise TypeError("a form is written from a mapping of names to texts")
        return Sample(urlencode(payload, doseq=True).encode(), str(content_type))
    return Sample(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(), content_type or JSON)


def takes(record: Record, text: str) -> bool:
    """Whether a text can be a key of a record."""
    try:
        record.check(Secret(text))
    except SecretError:
        return False
    return True


_BYTES = 32
# Whose certificates are judged by where they lead to.
_ROOTED = {"paypal", "scaleway"}


def _forms(record: Record, user: str) -> Iterator[str]:
    random = secrets.token_bytes(_BYTES)
    base64 = b2a_base64(random, newline=False).decode()
    if not takes(record, "whsec_A"):  # what follows the prefix is decoded, and this is no base64
        yield f"whsec_{base64}"
    yield random.hex()
    yield base64
    yield f"{user.replace(':', '-')}:{secrets.token_urlsafe(_BYTES)}"


def _objection(provider: Provider, keys: Keys, options: Mapping[str, str], made: Sample) -> str:
    """What the signer says against a body; empty where it signs it."""
    to = "https://example.com/"
    try:
        sign(
            provider,
            secret=keys.signs,
            body=made.body,
            now=0,
            url=to,
            content_type=made.content_type,
            options=options,
        )
    except ValueError as error:
        return str(error)
    return ""


def _bodies(record: Record, event: str | None) -> Iterator[Sample]:
    number = secrets.token_hex(8)
    if template := TEMPLATES.get(record.name):
        like_theirs = template.make(event or template.events[0], number)
        yield replace(as_body(like_theirs.payload, FORM if like_theirs.is_form else JSON), headers=like_theirs.headers)
    facts: dict[str, object] = {"id": f"evt_{number}", "type": event or "sample", "text": "Made up for a test."}
    bodies = [as_body(facts), as_body(facts, FORM)]
    # Whoever signs single fields beside the URL sends forms, though some would sign JSON as well.
    yield from reversed(bodies) if record.body_authenticated == "fields" and record.needs_url else bodies
    payment = {"pspReference": facts["id"], "eventCode": "AUTHORISATION", "success": "true"}
    payment |= {"merchantReference": "sample", "amount": {"value": 1000, "currency": "EUR"}}
    yield as_body({"live": "false", "notificationItems": [{"NotificationRequestItem": payment}]})
