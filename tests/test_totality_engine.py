"""Totality of the engine: whatever is handed to the module, it answers or raises a documented error, silently."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hookseal import Reason, _engine, sign
from hookseal.exceptions import WebhookRejected
from hookseal.secrets import PRF_KEY
from tests.kinds import KINDS

NOW = 1_790_000_000
FIRST = datetime.min.replace(tzinfo=timezone(timedelta(hours=23)))
LAST = datetime.max.replace(tzinfo=timezone(timedelta(hours=-23)))
DOCUMENTED = (WebhookRejected, TypeError, ValueError, LookupError)

NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.booleans(),
    st.sampled_from([2**31, 2**63, 2**64, 2**70, -(2**63) - 1, 10**400, float("nan"), float("inf"), NOW, NOW * 1000]),
)
TEXTS = st.one_of(
    st.text(st.characters(categories=None, codec=None), max_size=30),
    st.text(st.characters(max_codepoint=255), max_size=60),
    st.sampled_from(
        [
            *(
                "",
                "\ud800",
                "\udfff\ud800",
                "\0",
                "\u2028",
                "\U0001f642",
                "None",
                "v1,",
                "t=,v1=",
                "Basic ",
                "Basic dTpw",
            ),
            *("x" * 9000, "9" * 400, "application/json", "multipart/form-data", "a=b&c=d"),
            *(f"t={NOW},v1={'0' * 64}", f"sha256={'0' * 64}", f"v1,{'A' * 43}="),
        ]
    ),
)
BYTES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"{}", b"[" * 100_000, b'{"a":' * 3000, b'"\\ud800"', b"9" * 5000, b"&" * 5000, b"a=%zz", b"\xff"]
    ),
)
ODD = st.one_of(
    st.none(),
    NUMBERS,
    TEXTS,
    BYTES,
    st.just(object()),
    st.just(str),
    st.dates(),
    st.datetimes(timezones=st.none() | st.just(timezone.utc)),
    st.lists(TEXTS | NUMBERS | st.none(), max_size=3),
    st.tuples(TEXTS, TEXTS),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
    BYTES.map(bytearray),
    BYTES.map(memoryview),
)
relaxed = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def _silent(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing is written to stderr, neither by Python nor by the engine: what it prints might be the sender's."""
    yield
    assert "" == capfd.readouterr().err


def total(action: Callable[[], Any]) -> Any:
    """Run something: an answer, or None for a documented error, which can be printed and is no confession of ours."""
    try:
        return action()
    except DOCUMENTED as error:
        caught = error
    str(caught).encode()
    assert getattr(caught, "reason", None) is not Reason.INTERNAL_ERROR
    return None


@relaxed
@given(value=ODD, label=ODD, not_before=ODD, not_after=ODD, slot=ODD)
@example(value="x" * 20, label=None, not_before=date.min, not_after=date.max, slot=None)
@example(value="x" * 20, label=None, not_before=FIRST, not_after=LAST, slot="primary")
def test_T18_a_secret_takes_anything(*, value: Any, label: Any, not_before: Any, not_after: Any, slot: Any):
    """A wrong value is a flaw, which it keeps; a wrong label, window or slot is a mistake of the caller."""
    total(lambda: _engine.Secret(value, label=label, not_before=not_before, not_after=not_after, slot=slot))
    secret = _engine.Secret(value)
    assert (secret.flaw is None) or len(secret.flaw) == 3
    for record in RECORDS:
        total(lambda record=record: record.check(secret))
        total(lambda record=record: _engine.Signer(record, secret))
    assert total(lambda: secret.same_value(value)) in {None, True, False}
    total(lambda: secret.fingerprint(value))
    assert "x" * 20 not in repr(secret)


RECORDS = [_engine.Record.named(name) for name in KINDS]
FORMS = (
    "hookseal-made-up-9d2f4b6a8c0e1357",
    "user:made-up-9d2f4b6a8c0e1357",
    "whsec_" + "QUJD" * 8,
    "9d2f4b6a8c0e1357" * 2,
)


def usable(record: _engine.Record) -> str:
    """Find a secret of the form that a record wants."""
    for text in FORMS:
        try:
            record.check(_engine.Secret(text))
        except _engine.SecretError:
            continue
        return text
    raise AssertionError(record.name)


def verifier(record: _engine.Record, basic_auth: Sequence[_engine.Secret] = ()) -> _engine.Verifier:
    """Compile a verifier."""
    secrets = [_engine.Secret(usable(record))]
    return _engine.Verifier(record, secrets, endpoint="e", prf_key=PRF_KEY, tolerance=300, basic_auth=basic_auth)


VERIFIERS = [verifier(record) for record in RECORDS]
GUARDED = verifier(_engine.Record.named("stripe"), [_engine.Secret("user:made-up-password")])


@relaxed
@given(name=ODD, text=ODD)
def test_T18_a_record_takes_anything(name: object, text: object):
    """A name that nobody knows, and texts that are no records."""
    total(lambda: _engine.Record.named(name))
    total(lambda: _engine.Record.from_json(name, text))


TREES = st.recursive(
    NUMBERS | TEXTS | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@relaxed
@given(data=st.data())
def test_T58_a_bent_record_compiles_or_says_why(data: st.DataObject):
    """Any value in any place of a record: it compiles, and is then total, or is refused as the owner's mistake."""
    parts = {"ts": {"header": "X-Time"}, "id": {"json": "/id"}}
    signature = {"at": {"header": "X-Sig"}, "shape": "plain", "encoding": "hex"}
    proof = {
        "algorithm": "hmac-sha256",
        "key": {"kind": "shared", "text": ["verbatim"]},
        "signature": signature,
        "signed": "{ts}.{id}.{body}",
        "parts": parts,
    }
    tree: dict[str, Any] = {"title": "t", "docs": "d", "grade": "A", "event": "id", "proof": [proof]}
    tree["time"] = {"part": "ts", "unit": "s", "of": "attempt"}
    holder = data.draw(st.sampled_from([tree, proof, parts, signature, signature["at"], tree["time"], proof["key"]]))
    further = ["when", "http", "prefix", "split", "version", "slot", "pairs", "tolerance", "form"]
    key = data.draw(st.sampled_from([*holder, *further]))
    holder[key] = data.draw(st.just(",") | st.just({"header": "x"}) | TREES)
    record = total(lambda: _engine.Record.from_json("custom", json.dumps(tree)))
    if record is not None:
        verify = verifier(record).verify
        parts_of = tuple("x" for _ in record.headers)
        total(lambda: verify(parts_of, b"{}", NOW, "POST", "https://x/?a=1" if record.needs_url else None))


@pytest.mark.parametrize("judge", [*VERIFIERS, GUARDED], ids=[*KINDS, "stripe-and-basic"])
@relaxed
@given(data=st.data(), body=ODD | BYTES, now=ODD | st.just(NOW), method=ODD, url=ODD, fields=ODD)
def test_T18_T51_a_verifier_takes_anything(
    *, judge, data: st.DataObject, body: Any, now: Any, method: Any, url: Any, fields: Any
):
    """Any parts, body, clock, method, URL and fields: nothing is accepted, and all errors are documented ones."""
    texts = st.none() | TEXTS | st.lists(TEXTS, max_size=20)
    width = len(judge.headers)
    good = st.tuples(*[texts] * width)
    parts: Any = data.draw(st.one_of(good, good, good, ODD), label="parts")
    assert total(lambda: judge.admit(parts, method, url)) in {None, "nothing", "body", "fields"}
    assert total(lambda: judge.verify(parts, body, now, method, url, fields)) is None
    assert total(lambda: judge.verify(parts, body, NOW)) is None


@relaxed
@given(record=st.sampled_from(RECORDS), body=ODD | BYTES, now=ODD, event_id=ODD, method=ODD, url=ODD, kind=ODD)
def test_T18_a_signer_takes_anything(
    *, record: Any, body: Any, now: Any, event_id: Any, method: Any, url: Any, kind: Any
):
    """What it cannot sign it says, in a ValueError or TypeError."""
    signer = _engine.Signer(record, _engine.Secret(usable(record)))
    total(lambda: signer.sign(body, now, event_id=event_id, method=method, url=url, content_type=kind))
    total(lambda: signer.sign(body if isinstance(body, bytes) else b"{}", NOW, event_id=event_id, content_type=kind))


@relaxed
@given(record=ODD, secrets=ODD, endpoint=ODD, prf_key=ODD, tolerance=ODD, basic_auth=ODD)
def test_T18_a_verifier_is_made_of_anything_or_says_why(
    *, record: Any, secrets: Any, endpoint: Any, prf_key: Any, tolerance: Any, basic_auth: Any
):
    """Each argument of the constructor, bent alone and together."""
    good = {"endpoint": "e", "prf_key": PRF_KEY, "tolerance": 300}
    for bent in (
        {"endpoint": endpoint},
        {"prf_key": prf_key},
        {"tolerance": tolerance},
        {"basic_auth": basic_auth},
        {"endpoint": endpoint, "prf_key": prf_key, "tolerance": tolerance, "basic_auth": basic_auth},
    ):
        total(lambda bent=bent: _engine.Verifier(RECORDS[0], [], **{**good, **bent}))
    total(lambda: _engine.Verifier(record, [], **good))
    total(lambda: _engine.Verifier(RECORDS[0], secrets, **good))


@relaxed
@given(ranges=ODD, address=ODD, forwarded=ODD, hops=ODD)
@example("x", "127.0.0.1", "1.2.3.4", -1)
@example("x", "127.0.0.1", "1.2.3.4", 2**70)
def test_T18_addresses_are_read_from_anything(ranges: Any, address: Any, forwarded: Any, hops: Any):
    """Ranges, peers, forwarding headers and hop counts."""
    networks = _engine.Networks(["192.0.2.0/24", "2001:db8::/32"])
    total(lambda: _engine.Networks(ranges))
    total(lambda: address in networks)
    total(lambda: _engine.client_address(address, forwarded, hops=hops))
    total(lambda: _engine.client_address(address, forwarded, hops=1, proxies=networks))
    total(lambda: _engine.client_address(address, forwarded, proxies=ranges))


@relaxed
@given(text=ODD | BYTES)
def test_T65_json_and_forms_are_read_from_anything(text: Any):
    """Any bytes: read, or refused with a ValueError; anything else is a TypeError."""
    total(lambda: _engine.check_json(text))
    total(lambda: _engine.parse_form(text))


@pytest.mark.parametrize("record", RECORDS, ids=KINDS)
def test_T83_every_cut_of_a_genuine_header_is_refused_silently(record: _engine.Record):
    """From the front and from the back, at every length, in every header that proves something."""
    secret = usable(record)
    kind = "application/json"
    signed = sign(record.name, secret=secret, body=b'{"id":"evt_1"}', now=NOW, content_type=kind)
    judge = verifier(record)
    texts = {name.lower(): value for name, value in signed.headers.items()}
    genuine = tuple(texts.get(name) for name in judge.headers)
    assert judge.verify(genuine, signed.body, NOW) is not None
    for place, text in enumerate(genuine):
        if text is None or text == kind:
            continue
        for length in range(len(text)):
            for cut in (text[:length], text[length + 1 :], text[:length] + "\U0001f642" + text[length:]):
                parts = (*genuine[:place], cut, *genuine[place + 1 :])
                assert total(lambda parts=parts: judge.verify(parts, signed.body, NOW)) is None


def test_T51_a_panic_is_an_answer():
    """It becomes `internal_error`, and the module's own stderr check above sees nothing of it."""
    with pytest.raises(WebhookRejected) as caught:
        _engine._panic()
    assert caught.value.reason is Reason.INTERNAL_ERROR
