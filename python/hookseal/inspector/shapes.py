"""The shape of what an endpoint receives: many bodies merged into one, as a JSON Schema and as a tree to write out.

The merging is done by genson, from the extra: pip install 'hookseal[inspector]'.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from hookseal._engine import check_json, parse_form
from hookseal.captured import Captured

__all__ = [
    "ANYTHING",
    "RESERVED",
    "Array",
    "Class",
    "Field",
    "Shape",
    "Union",
    "classes",
    "parsed",
    "schema_of",
    "shape_of",
    "title",
]

Shape: TypeAlias = "str | Array | Class | Union"
"""One of "null", "boolean", "integer", "number", "string", "anything", or what is made of them."""

ANYTHING = "anything"

RESERVED = frozenset(
    {"Any", "BaseModel", "ConfigDict", "Field", "False", "None", "NotRequired", "Record", "True", "TypedDict"}
)
"""Names that the written modules have already."""

_MOST_CLASSES = 400
"""Beyond them, objects are of any shape: keys that are ids make a class of each object."""


@dataclass(frozen=True)
class Array:
    """A list, and the shape of its items."""

    items: Shape


@dataclass(frozen=True)
class Field:
    """A key of an object; the sender chose it, so it may hold any character."""

    key: str
    shape: Shape
    required: bool


@dataclass(frozen=True)
class Class:
    """An object with a name of letters and digits, which no other has."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Union:
    """One of several shapes."""

    shapes: tuple[Shape, ...]


def parsed(captured: Captured) -> Any:
    """Read a body: JSON, or the fields of a form, each a text or a list of them.

    Raises:
        ValueError: it is neither.
    """
    kind = (captured.header("Content-Type") or "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        form: dict[str, list[str]] = {}
        for name, value in parse_form(captured.body):
            form.setdefault(name, []).append(value)
        return {name: values[0] if len(values) == 1 else values for name, values in form.items()}
    check_json(captured.body)
    return json.loads(captured.body)


def schema_of(samples: Iterable[Any], name: str) -> dict[str, Any]:
    """Merge samples into a JSON Schema.

    Raises:
        ImportError: the extra is not installed; the text says how to get it.
    """
    try:
        from genson import SchemaBuilder  # noqa: PLC0415 - an extra
    except ImportError:
        raise ImportError("types need genson: pip install 'hookseal[inspector]'") from None
    builder = SchemaBuilder()
    for sample in samples:
        builder.add_object(sample)
    schema: dict[str, Any] = builder.to_schema()
    head = {"$schema": schema.pop("$schema"), "title": name}
    return {**head, **schema}


def shape_of(schema: Mapping[str, Any], name: str) -> Shape:
    """Turn a schema into a tree whose objects have names."""
    return _Reader().read(schema, name)


def classes(shape: Shape) -> Iterator[Class]:
    """List the objects of a tree, each after those that it is made of."""
    if isinstance(shape, Array):
        yield from classes(shape.items)
    elif isinstance(shape, Union):
        for each in shape.shapes:
            yield from classes(each)
    elif isinstance(shape, Class):
        for field in shape.fields:
            yield from classes(field.shape)
        yield shape


def title(text: str) -> str:
    """Make a name of letters and digits from any text: "StripeTest" from "stripe-test"; empty, where it has none."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    return "".join(word[:1].upper() + word[1:] for word in words)[:_LONGEST].lstrip("0123456789")


_LONGEST = 48
_HALF = re.compile("[\ud800-\udfff]")


class _Reader:
    """Reads a schema, and gives each object a name."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def read(self, schema: Mapping[str, Any], name: str, parent: str = "") -> Shape:
        """Read one schema; what it says nothing of is anything."""
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        shapes = [self._of_kind(kind, schema, name, parent) for kind in kinds]
        shapes += [self.read(each, name, parent) for each in schema.get("anyOf", ())]
        flat = [each for shape in shapes for each in (shape.shapes if isinstance(shape, Union) else (shape,))]
        if not flat:
            return ANYTHING
        return flat[0] if len(flat) == 1 else Union(tuple(dict.fromkeys(flat)))

    def _of_kind(self, kind: str, schema: Mapping[str, Any], name: str, parent: str) -> Shape:
        if kind == "array":
            return Array(self.read(schema.get("items", {}), f"{name} item", parent))
        if kind != "object":
            return kind
        # Half a surrogate pair is no text: no sender writes it, and no model takes it.
        properties = {key: value for key, value in schema.get("properties", {}).items() if not _HALF.search(key)}
        if not properties or len(self._names) >= _MOST_CLASSES:
            return Class("", ())
        own, required = self._name(name, parent), frozenset(schema.get("required", ()))
        fields = [Field(key, self.read(value, key, own), key in required) for key, value in properties.items()]
        return Class(own, tuple(fields))

    def _name(self, text: str, parent: str) -> str:
        own = title(text) or "Part"
        for name in (own, f"{parent}{own}"[-_LONGEST:].lstrip("0123456789")):
            if name and name not in self._names | RESERVED:
                break
        else:
            name = f"{own}{len(self._names)}"
            while name in self._names:
                name += "x"
        self._names.add(name)
        return name
