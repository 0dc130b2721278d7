"""No secret leaves the engine: not by any refusal for any reason, any error of the owner's, any object or any frame."""

from __future__ import annotations

import base64
import copy
import gc
import json
import pickle
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest

import hookseal
from hookseal import Reason, Secret, Verifier, WebhookRejected, _engine, providers, sign
from hookseal._engine import Record, SecretError
from tests.cases import cases, refusal
from tests.catalog import BODY, secret_of
from tests.kinds import PLAIN

PACKAGE = str(Path(hookseal.__file__).parent)
NOW = 1_790_000_000
CANARY = "canary-9d2f4b6a8c0e1357"
JUNK = f"x\r\n{CANARY}\x1b[31m"
BY_THE_ENGINE = {
    *(Reason.MISSING_CREDENTIALS, Reason.MISSING_SIGNATURE, Reason.DUPLICATE_HEADER, Reason.MALFORMED_HEADER),
    *(Reason.MALFORMED_CREDENTIALS, Reason.MALFORMED_SIGNATURE, Reason.WRONG_ALGORITHM, Reason.TOO_MANY_SIGNATURES),
    *(Reason.MALFORMED_TIMESTAMP, Reason.TIMESTAMP_OUT_OF_RANGE, Reason.MALFORMED_BODY, Reason.BAD_CREDENTIALS),
    *(Reason.SIGNATURE_MISMATCH, Reason.STALE, Reason.FUTURE, Reason.BODY_NOT_COVERED, Reason.UNKNOWN_KEY),
    *(Reason.TOPIC_NOT_LISTED, Reason.UNTRUSTED_CERTIFICATE, Reason.KEY_UNAVAILABLE),
}


def told_by(error: BaseException) -> str:
    """Gather what an error shows: its texts, arguments, attributes, and the locals of the package's frames."""
    shown = [str(error), repr(error), repr(error.args), repr(vars(error)), repr(getattr(error, "hint", ""))]
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(PACKAGE):
            shown.append(repr(trace.tb_frame.f_locals))
        trace = trace.tb_next
    assert error.__cause__ is error.__context__ is None
    return "\n".join(shown)


def spellings(secret: str) -> Iterator[str]:
    """Write a secret, and the key it stands for, in the ways in which logs and pages write bytes."""
    keys = [secret.encode()]
    if secret.startswith("whsec_"):
        keys.append(base64.b64decode(secret[6:] + "=="))
    for key in keys:
        yield from (
            key.hex(),
            base64.b64encode(key).decode(),
            base64.urlsafe_b64encode(key).decode(),
            quote(key),
            repr(key)[2:-1],
        )


def leaks(text: str, *secrets: str) -> list[str]:
    """Find secrets in a text."""
    return [spelling for secret in secrets for spelling in spellings(secret) if spelling in text]


def test_the_search_finds_a_secret_in_every_spelling():
    """Else the tests below would prove nothing."""
    key = base64.b64decode("QUJD" * 8)
    for text in (
        CANARY,
        CANARY.encode().hex(),
        repr({"key": [CANARY.encode()]}),
        base64.b64encode(CANARY.encode()).decode(),
    ):
        assert leaks(f"<p>{text}</p>", CANARY)
    assert leaks(repr(key), "whsec_" + "QUJD" * 8)
    assert [] == leaks("canary", CANARY)


@pytest.mark.parametrize("provider", providers())
def test_T44_no_refusal_tells_a_secret(provider: str):
    """For every refused delivery of the vectors: its texts, attributes and frames show none, unless it was sent."""
    for case in cases(provider):
        rejection = refusal(case)
        if rejection is None or Record.named(provider).key_kind != "shared":
            continue
        sent = json.dumps(case["headers"]) + case.get("body", "")
        secrets = [text for text in case["secrets"] if isinstance(text, str) and not leaks(sent, text)]
        assert [] == leaks(told_by(rejection), *secrets), case["id"]


def test_T44_the_vectors_bring_about_every_reason_that_the_engine_gives_for_a_delivery():
    """So that the test above is over all of them."""
    seen = {rejection.reason for name in providers() for case in cases(name) if (rejection := refusal(case))}
    assert seen == BY_THE_ENGINE


@pytest.mark.parametrize("provider", PLAIN)
def test_T44_T47_no_refusal_repeats_what_the_sender_wrote(provider: str):
    """A canary in every header, in the body and in the URL: a reason and counts come out, nothing of the sender's."""
    signed = sign(provider, secret=secret_of(provider), body=BODY, now=NOW)
    verifier = Verifier(provider, secrets=[secret_of(provider)])
    refusals = []
    for name, value in signed.headers.items():
        for bent in (CANARY, f"{value}{CANARY}", f"{CANARY}{value}", f"{value},{CANARY}", f"{value} v1,{CANARY}", JUNK):
            sent = {"headers": {**signed.headers, name: bent}, "body": signed.body + CANARY.encode()}
            refusals.append(
                error_of(lambda sent=sent: verifier.verify(**sent, now=NOW, url=f"https://{CANARY}@h/?{CANARY}"))
            )
    told = [refusal for refusal in refusals if isinstance(refusal, WebhookRejected)]
    shown = [f"{refusal!s} {refusal!r} {refusal.args} {vars(refusal)} {refusal.hint}" for refusal in told]
    assert shown
    assert [] == [text for text in shown if CANARY in text or not text.isprintable()]


@pytest.mark.parametrize("provider", [name for name in PLAIN if not Record.named(name).shares_secret])
def test_T44_no_refusal_tells_the_expected_signature(provider: str):
    """It would be a valid signature for a body of the sender's choice."""
    right = sign(provider, secret=secret_of(provider), body=BODY, now=NOW)
    wrong = sign(provider, secret=other_secret(provider), body=BODY, now=NOW, event_id=None)
    with pytest.raises(WebhookRejected) as caught:
        Verifier(provider, secrets=[secret_of(provider)]).verify(headers=wrong.headers, body=wrong.body, now=NOW)
    assert caught.value.reason is Reason.SIGNATURE_MISMATCH
    texts = {text for value in right.headers.values() for text in value.replace("=", ",").split(",") if len(text) >= 40}
    sent = " ".join(wrong.headers.values())
    assert not [text for text in texts if text not in sent and text in told_by(caught.value)]


def other_secret(provider: str) -> str:
    """Make a wrong secret of the right form."""
    text = secret_of(provider)
    return text[:-4] + text[:4]


def test_T44_an_expired_secret_is_named_by_its_label_alone():
    """The refusal tells which one to replace, and not what it is."""
    secret = Secret(CANARY, label="2025", not_after=date(2025, 12, 31))
    signed = sign("github", secret=CANARY, body=BODY)
    with pytest.raises(WebhookRejected, match="2025") as caught:
        Verifier("github", secrets=[secret]).verify(headers=signed.headers, body=BODY, now=NOW)
    assert (caught.value.reason, []) == (Reason.EXPIRED_SECRET, leaks(told_by(caught.value), CANARY))


FLAWED = [
    CANARY + "\n",
    f" {CANARY}",
    f'"{CANARY}"',
    f"b'{CANARY}'",
    f"{CANARY}\ud800",
    f"v1,whsec_{CANARY}",
    f"whsec_{CANARY}!",
]


@pytest.mark.parametrize("provider", PLAIN)
def test_T44_no_error_about_a_secret_repeats_it(provider: str):
    """What is wrong with a secret is told by its kind."""
    record = Record.named(provider)
    for value in [
        *FLAWED,
        *(flawed.encode("utf-8", "surrogatepass") for flawed in FLAWED),
        f"{CANARY}\x00\xe9",
        CANARY,
    ]:
        secret = Secret(value)
        refused = error_of(lambda value=value: Verifier(provider, secrets=[value]))
        checked = error_of(lambda secret=secret: record.check(secret))
        shown = f"{secret!r} {secret.flaw} {refused!r} {refused} {checked!r} {checked}"
        assert CANARY not in shown
    assert isinstance(error_of(lambda: Verifier(provider, secrets=[f" {CANARY}"])), SecretError)


def error_of(action: Callable[[], object]) -> object:
    """Run something: what it gives, or the error that it raises."""
    try:
        return action()
    except (SecretError, WebhookRejected) as error:
        return error


def test_T44_objects_show_no_secret_and_cannot_be_taken_apart():
    """No attribute, no repr, no pickle, no copy and no referent of theirs is the secret."""
    secret = Secret(CANARY, label="l")
    verifier = _engine.Verifier(
        Record.named("github"), [secret], endpoint="e", prf_key=bytes(range(32)), tolerance=None
    )
    signer = _engine.Signer(Record.named("github"), secret)
    for thing in (secret, verifier, signer):
        shown = [
            repr(thing),
            str(thing),
            *(repr(getattr(thing, name)) for name in dir(thing) if not name.startswith("__")),
        ]
        assert [] == leaks(" ".join(shown) + repr(gc.get_referents(thing)), CANARY)
        assert not hasattr(thing, "__dict__")
        for duplicate in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                duplicate(thing)
        for name in ("value", "label", "_secret"):
            with pytest.raises(AttributeError):
                setattr(thing, name, CANARY)


def test_T01_secrets_are_not_compared_by_their_content():
    """Two secrets of one value are two objects; only `same_value` tells, for the checks."""
    one, two = Secret(CANARY), Secret(CANARY)
    assert one != two
    assert len({one, two}) == 2
    assert (True, False) == (one.same_value(two), one.same_value(Secret("another")))
