"""Requests with one bit flipped, and which of those flips say nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Request:
    """What goes over the wire."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True)
class Change:
    """One flipped bit: where it stands ("body", "url", "method" or a header), and the request with it."""

    place: str
    text: str
    index: int
    bit: int
    request: Request

    def __str__(self) -> str:
        return f"{self.place}: bit {self.bit} of {self.text[self.index]!r} after {self.text[: self.index]!r}"


def flips(request: Request, reads: Callable[[str], bool]) -> Iterator[Change]:
    """Flip each bit of the body, the URL, the method, and the headers that are read."""
    body = request.body.decode("latin-1")
    for index, bit, text in each_bit(body):
        yield Change("body", body, index, bit, replace(request, body=text.encode("latin-1")))
    for index, bit, text in each_bit(request.url):
        yield Change("url", request.url, index, bit, replace(request, url=text))
    for index, bit, text in each_bit(request.method):
        yield Change("method", request.method, index, bit, replace(request, method=text))
    for at, (name, value) in enumerate(request.headers):
        for index, bit, text in each_bit(value) if reads(name.lower()) else ():
            headers = (*request.headers[:at], (name, text), *request.headers[at + 1 :])
            yield Change(name.lower(), value, index, bit, replace(request, headers=headers))


def each_bit(text: str) -> Iterator[tuple[int, int, str]]:
    """Flip the bits of a text of Latin-1, one after the other."""
    for index, letter in enumerate(text):
        for bit in range(8):
            yield index, bit, f"{text[:index]}{chr(ord(letter) ^ 1 << bit)}{text[index + 1 :]}"


def spells_the_same(change: Change) -> bool:
    """Whether but the case of a letter changed that says nothing: a hexadecimal digit of the signature, a scheme."""
    if change.bit != CASE or change.place in {"body", "url", "method"}:
        return False
    in_hex = any(found.start() <= change.index < found.end() for found in HEX.finditer(change.text))
    word = re.match(r"[A-Za-z]+(?= )", change.text) if change.place == "authorization" else None
    return (in_hex and change.text[change.index].isalpha()) or (word is not None and change.index < word.end())


CASE = 5
"""The bit that tells capital letters from small ones."""
HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})(?![0-9A-Za-z])")
