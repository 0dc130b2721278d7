"""`explain` answers whatever was captured: it never raises, and what it says is safe to print."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hookseal.captured import Captured
from hookseal.explain import CAUSES, Past, endpoint_of, explain
from hookseal.explain.report import facts, report
from hookseal.signing import providers
from tests.mistakes.made import NOW, PLAIN, WHSEC

ENDPOINTS = [endpoint_of(name, [WHSEC, PLAIN, f"user:{PLAIN}"]) for name in providers()]
SIBLINGS = [endpoint_of("stripe", WHSEC, alias="stripe-cli"), endpoint_of("basic", f"user:{PLAIN}\n", alias="partner")]

texts = st.text(max_size=60)
names = st.sampled_from(
    [
        *("Stripe-Signature", "X-Hub-Signature-256", "svix-signature", "svix-id", "Authorization", "Content-Type"),
        *("X-Twilio-Signature", "X-Forwarded-Host", "X-Forwarded-For", "Forwarded", "Content-Encoding", "Host"),
        *("X-Forwarded-Prefix", "X-Original-URI", "X-Forwarded-Port", "Signature", "Signature-Input"),
    ]
)
values = texts | st.sampled_from(
    [
        *("t=1800000000,v1=" + "0" * 64, "sha256=" + "0" * 64, "v1,AAAA", "Basic dTpw", "Basic !", "gzip", "%", "://"),
        *("application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x", "host=é;proto=x"),
    ]
)
bodies = st.binary(max_size=80) | st.sampled_from(
    [b"", b"{" * 2000, b"[1e999]", b'{"a": NaN}', b'{"a": "\\ud800"}', b"a=%zz&a=1", b"--x\r\n\r\n--x--", b"\x1f\x8b"]
)
urls = texts | st.sampled_from(["https://h/x?a=1", "http://[::1", "https://u:p@h:99999/", "", "/x", "https://\udcff/"])
captures = st.builds(
    Captured,
    method=st.sampled_from(["POST", "GET", "HEAD", "\udcff", ""]),
    url=urls,
    headers=st.lists(st.tuples(names | texts, values), max_size=6).map(tuple),
    body=bodies,
    received_at=st.floats() | st.just(NOW),
)
pasts = st.builds(
    Past,
    received_at=st.floats(allow_nan=False),
    verdict=st.sampled_from(["accepted", "refused", "duplicate"]),
    reason=st.sampled_from(["", "signature_mismatch"]),
    has_authorization=st.booleans(),
    signed_at=st.none() | st.floats(allow_nan=False, allow_infinity=False),
)


@given(captures, st.sampled_from(ENDPOINTS), st.lists(pasts, max_size=5))
def test_explain_answers_whatever_was_captured(captured: Captured, endpoint, history: list[Past]):
    """Any request, any provider: an explanation whose words are of the table, ASCII where the sender wrote them."""
    explained = explain(captured, endpoint, siblings=SIBLINGS, history=history)
    assert {cause.code for cause in explained.causes} <= set(CAUSES)
    said = report(explained, captured, endpoint, 0.001) + repr(facts(explained, endpoint, 0.001))
    assert said.isascii()
    assert said.replace("\n", "").isprintable()
