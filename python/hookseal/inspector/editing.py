"""The form in which a delivery is edited before it is sent again: text of the visitor there, a captured request back.

What is redacted stays redacted: a header or query value that the visitor leaves as it is shown is sent as it was.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.http import QueryDict
from django.utils.translation import gettext

from hookseal.captured import Captured

__all__ = ["Draft"]


@dataclass(frozen=True)
class Draft:
    """What stands in the form.

    Attributes:
        method: the HTTP method.
        target: path and query.
        headers: one a line.
        body: as text; in base64, where it is none.
        in_base64: whether it is.
        resign: whether it shall be signed afresh.
    """

    method: str
    target: str
    headers: str
    body: str
    in_base64: bool = False
    resign: bool = False

    @property
    def header_rows(self) -> int:
        """How tall the field of the headers is."""
        return min(max(self.headers.count("\n") + 1, 4), 20)

    @classmethod
    def of(cls, shown: Captured) -> Draft:
        """Fill the form with a request as the visitor may see it."""
        text = _text(shown.body)
        return cls(
            method=shown.method,
            target=_target(shown.url),
            headers="\n".join(f"{name}: {value}" for name, value in shown.headers),
            body=b2a_base64(shown.body, newline=False).decode() if text is None else text,
            in_base64=text is None,
        )

    def filled(self, form: QueryDict) -> Draft:
        """Take over what was sent; where lines end is the browser's choice, not the visitor's."""
        return replace(
            self,
            method=form.get("method", "").strip(),
            target=form.get("target", "").strip(),
            headers=_lines(form.get("headers", "")),
            body=_lines(form.get("body", "")),
            resign=form.get("resign") == "1",
        )

    def applied(self, original: Captured, shown: Captured) -> Captured:
        """Make the request that the visitor wants sent.

        Args:
            original: as it arrived.
            shown: the same as the form was filled with.

        Raises:
            ValueError: something cannot be sent; the text says what, for the visitor.
        """
        if not re.fullmatch(r"[A-Z]{1,32}", self.method):
            raise ValueError(gettext("The method must be a word in capitals, like POST."))
        return replace(
            original,
            method=self.method,
            url=self._url(original, shown),
            headers=self._headers(original, shown),
            body=self._body(original),
        )

    def _url(self, original: Captured, shown: Captured) -> str:
        if self.target == _target(shown.url):
            return original.url
        if not re.fullmatch(r"/[!-~]*", self.target) or self.target.startswith("//") or "#" in self.target:
            raise ValueError(gettext("The path must begin with one slash, and hold neither spaces nor a host."))
        path, mark, query = self.target.partition("?")
        if query == _target(shown.url).partition("?")[2]:
            query = _target(original.url).partition("?")[2]
        parts = urlsplit(original.url)
        return f"{parts.scheme}://{parts.netloc}{path}{mark}{query}"

    def _headers(self, original: Captured, shown: Captured) -> tuple[tuple[str, str], ...]:
        kept = [(f"{name}: {value}", pair) for (name, value), pair in zip(shown.headers, original.headers, strict=True)]
        pairs = []
        for line in filter(None, map(str.strip, self.headers.split("\n"))):
            known = next((index for index, (text, _) in enumerate(kept) if text.strip() == line), None)
            pairs.append(_header(line) if known is None else kept.pop(known)[1])
        return tuple(pairs)

    def _body(self, original: Captured) -> bytes:
        if self.in_base64:
            try:
                return a2b_base64(self.body)
            except Base64Error:
                raise ValueError(gettext("The body is no base64.")) from None
        before = _text(original.body) or ""
        if self.body == _lines(before):
            return original.body
        return self.body.replace("\n", "\r\n").encode() if "\r\n" in before else self.body.encode()


def _text(body: bytes) -> str | None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _target(url: str) -> str:
    return re.sub(r"^\w+://[^/?#]*", "", url) or "/"


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    value = value.strip()
    if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not _sendable(value):
        raise ValueError(gettext("This line is no header: %(line)s") % {"line": ascii(line)[1:-1][:64]})
    return name, value


def _sendable(value: str) -> bool:
    return re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", value) is not None
