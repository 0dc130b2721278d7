"""Bodies as they may have been signed: what proxies, editors and parsers on the way do to one, undone.

A body that equals one already made is left out, so that one change is never told twice.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from hookseal import _engine
from hookseal.explain.case import Case
from hookseal.explain.causes import Cause
from hookseal.explain.trials import Sent

__all__ = ["bodies"]

MOST_BYTES = 1_048_576
"""Bodies beyond this are tried as they are, and no larger one comes out of decompression."""

_Changed: TypeAlias = "tuple[bytes, Cause]"


def bodies(case: Case) -> Iterator[Sent]:
    """Make the same request with each body that may have been signed, the likeliest first."""
    sent, naming = case.sent, case.naming
    seen = {sent.body}
    if len(sent.body) > MOST_BYTES:
        return
    for make in (_ends, _line_ends, _marks, _charsets, _compressed, _empty, _written_again):
        for body, cause in make(sent, naming.cause):
            if body not in seen:
                seen.add(body)
                yield sent.changed(cause, body=body)


_Name: TypeAlias = "Callable[..., Cause]"


def _ends(sent: Sent, name: _Name) -> Iterator[_Changed]:
    body = sent.body
    without = name("body_newline", what="without the white space at the end")
    yield body.removesuffix(b"\n").removesuffix(b"\r"), without
    yield body + b"\n", name("body_newline", what="with a trailing newline")
    yield body + b"\r\n", name("body_newline", what="with CR and LF at the end")
    yield body.rstrip(), without
    yield body.strip(), name("body_newline", what="without the white space around it")


def _line_ends(sent: Sent, name: _Name) -> Iterator[_Changed]:
    lf = sent.body.replace(b"\r\n", b"\n")
    yield lf, name("body_crlf", what="LF")
    yield lf.replace(b"\n", b"\r\n"), name("body_crlf", what="CRLF")
    yield lf.replace(b"\r", b"\n"), name("body_crlf", what="LF")


_MARK = b"\xef\xbb\xbf"


def _marks(sent: Sent, name: _Name) -> Iterator[_Changed]:
    yield sent.body.removeprefix(_MARK), name("body_bom", what="without the byte order mark")
    yield _MARK + sent.body, name("body_bom", what="with a byte order mark in front")


_CHARSETS = (("utf-8", "latin-1"), ("utf-8", "cp1252"), ("latin-1", "utf-8"), ("cp1252", "utf-8"), ("utf-16", "utf-8"))


def _charsets(sent: Sent, name: _Name) -> Iterator[_Changed]:
    if sent.body.isascii():
        return
    for here, there in _CHARSETS:
        with suppress(UnicodeError):
            yield sent.body.decode(here).encode(there), name("body_charset", found=there)


def _compressed(sent: Sent, name: _Name) -> Iterator[_Changed]:
    before = name("body_compressed", what="before compression")
    for window in (31, 15, -15):  # gzip, zlib, raw deflate
        if (opened := _opened(sent.body, window)) is not None:
            yield opened, before
    if "gzip" in sent.header("content-encoding").lower():
        after = name("body_compressed", what="after compression")
        for level, system in product((6, 9), (b"\x03", b"\xff", b"\x00")):
            packed = gzip.compress(sent.body, level, mtime=0)
            yield packed[:9] + system + packed[10:], after


def _opened(body: bytes, window: int) -> bytes | None:
    opener = zlib.decompressobj(window)
    try:
        opened = opener.decompress(body, MOST_BYTES)
    except zlib.error:
        return None
    return opened if opener.eof else None


def _empty(_: Sent, name: _Name) -> Iterator[_Changed]:
    yield b"", name("body_empty")


# A longer one would be written fifty times for seconds.
_MOST_REWRITTEN = 262_144


def _written_again(sent: Sent, name: _Name) -> Iterator[_Changed]:
    if len(sent.body) > _MOST_REWRITTEN:
        return
    if sent.body.lstrip()[:1] in (b"{", b"["):
        yield from _json_again(sent.body, name)
    elif "form" in sent.header("content-type").lower():
        yield from _form_again(sent.body, name)


_LAYOUTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("compact", {"separators": (",", ":")}),
    ("spaced", {}),
    ("indented (2 spaces)", {"indent": 2}),
    ("indented (4 spaces)", {"indent": 4}),
    ("indented (tabs)", {"indent": "\t"}),
)


def _json_again(body: bytes, name: _Name) -> Iterator[_Changed]:
    """Write JSON as the known writers do: JSON.stringify, Python's json, PHP's json_encode, Go's encoding/json, jq."""
    try:
        parsed = json.loads(body)
        whole = json.loads(body, parse_float=_as_javascript)
    except (ValueError, RecursionError):
        return
    values = [("", parsed)]
    if b"." in body or b"e" in body or b"E" in body:
        values.append(("numbers as JavaScript writes them", whole))
    for is_sorted, (layout, options), (numbers, value) in product((False, True), _LAYOUTS, values):
        plain = json.dumps(value, ensure_ascii=False, sort_keys=is_sorted, **options)
        ascii_text = json.dumps(value, sort_keys=is_sorted, **options)
        for escapes, text in _escaped(plain, ascii_text):
            words = [layout, "sorted" if is_sorted else "", escapes, numbers]
            cause = name("body_reserialised", form=", ".join(filter(None, words)))
            written = text.encode("utf-8", "surrogatepass")
            yield written, cause


def _escaped(plain: str, ascii_text: str) -> Iterator[tuple[str, str]]:
    yield "", plain
    yield "ASCII-escaped", ascii_text
    yield "ASCII- and \\/-escaped", ascii_text.replace("/", "\\/")
    yield "\\/-escaped", plain.replace("/", "\\/")
    html = plain.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    yield "HTML-escaped", html


# From here on Number.prototype.toString writes an exponent.
_FIRST_EXPONENT = 1e21


def _as_javascript(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < _FIRST_EXPONENT else number


def _form_again(body: bytes, name: _Name) -> Iterator[_Changed]:
    try:
        fields = _engine.parse_form(body)
    except ValueError:
        return
    cause = name("body_reserialised", form="form-encoded")
    by_name = sorted(fields, key=lambda field: field[0])
    for ordered, told in ((fields, cause), (by_name, name("form_order", what="with the fields sorted by name"))):
        yield urlencode(ordered).encode(), told
        yield urlencode(ordered, quote_via=quote).encode(), told
        yield urlencode(ordered, quote_via=quote, safe="*-._~!'()/:@,").encode(), told
        yield urlencode(ordered, safe="*-._").replace("~", "%7E").encode(), told
