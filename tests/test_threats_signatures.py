"""Threats in the text of signatures: absent, cut, respelt, downgraded or repeated, for every provider that signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookseal import Reason, Verifier, WebhookRejected, _engine, sign
from hookseal._engine import LIMITS, Record
from hookseal.schemes import mac
from tests import verdicts
from tests.catalog import BODY, secret_of
from tests.kinds import PLAIN

ROOT = Path(__file__).resolve().parent.parent
NOW = 1_790_000_000
SIGNING = [name for name in PLAIN if not Record.named(name).shares_secret]
IN_HEADERS = [name for name in SIGNING if name != "mailgun"]
LISTS = {"stripe": ("Stripe-Signature", "v1={}", ","), "paddle": ("Paddle-Signature", "h1={}", ";")}
LISTS |= {
    name: (f"{prefix}-signature", "v1,{}", " ")
    for prefix, names in {"webhook": ("openai", "anthropic"), "svix": ("resend", "svix")}.items()
    for name in names
}


def genuine(provider: str, body: bytes = BODY, now: int = NOW) -> tuple[dict[str, str], bytes]:
    """Sign a delivery."""
    signed = sign(
        provider, secret=secret_of(provider), body=body, now=now, event_id="evt_1" if provider != "github" else None
    )
    return signed.headers, signed.body


def reason(provider: str, headers: object, body: bytes, secrets: object = None, now: float = NOW) -> Reason | None:
    """Judge a delivery: None where it is accepted."""
    verifier = Verifier(provider, secrets=secrets or [secret_of(provider)])
    return verdicts.reason(verifier, headers, body, now)


def proof_of(headers: dict[str, str]) -> tuple[str, str, str]:
    """Find the header of the signature, which is the longest, and what stands before and as its bare text."""
    name = max(headers, key=lambda name: len(headers[name]))
    start = re.search(r"[\w+/-]{27,}=*$", headers[name]).start()
    return name, headers[name][:start], headers[name][start:]


@pytest.mark.parametrize("provider", PLAIN)
def test_T06_any_set_of_headers_that_lacks_a_needed_one_is_refused(provider: str):
    """The power set of a genuine delivery's headers: only what holds all that is signed is accepted."""
    headers, body = genuine(provider)
    looked_at = set(Record.named(provider).headers) - ({"content-type"} if provider != "mailgun" else set())
    needed = {name for name in headers if name.lower() in looked_at}
    for size in range(len(headers) + 1):
        for kept in combinations(headers, size):
            verdict = reason(provider, {name: headers[name] for name in kept}, body)
            assert (verdict is None) is (needed <= set(kept))


@pytest.mark.parametrize("provider", IN_HEADERS)
def test_T04_no_prefix_and_no_longer_text_of_a_signature_is_accepted(provider: str):
    """Every length from nothing to 64 characters more; nothing is compared up to the shorter length."""
    headers, body = genuine(provider)
    name, before, text = proof_of(headers)
    assert reason(provider, headers, body) is None
    filler = (text * 3)[:64]
    for bent in [*(text[:length] for length in range(len(text))), *(text + filler[:more] for more in range(1, 65))]:
        found = reason(provider, {**headers, name: before + bent}, body)
        assert found in {Reason.MALFORMED_SIGNATURE, Reason.MISSING_SIGNATURE}


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha384", "sha512"])
def test_T04_a_tag_cut_in_half_is_refused(digest: str):
    """Truncated HMACs are valid in some standards, and in no webhook of ours."""
    secret = "made-up-9d2f4b6a8c0e1357"
    scheme = mac(header="X-Sig", digest=digest, encoding="hex")
    text = hmac.new(secret.encode(), BODY, digest).hexdigest()
    verifier = Verifier(scheme, secrets=[secret])
    assert verifier.verify(headers={"X-Sig": text}, body=BODY).body == BODY
    for cut in (text[: len(text) // 2], text[: len(text) // 4], text[:-2]):
        with pytest.raises(WebhookRejected) as caught:
            verifier.verify(headers={"X-Sig": cut}, body=BODY)
        assert caught.value.reason is Reason.MALFORMED_SIGNATURE


def test_T08_the_sender_does_not_choose_the_algorithm():
    """A valid weaker signature beside, instead of, or announced as the pinned one is worth nothing."""
    secret = secret_of("github").encode()
    weak = f"sha1={hmac.new(secret, BODY, 'sha1').hexdigest()}"
    strong = f"sha256={hmac.new(secret, BODY, 'sha256').hexdigest()}"
    wrong = "sha256=" + "0" * 64
    assert reason("github", {"X-Hub-Signature": weak, "X-Hub-Signature-256": wrong}, BODY) is Reason.SIGNATURE_MISMATCH
    assert reason("github", {"X-Hub-Signature": weak}, BODY) is Reason.MISSING_SIGNATURE
    assert reason("github", {"X-Hub-Signature-256": weak}, BODY) is Reason.WRONG_ALGORITHM
    assert reason("github", {"X-Hub-Signature-256": strong.replace("sha256", "sha512")}, BODY) is Reason.WRONG_ALGORITHM
    assert reason("github", {"X-Hub-Signature-256": strong}, BODY) is None


@pytest.mark.parametrize(
    ("provider", "other"),
    [("stripe", "v0"), ("paddle", "h2"), *((name, "v1a") for name in LISTS if "," in LISTS[name][1])],
)
def test_T08_an_entry_of_another_version_does_not_count(provider: str, other: str):
    """Alone, or beside a wrong one of the pinned version."""
    headers, body = genuine(provider)
    name, entry, split = LISTS[provider]
    version = entry[:2]
    old = headers[name].replace(f"{version}{entry[2]}", f"{other}{entry[2]}")
    assert reason(provider, {**headers, name: old}, body) is Reason.MALFORMED_SIGNATURE
    junk = "0" * 64 if split != " " else "A" * 43 + "="
    assert reason(provider, {**headers, name: f"{old}{split}{entry.format(junk)}"}, body) is Reason.SIGNATURE_MISMATCH


@pytest.mark.parametrize("provider", LISTS)
def test_T12_more_than_sixteen_signatures_are_refused_before_any_is_computed(provider: str):
    """Even by a verifier without secrets, which can compute nothing; of a flood not even the number is learnt."""
    headers, _ = genuine(provider)
    name, entry, split = LISTS[provider]
    keyless = _engine.Verifier(Record.named(provider), [], endpoint="e", prf_key=bytes(32), tolerance=None)
    for count, expected in ((LIMITS["signatures"], Reason.TOO_MANY_SIGNATURES), (100_000, Reason.MALFORMED_HEADER)):
        flood = {key.lower(): value for key, value in headers.items()}
        flood[name.lower()] += split + split.join([entry.format("00")] * count)
        with pytest.raises(WebhookRejected) as caught:
            keyless.admit(tuple(flood.get(header) for header in keyless.headers))
        assert caught.value.reason is expected


@pytest.mark.parametrize("provider", LISTS)
def test_T77_any_of_sixteen_entries_may_be_the_right_one(provider: str):
    """A list is a list, not a dict: first, last or between; fifteen wrong ones prove nothing."""
    headers, body = genuine(provider)
    name, entry, split = LISTS[provider]
    _, before, good = proof_of(headers)
    clock = before.rpartition(split)[0] + split if provider in {"stripe", "paddle"} else ""
    junk = "0" * 64 if provider in {"stripe", "paddle"} else "A" * 43 + "="
    for place in range(16):
        texts = [entry.format(good if place == position else junk) for position in range(16)]
        assert reason(provider, {**headers, name: clock + split.join(texts)}, body) is None
    wrong = clock + split.join([entry.format(junk)] * 16)
    assert reason(provider, {**headers, name: wrong}, body) is Reason.SIGNATURE_MISMATCH


@pytest.mark.parametrize(
    "junk", ["v1", "v1,", "v2,x", "v1,x,y", "", "v1,!!!!", "v1a,AAAA", "v1,\t", "=,=", "v1,AAAA=="]
)
@pytest.mark.parametrize("provider", [name for name in LISTS if LISTS[name][2] == " "])
def test_T66_a_malformed_entry_hides_no_good_one(provider: str, junk: str):
    """Before it or behind it."""
    headers, body = genuine(provider)
    name = LISTS[provider][0]
    for text in (f"{junk} {headers[name]}", f"{headers[name]} {junk}"):
        assert reason(provider, {**headers, name: text}, body) is None


@pytest.mark.parametrize("provider", LISTS)
def test_T66_a_header_with_an_entry_beyond_ascii_is_refused_whole(provider: str):
    """No genuine sender writes one, so the rest is not believed either."""
    headers, body = genuine(provider)
    name, _, split = LISTS[provider]
    assert reason(provider, {**headers, name: f"v1,\xe9{split}{headers[name]}"}, body) is Reason.MALFORMED_HEADER


def respelt(text: str) -> Iterator[str]:
    """Spell base64 of 32 bytes in twelve other ways that lenient decoders take for the same."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    yield text[:-1]
    yield f"{text}="
    yield text.replace("+", "-").replace("/", "_") if {"+", "/"} & set(text) else f"{text}=="
    yield from (f"{text[:-2]}{alphabet[alphabet.index(text[-2]) | bits]}=" for bits in (1, 2, 3))
    yield f"{text[:20]}\n{text[20:]}"
    yield f"{text[:20]} {text[20:]}"
    yield f"!{text}"
    yield f"{text}!"
    yield f"{text[:-2]}={text[-2]}"
    yield f"data:;base64,{text}"


def test_T15_base64_has_one_spelling():
    """Each of 256 signatures, in twelve others each: just the one that the provider writes is accepted."""
    verifier = Verifier("shopify", secrets=[secret_of("shopify")])
    for number in range(256):
        body = number.to_bytes(2, "big")
        text = base64.b64encode(hmac.digest(secret_of("shopify").encode(), body, "sha256")).decode()
        variants = list(dict.fromkeys([text, *respelt(text)]))
        accepted = [each for each in variants if judged(verifier, "X-Shopify-Hmac-Sha256", each, body)]
        assert (13, [text]) == (len(variants), accepted)


@settings(deadline=None, max_examples=500)
@given(number=st.integers(0, 255), seed=st.randoms(use_true_random=False), edits=st.integers(0, 2))
def test_T15_what_is_accepted_decodes_strictly(number: int, seed: random.Random, edits: int):
    """One way: whatever passes is base64 by Python's strict decoder, of the very digest."""
    body = bytes([number])
    digest = hmac.digest(secret_of("shopify").encode(), body, "sha256")
    text = list(base64.b64encode(digest).decode())
    for _ in range(edits):
        text[seed.randrange(len(text))] = chr(seed.randrange(33, 127))
    bent = "".join(text)
    if judged(Verifier("shopify", secrets=[secret_of("shopify")]), "X-Shopify-Hmac-Sha256", bent, body):
        assert digest == base64.b64decode(bent, validate=True)


def test_T16_hexadecimal_is_ascii_digits_of_any_case():
    """Each of 256 signatures in its spellings: any case of 64 ASCII digits, and nothing else."""
    verifier = Verifier("mailersend", secrets=[secret_of("mailersend")])
    for number in range(256):
        body = number.to_bytes(2, "big")
        text = hmac.new(secret_of("mailersend").encode(), body, "sha256").hexdigest()
        right = {text, text.upper(), text.title()}
        wrong = [
            text[:-1],
            f"{text}0",
            f"0x{text}",
            f"0x{text[2:]}",
            f"{text[:2]}:{text[2:]}",
            f" {text[1:]}",
            f"+{text[1:]}",
        ]
        wrong += [
            text.translate({48 + digit: 0xFF10 + digit for digit in range(10)}),
            f"{text[:30]}_{text[31:]}",
            f"{text}h",
        ]
        accepted = {each for each in [*right, *wrong] if judged(verifier, "Signature", each, body)}
        assert right == accepted


def judged(verifier: Verifier, name: str, text: str, body: bytes) -> bool:
    """Whether a delivery with one header is accepted."""
    try:
        verifier.verify(headers={name: text}, body=body, now=NOW)
    except WebhookRejected:
        return False
    return True


def test_T48_no_regular_expression_judges_a_request():
    """The engine has no engine for them, and the modules on a request's way import none, so nothing can backtrack."""
    crates = set(re.findall(r'^name = "(.+)"$', (ROOT / "Cargo.lock").read_text(), re.MULTILINE))
    assert not {"regex", "regex-lite", "fancy-regex", "pcre2"} & crates
    for module in ("body", "decorators", "exceptions", "pipeline", "rate", "receipt", "requests", "verifier"):
        text = (ROOT / "python" / "hookseal" / f"{module}.py").read_text()
        assert "import re\n" not in text
        assert "from re import" not in text


def test_T95_a_plain_hash_is_no_signature():
    """SHA-256 of key and body is another thing than HMAC, whatever the order."""
    secret = secret_of("mailersend").encode()
    for content in (secret + BODY, BODY + secret, BODY):
        headers = {"Signature": hashlib.sha256(content).hexdigest()}
        assert reason("mailersend", headers, BODY) is Reason.SIGNATURE_MISMATCH
