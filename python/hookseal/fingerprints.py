"""Tells by its headers who may have sent a request: for tools, never to choose a check on the way of a request.

The names of headers are all that is looked at. Senders whose signature stands in the body, or who send the secret in
the header Authorization as everybody else does, leave none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from hookseal._engine import Record, provider_names

__all__ = ["guess", "records", "signature_headers"]


def guess(headers: Iterable[tuple[str, str]] | Mapping[str, str]) -> tuple[str, ...]:
    """Name the providers of the catalog whose signature headers are there, the best guess first.

    First come those of which every header is there, then those whose name the header bears, then those whose
    signature's header fewer others share.

    Args:
        headers: a mapping, or pairs, in any case and order.
    """
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    there = frozenset(name.lower() for name, _ in pairs)
    prints = _prints()
    shared = Counter(name for signs, _ in prints.values() for name in signs)

    def rank(provider: str) -> tuple[int, bool, int, int, str]:
        signs, reads = prints[provider]
        own = signs & there
        stranger = not any(_bears(header, provider) for header in own)
        return len(reads - there), stranger, min(shared[name] for name in own), -len(reads), provider

    return tuple(sorted((provider for provider, (signs, _) in prints.items() if signs & there), key=rank))


def signature_headers(record: Record) -> frozenset[str]:
    """Name the headers in which a record's signatures stand, lower case, but for those that everybody uses."""
    return frozenset(record.signature_headers) - _COMMON


@cache
def records() -> Mapping[str, Record]:
    """All records of the catalog by name, compiled once."""
    return {name: Record.named(name) for name in provider_names()}


# Whoever sends these says nothing of who it is.
_COMMON = frozenset({"authorization", "signature", "signature-input", "content-digest", "content-type"})


def _bears(header: str, provider: str) -> bool:
    """Whether a header's name holds a word of the provider's, or the other way round ("x-hub-signature", "github")."""
    words = [word for word in header.split("-") if len(word) > 2 and word != "signature"]  # noqa: PLR2004 - "x", "v3"
    return any(word in provider or word in name for word in words for name in provider.split("-"))


@cache
def _prints() -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    """By provider: the headers in which signatures stand, and all that its record reads."""
    every = records().items()
    return {name: (signature_headers(record), frozenset(record.headers) - _COMMON) for name, record in every}
