"""Threats in forms and JSON: texts that two readers read in two ways, and texts made to exhaust one."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest
from django.http import QueryDict
from django.test import override_settings
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hookseal import Reason, Verifier, _engine, sign
from hookseal._engine import LIMITS
from tests.catalog import FORM, genuine, secret_of
from tests.verdicts import NOW, reason

SECRET = "made-up-9d2f4b6a8c0e1357"
relaxed = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


def mailgun(body: bytes, kind: str) -> Reason | None:
    """Send a body to a verifier that reads fields from it."""
    return reason(Verifier("mailgun", secrets=[secret_of("mailgun")], tolerance=None), {"Content-Type": kind}, body)


@pytest.mark.parametrize(
    "charset",
    ["utf-7", "utf-16", "utf-32", "latin-1", "iso-8859-1", "idna", "punycode", "ascii", "cp037", "x", "utf-8x"],
)
def test_T36_no_other_charset_is_believed(charset: str):
    """A genuine form or JSON text under another charset's name is refused; under none, or UTF-8, it is read."""
    for kind in (FORM, "application/json"):
        body = genuine("mailgun", kind, b"{}" if "json" in kind else b"a=1").body
        assert mailgun(body, f"{kind}; charset={charset}") is Reason.MALFORMED_BODY
        for right in (kind, f"{kind}; charset=utf-8", f'{kind.upper()}; Charset="UTF-8"', f"{kind};charset=Utf-8; x=y"):
            assert mailgun(body, right) is None


@pytest.mark.parametrize(
    "parameters", ["charset=utf-8; charset=utf-16", "charset=utf-16; charset=utf-8", "charset =utf-16"]
)
def test_T36_every_charset_that_is_named_must_be_utf_8(parameters: str):
    """Of two, each reader may take another one; white space hides none."""
    body = genuine("mailgun").body
    assert mailgun(body, f"application/json; {parameters}") is Reason.MALFORMED_BODY
    assert mailgun(body, "application/json; charset=utf-8; charset=UTF-8") is None


@pytest.mark.parametrize(
    "junk",
    [b"%", b"%Z", b"%ZZ", b"%u0041", b"%f", b"%FF", b"\xff", b"%C3%28", b"%ED%A0%80", b"\xc0\xaf", b"%+1", b"% 1"],
)
def test_T36_a_form_that_is_no_utf_8_is_refused_whole(junk: bytes):
    """In a name or a value, even of a field that nobody signed: two readers would read it in two ways."""
    body = genuine("mailgun", FORM, b"a=1").body
    for bent in (body + b"&x=" + junk, junk + b"=x&" + body, body + b"&" + junk):
        assert mailgun(bent, FORM) is Reason.MALFORMED_BODY


def test_T36_of_a_field_that_repeats_the_last_one_counts():
    """As in Django's QueryDict, so that the view reads the value that was judged; names are compared after decoding."""
    body = genuine("mailgun", FORM, b"a=1").body
    for name in (b"signature", b"token", b"timestamp"):
        assert mailgun(name + b"=x&" + body, FORM) is None
        for again in (name, b"%" + name[:1].hex().encode() + name[1:]):
            assert mailgun(body + b"&" + again + b"=x", FORM) is not None
            assert mailgun(body + b"&" + again + b"=", FORM) is not None
            assert mailgun(body + b"&" + again, FORM) is not None
        assert mailgun(body + b"&" + name.upper() + b"=x&" + name + b"%00=x&+" + name + b"=x", FORM) is None


FORM_BYTES = st.lists(
    st.sampled_from(
        [
            b"a",
            b"b",
            b"&",
            b"=",
            b"+",
            b"%",
            b"%20",
            b"%C3%A9",
            b"%2",
            b"%zz",
            b"\xc3\xa9",
            b"\xff",
            b"\0",
            b";",
            b"%26",
            b"%3D",
        ]
    ),
    max_size=12,
).map(b"".join) | st.binary(max_size=20)


@override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=None)
@settings(relaxed, max_examples=500)
@given(text=FORM_BYTES)
@example(b"&" * LIMITS["form_fields"])
def test_T36_a_form_is_read_as_everybody_reads_it(text: bytes):
    """What the engine reads, the standard library and Django read alike; what is no strict form, it refuses."""
    try:
        fields = _engine.parse_form(text)
    except ValueError:
        return
    assert fields == parse_qsl(text.decode(), keep_blank_values=True, errors="strict")
    values = {name: [value for other, value in fields if other == name] for name, _ in fields}
    assert values == dict(QueryDict(text).lists())


@pytest.mark.parametrize("count", [LIMITS["form_fields"], LIMITS["form_fields"] + 1])
def test_T36_the_number_of_fields_is_bounded(count: int):
    """The limit itself is read; one more is not, and costs no more than counting."""
    text = b"&".join([b"a=1"] * count)
    if count <= LIMITS["form_fields"]:
        assert count == len(_engine.parse_form(text))
    else:
        with pytest.raises(ValueError, match="too many"):
            _engine.parse_form(text)


WRITTEN = (
    *("{", "}", "[", "]", ":", ",", '"', '"id"', '"a"', "1", "-1", "01", "1.5", "1e5", "1e400", "-0", "+1", ".5", "1."),
    *("null", "true", "NaN", "Infinity", "//", "'a'", r'"\x41"', r'"\/"', r'"\u0069d"', r'"\u00"', r'"\""'),
    *(r'"\ud83d\ude42"', r'"\ud800"', r'"\ude42\ud83d"'),
)
SCRAPS = st.sampled_from(
    [
        *(text.encode() for text in WRITTEN),
        *(b" ", b"\n", b"\x0c", b"\0", b'"\t"', b"\xc3\xa9", b"\xff", b"\xef\xbb\xbf", b"9" * 400, b"0." + b"9" * 400),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4) | st.just("id"), inner, max_size=4),
    max_leaves=12,
)


def pairs_without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Build an object, as a careful reader does."""
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def no_constant(text: str) -> None:
    """Refuse NaN and Infinity."""
    raise AssertionError(text)


@settings(relaxed, max_examples=600)
@given(
    text=st.lists(SCRAPS, max_size=14).map(b"".join)
    | VALUES.map(lambda value: json.dumps(value).encode("utf-8", "replace"))
)
@example(b'{"id":1,"id":2}')
@example(b'{"id":1,"\\u0069d":2}')
@example(b'"\\ud83d\\ude42"')
def test_T65_what_the_engine_reads_everybody_reads_alike(text: bytes):
    """What passes is JSON for Python's own reader too: no duplicate, no constant, no surrogate, no overflow."""
    try:
        _engine.check_json(text)
    except ValueError:
        return
    value = json.loads(text.decode(), object_pairs_hook=pairs_without_duplicates, parse_constant=no_constant)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


@relaxed
@given(value=VALUES, indent=st.none() | st.integers(0, 3), ascii_only=st.booleans())
def test_T65_what_everybody_writes_the_engine_reads(value: object, indent: int | None, ascii_only: bool):  # noqa: FBT001 - drawn
    """Whatever Python writes of values that have a JSON form."""
    _engine.check_json(json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode())


@relaxed
@given(
    event=st.text(min_size=1, max_size=20) | st.integers(-(10**30), 10**30) | st.booleans(),
    others=st.dictionaries(st.text(max_size=4), VALUES, max_size=3),
)
def test_T65_the_id_that_is_kept_is_the_one_that_the_view_reads(event: object, others: dict[str, object]):
    """Engine and `json()` find the same value under the same name, escaped or not; an empty id is none."""
    body = json.dumps({**others, "id": event}).encode()
    headers = sign("stripe", secret=SECRET, body=body, now=NOW).headers
    receipt = Verifier("stripe", secrets=[SECRET]).verify(headers=headers, body=body, now=NOW)
    read = receipt.json()["id"]
    assert receipt.event_id == (read if isinstance(read, str) else json.dumps(read))


@pytest.mark.parametrize(
    ("depth", "read"), [(LIMITS["json_depth"], True), (LIMITS["json_depth"] + 1, False), (100_000, False)]
)
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")], ids=["arrays", "objects"])
def test_T65_nesting_is_bounded(opening: bytes, closing: bytes, depth: int, *, read: bool):
    """At the limit it is read; beyond, however far, it is refused without a recursion that could end the process."""
    text = opening * depth + b"1" * (opening != b"[") + closing * depth
    if read:
        _engine.check_json(text)
    else:
        with pytest.raises(ValueError, match="byte"):
            _engine.check_json(text)
        with pytest.raises(ValueError, match="byte"):
            _engine.check_json(opening * depth)


SIGNED = {"token": "x", "timestamp": str(NOW), "signature": "0" * 64}


@pytest.mark.parametrize("name", ["timestamp", "token", "signature"])
@pytest.mark.parametrize(
    "text",
    ['"\\ud800"', '"\\udc00\\ud800"', '"a\\ud800b"', '"\\ud83d\\u0041"', "null", "{}", "[]", "NaN", "1e999", "-", ""],
)
def test_T18_T65_odd_values_in_signed_fields_are_malformed(name: str, text: str):
    """A lone surrogate, a value that is no scalar, or no JSON at all."""
    fields = ",".join(f'"{key}":{text if key == name else json.dumps(value)}' for key, value in SIGNED.items())
    assert mailgun(f'{{"signature":{{{fields}}}}}'.encode(), "application/json") is Reason.MALFORMED_BODY


@pytest.mark.parametrize(
    "shape",
    [
        b"[]",
        b"1",
        b'"x"',
        b"null",
        b'{"signature":[]}',
        b'{"signature":"x"}',
        b'{"signature":{"token":"x"}}',
        b"[{}]",
        b"{}",
    ],
)
def test_T65_another_shape_is_a_missing_signature(shape: bytes):
    """JSON as it should be, but without the fields that prove something."""
    assert mailgun(shape, "application/json") is Reason.MISSING_SIGNATURE
