"""Where our verdict and an SDK's differ: every place found, by name, with our reason."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from hookseal import Reason, Verifier
from hookseal._engine import SecretError
from tests.oracles import NOW, WHSEC, Headers, Oracle, mac, oracle, ours

OVER_FF = f"{NOW}.".encode() + b"\xff"
GENUINE = b'{"id":"evt_1"}'
TIME = str(NOW)
FORM = "application/x-www-form-urlencoded"

Make = Callable[[Oracle], tuple[Headers, bytes]]


@pytest.fixture(autouse=True, scope="module")
def _clock() -> Iterator[None]:
    """Stop the clock, which the SDKs read for themselves."""
    with time_machine.travel(NOW, tick=False):
        yield


def signed(time: str = TIME, body: bytes = GENUINE, **respelt: Callable[[str], str]) -> Make:
    """Make a genuine delivery in another spelling: `Stripe_Signature=lambda text: ...` rewrites that header."""

    def make(theirs: Oracle) -> tuple[Headers, bytes]:
        headers, made = theirs.sign(body, "msg_1", time)
        for header, respell in respelt.items():
            headers[header.replace("_", "-")] = respell(headers[header.replace("_", "-")])
        return headers, made

    return make


def number(spelling: str) -> Make:
    """Spell Stripe's time in another way; the signature is over the number, as the SDK reads it."""
    return signed(Stripe_Signature=lambda text: text.replace(TIME, spelling))


def stray(text: str) -> str:
    """Set the two bits of base64 that 32 bytes leave unused."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return f"{text[:-2]}{alphabet[alphabet.index(text[-2]) | 3]}="


LOOSER: dict[str, tuple[str, Make]] = {
    "hex in capitals (T16)": ("mailtrap", signed(Mailtrap_Signature=str.upper)),
    "hex in capitals among pairs (T16)": (
        "stripe",
        signed(Stripe_Signature=lambda text: text[:-64] + text[-64:].upper()),
    ),
    "white space around a header, which is no part of it (RFC 9110)": (
        "mailtrap",
        signed(Mailtrap_Signature=lambda text: f" {text}\t"),
    ),
    "white space after the comma of a list": ("stripe", signed(Stripe_Signature=lambda text: text.replace(",", ", "))),
    "an entry that is no pair is passed over (T66)": ("stripe", signed(Stripe_Signature="v1,t,{}".format)),
    "an entry of an unknown name is passed over (T66)": ("paddle", signed(Paddle_Signature="{};h2=00".format)),
    "an entry that is no signature is passed over (T66)": (
        "standardwebhooks",
        signed(webhook_signature="v1 v1,!!!! v2 {}".format),
    ),
    "two lists that a server joined with a comma (T10)": (
        "standardwebhooks",
        signed(webhook_signature=lambda text: f"{text},{text}"),
    ),
    "a body that is no UTF-8 but genuinely signed (T61)": (
        "stripe",
        lambda theirs: ({"Stripe-Signature": f"t={TIME},v1={mac(theirs.secret.encode(), OVER_FF).hex()}"}, b"\xff"),
    ),
    "an empty body that is genuinely signed": ("mailtrap", signed(body=b"")),
}
"""Every spelling that we accept and an SDK refuses; none of them can be made without the secret."""


@pytest.mark.parametrize("spelling", LOOSER)
def test_where_we_are_looser(spelling: str):
    """Each such place is named, and is no more than a spelling of what the secret's holder signed."""
    name, make = LOOSER[spelling]
    theirs = oracle(name)
    headers, body = make(theirs)
    assert ours(theirs, headers, body) is None
    assert not theirs.verdict(headers, body)


STRICTER: dict[str, tuple[str, Make, Reason]] = {
    "stripe: signed ahead of time": ("stripe", signed(str(NOW + 301)), Reason.FUTURE),
    "stripe: time with a plus sign": ("stripe", number(f"+{TIME}"), Reason.MALFORMED_TIMESTAMP),
    "stripe: time with a leading zero": ("stripe", number(f"0{TIME}"), Reason.MALFORMED_TIMESTAMP),
    "stripe: time with underscores": ("stripe", number("1_790_000_000"), Reason.MALFORMED_TIMESTAMP),
    "stripe: time after a space": ("stripe", number(f" {TIME}"), Reason.MALFORMED_TIMESTAMP),
    "stripe: time in Arabic digits": ("stripe", number("١٧٩٠٠٠٠٠٠٠"), Reason.MALFORMED_HEADER),
    "stripe: two times": ("stripe", signed(Stripe_Signature=f"{{}},t={TIME}".format), Reason.DUPLICATE_HEADER),
    "stripe: text after the signature": ("stripe", signed(Stripe_Signature="{}=x".format), Reason.MALFORMED_SIGNATURE),
    "stripe: 17 signatures": (
        "stripe",
        signed(Stripe_Signature=lambda text: text + ",v1=00" * 16),
        Reason.TOO_MANY_SIGNATURES,
    ),
    "stripe: more than 8 KiB": (
        "stripe",
        signed(Stripe_Signature=lambda text: text + ",x=" * 3000),
        Reason.MALFORMED_HEADER,
    ),
    "paddle: time with underscores": (
        "paddle",
        signed(Paddle_Signature=lambda text: text.replace(TIME, "1_790_000_000")),
        Reason.MALFORMED_TIMESTAMP,
    ),
    "paddle: two times": ("paddle", signed(Paddle_Signature="ts=1;{}".format), Reason.DUPLICATE_HEADER),
    "slack: time with a plus sign": ("slack", signed(f"+{TIME}"), Reason.MALFORMED_TIMESTAMP),
    "slack: time with a leading zero": ("slack", signed(f"0{TIME}"), Reason.MALFORMED_TIMESTAMP),
    "slack: time in Arabic digits": ("slack", signed("١٧٩٠٠٠٠٠٠٠"), Reason.MALFORMED_HEADER),
    "slack: a space that was signed": ("slack", signed(f"{TIME} "), Reason.SIGNATURE_MISMATCH),
    "standard webhooks: time with a fraction": (
        "standardwebhooks",
        signed(webhook_timestamp="{}.9".format),
        Reason.MALFORMED_TIMESTAMP,
    ),
    "standard webhooks: base64 with junk": (
        "standardwebhooks",
        signed(webhook_signature=lambda text: text.replace("v1,", "v1,!!")),
        Reason.MALFORMED_SIGNATURE,
    ),
    "standard webhooks: base64 with stray bits": (
        "standardwebhooks",
        signed(webhook_signature=stray),
        Reason.MALFORMED_SIGNATURE,
    ),
    "openai: a signature without its version": (
        "openai",
        signed(webhook_signature=lambda text: text.removeprefix("v1,")),
        Reason.MALFORMED_SIGNATURE,
    ),
    "openai: entries with a tab between": (
        "openai",
        signed(webhook_signature=lambda text: f"v1,AAAA\t{text}"),
        Reason.MALFORMED_SIGNATURE,
    ),
    "resend: a signature of any version": (
        "resend",
        signed(svix_signature=lambda text: text.replace("v1,", "v9,")),
        Reason.MALFORMED_SIGNATURE,
    ),
    "basic: base64 with junk": (
        "anymail-basic",
        signed(Authorization=lambda text: text.replace("Basic ", "Basic !!")),
        Reason.MALFORMED_CREDENTIALS,
    ),
    "mailgun: signed long ago": ("anymail-mailgun-json", signed(str(NOW - 10**6)), Reason.STALE),
    "mailgun: a name that comes twice": (
        "anymail-mailgun-json",
        lambda theirs: (
            {"Content-Type": "application/json"},
            theirs.sign(b"", "", TIME)[1].replace(b"{", b'{"signature": 1, ', 1),
        ),
        Reason.MALFORMED_BODY,
    ),
    "mailgun: a percent sign that escapes nothing": (
        "anymail-mailgun-form",
        lambda theirs: ({"Content-Type": FORM}, theirs.sign(b"", "", TIME)[1] + b"&discount=10%"),
        Reason.MALFORMED_BODY,
    ),
}
"""Every place found in which an SDK accepts what we refuse, and our reason."""


@pytest.mark.parametrize("place", STRICTER)
def test_where_we_are_stricter(place: str):
    """They accept it, we refuse it, for the reason stated."""
    name, make, reason = STRICTER[place]
    theirs = oracle(name)
    headers, body = make(theirs)
    assert theirs.verdict(headers, body)
    assert ours(theirs, headers, body) is reason


@settings(deadline=None)
@given(junk=st.text("!#$%&()*", min_size=1, max_size=3), at=st.integers(0, 40))
def test_T67_a_secret_with_junk_is_no_secret(junk: str, at: int):
    """Their decoder passes junk over and ends up with the same or a shorter key; ours names the mistake."""
    secret = f"whsec_{WHSEC[6 : 6 + at]}{junk}{WHSEC[6 + at :]}"
    theirs: Any = pytest.importorskip("standardwebhooks").Webhook(secret)
    assert theirs._whsecret == base64.b64decode(WHSEC[6:])
    with pytest.raises(SecretError):
        Verifier("standard-webhooks", secrets=[secret])
