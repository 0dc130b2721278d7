"""Where a value stands in a request: the places of which records of the site's own are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Claim", "Form", "Header", "Item", "Json", "Place", "Query", "as_written", "given"]


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
    """A field of a form in the body.

    Args:
        name: the field's name.
        pointer: where in the field the value stands, if the field is JSON: "/event/id".
        optional: whether it may be missing; it then counts as empty.
    """

    name: str
    pointer: str | None = None
    optional: bool = False


@dataclass(frozen=True)
class Json:
    """A value in a JSON body, by its pointer: "/event/id"."""

    pointer: str
    optional: bool = False


@dataclass(frozen=True)
class Item:
    """A value in one item of a JSON body whose items are signed one by one, by its pointer within the item."""

    pointer: str
    optional: bool = False


@dataclass(frozen=True)
class Claim:
    """A claim of a token (JWT), or a parameter of a signed HTTP message."""

    name: str
    optional: bool = False


Place: TypeAlias = Header | Query | Form | Json | Item | Claim
"""Where a value stands in a request."""


def as_written(place: Place) -> dict[str, object]:
    """Write a place down as records do."""
    optional = place.optional or None
    if isinstance(place, Header):
        return given(header=place.name, pairs=place.pairs, name=place.name_in_list, optional=optional)
    if isinstance(place, Form):
        return given(form=place.name, json=place.pointer, optional=optional)
    name = place.pointer if isinstance(place, Json | Item) else place.name
    return given(**{type(place).__name__.lower(): name, "optional": optional})


def given(**values: object) -> dict[str, object]:
    """Leave out what was not given; the engine's defaults hold for it."""
    return {name: value for name, value in values.items() if value is not None}
