"""Records for senders that the catalog lacks: `PROVIDER: mac(header="X-Acme-Signature", ...)`.

The constructors only write down what they are given, so a settings file always imports. The record is compiled by the
same engine as the catalog's when its endpoint is built; what cannot be right becomes a finding there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Form", "Header", "Http", "Json", "Place", "Query", "Scheme", "basic", "mac", "token"]

Digest: TypeAlias = Literal["sha1", "sha256", "sha384", "sha512"]
Encoding: TypeAlias = Literal["hex", "base64", "base64url"]
KeyText: TypeAlias = Literal["verbatim", "whsec", "whsec-or-raw", "base64", "hex"]
Shape: TypeAlias = Literal["plain", "pairs", "versions"]
Unit: TypeAlias = Literal["s", "ms", "iso8601", "rfc1123"]


@dataclass(frozen=True)
class Header:
    """A value in a header of the request.

    Args:
        name: the header's name, in any case.
        pairs: what separates the pairs, where the header is a list of k=v ("," in "t=1,v1=ab").
        name_in_list: which of those pairs holds the value.
        optional: whether it may be missing; it then counts as empty.
    """

    name: str
    pairs: str | None = None
    name_in_list: str | None = None
    optional: bool = False


@dataclass(frozen=True)
class Query:
    """A value in the query string of the URL."""

    name: str
    optional: bool = False


@dataclass(frozen=True)
class Form:
    """A field of a form in the body."""

    name: str
    optional: bool = False


@dataclass(frozen=True)
class Json:
    """A value in a JSON body, by its pointer: "/event/id"."""

    pointer: str
    optional: bool = False


Place: TypeAlias = Header | Query | Form | Json
"""Where a value stands in a request."""


@dataclass(frozen=True)
class Http:
    """How the sender talks HTTP.

    Args:
        refusal: the bare status it demands for a refused delivery, for instance 401; otherwise Django's 400.
        success: the statuses that count as delivered; empty: every 2xx.
        probes: methods beside POST that it probes the URL with; answered 200 without the view.
        retry: seconds from its first to its last attempt; 0 where it never tries again; None where that is not known.
        max_body: the largest body in bytes.
    """

    refusal: int | None = None
    success: tuple[int, ...] = ()
    probes: tuple[str, ...] = ()
    retry: int | None = None
    max_body: int | None = None


@dataclass(frozen=True)
class Scheme:
    """A record as its JSON text; made by the constructors of this module."""

    text: str

    def json(self) -> str:
        """The record in the shape of the catalog's files, as JSON text."""
        return self.text


def basic(*, title: str = "HTTP Basic", docs: str = "", http: Http | None = None) -> Scheme:
    """Describe a sender that proves itself with HTTP Basic; its secrets are "user:password".

    Anyone who reads one delivery can forge the next, so only https protects this.
    """
    return _record(_equal("basic", "Authorization", "Basic", "base64"), title, docs, http)


def token(
    *,
    header: str = "Authorization",
    scheme: str | None = None,
    title: str = "Token",
    docs: str = "",
    http: Http | None = None,
) -> Scheme:
    """Describe a sender that shows a shared token in a header.

    Args:
        header: the header that holds it.
        scheme: the word before it; by default "Bearer" in Authorization and nothing elsewhere. "" for nothing.
        title: the sender's name, for people.
        docs: where the sender documents it.
        http: how the sender talks HTTP.
    """
    if scheme is None and header.lower() == "authorization":
        scheme = "Bearer"
    key = "token68" if scheme else "verbatim"
    return _record(_equal(key, header, scheme or None, "text"), title, docs, http)


def mac(
    *,
    digest: Digest,
    encoding: Encoding,
    header: str | None = None,
    at: Place | None = None,
    signed: str = "{body}",
    parts: Mapping[str, Place] | None = None,
    prefix: str | None = None,
    shape: Shape = "plain",
    version: str | None = None,
    split: str | None = None,
    key: KeyText = "verbatim",
    event: Place | str | None = None,
    time: str | None = "ts",
    unit: Unit = "s",
    tolerance: int | None = None,
    time_of: Literal["attempt", "event", "unknown"] = "attempt",
    title: str = "HMAC",
    docs: str = "",
    http: Http | None = None,
) -> Scheme:
    """Describe a sender that signs with HMAC over text made from the request.

    Example:
        mac(header="X-Acme-Signature", digest="sha256", encoding="hex", prefix="sha256=", signed="{ts}.{body}",
            parts={"ts": Header("X-Acme-Time")}, event=Json("/id"))

    Args:
        digest: the hash function.
        encoding: how the signature is written.
        header: the header that holds the signature.
        at: where the signature stands, where that is no header of its own.
        signed: the signed text; {body}, {url}, {method} and the names of `parts` in braces stand for their bytes.
        parts: where the named values of `signed` stand.
        prefix: text before the signature, "sha256=".
        shape: "plain": one signature; "pairs": k=v pairs of which those named `version` are signatures;
            "versions": entries "version,signature".
        version: which entries of a list are signatures, "v1".
        split: what separates the entries of a list.
        key: how a secret becomes the key: as it stands, or decoded.
        event: where the id of the event stands, or the name of a part; an id that is not signed is not used.
        time: the part that holds the time of signing, by default the one named "ts" if there is one; None for none.
        unit: how that time is written.
        tolerance: seconds it may lie from now, both ways; by default the engine's.
        time_of: what the time is of: each attempt to deliver, the event, or not known.
        title: the sender's name, for people.
        docs: where the sender documents it.
        http: how the sender talks HTTP.

    Raises:
        TypeError: not exactly one of `header` and `at` is given, or `event` is a place and a part bears that name.
    """
    if (header is None) == (at is None):
        raise TypeError("mac() takes one of header and at: where the signature stands")
    places = dict(parts or {})
    if time == "ts" and "ts" not in places:
        time = None
    if event is not None and not isinstance(event, str):
        if "event" in places:
            raise TypeError('mac() has a part named "event": give its name as event, or the part another name')
        places["event"], event = event, "event"
    proof = {
        "algorithm": f"hmac-{digest}",
        "key": {"kind": "shared", "text": [key]},
        "signature": _given(
            at=as_written(at if at is not None else Header(str(header))),
            shape=shape,
            prefix=prefix,
            version=version,
            split=split,
            encoding=encoding,
        ),
        "signed": signed,
        "parts": {name: as_written(place) for name, place in places.items()},
    }
    when = None if time is None else _given(part=time, unit=unit, of=time_of, tolerance=tolerance)
    return _record(proof, title, docs, http, event=event, time=when)


def _equal(key: str, header: str, scheme: str | None, encoding: str) -> dict[str, object]:
    signature = _given(at=as_written(Header(header)), shape="plain", scheme=scheme, encoding=encoding)
    return {"algorithm": "equal", "key": {"kind": "shared", "text": [key]}, "signature": signature}


def _record(proof: Mapping[str, object], title: str, docs: str, http: Http | None, **more: object) -> Scheme:
    answers = None if http is None else _given(**vars(http))
    record = _given(title=title, docs=docs, grade="A", http=answers, **more) | {"proof": [proof]}
    return Scheme(json.dumps(record, sort_keys=True))


def as_written(place: Place) -> dict[str, object]:
    """Write a place down as records do."""
    if isinstance(place, Header):
        return _given(header=place.name, pairs=place.pairs, name=place.name_in_list, optional=place.optional or None)
    kind, name = ("json", place.pointer) if isinstance(place, Json) else (type(place).__name__.lower(), place.name)
    return _given(optional=place.optional or None) | {kind: name}


def _given(**values: object) -> dict[str, object]:
    """Leave out what was not given; the engine's defaults hold for it."""
    return {name: value for name, value in values.items() if value is not None}
