"""What else may have been signed and how: other texts, digests, encodings and places, for message authentication codes.

The engine takes the delivery apart as the record says; its parts are put together in the ways that other versions and
other senders do it, and every known key is tried over every text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from hookseal import _engine
from hookseal._engine import Anatomy, Record
from hookseal.explain.case import Case
from hookseal.explain.causes import Cause
from hookseal.explain.keys import Key
from hookseal.explain.trials import Sent, form_fields, header_parts
from hookseal.reasons import Reason

__all__ = ["FRAMES", "frames"]

FRAMES = (
    *("{body}", "{ts}.{body}", "{ts}{body}", "{body}{ts}", "{ts}:{body}", "v0:{ts}:{body}", "v1:{ts}:{body}"),
    *("{ts}|{body}", "{ts},{body}", "{ts}\n{body}", "{body}.{ts}", "{id}.{ts}.{body}", "{id}{ts}{body}", "{id}.{body}"),
    *("{ts}.{id}.{body}", "{url}", "{url}{body}", "{body}{url}", "{method}{url}{body}", "{method}{url}{body}{ts}"),
    *("{ts}.{url}.{body}", "{ts}", "{ts}{token}", "{id}"),
)
"""What senders sign, as templates: those of the catalog that are made of these parts alone, and their kin."""

_MOST_SIGNATURES = 16
_MOST_TEXTS = 400
# Hexadecimal, base64 or base64url of 20 bytes or more.
_SIGNATURE = re.compile(r"[0-9A-Za-z+/_-]{27,200}={0,2}")
_SIGNS = re.compile(r"signature|hmac|hash|digest|sig\b")
_PART = re.compile(r"\{(\w+)\}")
_SHAPE = {Reason.MALFORMED_SIGNATURE, Reason.MISSING_SIGNATURE, Reason.WRONG_ALGORITHM, Reason.DUPLICATE_HEADER}
_TIME = {Reason.MALFORMED_TIMESTAMP, Reason.TIMESTAMP_OUT_OF_RANGE}


def frames(
    case: Case, record: Record, keys: Sequence[Key], requests: Iterable[Sent], reason: Reason | None
) -> Iterator[tuple[Cause, ...]]:
    """Find the combinations of key, text, digest and encoding that made a signature of the delivery.

    Args:
        case: what is examined.
        record: how the endpoint reads it.
        keys: the keys to try.
        requests: the request as it was received, then as it may have been sent.
        reason: what the delivery is refused for.
    """
    received, *others = islice(requests, _MOST_TEXTS)
    plain = [key for key in keys if not any(cause.code.startswith("secret_") for cause in key.causes)]
    for anatomy in _dissected(case, record, received):
        found = _Finding(case, record, anatomy, _signatures(anatomy, received), reason)
        texts = [_Text(text, received.causes) for text in anatomy.texts]
        yield from found.of(keys, [*texts, *_framed(case, anatomy, received)])
        changed = ((sent, part) for sent in others for part in _dissected(case, record, sent))
        bent = [_Text(text, sent.causes) for sent, part in changed for text in part.texts]
        few = others[:_FRAMED] if len(received.body) <= _SHORT else []
        bent += [text for sent in few for text in _framed(case, anatomy, sent)]
        yield from found.of(plain, bent)


# Of the changed requests, so many of the likeliest are put together otherwise as well (ends, line ends, mark), where
# the body is short: each is a copy of it.
_FRAMED = 8
_SHORT = 65_536


@dataclass(frozen=True)
class _Text:
    """Bytes that may have been signed, and what would have made them so."""

    signed: bytes
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class _Finding:
    """Searches for what made the signatures of one proof."""

    case: Case
    record: Record
    anatomy: Anatomy
    signatures: Sequence[str]
    reason: Reason | None

    def of(self, keys: Sequence[Key], texts: Iterable[_Text]) -> Iterator[tuple[Cause, ...]]:
        """Try every key over every text, each once."""
        unlike = {text.signed: text for text in reversed(list(texts))}
        tried = list(unlike.values())
        secrets = [key.secret for key in keys]
        hits, count, bounded = _engine.search(self.record, self.signatures, secrets, [text.signed for text in tried])
        self.case.trials.add(count, bounded=bounded)
        for _, key, text, digest, encoding in hits:
            yield (*keys[key].causes, *tried[text].causes, *self._scheme(digest, encoding, tried[text]))

    def _scheme(self, digest: str, encoding: str, text: _Text) -> Iterator[Cause]:
        """What differs from the record but key and text; where nothing does, why the engine refused it all the same."""
        name, header = self.case.naming.cause, next(iter(self.record.signature_headers), "the signature's field")
        if digest != self.anatomy.digest:
            yield name("wrong_digest", found=_shown(digest), expected=_shown(self.anatomy.digest))
        if encoding != self.anatomy.encoding:
            yield name("wrong_encoding", found=encoding, expected=self.anatomy.encoding)
        elif digest == self.anatomy.digest and not text.causes and self.reason in _SHAPE:
            yield name("wrong_shape", header=header)
        elif self.reason in _TIME:
            yield name("wrong_time", time=dict(self.anatomy.parts).get("ts", ""))


def _shown(digest: str) -> str:
    return digest.upper().replace("SHA", "SHA-")


def _dissected(case: Case, record: Record, sent: Sent) -> list[Anatomy]:
    parts = header_parts(sent, record.headers)
    every = sent.headers if record.reads_every_header else None
    fields = form_fields(sent)
    options = case.endpoint.particulars.options
    try:
        return _engine.dissect(record, parts, sent.body, sent.method, sent.engine_url, fields, every, options)
    except ValueError:
        return []


def _signatures(anatomy: Anatomy, sent: Sent) -> list[str]:
    """What may be a signature where one is due; where nothing is, in any header that is called so."""
    named = [value for name, value in sent.headers if _SIGNS.search(name.lower())]
    texts = [anatomy.signatures] if anatomy.signatures else named
    found = [match for text in texts for match in _SIGNATURE.findall(text)]
    padded = [text + "=" * (-len(text) % 4) for text in found]
    return list(dict.fromkeys([*found, *padded]))[:_MOST_SIGNATURES]


def _framed(case: Case, anatomy: Anatomy, sent: Sent) -> Iterator[_Text]:
    """The parts put together in every known way but the record's own."""
    parts = _parts(anatomy, sent)
    for template in FRAMES:
        names = _PART.findall(template)
        if template == anatomy.template or not all(parts.get(name) for name in names):
            continue
        told = case.naming.cause("wrong_frame", found=template, expected=anatomy.template)
        for values in islice(product(*(parts[name] for name in names)), _MOST_VALUES):
            signed = _joined(template, dict(zip(names, values, strict=True)))
            yield _Text(signed, (*sent.causes, told))
    if "form:sorted" in anatomy.template:
        fields = form_fields(sent) or _form(sent)
        text = sent.engine_url + "".join(name + value for name, value in fields)
        told = case.naming.cause("form_order", what="with the fields in the order in which they came")
        yield _Text(text.encode("utf-8", "replace"), (*sent.causes, told))


def _form(sent: Sent) -> list[tuple[str, str]]:
    try:
        return _engine.parse_form(sent.body)
    except ValueError:
        return []


_MOST_VALUES = 4


def _parts(anatomy: Anatomy, sent: Sent) -> dict[str, list[bytes]]:
    """The values that a template may name; times and ids that the record does not take come from headers like one."""
    known = {name: [text.encode("utf-8", "replace")] for name, text in anatomy.parts}
    times = [value for _, value in sent.headers if re.fullmatch(r"[0-9]{10}|[0-9]{13}", value)]
    ids = [value for name, value in sent.headers if name.lower().endswith("-id") and value.isascii()]
    texts = {"ts": times[:2], "id": ids[:2]}
    guessed = {name: [value.encode() for value in values] for name, values in texts.items()}
    method = sent.method.encode("utf-8", "replace")
    return guessed | known | {"body": [sent.body], "url": [sent.engine_url.encode()], "method": [method]}


def _joined(template: str, values: dict[str, bytes]) -> bytes:
    """Fill in a template; nothing in a value is ever read as a name."""
    pieces = _PART.split(template)
    return b"".join(values[text] if index % 2 else text.encode() for index, text in enumerate(pieces))
