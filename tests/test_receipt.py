"""The receipt: what was proven, and the body that was verified, read by the engine's own rules."""

from __future__ import annotations

import pytest

from hookseal import Reason, Receipt, Verifier, WebhookRejected, sign
from hookseal._engine import Accepted, Record, Secret
from hookseal._engine import Verifier as Engine
from tests.ids import shown

NOW = 1_790_000_000
SECRET = "acme-canary-3f9c1e7a5b2d8064"


def accepted(body: bytes = b"{}") -> Accepted:
    """Get a real verdict from the engine."""
    signed = sign("github", secret=SECRET, body=body, now=NOW)
    engine = Engine(Record.named("github"), [Secret(SECRET)], endpoint="code", prf_key=b"k" * 32, tolerance=None)
    headers = {name.lower(): value for name, value in signed.headers.items()}
    return engine.verify(tuple(headers.get(name) for name in engine.headers), body, NOW)


def receipt(body, content_type: str = "application/json", fields=None) -> Receipt:
    """Make a receipt as the pipeline does."""
    verdict = accepted()
    return Receipt(verdict, endpoint="code", provider="github", body=body, content_type=content_type, fields=fields)


def test_a_receipt_tells_what_was_proven():
    """Endpoint, provider, secret, event id and signed time come from the verdict."""
    signed = sign("stripe", secret=f"whsec_{SECRET}", body=b'{"id": "evt_1"}', now=NOW)
    verifier = Verifier("stripe", secrets=[Secret(f"whsec_{SECRET}", label="2025")], endpoint="live")
    proven = verifier.verify(headers=signed.headers, body=signed.body, now=NOW)
    assert ("live", "stripe", "2025") == (proven.endpoint, proven.provider, proven.secret)
    assert ("evt_1", NOW) == (proven.event_id, proven.timestamp)


def test_the_body_is_the_verified_object():
    """Not a copy: what the view reads is what the engine judged."""
    body = b'{"id": 1}'
    assert receipt(body).body is body


def test_a_body_that_was_not_needed_is_read_once():
    """At first use, then kept."""
    reads = []

    def read() -> bytes:
        reads.append(1)
        return b"[1]"

    late = receipt(read)
    assert [] == reads
    assert ([1], b"[1]") == (late.json(), late.body)
    assert [1] == reads


def test_json_gives_what_the_body_says():
    """The ordinary case."""
    assert {"id": 1, "name": "ä"} == receipt('{"id": 1, "name": "ä"}'.encode()).json()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xef\xbb\xbf{}",
        b'{"a": 1, "a": 2}',
        b"NaN",
        b"[Infinity]",
        b"1e400",
        b'"\xff"',
        b'"\\ud800"',
        b"[" * 65 + b"]" * 65,
        '{"a": 1}'.encode("utf-16"),
        b"{} {}",
    ],
    ids=shown,
)
def test_T65_json_refuses_what_the_engine_refuses(text):
    """One reading of a body: a text on which parsers differ is a refusal, not another exception."""
    with pytest.raises(WebhookRejected) as refusal:
        receipt(text).json()
    assert refusal.value.reason is Reason.MALFORMED_BODY
    assert ("code", "github") == (refusal.value.endpoint, refusal.value.provider)


def test_json_reads_numbers_of_any_accepted_length():
    """The longest number the engine accepts is below Python's limit on digits."""
    assert 10**300 == receipt(b"1" + b"0" * 300).json()


def test_form_reads_an_urlencoded_body():
    """Repeated fields keep all their values in order."""
    content_type = "Application/X-WWW-Form-Urlencoded; charset=utf-8"
    assert {"a": ["1", "3"], "b": ["ä"]} == receipt(b"a=1&b=%C3%A4&a=3", content_type).form


def test_form_reads_multipart_fields_at_first_use():
    """They come from Django, once."""
    reads = []

    def fields() -> dict[str, list[str]]:
        reads.append(1)
        return {"a": ["1"]}

    late = receipt(b"", "multipart/form-data; boundary=x", fields)
    assert [] == reads
    assert {"a": ["1"]} == late.form == late.form
    assert [1] == reads


@pytest.mark.parametrize("content_type", ["application/json", "", "text/plain", "multipart/form-data; boundary=x"])
def test_form_is_empty_for_any_other_body(content_type):
    """A body that is no form, or a multipart form without Django."""
    assert {} == receipt(b"a=1", content_type).form


def test_a_malformed_form_is_refused():
    """A form that the engine does not read is not read in another way."""
    with pytest.raises(WebhookRejected) as refusal:
        _ = receipt(b"a=%zz", "application/x-www-form-urlencoded").form
    assert refusal.value.reason is Reason.MALFORMED_BODY


def test_a_receipt_shows_no_body():
    """It may be logged: repr names endpoint, provider and label."""
    assert "<Receipt code provider='github' secret='code[0]'>" == repr(receipt(b"canary-9d2f4b6a8c0e1357"))


def test_a_receipt_takes_no_new_attributes():
    """What was proven is not mixed with what somebody adds."""
    with pytest.raises(AttributeError):
        receipt(b"").user = "me"
