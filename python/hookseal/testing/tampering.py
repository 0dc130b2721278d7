"""The ways to bend a signed delivery, each of which an endpoint has to refuse: one closed list for tests and tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode

from hookseal._engine import Record, Secret, SecretError
from hookseal.samples import FORM, new_secret
from hookseal.secrets import read_secrets
from hookseal.signing import Provider, Signed, record_of, sign

__all__ = ["TAMPERINGS", "Signing", "Tampering", "Untamperable", "tamper"]


class Untamperable(ValueError):
    """A delivery of this provider cannot be bent in this way: there is nothing of the kind that it proves."""


@dataclass(frozen=True)
class Signing:
    """How a delivery is signed: what `hookseal.sign` takes, and the tolerance of whoever receives it.

    Attributes:
        provider: a name of the catalog, or a record.
        secret: what signs; a private key where the provider has one.
        body: the raw body.
        now: the time of signing, Unix seconds.
        event_id: the id of the event, where one is chosen.
        method: the HTTP method.
        url: the whole URL, where the provider signs it.
        content_type: the type of the body.
        options: what the provider's record takes beside the secret.
        tolerance: seconds that the receiver lets a signed time lie from now; None: it judges none.
    """

    provider: Provider
    secret: str | bytes | Secret = field(repr=False)
    body: bytes
    now: float
    event_id: str | None = None
    method: str = "POST"
    url: str | None = None
    content_type: str = "application/json"
    options: Mapping[str, str] = field(default_factory=dict)
    tolerance: int | None = None

    @property
    def record(self) -> Record:
        """What is known of the provider."""
        return record_of(self.provider, "custom")

    def sign(self) -> Signed:
        """Sign.

        Raises:
            ValueError: the secret cannot be a key, or the body is not of the shape the provider signs.
        """
        return sign(
            self.provider,
            secret=self.secret,
            body=self.body,
            now=self.now,
            event_id=self.event_id,
            method=self.method,
            url=self.url,
            content_type=self.content_type,
            options=self.options,
        )


@dataclass(frozen=True)
class Tampering:
    """One way to bend a delivery.

    Attributes:
        name: what it is called.
        also: other names of it.
        sentence: what it does.
        bend: does it, given how the delivery was signed and what came of it; gives what is to be sent, in order.
    """

    name: str
    also: tuple[str, ...]
    sentence: str
    bend: Callable[[Signing, Signed], tuple[Signed, ...]] = field(repr=False)


def tamper(name: str, signing: Signing, signed: Signed) -> tuple[Signed, ...]:
    """Bend a signed delivery.

    Args:
        name: a name in `TAMPERINGS`, or one of its other names.
        signing: how it was signed.
        signed: what came of it.

    Returns:
        What is to be sent, in order: one delivery, or the same one twice.

    Raises:
        LookupError: there is no such way.
        Untamperable: there is nothing of this kind in deliveries of this provider.
    """
    for way in TAMPERINGS:
        if name == way.name or name in way.also:
            return way.bend(signing, signed)
    known = ", ".join(way.name for way in TAMPERINGS)
    raise LookupError(f"{name!a} is no way to tamper; there are: {known}")


_Path: TypeAlias = tuple[str | int, ...]

# Beyond the tolerance by more than clocks differ.
_MARGIN = 60


def _other_body(signing: Signing, signed: Signed) -> tuple[Signed, ...]:
    """Change the first value of the body that the signature covers; where it covers none, nothing is proven of it."""
    base = replace(signing, body=signed.body)
    for body in _bent_bodies(signed, signing.content_type):
        if _is_covered(base, body):
            return (replace(signed, body=body),)
    raise Untamperable(f"{signing.record.title} signs nothing of the body: with another one, a delivery is as genuine")


def _other_secret(signing: Signing, _signed: Signed) -> tuple[Signed, ...]:
    """Sign with a secret that the endpoint does not have."""
    return (_with_other_secret(signing).sign(),)


def _too_old(signing: Signing, _signed: Signed) -> tuple[Signed, ...]:
    return (_at(signing, -1),)


def _too_early(signing: Signing, _signed: Signed) -> tuple[Signed, ...]:
    return (_at(signing, 1),)


def _without_signature(signing: Signing, signed: Signed) -> tuple[Signed, ...]:
    """Leave out what depends on the secret: headers, or fields of the body."""
    other = _with_other_secret(signing).sign()
    headers = {name: value for name, value in signed.headers.items() if other.headers.get(name) == value}
    body, fields = signed.body, _parsed(signed.body, signing.content_type)
    if len(headers) == len(signed.headers):
        theirs = dict(_leaves(_parsed(other.body, signing.content_type)))
        for path, value in list(_leaves(fields)):
            if theirs.get(path) != value:
                _parent(fields, path).pop(path[-1])
        body = _written(fields, signing.content_type)
    return (replace(signed, headers=headers, body=body),)


def _twice(_signing: Signing, signed: Signed) -> tuple[Signed, ...]:
    return (signed, signed)


TAMPERINGS: tuple[Tampering, ...] = (
    Tampering("body", (), "a value of the body is another", _other_body),
    Tampering("secret", (), "signed with another secret", _other_secret),
    Tampering("stale", ("time",), "signed longer ago than is tolerated", _too_old),
    Tampering("future", (), "signed at a time yet to come", _too_early),
    Tampering("missing", ("no_header",), "without the signature", _without_signature),
    Tampering("replay", (), "a genuine delivery, sent twice", _twice),
)
"""Every way there is."""


def _at(signing: Signing, direction: int) -> Signed:
    if signing.tolerance is None:
        raise Untamperable(f"no time of {signing.record.title} is judged here, so nothing is too old or too early")
    return replace(signing, now=signing.now + direction * (signing.tolerance + _MARGIN)).sign()


def _with_other_secret(signing: Signing) -> Signing:
    (secret,) = read_secrets([signing.secret])
    record = signing.record
    try:
        pair = record.key_pair()
    except SecretError as error:
        raise Untamperable(f"{record.title}: its key {error.args[0]}") from None
    other = new_secret(record) if pair is None else pair[0]
    return replace(signing, secret=Secret(other, slot=secret.slot))


def _is_covered(signing: Signing, body: bytes) -> bool:
    """Whether a body gets another signature. What the signer itself writes into it makes no difference."""
    try:
        before, after = signing.sign(), replace(signing, body=body).sign()
    except ValueError:  # the provider would not send such a body
        return False
    if before.headers != after.headers or before.url != after.url:
        return True
    first, second = (_parsed(each.body, signing.content_type) for each in (before, after))
    changed = dict(_leaves(_parsed(body, signing.content_type)))
    return any(changed.get(path) != value for path, value in _leaves(second) if dict(_leaves(first))[path] != value)


def _bent_bodies(signed: Signed, content_type: str) -> Iterator[bytes]:
    for path, value in _leaves(_parsed(signed.body, content_type)):
        document = _parsed(signed.body, content_type)
        bent = value + 1 if type(value) in {int, float} else f"{value}, but tampered with"
        _parent(document, path)[path[-1]] = bent
        yield _written(document, content_type)
    yield signed.body + b" "
    yield signed.body + b"&tampered=with"


def _parsed(body: bytes, content_type: str) -> Any:
    """Read a body as what its type says; one that cannot be read has no values."""
    if content_type.partition(";")[0].strip().lower() == FORM:
        return dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1"))
    try:
        return json.loads(body)
    except ValueError:
        return None


def _written(document: Any, content_type: str) -> bytes:
    if content_type.partition(";")[0].strip().lower() == FORM:
        return urlencode(document, encoding="latin-1").encode()
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _leaves(document: Any, path: _Path = ()) -> Iterator[tuple[_Path, Any]]:
    """Give each value that holds no others, with the way to it."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            yield from _leaves(value, (*path, name))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from _leaves(value, (*path, index))
    elif path:
        yield path, document


def _parent(document: Any, path: _Path) -> Any:
    """Find what holds the value at the end of a way."""
    for step in path[:-1]:
        document = document[step]
    return document
