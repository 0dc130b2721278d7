"""Made-up deliveries: for every provider of the catalog a secret that it takes and a body that it signs."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest

from hookseal import Secret, Verifier, providers, sign
from hookseal._engine import Record
from hookseal.samples import FORM, as_body, new_keys, new_secret, sample
from hookseal.schemes import mac

URL = "https://example.com/hooks/"
IMPOSSIBLE = {
    "paypal": "an authority that is trusted",
    "postal": "RSA with SHA-1",
    "scaleway": "an authority that is trusted",
}
"""Those whose genuine key nobody else can stand in for, and what is said of each."""
POSSIBLE = [name for name in providers() if name not in IMPOSSIBLE]


@pytest.mark.parametrize("provider", POSSIBLE)
def test_a_sample_is_signed_and_accepted(provider: str):
    """With nothing given but the name; where keys are fetched, it is signed, and the endpoint's tests verify it."""
    options = dict.fromkeys(Record.named(provider).options, "made-up")
    keys = new_keys(provider)
    made = sample(provider, keys, options)
    signed = sign(provider, secret=keys.signs, body=made.body, content_type=made.content_type, url=URL, options=options)
    if Record.named(provider).source is None:
        verifier = Verifier(provider, secrets=[keys.verifies], options=options)
        verifier.verify(headers=signed.headers, body=signed.body, url=signed.url)


@pytest.mark.parametrize(("provider", "why"), IMPOSSIBLE.items())
def test_what_nobody_else_can_sign_is_said_so(provider: str, why: str):
    """There is no key, and the error names the reason."""
    with pytest.raises(ValueError, match=f"cannot be signed for: .*{why}"):
        new_keys(provider)


@pytest.mark.parametrize("provider", POSSIBLE)
def test_a_new_secret_is_strong(provider: str):
    """The engine finds nothing weak in it, and no two are the same; a provider with keys of its own has none."""
    record = Record.named(provider)
    secret = new_secret(record)
    assert (secret is None) is (record.key_kind != "shared")
    if secret is not None:
        assert record.check(Secret(secret)) is None
        assert secret != new_secret(record)


def test_keys_are_not_shown():
    """Not even those of a test: the habit would reach a log one day."""
    keys = new_keys("stripe")
    assert str(keys.signs) not in repr(keys)


def test_each_sample_is_another_event():
    """So that none is taken for a replay of the one before."""
    keys = new_keys("stripe")
    assert sample("stripe", keys).body != sample("stripe", keys).body


def test_senders_of_forms_get_forms():
    """Twilio signs the fields of a form beside the URL; it would sign JSON too, but seldom does."""
    assert sample("twilio", new_keys("twilio")).content_type == FORM


def test_a_record_of_the_sites_own_gets_a_sample():
    """Not only the catalog's."""
    scheme = mac(header="X-Acme", digest="sha256", encoding="hex")
    assert json.loads(sample(scheme, new_keys(scheme)).body)["type"] == "sample"


@pytest.mark.parametrize(
    ("payload", "content_type", "body"),
    [
        ({"id": "é"}, None, '{"id":"é"}'.encode()),
        ([1, 2], None, b"[1,2]"),
        (b"\x00raw", None, b"\x00raw"),
        ("text", "text/plain", b"text"),
        ({"a": "1 2", "b": ["3", "4"]}, FORM, b"a=1+2&b=3&b=4"),
    ],
)
def test_a_payload_becomes_a_body(payload: object, content_type: str | None, body: bytes):
    """Bytes and text as they are, the rest as its type says."""
    written = as_body(payload, content_type)
    assert (written.body, written.content_type) == (body, content_type or "application/json")


def test_a_list_is_no_form():
    """Said at once, rather than signed as something else."""
    with pytest.raises(TypeError, match="mapping"):
        as_body([1], FORM)


def test_a_form_reads_back():
    """Whatever its values hold."""
    assert parse_qsl(as_body({"a": "ä&="}, FORM).body.decode()) == [("a", "ä&=")]


def test_a_compiled_record_is_a_provider():
    """An endpoint knows its record, and no longer how that was written down."""
    record = Record.from_json("acme", mac(header="X-Acme", digest="sha256", encoding="hex", signed="{body}").json())
    keys = new_keys(record)
    made = sample(record, keys)
    assert "X-Acme" in sign(record, secret=keys.signs, body=made.body).headers
