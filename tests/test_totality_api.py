"""Totality of the paved path: `Verifier`, `sign`, schemes and receipts answer anything, or say what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookseal import Reason, Receipt, Secret, Verifier, WebhookRejected, providers, sign
from hookseal.schemes import Form, Header, Json, Query, Scheme, basic, mac, token
from tests.catalog import BODY, FORM, genuine, secret_of
from tests.kinds import KINDS

NOW = 1_790_000_000
TEXTS = st.one_of(
    st.text(st.characters(categories=None, codec=None), max_size=20),
    st.sampled_from(
        ["", "\ud800", "None", "POST", "https://example.com/?a=1", "application/json", FORM, "stripe", "webhook-id"]
    ),
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXTS,
    st.binary(max_size=20),
    st.just(object()),
    st.just(...),
    st.lists(TEXTS | st.integers() | st.binary(max_size=3), max_size=3),
    st.dictionaries(TEXTS, TEXTS | st.none() | st.integers(), max_size=3),
    st.lists(st.tuples(TEXTS, TEXTS | st.binary(max_size=9) | st.none()), max_size=3),
    st.sampled_from([basic(), token(), Secret("x" * 20), Secret(None), Scheme("{"), Scheme("[]")]),
)
relaxed = settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))


def total(action: Callable[[], Any]) -> Any:
    """Run something: an answer, or None for an error that is documented and no confession of ours."""
    try:
        return action()
    except (WebhookRejected, TypeError, ValueError, LookupError) as error:
        caught = error
    str(caught).encode("utf-8", "backslashreplace")
    assert getattr(caught, "reason", None) is not Reason.INTERNAL_ERROR
    return None


@relaxed
@given(provider=ODD | st.sampled_from(providers()), secrets=ODD, tolerance=ODD, basic_auth=ODD, endpoint=ODD)
def test_a_verifier_is_made_of_anything_or_says_why(
    *, provider: Any, secrets: Any, tolerance: Any, basic_auth: Any, endpoint: Any
):
    """Provider, secrets, tolerance, credentials and name, bent one by one and together."""
    good = {"secrets": [secret_of("stripe")]}
    total(lambda: Verifier(provider, secrets=secrets))
    for bent in ({"tolerance": tolerance}, {"basic_auth": basic_auth}, {"endpoint": endpoint}):
        total(lambda bent=bent: Verifier("stripe", **good, **bent))
    total(lambda: Verifier(provider, secrets=secrets, tolerance=tolerance, basic_auth=basic_auth, endpoint=endpoint))


@pytest.mark.parametrize("provider", KINDS)
@relaxed
@given(headers=ODD, body=ODD, method=ODD, url=ODD, now=ODD, fields=ODD)
def test_a_verifier_judges_anything(
    *, provider: str, headers: Any, body: Any, method: Any, url: Any, now: Any, fields: Any
):
    """Nothing but a genuine delivery is accepted, and the errors are the documented ones."""
    verifier = Verifier(provider, secrets=[secret_of(provider)])
    assert (
        total(lambda: verifier.verify(headers=headers, body=body, method=method, url=url, now=now, fields=fields))
        is None
    )
    assert total(lambda: verifier.verify(headers=headers, body=b"{}", now=NOW)) is None
    signed = genuine(provider)
    for bent in (
        {"method": method},
        {"url": url},
        {"now": now},
        {"fields": fields},
        {"headers": headers},
        {"body": body},
    ):
        receipt = total(lambda bent=bent: verifier.verify(**{"headers": signed.headers, "body": signed.body, **bent}))
        assert receipt is None or isinstance(receipt, Receipt)


@relaxed
@given(provider=ODD | st.sampled_from(providers()), secret=ODD, body=ODD, now=ODD, event_id=ODD, url=ODD, kind=ODD)
def test_anything_is_signed_or_refused(
    *, provider: Any, secret: Any, body: Any, now: Any, event_id: Any, url: Any, kind: Any
):
    """What cannot be signed is told as a mistake of the caller."""
    total(lambda: sign(provider, secret=secret, body=body))
    for bent in (
        {"now": now},
        {"event_id": event_id},
        {"url": url},
        {"content_type": kind},
        {"method": kind},
        {"body": body},
    ):
        total(lambda bent=bent: sign("svix", **{"secret": secret_of("svix"), "body": BODY, **bent}))


@relaxed
@given(values=st.lists(ODD, min_size=9, max_size=9), place=st.sampled_from([Header, Query, Form, Json]))
def test_a_scheme_is_written_down_whatever_it_holds(values: list[Any], place: type):
    """A settings file imports; what is wrong with the record is told when it is compiled."""
    names = ("digest", "encoding", "header", "signed", "prefix", "shape", "version", "time", "tolerance")
    good = {"digest": "sha256", "encoding": "hex", "header": "X-Sig"}
    for name, value in zip(names, values, strict=True):
        scheme = total(lambda name=name, value=value: mac(**{**good, name: value}))
        if scheme is not None:
            total(lambda scheme=scheme: Verifier(scheme, secrets=["x" * 20]).verify(headers={"X-Sig": "00"}, body=b""))
    total(lambda: Verifier(mac(**good, signed="{a}", parts={"a": place(values[0])}), secrets=["x" * 20]))


@relaxed
@given(body=st.binary(max_size=60) | st.sampled_from([b"[" * 10_000, b"a=%", b"1e999", b"\xff"]), kind=TEXTS)
def test_a_receipt_reads_any_body_or_refuses_it(body: bytes, kind: str):
    """`json()` and `form` of a genuine delivery: a value, or `malformed_body`."""
    headers = {**sign("github", secret=secret_of("github"), body=body).headers, "Content-Type": kind}
    receipt = Verifier("github", secrets=[secret_of("github")]).verify(headers=headers, body=body)
    assert {refused(receipt.json), refused(lambda: receipt.form)} <= {None, Reason.MALFORMED_BODY}


def refused(read: Callable[[], Any]) -> Reason | None:
    """Read something of a receipt: None where it is there."""
    try:
        read()
    except WebhookRejected as rejection:
        return rejection.reason
    return None
