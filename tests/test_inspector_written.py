"""Types written from samples: they say what the samples hold, and no key of a sender becomes code."""

from __future__ import annotations

import ast
import json
import re
import sys
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookseal.captured import Captured
from hookseal.inspector import shapes
from hookseal.inspector.shapes import parsed
from hookseal.inspector.written import FORMATS, types_of

PYTHON = ("typeddict", "pydantic", "dataclass")
SAMPLES = [
    {
        "id": 1,
        "type": "a",
        "class": True,
        "data": {"lines": [{"amount": 1}, {"amount": 1.5, "note": None}]},
        "tags": [],
    },
    {"id": "x", "type": "b", "class": None, "data": {"lines": []}, "tags": ["t"], "more": {}},
]
HOSTILE = [
    '"; import os; os.abort() #',
    "'\n    raise SystemExit\n",
    '"""\nraise SystemExit',
    "a: int = __import__('os').abort()",
    "x}; fetch('//evil'); //",
    "*/ alert(1) /*",
    "\u2028alert(1)",
    "\ud800",
    "\\",
    "__init_subclass__",
    "__class__",
    "__annotations__",
    "model_config",
    "None",
    "int",
    "\ufb01",
    "",
    "field",
    "lambda",
]
keys = st.text(max_size=12) | st.sampled_from([key for key in HOSTILE if key != "\ud800"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def run(text: str) -> dict[str, Any]:
    """Run a written module, after a look at it: it imports, defines and names, and calls nothing of the sender's."""
    if sys.version_info < (3, 11):  # as the written module says of itself
        text = text.replace("from typing import", "from typing_extensions import")
    tree = ast.parse(text)
    allowed = (ast.ImportFrom, ast.ClassDef, ast.Assign)
    assert all(isinstance(node, allowed) for node in tree.body)
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert calls <= {"TypedDict", "dataclass", "field", "Field", "ConfigDict"}
    space: dict[str, Any] = {"__name__": "written_types"}
    sys.modules["written_types"] = type(sys)("written_types")
    exec(compile(text, "written", "exec", dont_inherit=True), space)  # noqa: S102 - what is to be shown
    vars(sys.modules["written_types"]).update(space)
    return space


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("key", HOSTILE)
def test_a_hostile_key_never_becomes_code(form, key):
    """In each format: Python runs and does nothing, JSON and TypeScript hold it as an escaped text."""
    text = types_of([{key: 1, "nested": {key: {key: "a"}}}], 'x"; import os', form)
    if form in PYTHON:
        run(text)
    elif form == "jsonschema":
        assert key in json.loads(text)["properties"]
    else:
        assert_typescript(text)
    assert text.isascii()


def assert_typescript(text: str) -> None:
    """Hold every line against the few that may be there; a string is one by the rules of JSON."""
    string = r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-f]{4})*"'
    kind = r"[A-Za-z0-9<>, |()\[\]]+"
    line = re.compile(
        rf"export interface [A-Za-z0-9]+ \{{|  (?:[A-Za-z_$][\w$]*|{string})\??: {kind};|\}}|export type \w+ = {kind};|"
    )
    assert [each for each in text.split("\n") if not line.fullmatch(each)] == []


@settings(max_examples=60, deadline=None)
@given(st.lists(values, min_size=1, max_size=3))
def test_whatever_comes_can_be_written(samples):
    """Every format is well formed, whatever the samples hold."""
    for form in FORMATS:
        text = types_of(samples, "stripe", form)
        if form in PYTHON:
            run(text)
        elif form == "ts":
            assert_typescript(text)
        else:
            json.loads(text)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(keys, values, max_size=5), min_size=1, max_size=3))
def test_a_model_takes_the_samples_it_was_made_of(samples):
    """Each sample is valid by the model, and comes back with its own keys."""
    model = run(types_of(samples, "stripe", "pydantic")).get("StripeEvent")
    if not hasattr(model, "model_validate"):  # empty objects are of any shape
        return
    for sample in samples:
        given_back = model.model_validate(sample).model_dump(by_alias=True, exclude_unset=True)
        assert set(given_back) == set(sample)


def test_typed_dicts_say_what_the_samples_hold():
    """Nested, optional, of several kinds; keys that are no names included."""
    space = run(types_of(SAMPLES, "stripe-test", "typeddict"))
    event = space["StripeTestEvent"]
    assert event.__required_keys__ == {"id", "type", "class", "data", "tags"}
    assert event.__optional_keys__ == {"more"}
    hints = get_type_hints(event, space)
    assert hints["id"] == int | str
    assert hints["class"] == bool | None
    assert hints["tags"] == list[str]
    assert hints["more"] == dict[str, object]
    assert space["LinesItem"].__required_keys__ == {"amount"}
    assert get_type_hints(space["LinesItem"], space)["amount"] is float


def test_dataclasses_know_their_keys():
    """A key that cannot be a field's name stands in its metadata."""
    event = run(types_of(SAMPLES, "stripe", "dataclass"))["StripeEvent"]
    fields = event.__dataclass_fields__
    assert fields["class_"].metadata == {"key": "class"}
    assert event(id=1, type="a", class_=None, data=None, tags=[]).more is None


def test_typescript_says_what_the_samples_hold():
    """Outermost first."""
    assert types_of(SAMPLES, "stripe", "ts").split("\n\n")[0] == (
        "export interface StripeEvent {\n  id: number | string;\n  type: string;\n  class: boolean | null;\n"
        "  data: Data;\n  tags: string[];\n  more?: Record<string, unknown>;\n}"
    )


def test_a_schema_has_the_name_of_the_type():
    """And is one by its own word."""
    schema = json.loads(types_of(SAMPLES, "stripe", "jsonschema"))
    assert (schema["title"], schema["type"]) == ("StripeEvent", "object")
    assert schema["$schema"].startswith("http://json-schema.org/")


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("typeddict", "SendgridEvent = list[SendgridEventItem]"),
        ("dataclass", "SendgridEvent = list[SendgridEventItem]"),
        ("ts", "export type SendgridEvent = SendgridEventItem[];"),
    ],
)
def test_a_list_of_events_has_a_name(form, line):
    """Some senders put many events into one delivery."""
    assert line in types_of([[{"a": 1}], [{"a": 2, "b": 3}]], "sendgrid", form)


@pytest.mark.parametrize("form", FORMATS)
def test_keys_that_are_ids_do_not_fill_the_page(form):
    """Beyond some hundred classes, objects are of any shape; a deep sample is no trouble either."""
    wide = {f"key{number}": {f"id{number}": number} for number in range(3000)}
    deep: Any = 1
    for _ in range(60):
        deep = {"a": [deep]}
    text = types_of([{"wide": wide, "deep": deep}], "stripe", form)
    assert text.count("class ") + text.count("interface ") <= 400
    if form in PYTHON:
        run(text)


def test_two_names_never_meet():
    """Nor do two fields of one class."""
    samples = [{"a-b": 1, "a_b": 2, "a b": 3, "x": {"a-b": {"y": 1}, "a_b": {"y": 2}, "A B": {"z": 3}}}]
    space = run(types_of(samples, "stripe", "pydantic"))
    assert sorted(space["StripeEvent"].model_fields) == ["a_b", "a_b_", "a_b__", "x"]
    assert len([name for name, each in space.items() if hasattr(each, "model_fields")]) == 6


@pytest.mark.parametrize(
    ("kind", "body", "value"),
    [
        ("application/json", b'{"a": [1]}', {"a": [1]}),
        ("", b"[]", []),
        ("application/x-www-form-urlencoded; charset=utf-8", b"a=1&b=2&b=3", {"a": "1", "b": ["2", "3"]}),
    ],
)
def test_json_and_forms_are_read(kind, body, value):
    """By the Content-Type; what has none is JSON."""
    assert parsed(Captured("POST", "https://a/", (("Content-Type", kind),), body, 0.0)) == value


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b'{"a":1,"a":2}', b"[" * 100 + b"]" * 100])
def test_what_cannot_be_read_is_said(body):
    """As strictly as the engine reads."""
    with pytest.raises(ValueError, match=r"\w"):
        parsed(Captured("POST", "https://a/", (), body, 0.0))


def test_without_genson_the_way_to_it_is_named(monkeypatch):
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "genson", None)
    with pytest.raises(ImportError, match=r"hookseal\[inspector\]"):
        types_of([{}], "stripe", "ts")


def test_the_bound_of_classes_is_the_one_that_is_tested():
    """As the test above has it."""
    assert shapes._MOST_CLASSES == 400
