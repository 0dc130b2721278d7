"""Threats in the signed time: other spellings and units, the edges of the tolerance, times that nobody signed."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookseal import Reason, Verifier, sign
from hookseal._engine import Record
from hookseal.schemes import Header, mac
from tests import verdicts
from tests.catalog import BODY, FORM, secret_of
from tests.kinds import PLAIN

NOW = 1_790_000_000
TIMED = [name for name in PLAIN if Record.named(name).time_of]
SECRET = "made-up-9d2f4b6a8c0e1357"
STRANGE = [
    *("-1", "-9223372036854775808", "1e9", "1.79e9", "1790000000.0", "1790000000.", ".5", "0x6ab13b80", "nan", "NaN"),
    *("inf", "-inf", "Infinity", "1_790_000_000", "17900 00000", "1790000000L", "1790000000abc", "+1790000000"),
    *("01790000000", "0o15254600200", "0b1", "1790000000s", "1790000000Z", "2026-09-21T14:13:20Z", "None", "true"),
    *("--1790000000", "1790000000-", "1'790'000'000", "1790000000;", "t", "null", "{}", "[]", "#", "%31"),
]
OUT_OF_RANGE = ["1", "999999999", "1790000000000", "1790000000000000", "9" * 11, str(2**63), "9" * 20, "9" * 400]


def slack(time: str, secret: str = SECRET, body: bytes = BODY) -> dict[str, str]:
    """Sign as Slack does, with the time in any spelling."""
    text = hmac.new(secret.encode(), b"v0:" + time.encode("utf-8", "surrogatepass") + b":" + body, "sha256").hexdigest()
    return {"X-Slack-Request-Timestamp": time, "X-Slack-Signature": f"v0={text}"}


def stripe(time: str) -> dict[str, str]:
    """Sign as Stripe does, with the time in any spelling."""
    text = hmac.new(SECRET.encode(), f"{time}.".encode() + BODY, "sha256").hexdigest()
    return {"Stripe-Signature": f"t={time},v1={text}"}


def reason(verifier: Verifier, headers: dict[str, str], body: bytes = BODY, now: float = NOW) -> Reason | None:
    """Judge a delivery: None where it is accepted."""
    return verdicts.reason(verifier, headers, body, now)


SLACK, STRIPE = Verifier("slack", secrets=[SECRET]), Verifier("stripe", secrets=[SECRET])


@pytest.mark.parametrize("text", STRANGE)
def test_T62_T19_a_time_is_digits_and_nothing_else(text: str):
    """Each number form of Python, JavaScript and C, correctly signed: refused, never canonicalised."""
    assert reason(SLACK, slack(text)) is Reason.MALFORMED_TIMESTAMP
    assert reason(STRIPE, stripe(text)) is Reason.MALFORMED_TIMESTAMP


@pytest.mark.parametrize("text", OUT_OF_RANGE)
def test_T19_a_time_of_another_unit_or_size_is_out_of_range(text: str):
    """Milliseconds in a field of seconds, and numbers beyond any clock: told so, before the signature is looked at."""
    assert reason(SLACK, slack(text)) is Reason.TIMESTAMP_OUT_OF_RANGE
    assert reason(STRIPE, stripe(text)) is Reason.TIMESTAMP_OUT_OF_RANGE
    assert reason(SLACK, slack(text, secret="another")) is Reason.TIMESTAMP_OUT_OF_RANGE


@pytest.mark.parametrize(
    "text", ["١٧٩٠٠٠٠٠٠٠", "\uff11790000000", "१७९०००००००", "1790000000\u200b", "²", "\ud8001790000000"]
)
def test_T19_only_ascii_digits_are_digits(text: str):
    """Python's int() reads several of these; all are correctly signed."""
    assert reason(SLACK, slack(text)) is Reason.MALFORMED_HEADER


@settings(deadline=None, max_examples=400)
@given(text=st.from_regex(r"[0-9+\-_.eE xX]{0,24}", fullmatch=True) | st.integers().map(str) | st.floats().map(str))
def test_T19_no_time_is_an_exception(text: str):
    """Any number in any spelling, correctly signed: accepted only as the canonical text of a time within tolerance."""
    verdict = reason(SLACK, slack(text))
    if verdict is None:
        assert text.strip(" ") == str(int(text))
        assert abs(int(text) - NOW) <= 300
    else:
        assert verdict.fault == "sender"


def linear(value: str) -> tuple[dict[str, str], bytes]:
    """Sign as Linear does, with the time in the body."""
    body = b'{"webhookTimestamp":' + value.encode() + b"}"
    return {"linear-signature": hmac.new(SECRET.encode(), body, "sha256").hexdigest()}, body


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"{NOW}000", None),
        (f'"{NOW}000"', None),
        (f"{NOW}", Reason.TIMESTAMP_OUT_OF_RANGE),
        (f"{NOW}000000", Reason.TIMESTAMP_OUT_OF_RANGE),
        (f"-{NOW}000", Reason.MALFORMED_TIMESTAMP),
        (f"{NOW}000.0", Reason.MALFORMED_TIMESTAMP),
        ("1.79e12", Reason.MALFORMED_TIMESTAMP),
        (f'" {NOW}000"', Reason.MALFORMED_TIMESTAMP),
        ('""', Reason.MALFORMED_TIMESTAMP),
        ('"\\u0661"', Reason.MALFORMED_TIMESTAMP),
        ("true", Reason.MALFORMED_TIMESTAMP),
        ("null", Reason.MALFORMED_BODY),
        ("[1]", Reason.MALFORMED_BODY),
        (f"0{NOW}000", Reason.MALFORMED_BODY),
        ("NaN", Reason.MALFORMED_BODY),
    ],
)
def test_T19_a_time_in_the_body_is_read_from_its_own_text(value: str, expected: Reason | None):
    """A JSON number counts as it was written, whatever a float would make of it."""
    headers, body = linear(value)
    assert reason(Verifier("linear", secrets=[SECRET]), headers, body) is expected


@pytest.mark.parametrize("provider", TIMED)
def test_T20_the_tolerance_belongs_to_what_is_accepted(provider: str):
    """Exactly so old and exactly so far ahead: accepted. One second more: refused, by name."""
    tolerance = Record.named(provider).tolerance
    signed = sign(provider, secret=secret_of(provider), body=BODY, now=NOW)
    verifier = Verifier(provider, secrets=[secret_of(provider)])
    for seconds, expected in (
        (0, None),
        (tolerance, None),
        (tolerance + 1, Reason.STALE),
        (-tolerance, None),
        (-tolerance - 1, Reason.FUTURE),
        (10 * 365 * 86_400, Reason.STALE),
        (-10 * 365 * 86_400, Reason.FUTURE),
    ):
        assert reason(verifier, signed.headers, signed.body, NOW + seconds) is expected
    assert reason(verifier, signed.headers, signed.body, NOW + tolerance + 0.001) is Reason.STALE


@pytest.mark.parametrize(
    ("tolerance", "expected"), [(0, [Reason.STALE, None, Reason.FUTURE]), (1, [None] * 3), (None, [None] * 3)]
)
def test_T21_a_tolerance_of_nothing_is_exact(tolerance: int | None, expected: list[Reason | None]):
    """0 accepts the very second alone; None is the explicit opt-out; neither is taken for the other."""
    verifier = Verifier("slack", secrets=[SECRET], tolerance=tolerance)
    assert expected == [reason(verifier, slack(str(NOW)), now=NOW + seconds) for seconds in (1, 0, -1)]


@pytest.mark.parametrize("tolerance", [-1, -300, 2**32, 2**64, float("nan"), "300", 1.5, b"60"])
def test_T21_a_tolerance_that_is_no_number_of_seconds_is_an_error(tolerance: object):
    """Nothing is rounded, and nothing wraps around."""
    with pytest.raises((ValueError, TypeError)):
        Verifier("slack", secrets=[SECRET], tolerance=tolerance)  # type: ignore[arg-type]  # the mistake under test


@pytest.mark.parametrize("provider", ["github", "shopify", "mailersend", "mailtrap", "meta"])
def test_T75_a_header_with_a_time_that_nobody_signed_proves_no_freshness(provider: str):
    """A fresh one beside an old signature changes nothing: no time is reported, and none is judged."""
    signed = sign(provider, secret=secret_of(provider), body=BODY, now=NOW - 10**8)
    fresh = {name: str(NOW) for name in ("Date", "X-Timestamp", "webhook-timestamp", "X-Request-Timestamp")}
    receipt = Verifier(provider, secrets=[secret_of(provider)]).verify(
        headers=signed.headers | fresh, body=BODY, now=NOW
    )
    assert receipt.timestamp is None


def test_T75_a_fresh_header_does_not_mend_a_stale_body():
    """Linear repeats its time in a header that it does not sign."""
    headers, body = linear(f"{NOW - 61}000")
    assert (
        reason(Verifier("linear", secrets=[SECRET]), {**headers, "linear-timestamp": f"{NOW}000"}, body) is Reason.STALE
    )


@pytest.mark.parametrize("provider", TIMED)
def test_T75_the_time_itself_is_signed(provider: str):
    """An old delivery is not made fresh by writing another time into it."""
    old, new = (sign(provider, secret=secret_of(provider), body=BODY, now=moment) for moment in (NOW - 10**6, NOW))
    before, after = str(NOW - 10**6), str(NOW)
    moments = [datetime.fromtimestamp(int(text), tz=timezone.utc) for text in (before, after)]
    iso, http = (
        [moment.strftime(form) for moment in moments] for form in ("%Y-%m-%dT%H:%M:%S", "%a, %d %b %Y %H:%M:%S")
    )
    headers = {name: value.replace(before, after).replace(*iso).replace(*http) for name, value in old.headers.items()}
    body = old.body.replace(before.encode(), after.encode())
    assert (headers, body) != (old.headers, old.body)
    verifier = Verifier(provider, secrets=[secret_of(provider)])
    assert reason(verifier, new.headers, new.body) is None
    assert reason(verifier, headers, body) is Reason.SIGNATURE_MISMATCH


@pytest.mark.parametrize("provider", TIMED)
def test_T102_stale_and_future_mean_that_the_signature_held(provider: str):
    """Each is a reason of its own; a forgery is a forgery, however old."""
    verifier = Verifier(provider, secrets=[secret_of(provider)])
    for seconds, expected in ((-(10**6), Reason.STALE), (10**6, Reason.FUTURE)):
        signed = sign(provider, secret=secret_of(provider), body=BODY, now=NOW + seconds)
        assert reason(verifier, signed.headers, signed.body) is expected
        others = Verifier(provider, secrets=[other_secret(provider)])
        assert reason(others, signed.headers, signed.body) is Reason.SIGNATURE_MISMATCH


def other_secret(provider: str) -> str:
    """Make a wrong secret of the right form."""
    text = secret_of(provider)
    return (
        f"whsec_{base64.b64encode(b'another key of 24 bytes.').decode()}"
        if text.startswith("whsec_")
        else f"another-{text}"
    )


def moved(time: str, rest: str) -> list[tuple[str, str]]:
    """Move the boundary between a time and what follows it without anything between, both ways."""
    return [(time[:-count], time[-count:] + rest) for count in range(1, len(time))] + [
        (time + rest[:count], rest[count:]) for count in range(1, min(len(rest), 9))
    ]


@pytest.mark.parametrize("body", [b'{"id":"1"}', b"0123456789", b"Z", b"00Z", b"+02:00", b".5Z", b"", b"1790000000"])
@pytest.mark.parametrize("unit", ["s", "ms", "iso8601", "rfc1123"])
def test_T63_no_boundary_can_be_moved_between_time_and_body(unit: str, body: bytes):
    """Where the record puts nothing between the two, the time's own form says where it ends, whatever the body is."""
    scheme = mac(
        header="X-Sig",
        digest="sha256",
        encoding="hex",
        signed="{ts}{body}",
        parts={"ts": Header("X-Time")},
        time="ts",
        unit=unit,
    )
    signed = sign(scheme, secret=SECRET, body=body, now=NOW)
    verifier = Verifier(scheme, secrets=[SECRET], tolerance=None)
    assert reason(verifier, signed.headers, body) is None
    name = next(name for name in signed.headers if name.lower() == "x-time")
    for time, rest in moved(signed.headers[name], body.decode()):
        assert reason(verifier, {**signed.headers, name: time}, rest.encode()) is not None


def test_T63_no_boundary_can_be_moved_between_mailguns_fields():
    """Time and token are signed as one text; a digit moved from one to the other makes no second delivery."""
    verifier = Verifier("mailgun", secrets=[SECRET], tolerance=None)
    token = "0123456789abcdef"
    text = hmac.new(SECRET.encode(), f"{NOW}{token}".encode(), "sha256").hexdigest()
    for time, rest in [(str(NOW), token), *moved(str(NOW), token)]:
        block = {"timestamp": time, "token": rest, "signature": text}
        as_json = json.dumps({"signature": block}).encode()
        as_form = "&".join(f"{name}={value}" for name, value in block.items()).encode()
        verdicts = {
            reason(verifier, {"Content-Type": "application/json"}, as_json),
            reason(verifier, {"Content-Type": FORM}, as_form),
        }
        assert verdicts == ({None} if rest == token else {Reason.TIMESTAMP_OUT_OF_RANGE})


def test_T63_no_boundary_can_be_moved_between_twitchs_headers():
    """Id, time and body follow each other without anything between."""
    signed = sign("twitch", secret=SECRET, body=BODY, now=NOW, event_id="0123456789")
    verifier = Verifier("twitch", secrets=[SECRET], tolerance=None)
    clock = next(name for name in signed.headers if name.lower().endswith("timestamp"))
    identity = next(name for name in signed.headers if name.lower().endswith("-id"))
    assert reason(verifier, signed.headers, BODY) is None
    for text, rest in moved(signed.headers[clock], BODY.decode()):
        assert reason(verifier, {**signed.headers, clock: text}, rest.encode()) is not None
    for text, rest in moved(signed.headers[identity], signed.headers[clock]):
        assert reason(verifier, {**signed.headers, identity: text, clock: rest}, BODY) is not None
