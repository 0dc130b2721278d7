"""Bodies for people: indented and coloured JSON, form fields, XML, plain text, and bytes in hex.

All of it is the sender's: it is told apart lexically, never executed, expanded or trusted to end. Each piece of text
goes to the template by itself, which escapes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias
from urllib.parse import parse_qsl

__all__ = ["COLOURED", "HEX_BYTES", "PRETTY_BYTES", "Pretty", "Tokens", "coloured", "hex_rows", "pretty", "visible"]

PRETTY_BYTES = 64 * 1024
"""A larger body is shown as it is."""

HEX_BYTES = 16 * 1024
"""How much of a body is shown in hex."""

COLOURED = frozenset("nt k kn kc kd nb s s1 s2 sd se m mi mf mo na nd nf nc c c1 cm cp".split())  # noqa: SIM905
"""Pygments' short names of what has a colour in the style sheet."""

Tokens: TypeAlias = "tuple[tuple[str, str], ...]"
"""Pieces of text in their order, each with the class of its colour, which may be empty."""


@dataclass(frozen=True)
class Pretty:
    """A body, ready to be shown.

    Attributes:
        kind: "JSON", "form", "XML", "text", "binary" or "empty".
        tokens: its text; empty where it is a form or binary.
        fields: names and values of a form.
    """

    kind: str
    tokens: Tokens = ()
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The text without colours, a form's fields one a line: for comparing."""
        lines = (f"{name} = {value}" for name, value in self.fields)
        return "\n".join(lines) if self.fields else "".join(text for _, text in self.tokens)


def pretty(body: bytes, content_type: str = "") -> Pretty:
    """Make a body readable, by its content type and by what it looks like.

    Args:
        body: the bytes.
        content_type: the header of that name.
    """
    text = _decoded(body)
    if text is None or not body:
        return Pretty("empty" if not body else "binary")
    plain = Pretty("text", (("", visible(text)),))
    return plain if len(body) > PRETTY_BYTES else _told_apart(text, content_type.lower()) or plain


def coloured(text: str, language: str) -> Tokens:
    """Tell the words of a language apart; a long text, or any without Pygments (the extra `inspector`), is one piece.

    Args:
        text: the text.
        language: its name for Pygments.
    """
    if len(text) > _MOST_COLOURED:
        return (("", text),)
    try:
        from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 (an extra, and only these pages need it)
        from pygments.token import STANDARD_TYPES  # noqa: PLC0415
    except ImportError:
        return (("", text),)
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    names = {kind: name for kind, name in STANDARD_TYPES.items() if name in COLOURED}
    pieces = ((names.get(kind, ""), piece) for kind, piece in lexer.get_tokens(text))
    return tuple((name, "".join(piece for _, piece in group)) for name, group in groupby(pieces, key=itemgetter(0)))


def indent_json(text: str) -> str | None:
    """Write JSON with one member a line, each token as it was sent; None: it is no JSON, or nested too deeply."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    written: list[str] = []
    depth, tokens = 0, _JSON.findall(text)
    for word, following in zip(tokens, [*tokens[1:], ""], strict=True):
        if word in "{[":
            depth += 1
            if depth > _DEEPEST:
                return None
            written.append(word if following in "}]" else word + _line(depth))
        elif word in "}]":
            depth -= 1
            opened = written[-1] in {"{", "["}
            written.append(word if opened else _line(depth) + word)
        else:
            written.append({",": "," + _line(depth), ":": ": "}.get(word, visible(word)))
    return "".join(written)


def indent_xml(text: str) -> str:
    """Write each tag of XML that follows another on a line of its own; nothing is parsed, so nothing expands."""
    written: list[str] = []
    depth = 0
    for tag in re.split(r">\s*(?=<)", text.strip()):
        closes = tag.startswith("</")
        depth = max(depth - closes, 0)
        written.append("  " * min(depth, _DEEPEST) + tag)
        depth += not (closes or tag.startswith(("<?", "<!")) or tag.rstrip("> ").endswith("/") or "</" in tag)
    return ">\n".join(written)


def hex_rows(body: bytes) -> Iterator[tuple[str, str, str]]:
    """Show the first `HEX_BYTES` of a body, 16 a row: offset, bytes in hex, and as ASCII."""
    for offset in range(0, min(len(body), HEX_BYTES), 16):
        row = body[offset : offset + 16]
        yield f"{offset:06x}", row.hex(" "), _UNPRINTABLE.sub("·", row.decode("latin-1"))


def visible(text: str) -> str:
    """Show what would not be seen, or would turn text around: control and format characters, as escapes."""
    return _UNSEEN.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


_DEEPEST = 64
_MOST_COLOURED = 2 * PRETTY_BYTES
_JSON = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
# Control characters but tab and newline; soft hyphen; zero widths, marks and overrides of direction; tags; lone halves.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


_UNPRINTABLE = re.compile(r"[^ -~]")


def _told_apart(text: str, content_type: str) -> Pretty | None:
    """Show text as what it is, where that is known."""
    start = text.lstrip()[:1]
    if start in {"{", "["} and (indented := indent_json(text)) is not None:
        return Pretty("JSON", coloured(indented, "json"))
    if "form-urlencoded" in content_type and (fields := _fields(text)):
        return Pretty("form", fields=fields)
    if start == "<" and "html" not in content_type:
        return Pretty("XML", coloured(visible(indent_xml(text)), "xml"))
    return None


def _decoded(body: bytes) -> str | None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def _fields(text: str) -> tuple[tuple[str, str], ...]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return ()
    return tuple((visible(name), visible(value)) for name, value in pairs)


def _line(depth: int) -> str:
    return "\n" + "  " * depth
