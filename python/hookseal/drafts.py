"""Records as they are written down: what the constructors in `schemes` have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hookseal.places import Header, Place, as_written, given

__all__ = ["Http", "Named", "Require", "Scheme", "conditions", "equal", "key_of", "record", "signature"]

Encoding: TypeAlias = Literal["hex", "base64", "base64url"]
KeyText: TypeAlias = Literal["verbatim", "whsec", "whsec-or-raw", "base64", "hex", "nfkd", "sha1"]
PublicKeyText: TypeAlias = Literal["spki", "hex-32", "base64-32", "whpk", "jwk"]
Shape: TypeAlias = Literal["plain", "pairs", "versions", "numbered"]
Unit: TypeAlias = Literal["s", "ms", "iso8601", "iso8601-utc", "rfc1123"]
TimeOf: TypeAlias = Literal["attempt", "event", "unknown"]


@dataclass(frozen=True)
class Http:
    """How the sender talks HTTP.

    Args:
        refusal: the bare status it demands for a refused delivery, for instance 401; otherwise Django's 400.
        success: the statuses that count as delivered; empty: every 2xx.
        probes: HEAD, GET or both, where it probes the URL with them; answered 200 without the view.
        retry: seconds from its first to its last attempt; 0 where it never tries again; None where that is not known.
        max_body: the largest body in bytes.
    """

    refusal: int | None = None
    success: tuple[int, ...] = ()
    probes: tuple[str, ...] = ()
    retry: int | None = None
    max_body: int | None = None


@dataclass(frozen=True)
class Require:
    """What must hold beside the signature: a value equals a text made from the delivery.

    Args:
        at: where the value stands.
        equals: a template as that of the signed bytes: "{sha256-hex:body}", "{option:webhook_id}", or plain text.
    """

    at: Place
    equals: str


@dataclass(frozen=True)
class Scheme:
    """A record as its JSON text; made by the constructors of `hookseal.schemes`."""

    text: str

    def json(self) -> str:
        """The record in the shape of the catalog's files, as JSON text."""
        return self.text


class Named:
    """The named parts of a record, and which of them hold the event's id and the time of signing.

    Args:
        parts: where the named values stand.
        event: where the event's id stands, or the name of a part.
        time: the part that holds the time; "ts" counts only if there is such a part.

    Raises:
        TypeError: `event` is a place, and a part bears that name.
    """

    def __init__(self, parts: Mapping[str, Place] | None, event: Place | str | None, time: str | None) -> None:
        places = dict(parts or {})
        self._time = None if time == "ts" and "ts" not in places else time
        if event is not None and not isinstance(event, str):
            if "event" in places:
                raise TypeError('there is a part named "event": give its name as event, or the part another name')
            places["event"], event = event, "event"
        self._event = event
        self.written = {name: as_written(place) for name, place in places.items()}

    def roles(self, unit: Unit, time_of: TimeOf, tolerance: int | None) -> dict[str, object]:
        """Write down what the record says of its event and its time."""
        time = None if self._time is None else given(part=self._time, unit=unit, of=time_of, tolerance=tolerance)
        return {"event": self._event, "time": time}


def equal(key: str, header: str, scheme: str | None, encoding: str) -> dict[str, object]:
    """Write the proof down of a sender that shows the secret itself."""
    where = signature(header, None, encoding, "plain", scheme=scheme)
    return {"algorithm": "equal", "key": key_of(key, shared=True), "signature": where}


def signature(header: str | None, at: Place | None, encoding: str, shape: Shape, **more: object) -> dict[str, object]:
    """Write down where a signature stands, and how it is written.

    Raises:
        TypeError: not exactly one of `header` and `at` is given.
    """
    if (header is None) == (at is None):
        raise TypeError("give one of header and at: where the signature stands")
    place = at if at is not None else Header(str(header))
    return given(at=as_written(place), shape=shape, encoding=encoding, **more)


def key_of(text: str | None, *, shared: bool, min_bits: int | None = None) -> dict[str, object]:
    """Write down how secrets become keys; as most senders have it, where no `text` says."""
    kind, usual = ("shared", "verbatim") if shared else ("public", "spki")
    return given(kind=kind, text=[text or usual], min_bits=min_bits)


def conditions(require: Sequence[Require]) -> dict[str, object]:
    """Write down what must hold beside a signature, if anything."""
    written = [{"at": as_written(each.at), "equals": each.equals} for each in require]
    return {"require": written} if written else {}


def record(
    proofs: Sequence[Mapping[str, object]],
    title: str,
    docs: str,
    http: Http | None,
    options: Sequence[str] = (),
    **more: object,
) -> Scheme:
    """Write a whole record down."""
    answers = None if http is None else given(**vars(http) | {"probes": None})
    probes = () if http is None else http.probes
    handshakes = [{"name": f"probe by {method}", "method": method, "proof": "none"} for method in probes]
    facts = given(title=title, docs=docs, grade="A", http=answers, options=list(options) or None, **more)
    return Scheme(json.dumps(facts | {"proof": list(proofs), "handshake": handshakes}, sort_keys=True))
