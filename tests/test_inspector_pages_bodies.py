"""Bodies, differences and the form for editing: what is seen is what was sent, and what is left stays as it was."""

from __future__ import annotations

import json
import re
import sys
from base64 import b64encode

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from hookseal.captured import Captured
from hookseal.inspector.assets import CONTENTS
from hookseal.inspector.difference import MOST_LINES, difference
from hookseal.inspector.editing import Draft
from hookseal.inspector.pretty import (
    COLOURED,
    HEX_BYTES,
    PRETTY_BYTES,
    coloured,
    hex_rows,
    indent_json,
    pretty,
    visible,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def captured(body: bytes = b"{}", **fields: object) -> Captured:
    """Make a request with a header that is hidden."""
    headers = (("Content-Type", "application/json"), ("X-Signature", "canary"), ("X-Two", "1"), ("X-Two", "2"))
    return Captured(**{"method": "POST", "url": "https://a.example/hooks/?key=canary", "headers": headers, "body": body,
                       "received_at": 0.0, "endpoint": "github", **fields})  # fmt: skip


def hidden(original: Captured) -> Captured:
    """Hide what is secret in it, as the pages do."""
    headers = tuple((name, "[redacted]" if value == "canary" else value) for name, value in original.headers)
    return Captured("POST", original.url.replace("canary", "[redacted]"), headers, original.body, 0.0, "github")


def posted(draft: Draft, **changes: str) -> QueryDict:
    """Fill the form in as a browser sends it: every line end is CRLF."""
    fields = {name: getattr(draft, name) for name in ("method", "target", "headers", "body")} | changes
    form = QueryDict(mutable=True)
    form.update({name: text.replace("\r\n", "\n").replace("\n", "\r\n") for name, text in fields.items()})
    return form


def edited(original: Captured, **changes: str) -> Captured:
    """Edit a request through the form."""
    shown = hidden(original)
    draft = Draft.of(shown)
    return draft.filled(posted(draft, **changes)).applied(original, shown)


@given(value=st.lists(JSON, min_size=1))
def test_indented_json_is_the_same_json(value):
    """Only white space is added: the same value comes back."""
    assert json.loads(indent_json(json.dumps(value, ensure_ascii=True))) == value


@pytest.mark.parametrize(
    "text", ['{"a": 1.00}', '{"a": 1e999}', r'["\u00e9\/"]', '{"a": 1, "a": 2}', "[12345678901234567890]"]
)
def test_what_was_sent_is_what_is_shown(text):
    """Numbers keep their digits, strings their escapes, and a repeated member is shown twice."""
    assert "".join(indent_json(text).split()) == "".join(text.split())


def test_json_is_shown_one_member_a_line():
    """Members stand on lines of their own; what is empty stays closed."""
    body = b'{"a":{"b":[1,{"c":null}],"d":[]},"e":{}}'
    assert pretty(body).kind == "JSON"
    assert pretty(body).text == json.dumps(json.loads(body), indent=2)


@pytest.mark.parametrize(
    "body", [b"[" * 65 + b"]" * 65, b"[" * 60_000, b'{"a":' * 30_000, b"{not json", b'{"a": "\\ud800']
)
def test_what_is_no_json_is_text(body):
    """Neither a broken text nor one that is nested without end is indented, and nothing is raised."""
    shown = pretty(body)
    assert (shown.kind, shown.text) == ("text", body.decode())


def test_a_form_is_shown_as_fields():
    """Names and values are decoded, repeated and empty ones stay."""
    body = b"event=delivered&tag=a&tag=b+c&empty=&html=%3Cb%3E"
    fields = (("event", "delivered"), ("tag", "a"), ("tag", "b c"), ("empty", ""), ("html", "<b>"))
    assert pretty(body, "application/x-www-form-urlencoded; charset=utf-8").fields == fields


def test_a_form_of_too_many_fields_is_text():
    """A thousand fields are shown as fields, more as text."""
    assert pretty(b"a=1&" * 2000, "application/x-www-form-urlencoded").kind == "text"


def test_xml_is_indented_and_nothing_expands():
    """Entities stay as they were written: no parser reads them."""
    bomb = b'<!DOCTYPE a [<!ENTITY x "xxxx">]><a><b>&x;</b><c/></a>'
    shown = pretty(bomb, "application/xml")
    assert shown.kind == "XML"
    assert shown.text.splitlines()[-4:] == ["<a>", "  <b>&x;</b>", "  <c/>", "</a>"]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a\x00b", bytes(range(256))])
def test_bytes_are_no_text(body):
    """What is not UTF-8, or holds NUL, is shown in hex alone."""
    assert pretty(body).kind == "binary"


def test_a_large_body_is_shown_as_it_is():
    """Beyond the bound nothing is parsed or coloured."""
    body = b"[" + b"1," * PRETTY_BYTES + b"1]"
    assert pretty(body).tokens == (("", body.decode()),)


@given(
    body=st.binary(), kind=st.sampled_from(["", "application/json", "application/x-www-form-urlencoded", "text/xml"])
)
def test_every_body_can_be_shown(body, kind):
    """No bytes of a sender break the page."""
    shown = pretty(body, kind)
    assert shown.kind in {"JSON", "form", "XML", "text", "binary", "empty"}
    assert bytes.fromhex("".join(row for _, row, _ in hex_rows(body))) == body[:HEX_BYTES]


@given(text=st.text())
def test_colours_change_no_text(text):
    """The pieces together are the text, whatever language it is taken for."""
    for language in ("json", "xml", "python"):
        text = text.replace("\r", "")
        assert "".join(piece for _, piece in coloured(text, language)) == text


def test_without_pygments_there_are_no_colours(monkeypatch):
    """Where the extra is not installed, the text is one piece."""
    monkeypatch.setitem(sys.modules, "pygments.lexers", None)
    assert coloured("{}", "json") == (("", "{}"),)


@pytest.mark.parametrize(
    "text", ["\u202e", "\u200b", "\x1b[31m", "\x00", "\r", "\u2066", "\ufeff", "\U000e0041", "\ud800"]
)
def test_what_would_not_be_seen_is_shown(text):
    """Overrides of direction, zero widths and control characters are written as escapes."""
    assert visible(f"a{text}b").isprintable()
    assert visible("tab\tline\nüñî ☃ 漢") == "tab\tline\nüñî ☃ 漢"


def test_equal_texts_do_not_differ():
    """Nothing is shown where nothing differs."""
    assert difference("a\nb", "a\nb") == ()


def test_a_difference_shows_both_sides_and_what_is_around():
    """The changed line is there in both forms; equal lines far from it are left out."""
    lines = [str(number) for number in range(30)]
    shown = difference("\n".join(lines), "\n".join([*lines[:15], "new", *lines[16:]]))
    assert [(line.sign, line.text) for line in shown if line.sign != " "] == [("-", "15"), ("+", "new")]
    assert len(shown) == 8


def test_differences_far_apart_are_told_apart():
    """Between two places there is a mark."""
    lines = [str(number) for number in range(30)]
    assert "…" in [line.sign for line in difference("\n".join(lines), "\n".join(["x", *lines[1:-1], "y"]))]


def test_a_comparison_is_bounded():
    """Lines beyond the bound are not compared."""
    assert difference("a\n" * MOST_LINES + "b", "a\n" * MOST_LINES + "c") == ()


@pytest.mark.parametrize(
    "body", [b"{}", b"", b"a\nb\n", b"a\r\nb\r\n", b"a\rb", b"\n\nx", b"\xff\x00\x01", bytes(range(256)), "ü☃".encode()]
)
def test_what_is_left_alone_is_sent_as_it_was(body):
    """A form that nobody changed gives every byte back, hidden ones included."""
    original = captured(body)
    assert edited(original) == original


def test_what_is_changed_is_sent_changed():
    """Method, path, headers and body are the visitor's; what he leaves hidden stays what it was."""
    headers = "Content-Type: text/plain\nX-Signature: [redacted]\nX-New: 1"
    sent = edited(captured(), method="PUT", target="/other/?a=1", headers=headers, body="hello\nyou")
    assert (sent.method, sent.url, sent.body) == ("PUT", "https://a.example/other/?a=1", b"hello\nyou")
    assert sent.headers == (("Content-Type", "text/plain"), ("X-Signature", "canary"), ("X-New", "1"))


def test_a_hidden_query_stays_when_the_path_changes():
    """What is hidden in the query is not replaced by what stands for it."""
    assert edited(captured(), target="/other/?key=[redacted]").url == "https://a.example/other/?key=canary"


def test_lines_end_as_they_did():
    """A body with CRLF keeps CRLF when it is edited, others get LF: a browser sends CRLF for both."""
    assert edited(captured(b"a\r\nb"), body="a\nc").body == b"a\r\nc"
    assert edited(captured(b"a\nb"), body="a\nc").body == b"a\nc"


def test_bytes_are_edited_in_base64():
    """What is no text can be edited all the same."""
    sent = edited(captured(b"\xff\x00"), body=b64encode(b"\xfe\x01").decode())
    assert sent.body == b"\xfe\x01"


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "POST /x"},
        {"method": "post"},
        {"target": "https://evil.example/"},
        {"target": "//evil.example/"},
        {"target": "hooks/"},
        {"target": "/a b"},
        {"target": "/\u00e9"},
        {"headers": "no colon"},
        {"headers": "Bad Name: 1"},
        {"headers": "X-Snow: \u2603"},
        {"headers": "X-Null: a\x00b"},
    ],
)
def test_what_cannot_be_sent_is_told(changes):
    """Nothing is sent to another host, and no header is made that no request can hold."""
    with pytest.raises(ValueError, match=r"\w{4}"):
        edited(captured(), **changes)


def test_an_edited_request_stays_on_this_site():
    """Whatever the path, scheme and host are those at which the delivery arrived."""
    assert edited(captured(), target="/@evil.example/").url == "https://a.example/@evil.example/"


def test_every_colour_is_in_the_style_sheet():
    """What is told apart is seen apart; nothing else is marked."""
    styled = set(
        re.findall(r"\.([a-z]{1,2}\d?)(?=[, ])", CONTENTS["inspector.css"].decode().partition("colours of code")[2])
    )
    assert styled >= COLOURED
    tokens = coloured('class A:\n    b: int = 1  # "c"\n', "python")
    assert {name for name, _ in tokens if name} <= COLOURED
