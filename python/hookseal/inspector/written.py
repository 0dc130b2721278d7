"""Shapes, written as source: TypedDict, dataclass, pydantic and TypeScript.

Keys are the sender's text. Where one is no plain name it is written as a string that is escaped by the rules of the
language, never as code; so is everything else that did not come from here.
"""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from hookseal.inspector.shapes import (
    ANYTHING,
    RESERVED,
    Array,
    Class,
    Field,
    Shape,
    Union,
    classes,
    schema_of,
    shape_of,
    title,
)

__all__ = ["FORMATS", "types_of"]


def types_of(samples: Iterable[Any], alias: str, form: str) -> str:
    """Write the types of what an endpoint receives.

    Args:
        samples: parsed bodies, at least one.
        alias: the endpoint; names the outermost type.
        form: one of `FORMATS`.

    Raises:
        ImportError: genson is not installed; the text says how to get it.
        KeyError: there is no such format.
    """
    name = f"{title(alias)}Event"
    schema = schema_of(samples, name)
    return FORMATS[form](schema, name)


def _jsonschema(schema: Mapping[str, Any], _name: str) -> str:
    return json.dumps(schema, indent=2) + "\n"


def _typeddict(schema: Mapping[str, Any], name: str) -> str:
    head = "from typing import NotRequired, TypedDict  # NotRequired: Python 3.11; before, from typing_extensions\n"
    return _module(schema, name, head, _typeddict_of)


def _dataclass(schema: Mapping[str, Any], name: str) -> str:
    return _module(schema, name, "from dataclasses import dataclass, field\n", _dataclass_of)


def _pydantic(schema: Mapping[str, Any], name: str) -> str:
    return _module(schema, name, "from pydantic import BaseModel, ConfigDict, Field\n", _model_of)


def _typescript(schema: Mapping[str, Any], name: str) -> str:
    shape = shape_of(schema, name)
    parts = [_interface_of(each) for each in reversed([*classes(shape)]) if each.fields]
    if not (isinstance(shape, Class) and shape.name == name):
        parts.insert(0, f"export type {name} = {_in_typescript(shape)};\n")
    return "\n".join(parts)


FORMATS: Mapping[str, Callable[[Mapping[str, Any], str], str]] = MappingProxyType(
    {
        "typeddict": _typeddict,
        "pydantic": _pydantic,
        "dataclass": _dataclass,
        "jsonschema": _jsonschema,
        "ts": _typescript,
    }
)
"""What each format is called, and what writes it from a schema and the name of its outermost type."""


def _module(schema: Mapping[str, Any], name: str, head: str, write: Callable[[Class, frozenset[str]], str]) -> str:
    shape = shape_of(schema, name)
    written = [each for each in classes(shape) if each.fields]
    taken = _TAKEN | RESERVED | {each.name for each in written}
    parts = [write(each, taken) for each in written]
    if not (isinstance(shape, Class) and shape.name == name):
        parts.append(f"{name} = {_in_python(shape)}\n")
    # Without `from __future__ import annotations`: a TypedDict would not know at run time what is not required.
    return "\n\n".join([head, *parts])


def _typeddict_of(each: Class, _taken: frozenset[str]) -> str:
    if all(_is_plain(field.key) for field in each.fields):
        lines = [f"    {field.key}: {_item(field)}" for field in each.fields]
        return "\n".join([f"class {each.name}(TypedDict):", *lines, ""])
    # Such keys can only be written as strings.
    lines = [f"        {field.key!a}: {_item(field)}," for field in each.fields]
    return "\n".join([f"{each.name} = TypedDict(", f'    "{each.name}",', "    {", *lines, "    },", ")", ""])


def _item(field: Field) -> str:
    written = _in_python(field.shape)
    return written if field.required else f"NotRequired[{written}]"


def _dataclass_of(each: Class, taken: frozenset[str]) -> str:
    lines = []
    for name, field in _named(each.fields, taken):
        written = _in_python(field.shape)
        default = "" if field.required else "default=None"
        metadata = "" if name == field.key else f"metadata={{'key': {field.key!a}}}"
        given = ", ".join(filter(None, [default, metadata]))
        wanted = f" = field({given})" if metadata else ("" if field.required else " = None")
        lines.append(f"    {name}: {written if field.required else _or_none(written)}{wanted}")
    return "\n".join(["@dataclass(kw_only=True)", f"class {each.name}:", *lines, ""])


def _model_of(each: Class, taken: frozenset[str]) -> str:
    lines = ['    model_config = ConfigDict(extra="allow", populate_by_name=True)']
    for name, field in _named(each.fields, taken):
        written = _in_python(field.shape)
        default = "" if field.required else "default=None"
        alias = "" if name == field.key else f"alias={field.key!a}"
        given = ", ".join(filter(None, [default, alias]))
        wanted = f" = Field({given})" if alias else ("" if field.required else " = None")
        lines.append(f"    {name}: {written if field.required else _or_none(written)}{wanted}")
    return "\n".join([f"class {each.name}(BaseModel):", *lines, ""])


def _interface_of(each: Class) -> str:
    lines = []
    for field in each.fields:
        name = field.key if _TYPESCRIPT_NAME.fullmatch(field.key) else json.dumps(field.key)
        lines.append(f"  {name}{'' if field.required else '?'}: {_in_typescript(field.shape)};")
    return "\n".join([f"export interface {each.name} {{", *lines, "}", ""])


def _in_python(shape: Shape) -> str:
    if isinstance(shape, Array):
        return f"list[{_in_python(shape.items)}]"
    if isinstance(shape, Class):
        return shape.name or "dict[str, object]"
    if isinstance(shape, Union):
        return " | ".join(sorted(dict.fromkeys(map(_in_python, shape.shapes)), key=lambda text: text == "None"))
    return _PYTHON[shape]


def _in_typescript(shape: Shape) -> str:
    if isinstance(shape, Array):
        items = _in_typescript(shape.items)
        return f"({items})[]" if " | " in items else f"{items}[]"
    if isinstance(shape, Class):
        return shape.name or "Record<string, unknown>"
    if isinstance(shape, Union):
        return " | ".join(sorted(dict.fromkeys(map(_in_typescript, shape.shapes)), key=lambda text: text == "null"))
    return _TYPESCRIPT[shape]


def _or_none(written: str) -> str:
    return written if written == "None" or written.endswith(" | None") else f"{written} | None"


_PYTHON = {
    "null": "None",
    "boolean": "bool",
    "integer": "int",
    "number": "float",
    "string": "str",
    ANYTHING: "object",
}
_TYPESCRIPT = {
    "null": "null",
    "boolean": "boolean",
    "integer": "number",
    "number": "number",
    "string": "string",
    ANYTHING: "unknown",
}
_TYPESCRIPT_NAME = re.compile("[A-Za-z_$][A-Za-z0-9_$]*")
# What annotations are made of, and what a model has by itself: a field of that name would hide it.
_TAKEN = frozenset(
    {
        *("bool", "dict", "field", "float", "int", "list", "object", "str"),
        *("construct", "copy", "from_orm", "json", "parse_file", "parse_obj", "parse_raw", "schema", "schema_json"),
        *("update_forward_refs", "validate"),
    }
)


def _is_plain(key: str) -> bool:
    """Whether a key can stand as a name in a class: Python would change one that is not ASCII, or begins with "__"."""
    return key.isascii() and key.isidentifier() and not keyword.iskeyword(key) and not key.startswith("__")


def _named(fields: Iterable[Field], taken: frozenset[str]) -> list[tuple[str, Field]]:
    """Give each field a name of its own that can stand in any class, and is none of those that are taken."""
    own: set[str] = set()
    named = []
    for field in fields:
        name = re.sub(r"[^A-Za-z0-9_]+", "_", field.key).strip("_") or "field_"
        name = f"n{name}" if name[0].isdigit() else name
        while keyword.iskeyword(name) or name in taken or name in own or name.startswith("model_"):
            name = f"of_{name}" if name.startswith("model_") else f"{name}_"
        own.add(name)
        named.append((name, field))
    return named
