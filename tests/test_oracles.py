"""Differential tests against the providers' SDKs: they sign, we accept; we sign, they accept; we accept, so do they."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import time_machine
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hookseal import Reason, sign
from tests.oracles import MAKERS, NOW, Oracle, oracle, ours

GENUINE = b'{"id":"evt_1"}'
TIME = str(NOW)
FORM = "application/x-www-form-urlencoded"

IDS = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789_-.:", min_size=1, max_size=40)
TEXTS = st.text(min_size=1, max_size=60).map(lambda text: text.encode("utf-8", "replace"))
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("aé$\\{}%\n\0", max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
).map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))

TIMES = st.sampled_from(
    [
        *[TIME] * 8,
        *(str(NOW + seconds) for seconds in (-301, -300, 300, 301, 10**6)),
        *("", "0", "-1", "nan", "9" * 400, "1.79e9", "1_790_000_000", "١٧٩٠٠٠٠٠٠٠"),
        *(f"0{TIME}", f"+{TIME}", f" {TIME}", f"{TIME} ", f"{TIME}.0", f"{TIME}000", f"{TIME}\n", f"{TIME},{TIME}"),
    ]
)
SNIPPETS = st.sampled_from(
    [
        *(
            "",
            " ",
            "  ",
            "\t",
            "\n",
            "\0",
            ",",
            ", ",
            ";",
            "=",
            "==",
            "\xe9",
            "\u200b",
            "0",
            "A",
            "-",
            "_",
            "%",
            "+",
            '"',
            "\\",
        ),
        *(
            "t",
            "t=",
            f"t={TIME},",
            "v0=",
            "v1",
            "v1=",
            "v1=00,",
            "v1,",
            "v1,AAAA ",
            "v1 ",
            "v2,x ",
            "Basic ",
            "sha256=",
        ),
    ]
)
EDITS = st.tuples(st.integers(0, 400), st.sampled_from(["insert", "cut", "replace", "double", "swapcase"]), SNIPPETS)
relaxed = settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


@pytest.fixture(autouse=True, scope="module")
def _clock() -> Iterator[None]:
    """Stop the clock, which the SDKs read for themselves."""
    with time_machine.travel(NOW, tick=False):
        yield


every_oracle = pytest.mark.parametrize("name", MAKERS)
signing_the_body = [name for name in MAKERS if "mailgun" not in name and "basic" not in name]
signing_fields = [name for name in MAKERS if "mailgun" in name]


def body_for(theirs: Oracle, data: st.DataObject) -> bytes:
    """Draw a body that the oracle can judge."""
    return data.draw(JSONS if theirs.bodies == "json" else TEXTS, label="body")


@every_oracle
@relaxed
@given(data=st.data(), event_id=IDS)
def test_what_they_sign_we_accept(name: str, data: st.DataObject, event_id: str):
    """Any body, any id: their signer's delivery passes our verifier, and their own."""
    theirs = oracle(name)
    headers, body = theirs.sign(body_for(theirs, data), event_id, TIME)
    assert theirs.verdict(headers, body)
    assert ours(theirs, headers, body) is None


@every_oracle
@relaxed
@given(data=st.data(), event_id=IDS)
def test_what_we_sign_they_accept(name: str, data: st.DataObject, event_id: str):
    """Any body, any id: our signer's delivery passes their verifier."""
    theirs = oracle(name)
    if theirs.bodies == "fields":
        kind, body = (
            (FORM, b"subject=a%26b&x=") if name.endswith("form") else ("application/json", b'{"event-data":{"a":1}}')
        )
    else:
        kind, body = "application/json", body_for(theirs, data)
    signed = sign(theirs.provider, secret=theirs.secret, body=body, event_id=event_id, content_type=kind)
    assert theirs.verdict(signed.headers, signed.body)


@pytest.mark.parametrize("name", signing_the_body)
@relaxed
@given(data=st.data(), event_id=IDS, index=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_changed_byte_of_the_body_is_refused(name: str, data: st.DataObject, event_id: str, index: int, byte: int):
    """Wherever it stands and whatever it becomes."""
    theirs = oracle(name)
    headers, body = theirs.sign(body_for(theirs, data), event_id, TIME)
    at = index % len(body)
    assume(body[at] != byte)
    assert ours(theirs, headers, body[:at] + bytes([byte]) + body[at + 1 :]) is Reason.SIGNATURE_MISMATCH


@pytest.mark.parametrize("name", [name for name in MAKERS if name not in signing_fields])
@relaxed
@given(data=st.data(), event_id=IDS, index=st.integers(0, 10_000), letter=st.characters(max_codepoint=255))
def test_a_changed_character_of_a_header_is_refused(
    name: str, data: st.DataObject, event_id: str, index: int, letter: str
):
    """In the signature, the time or the id. Only the case of letters in hex, or in `Basic`, says nothing (T16, T86)."""
    theirs = oracle(name)
    headers, body = theirs.sign(body_for(theirs, data), event_id, TIME)
    header = data.draw(st.sampled_from(sorted(headers)), label="header")
    text = headers[header]
    at = index % len(text)
    assume(text[at] != letter)
    assume(text[at].lower() != letter.lower() or not spells_the_same(header, text, at))
    changed = text[:at] + letter + text[at + 1 :]
    assert ours(theirs, {**headers, header: changed}, body) is not None


def spells_the_same(header: str, text: str, at: int) -> bool:
    """Whether the case of a letter is no part of what the header says."""
    in_hex = any(found.start() <= at < found.end() for found in re.finditer(r"[0-9a-f]{64}", text))
    return in_hex or (header == "Authorization" and at < len("Basic"))


@pytest.mark.parametrize("name", signing_fields)
@relaxed
@given(
    event=TEXTS,
    field=st.sampled_from(["timestamp", "token", "signature"]),
    index=st.integers(0, 200),
    letter=st.characters(min_codepoint=33, max_codepoint=126),
)
def test_a_changed_character_of_a_signed_field_is_refused(name: str, event: bytes, field: str, index: int, letter: str):
    """Where the signature stands in the body, its three fields are what is signed."""
    theirs = oracle(name)
    headers, body = theirs.sign(event, "", TIME)
    found = re.search(rf'"{field}": "(\w+)"' if name.endswith("json") else rf"{field}=(\w+)", body.decode())
    at = found.start(1) + index % len(found[1])
    old = chr(body[at])
    assume(old != letter)
    assume(field != "signature" or old.lower() != letter.lower())
    changed = body[:at] + letter.encode() + body[at + 1 :]
    assert ours(theirs, headers, changed) is not None


@every_oracle
@settings(relaxed, max_examples=250)
@given(data=st.data(), time=TIMES, edits=st.lists(EDITS, max_size=3), dropped=st.integers(0, 30))
def test_what_we_accept_they_accept(name: str, data: st.DataObject, time: str, edits: list, dropped: int):
    """One way, for requests bent at random: our verdict is never the milder one, but for the spellings in `LOOSER`."""
    theirs = oracle(name)
    headers, body = theirs.sign(GENUINE, "msg_1", time)
    names = sorted(set(headers) - {"Content-Type"})
    for edit in edits:
        if theirs.bodies == "fields":
            body = bent(body.decode("latin-1"), *edit).encode("latin-1", "replace")
        else:
            header = data.draw(st.sampled_from(names), label="header")
            headers[header] = bent(headers[header], *edit)
    if names and dropped < len(names):
        del headers[names[dropped]]
    if ours(theirs, headers, body) is None:
        assert theirs.verdict(*theirs.respell(headers, body))


def bent(text: str, position: int, how: str, snippet: str) -> str:
    """Change a text in one place."""
    at = position % (len(text) + 1)
    rest = text[at + 1 :] if how in {"cut", "replace", "swapcase"} else text[at:]
    put = {
        "insert": snippet,
        "cut": "",
        "replace": snippet,
        "double": f",{text}" if snippet == "," else f"{snippet}{text}",
        "swapcase": text[at : at + 1].swapcase(),
    }
    return text[:at] + put[how] + rest
