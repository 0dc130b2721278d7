"""Threats in bodies as bytes: templates, lossy decoding, compression, other types, and what is not signed at all."""

from __future__ import annotations

import base64
import gzip
import hmac
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hookseal import Reason, Verifier, _engine, providers, sign
from hookseal._engine import Record
from hookseal.schemes import Header, mac
from hookseal.signing import Signed
from tests.catalog import secret_of
from tests.kinds import PLAIN
from tests.verdicts import NOW, reason

SECRET = "made-up-9d2f4b6a8c0e1357"
UNLIKE = {"linear", "x"}
"""Linear wants a time in its body, and X none that could be a challenge."""
OVER_BODY = [name for name in PLAIN if Record.named(name).body_authenticated == "yes" and name not in UNLIKE]
TEMPLATED = mac(
    header="X-Sig",
    digest="sha256",
    encoding="hex",
    signed="{ts}.{id}.{body}",
    parts={"ts": Header("X-Ts"), "id": Header("X-Id")},
)
relaxed = settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))


def judged(provider: str, signed: bytes, sent: bytes) -> Reason | None:
    """Sign one body and send another."""
    headers = sign(provider, secret=secret_of(provider), body=signed, now=NOW).headers
    return reason(Verifier(provider, secrets=[secret_of(provider)]), headers, sent)


TEMPLATE_SIGNS = [
    *(
        b"$$",
        b"$&",
        b"$1",
        b"$5",
        b"$`",
        b"$'",
        b"\\0",
        b"\\1",
        b"\\\\0",
        b"\\g<0>",
        b"{body}",
        b"{ts}",
        b"{timestamp}",
        b"{id}",
    ),
    *(
        b"{}",
        b"{0}",
        b"{{",
        b"}}",
        b"%s",
        b"%d",
        b"%(body)s",
        b"%%",
        b"%n",
        b"${body}",
        b"#{body}",
        b"<%= body %>",
        b"`id`",
    ),
]


@pytest.mark.parametrize("provider", OVER_BODY)
def test_T60_signs_that_templates_use_are_bytes_like_others(provider: str):
    """Each such body is accepted as it was signed and as nothing else; a sign doubled or resolved is another body."""
    for sign_ in TEMPLATE_SIGNS:
        body = b'{"text":"' + sign_ + b'"}'
        assert judged(provider, body, body) is None
        assert judged(provider, body, body.replace(sign_, sign_ * 2)) is Reason.SIGNATURE_MISMATCH
        assert judged(provider, body.replace(sign_, sign_ * 2), body) is Reason.SIGNATURE_MISMATCH
    assert judged(provider, b"$5", b"$$5") is Reason.SIGNATURE_MISMATCH


@pytest.mark.parametrize("text", ["{body}", "{ts}", "{id}.{body}", "$1", "\\0", "%s", "{"])
def test_T60_a_value_that_looks_like_a_template_is_not_filled_in(text: str):
    """Also in a header that is signed: its text is appended, not read."""
    content = f"{NOW}.{text}.".encode() + b"B"
    headers = {"X-Ts": str(NOW), "X-Id": text, "X-Sig": hmac.new(SECRET.encode(), content, "sha256").hexdigest()}
    verifier = Verifier(TEMPLATED, secrets=[SECRET])
    assert reason(verifier, headers, b"B") is None
    assert reason(verifier, {**headers, "X-Id": text + "x"}, b"B") is Reason.SIGNATURE_MISMATCH


@pytest.mark.parametrize("provider", OVER_BODY)
def test_T61_bytes_are_never_decoded_on_their_way_to_the_signature(provider: str):
    """FF is not U+FFFD, a line end is not another, a letter no decomposed one; each is accepted as signed."""
    pairs = [
        *((b"\xff", "\ufffd".encode()), (b"\xc3", "\ufffd".encode()), (b"\xed\xa0\x80", "\ufffd".encode())),
        *(("é".encode(), "e\u0301".encode()), ("é".encode("latin-1"), "é".encode()), (b"\r\n", b"\n"), (b"", b"\0")),
        *(
            (b"\xef\xbb\xbf{}", b"{}"),
            (b"{} ", b"{}"),
            (b'"\\/"', b'"/"'),
            (b'"\\u00e9"', '"é"'.encode()),
            (b"1.0", b"1"),
        ),
        *(("{}".encode("utf-16"), b"{}"), ("ﬁ".encode(), b"fi")),
    ]
    for one, other in pairs:
        assert judged(provider, one, one) is judged(provider, other, other) is None
        assert judged(provider, one, other) is judged(provider, other, one) is Reason.SIGNATURE_MISMATCH


@relaxed
@given(body=st.binary(max_size=300), index=st.integers(0, 299), flip=st.integers(1, 255))
def test_T61_any_bytes_are_accepted_as_signed_and_no_byte_may_change(body: bytes, index: int, flip: int):
    """The verified object is the one that is handed over."""
    headers = sign("github", secret=SECRET, body=body).headers
    verifier = Verifier("github", secrets=[SECRET])
    assert verifier.verify(headers=headers, body=body).body is body
    assume(body)
    at = index % len(body)
    bent = body[:at] + bytes([body[at] ^ flip]) + body[at + 1 :]
    assert reason(verifier, headers, bent) is Reason.SIGNATURE_MISMATCH


@pytest.mark.parametrize(
    "body", ["{}", bytearray(b"{}"), memoryview(b"{}"), 7, ["{}"]], ids=lambda body: type(body).__name__
)
@pytest.mark.parametrize("provider", ["stripe", "linear", "mailgun"])
def test_T74_only_bytes_are_a_body(provider: str, body: object):
    """In the engine as above it, and the error says what to hand over; so no b'...' is ever signed or compared."""
    engine = Verifier(provider, secrets=[secret_of(provider)])._engine
    parts = tuple("application/json" if name == "content-type" else "x" for name in engine.headers)
    for call in (
        lambda: engine.verify(parts, body, NOW),
        lambda: sign(provider, secret=secret_of(provider), body=body),
    ):
        with pytest.raises(TypeError, match="bytes"):
            call()
    for check in (_engine.check_json, _engine.parse_form):
        with pytest.raises(TypeError, match="bytes"):
            check(body)


def test_T74_the_repr_of_a_body_is_not_the_body():
    """What is signed over b'{}' in Python's spelling proves nothing for {}."""
    assert judged("github", repr(b"{}").encode(), b"{}") is Reason.SIGNATURE_MISMATCH


@pytest.mark.parametrize("press", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
def test_T93_nothing_is_decompressed(press):
    """A bomb is verified as the few bytes it is; what was signed before compression is not what arrived."""
    plain = bytes(10_000_000)
    pressed = press(plain)
    assert len(pressed) < 20_000
    verifier = Verifier("github", secrets=[SECRET])
    for content_encoding in ({}, {"Content-Encoding": "gzip"}):
        headers = sign("github", secret=SECRET, body=pressed).headers | content_encoding
        assert verifier.verify(headers=headers, body=pressed).body is pressed
        headers = sign("github", secret=SECRET, body=plain).headers | content_encoding
        assert reason(verifier, headers, pressed) is Reason.SIGNATURE_MISMATCH


@pytest.mark.parametrize("provider", PLAIN)
def test_T23_each_byte_is_protected_as_the_record_says(provider: str):
    """Flip every byte of the body and of each header: what is accepted all the same is what is declared as unsigned."""
    record, signed = Record.named(provider), genuine(provider)
    verifier = Verifier(provider, secrets=[secret_of(provider)])
    for name in {name for name in signed.headers if name.lower() in record.headers} - {"Content-Type"}:
        for bent in flipped(signed.headers[name].encode()):
            headers = {**signed.headers, name: bent.decode("latin-1")}
            assert reason(verifier, headers, signed.body) is not None
    if record.body_authenticated == "yes":
        assert None not in {reason(verifier, signed.headers, bent) for bent in flipped(signed.body)}
    start = signed.body.index(b"evt_1")
    end = start + 5
    verdicts = {
        reason(verifier, signed.headers, signed.body[:start] + bent + signed.body[end:])
        for bent in flipped(signed.body[start:end])
    }
    assert verdicts == ({Reason.SIGNATURE_MISMATCH} if record.body_authenticated == "yes" else {None})


def flipped(text: bytes) -> Iterator[bytes]:
    """Flip the lowest bit of each byte in turn."""
    return (text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :] for at in range(len(text)))


def genuine(provider: str) -> Signed:
    """Sign a delivery."""
    return sign(provider, secret=secret_of(provider), body=b'{"id":"evt_1"}', now=NOW)


def test_T23_a_body_that_is_not_signed_is_said_to_be_so():
    """The record says it, derived from its template, and no other provider that signs says the same."""
    said = {name: Record.named(name).body_authenticated for name in providers()}
    shared = {name for name in providers() if Record.named(name).shares_secret}
    items = {"adyen-standard", "braintree", "dropbox-sign", "mailgun"}
    assert {name for name in said if said[name] == "no"} == shared | items
    assert {name for name in said if said[name] == "fields"} == {
        "amazon-sns",
        "mandrill",
        "plivo",
        "scaleway",
        "twilio",
    }


def test_T67_a_key_in_another_decoding_is_another_key():
    """One text is one key for each provider: decoded here, verbatim there, and neither takes the other's signature."""
    secret = "whsec_" + base64.b64encode(b"made up, twenty-four by").decode()
    as_decoded = sign("standard-webhooks", secret=secret, body=b"{}", now=NOW)
    verbatim = sign(
        "standard-webhooks", secret="whsec_" + base64.b64encode(secret.encode()).decode(), body=b"{}", now=NOW
    )
    verifier = Verifier("standard-webhooks", secrets=[secret])
    assert reason(verifier, as_decoded.headers, b"{}") is None
    assert reason(verifier, verbatim.headers, b"{}") is Reason.SIGNATURE_MISMATCH
