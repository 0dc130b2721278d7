"""`explain`: the contract of what it answers."""

from __future__ import annotations

import pytest

from hookseal import Reason, sign
from hookseal.captured import Captured
from hookseal.explain import CAUSES, Cause, Explanation, endpoint_of, explain

NOW = 1_800_000_000
SECRET = "whsec_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u"


def stripe(**changes: object) -> Captured:
    """Capture a delivery that Stripe signed, bent as told."""
    signed = sign("stripe", secret=SECRET, body=b'{"id": "evt_1"}', now=NOW)
    values = {"method": "POST", "url": "https://hooks.example.com/", "body": signed.body, "received_at": NOW}
    return Captured(**{**values, "headers": tuple(signed.headers.items()), **changes})


def test_a_right_delivery_has_no_cause():
    """What the endpoint accepts needs no explanation."""
    assert explain(stripe(), endpoint_of("stripe", SECRET)) == Explanation(None, (), 1, bounded=False)


def test_what_fits_nothing_is_unknown():
    """A stranger's signature is told apart from every mistake, and nothing more is said of it."""
    explained = explain(stripe(), endpoint_of("stripe", "another-secret-of-this-site"))
    assert explained.reason is Reason.SIGNATURE_MISMATCH
    assert [cause.code for cause in explained.causes] == ["unknown"]
    assert f"{explained.tried} combinations" in explained.causes[0].sentence


def test_a_delivery_is_judged_at_its_arrival():
    """Years later it is explained as it was refused then."""
    assert explain(stripe(received_at=NOW + 412.0), endpoint_of("stripe", SECRET)).causes == (
        Cause("stale", *_row("stale", seconds=412, tolerance=300)),
    )
    assert explain(stripe(received_at=NOW - 412.0), endpoint_of("stripe", SECRET)).causes[0].code == "future"


@pytest.mark.parametrize("code", CAUSES)
def test_a_row_is_a_sentence_and_a_fix(code: str):
    """Every row of the table reads as two sentences."""
    assert all(text.endswith((".", "ID`.", ")")) for text in CAUSES[code])


def _row(code: str, **values: object) -> tuple[str, str]:
    return CAUSES[code].sentence.format(**values), CAUSES[code].fix.format(**values)
