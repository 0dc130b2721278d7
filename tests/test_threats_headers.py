"""Threats in headers: repeated, padded, garbled or cut ones, Basic credentials, and names in any case."""

from __future__ import annotations

import itertools
import random
from base64 import b64encode
from collections.abc import Iterable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookseal import Reason, Verifier, WebhookRejected, _engine, sign
from hookseal._engine import LIMITS, Record, Secret
from hookseal.schemes import basic
from hookseal.signing import Signed
from tests import verdicts
from tests.catalog import BODY, FORM, secret_of
from tests.kinds import PLAIN, written

NOW = 1_790_000_000
FORMLESS = [name for name in PLAIN if name != "mailgun"]
NOT_ONE_VALUE = {
    *(Reason.DUPLICATE_HEADER, Reason.BAD_CREDENTIALS, Reason.MALFORMED_CREDENTIALS, Reason.MALFORMED_TIMESTAMP)
}


def parts(name: str) -> list[dict]:
    """Name the places of a record's parts."""
    return [part for proof in written(name)["proof"] for part in proof.get("parts", {}).values()]


TIMED_LISTS = {name for name in FORMLESS if any("pairs" in part for part in parts(name))}
LISTS = {name for name in FORMLESS if any("split" in proof["signature"] for proof in written(name)["proof"])}
CONTROLS = [
    "\0",
    "\x01",
    "\x1f",
    "\n",
    "\r",
    "\r\nX: y",
    "\x0b",
    "\x0c",
    "\x7f",
    "\x80",
    "\x85",
    "\xa0",
    "\xe9",
    "\xff",
]
STRANGERS = ["\u200b", "\ufeff", "\u2028", "\u2003", "\uff11", "\U0001f642", "\ud800", "\udfff"]


@cache
def signed(provider: str) -> Signed:
    """Sign a delivery."""
    return sign(provider, secret=secret_of(provider), body=BODY, now=NOW)


def genuine(provider: str) -> dict[str, str]:
    """Make the headers of a signed delivery, without those that prove nothing."""
    return {name: value for name, value in signed(provider).headers.items() if name != "Content-Type"}


def reason(provider: str, headers: Iterable | dict, secrets: object = None) -> Reason | None:
    """Judge a delivery: None where it is accepted."""
    verifier = Verifier(provider, secrets=secrets or [secret_of(provider)])
    return verdicts.reason(verifier, headers, signed(provider).body, NOW)


@pytest.mark.parametrize("provider", FORMLESS)
def test_T72_the_core_hears_every_value_of_a_name(provider: str):
    """Two values, equal or not, are refused, but for lists of signatures, of which any may be right."""
    secrets = [Secret(secret_of(provider))]
    engine = _engine.Verifier(Record.named(provider), secrets, endpoint="e", prf_key=bytes(range(32)), tolerance=300)
    texts = {name.lower(): value for name, value in genuine(provider).items()}
    for name, value in texts.items():
        listed = provider in LISTS and name.endswith("signature")
        for values in ([value, value], [value, "x"], ["x", value]):
            parts = tuple({**texts, name: values}.get(header) for header in engine.headers)
            times = sum(provider in TIMED_LISTS and each == value for each in values)
            if listed and times < 2:
                assert engine.verify(parts, signed(provider).body, NOW).secret == "e[0]"
                continue
            with pytest.raises(WebhookRejected) as caught:
                engine.verify(parts, signed(provider).body, NOW)
            assert caught.value.reason is Reason.DUPLICATE_HEADER


def test_T72_the_core_hears_every_content_type():
    """Two of them are two readings of the body, in either order; also two equal ones are one too many."""
    delivery = sign("mailgun", secret=secret_of("mailgun"), body=b"{}", now=NOW)
    verifier = Verifier("mailgun", secrets=[secret_of("mailgun")])
    kinds = ["application/json", FORM]
    for first, second in itertools.product(kinds, kinds):
        pairs = [("Content-Type", first), ("content-type", second)]
        with pytest.raises(WebhookRejected) as caught:
            verifier.verify(headers=pairs, body=delivery.body, now=NOW)
        assert caught.value.reason is Reason.DUPLICATE_HEADER


@pytest.mark.parametrize("provider", sorted(set(FORMLESS) - LISTS))
def test_T10_a_header_that_a_server_joined_is_refused(provider: str):
    """Servers turn two headers into one with a comma; neither half is believed."""
    headers = genuine(provider)
    for (name, value), joint in itertools.product(headers.items(), (",", ", ", " ,", "\t,\t")):
        found = reason(provider, {**headers, name: f"{value}{joint}{value}"})
        assert found in NOT_ONE_VALUE


@pytest.mark.parametrize("provider", FORMLESS)
def test_T17_T13_control_characters_and_bytes_beyond_ascii_are_refused(provider: str):
    """In front, inside and behind, as str or as bytes; also where trimming white space would take them off."""
    headers = genuine(provider)
    for (name, value), junk in itertools.product(headers.items(), CONTROLS):
        for bent in (f"{junk}{value}", f"{value}{junk}", f"{value[:9]}{junk}{value[9:]}"):
            assert reason(provider, {**headers, name: bent}) is Reason.MALFORMED_HEADER
            others = [(other, text) for other, text in headers.items() if other != name]
            assert reason(provider, [*others, (name, bent.encode("latin-1"))]) is Reason.MALFORMED_HEADER


@pytest.mark.parametrize("provider", FORMLESS)
def test_T18_T14_no_unicode_passes_for_white_space_or_digits(provider: str):
    """Zero-width and wide spaces, full-width digits, surrogates: a refusal, never an exception."""
    headers = genuine(provider)
    for (name, value), junk in itertools.product(headers.items(), STRANGERS):
        for bent in (f"{junk}{value}", f"{value}{junk}"):
            assert reason(provider, {**headers, name: bent}) is Reason.MALFORMED_HEADER


@pytest.mark.parametrize("provider", FORMLESS)
def test_T14_only_spaces_and_tabs_around_a_header_are_no_part_of_it(provider: str):
    """As HTTP has it (RFC 9110); inside, a space is an error."""
    headers = genuine(provider)
    padded = {name: f" \t {value}\t " for name, value in headers.items()}
    assert reason(provider, padded) is None
    for name, value in headers.items():
        middle = len(value) - 5
        for space in (" ", "\t", "  "):
            bent = f"{value[:middle]}{space}{value[middle:]}"
            assert reason(provider, {**headers, name: bent}) is not None


@pytest.mark.parametrize("provider", FORMLESS)
def test_T78_names_are_found_in_any_case(provider: str):
    """Lower, upper, title and random case; a mapping or pairs; but no underscore for a hyphen."""
    headers = genuine(provider)
    chance = random.Random(0)  # noqa: S311 - cases, not secrets

    def mixed(name: str) -> str:
        return "".join(chance.choice((letter.lower(), letter.upper())) for letter in name)

    for spell in (str.lower, str.upper, str.title, *[mixed] * 20):
        respelt = {spell(name): value for name, value in headers.items()}
        assert reason(provider, respelt) is None
        assert reason(provider, list(respelt.items())) is None
    if any("-" in name for name in headers):
        assert reason(provider, {name.replace("-", "_"): value for name, value in headers.items()}) is not None


def test_T12_a_header_is_bounded():
    """One byte more than the limit is refused, whatever stands in it; the limit itself is not."""
    fill = LIMITS["header_bytes"] - len("Bearer ")
    token = "x" * fill
    assert reason("token", {"Authorization": f"Bearer {token}"}, [token]) is None
    assert reason("token", {"Authorization": f"Bearer {token}x"}, [f"{token}x"]) is Reason.MALFORMED_HEADER


@pytest.mark.parametrize(
    ("configured", "sent", "expected"),
    [
        ("user:made-up:with:colons", "user:made-up:with:colons", None),
        ("user:made-up:with:colons", "user:made-up", Reason.BAD_CREDENTIALS),
        ("user:made-up-password", "user:", Reason.BAD_CREDENTIALS),
        ("user:made-up-password", ":made-up-password", Reason.BAD_CREDENTIALS),
        ("user:made-up-password", ":", Reason.BAD_CREDENTIALS),
        ("user:made-up-password", "user", Reason.MALFORMED_CREDENTIALS),
        ("user:made-up-password", "user:made-up-password\n", Reason.BAD_CREDENTIALS),
        ("user:pässwort-erfunden", "user:pässwort-erfunden", None),
    ],
)
def test_T85_the_first_colon_ends_the_user(configured: str, sent: str, expected: Reason | None):
    """A password may hold colons; the whole text is compared, so no half of it is ever enough."""
    code = b64encode(sent.encode()).decode()
    assert reason("basic", {"Authorization": f"Basic {code}"}, [configured]) is expected


CODE = b64encode(b"user:made-up-passwords").decode()


@pytest.mark.parametrize(
    "text", [f"Basic {CODE}", f"basic {CODE}", f"BASIC {CODE}", f"bAsIc {CODE}", f"  Basic {CODE}\t"]
)
def test_T86_the_word_basic_is_of_any_case(text: str):
    """As HTTP has it (RFC 9110)."""
    assert reason("basic", {"Authorization": text}, ["user:made-up-passwords"]) is None


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Basic",
            "Basic ",
            f"Basic  {CODE}",
            f"Basic\t{CODE}",
            f"Basic{CODE}",
            f"Basicx {CODE}",
            f"Bearer {CODE}",
            CODE,
        ),
        *(
            f"Basic {CODE} x",
            f"Basic {CODE} {CODE}",
            f"Basic: {CODE}",
            f'Basic "{CODE}"',
            f"Basic !!{CODE}",
            f"Basic {CODE}!",
        ),
        *(f"Basic {CODE.rstrip('=')}", f"Basic {CODE}=", "Basic user:made-up-passwords", "Basic dXNlcg=="),
    ],
)
def test_T86_anything_but_one_word_one_space_and_strict_base64_is_refused(text: str):
    """A lenient decoder would take several of these for the right credentials."""
    assert reason("basic", {"Authorization": text}, ["user:made-up-passwords"]) is Reason.MALFORMED_CREDENTIALS


@pytest.mark.parametrize(
    "text", ["None", "Basic None", "Basic Tm9uZQ==", "Basic Tm9uZTpOb25l", "Bearer None", "Bearer null", "null"]
)
def test_T05_what_none_looks_like_opens_nothing(text: str):
    """With a verifier that has a secret there is no text that stands for its absence."""
    for provider in ("basic", "token", "gitlab", "telegram", "brevo"):
        assert reason(
            provider, {"Authorization": text, "X-Gitlab-Token": text, "X-Telegram-Bot-Api-Secret-Token": text}
        )


@settings(deadline=None, max_examples=200)
@given(user=st.text(min_size=1, max_size=9), password=st.text(min_size=1, max_size=20), wrong=st.text(max_size=20))
def test_T85_T03_credentials_of_any_length_match_themselves_alone(user: str, password: str, wrong: str):
    """Any text without a colon in the user: equal is accepted; every other, be it shorter or longer, is refused."""
    secret = Secret(f"{user}:{password}")
    if ":" in user or secret.flaw or not secret_fits(secret):
        return
    sent = f"{user}:{password}"
    for text, accepted in (
        (sent, True),
        (f"{user}:{wrong}", wrong == password),
        (sent[:-1], False),
        (f"{sent}x", False),
    ):
        code = b64encode(text.encode("utf-8", "surrogatepass")).decode()
        found = reason("basic", {"Authorization": f"Basic {code}"}, [secret])
        assert (found is None) is accepted


def secret_fits(secret: Secret) -> bool:
    """Whether Basic takes the secret at all."""
    try:
        Record.from_json("custom", basic().json()).check(secret)
    except ValueError:
        return False
    return True
