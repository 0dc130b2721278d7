"""Handshakes through Django: answered once proven, within bounds, by the endpoint alone, and never with a signature."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import AsyncClient, Client
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hookseal import Reason, Secret, Verifier, WebhookRejected, providers, sign
from hookseal._engine import Record
from hookseal.conf import endpoint
from hookseal.logging import DELIVERIES
from hookseal.schemes import Http, basic
from hookseal.signals import webhook_handshake
from tests.catalog import keys_of, secret_of
from tests.conftest import reasons
from tests.questions import CHALLENGE, QUESTIONS, TOKEN, Question, handled, site

PUBLISHED = Path(__file__).resolve().parent.parent.parent / "shared" / "vectors" / "x-crc.json"
HOSTILE = [
    "<script>alert(1)</script>",
    "<b>",
    "a" * 1_000,
    "a" * 1_000_000,
    "a\r\nSet-Cookie: a=b",
    "é",
    "\N{FULLWIDTH DIGIT ONE}",
    "{}",
    '{"type":"event_callback"}',
    "a b",
    "a&b",
    "a\0",
    "",
]
NEEDS_SIGNATURE = [question for question in QUESTIONS.values() if question.body]
GIVES_MAC = {
    name: pattern
    for name, pattern in {
        "zoom": r'"encryptedToken":"(\w+)"',
        "x": r'"response_token":"sha256=([^"]+)"',
    }.items()
    if name in QUESTIONS
}
"""Those whose answer holds a MAC, and where."""
TEXTS = (
    st.from_regex(r"[0-9A-Za-z+/_-]{1,130}", fullmatch=True)
    | st.from_regex(r"[0-9a-f]{1,64}", fullmatch=True)
    | st.text(min_size=1, max_size=10)
    | st.sampled_from(["true", "null", "1", "-0", "[]", "{}", "a=b", "<a/>"])
)

every_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
every_signed_question = pytest.mark.parametrize("question", NEEDS_SIGNATURE, ids=lambda question: question.provider)


@pytest.fixture(autouse=True)
def _site() -> Iterator[None]:
    handled.clear()
    with site():
        yield


def test_every_handshake_of_the_catalog_is_asked_here():
    """A new one needs its question; probes, which ask nothing, have theirs below."""
    asking = {
        name
        for name in providers()
        if any(asked not in Record.named(name).probes for asked, _ in Record.named(name).handshakes)
    }
    assert asking == set(QUESTIONS) | {"notion", "discord"}


@every_question
def test_T92_a_challenge_is_answered_as_its_sender_wants(client: Client, question: Question):
    """With 200, in a type that no browser runs and none may guess, and the view does not hear of it."""
    response = question.ask(client, CHALLENGE)
    assert (response.status_code, response.content.decode()) == (200, question.answer(CHALLENGE))
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == (question.kind, "nosniff")
    assert response["Cache-Control"] == "no-store"
    assert handled == []


@every_question
async def test_an_async_view_lets_it_be_answered_too(async_client: AsyncClient, question: Question):
    """As for a sync view."""
    response = await question.ask(async_client, CHALLENGE, at=f"awaited/{question.provider}")
    assert (response.status_code, response.content.decode()) == (200, question.answer(CHALLENGE))
    assert handled == []


@every_question
@pytest.mark.parametrize("challenge", HOSTILE, ids=lambda text: f"{ascii(text)[:20]}-{len(text)}")
def test_T92_what_no_sender_asks_is_refused(client: Client, question: Question, challenge: str):
    """HTML, a megabyte, CR LF, non-ASCII, JSON: 400, and not one byte of it comes back."""
    if question.headers and not question.body and not challenge.isprintable():
        pytest.skip("no server lets such a header through")
    response = question.ask(client, challenge)
    assert response.status_code == 400
    assert not challenge or challenge.encode() not in response.content
    assert handled == []


@every_signed_question
def test_T84_a_challenge_without_its_signature_is_refused(client: Client, question: Question):
    """Whatever the body says: what a sender signs is answered after the signature held."""
    headers = dict.fromkeys(sign(question.provider, secret=secret_of(question.provider), body=b"{}").headers)
    assert question.ask(client, CHALLENGE, headers=headers).status_code == 400
    forged = {name: "v0=" + "0" * 64 for name in headers if "Signature" in name or "signature" in name}
    assert question.ask(client, CHALLENGE, headers=forged).status_code == 400


@every_signed_question
def test_T84_a_stale_challenge_is_refused(client: Client, question: Question):
    """What a delivery's proof includes, a challenge's does: its signed time is judged."""
    record = Record.named(question.provider)
    if record.tolerance is None:
        pytest.skip("signs no time")
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        recorded = question.signed(CHALLENGE)
        clock.shift(record.tolerance)
        assert question.ask(client, CHALLENGE, signed=recorded).status_code == 200
        clock.shift(1)
        assert question.ask(client, CHALLENGE, signed=recorded).status_code == 400


@every_signed_question
def test_a_challenge_that_comes_again_is_answered_again(client: Client, question: Question, told):
    """It is claimed by nobody and has no effect, so that a sender may ask as often as it likes."""
    with time_machine.travel(1_800_000_000, tick=False):
        answers = [question.ask(client, CHALLENGE).content.decode() for _ in range(3)]
    assert answers == [question.answer(CHALLENGE)] * 3
    assert told == []


@every_question
def test_a_handshake_is_told(client: Client, question: Question, caplog: pytest.LogCaptureFixture):
    """By one line and one signal, which name it; neither repeats what was asked."""
    heard = []

    def hear(sender, request, endpoint, provider, reply, **_):
        heard.append((endpoint, provider, reply.name, request.method))

    webhook_handshake.connect(hear)
    with caplog.at_level(logging.INFO, DELIVERIES):
        question.ask(client, CHALLENGE)
    (name,) = [name for method, name in Record.named(question.provider).handshakes if method == question.method]
    assert heard == [(question.provider, question.provider, name, question.method)]
    assert [f"{question.provider}: answered the handshake {name}"] == [line.getMessage() for line in caplog.records]


@every_question
def test_HANDSHAKE_False_answers_none(client: Client, question: Question):
    """A challenge that is signed like a delivery is then one; the others meet a closed door."""
    with site(**{question.provider: {"HANDSHAKE": False}}):
        response = question.ask(client, CHALLENGE)
    assert response.status_code == (200 if question.body else 405)
    assert handled == ([question.provider] if question.body else [])


@every_question
def test_T50_every_other_method_is_refused(client: Client, question: Question):
    """405, with the methods that are not."""
    allowed = ["POST"] if question.method == "POST" else ["POST", question.method]
    for method in {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - set(allowed):
        response = question.but(body=None).ask(client, CHALLENGE, method=method)
        assert (response.status_code, response["Allow"]) == (405, ", ".join(allowed)), method


@every_question
def test_transport_and_source_are_judged_first(client: Client, question: Question):
    """http, an address that may not send, a missing Basic header: no answer."""
    assert question.ask(client, CHALLENGE, secure=False).status_code == 503
    with site(**{question.provider: {"ALLOW_IPS": ["203.0.113.7"]}}):
        assert question.ask(client, CHALLENGE).status_code == 400
    with site(**{question.provider: {"RATE_LIMIT": "1/h"}}):
        assert [question.ask(client, CHALLENGE).status_code for _ in range(2)] == [200, 429]
    with site(**{question.provider: {"ENABLED": False}}):
        assert question.ask(client, CHALLENGE).status_code in {405, 503}
    if not Record.named(question.provider).shares_secret:
        with site(**{question.provider: {"BASIC_AUTH": ["user:long-enough-password"]}}):
            assert question.ask(client, CHALLENGE).status_code == 400
            basic_auth = {"Authorization": "Basic dXNlcjpsb25nLWVub3VnaC1wYXNzd29yZA=="}
            assert question.ask(client, CHALLENGE, headers=basic_auth).status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], f"{TOKEN} ", TOKEN.upper(), secret_of("meta"), "*"])
def test_T92_a_wrong_verify_token_is_refused(client: Client, lines, token: str):
    """So is the secret of deliveries, which has no business in a URL."""
    meta = QUESTIONS["meta"].but(query=lambda challenge: meta_query(challenge) | {"hub.verify_token": token})
    assert meta.ask(client, CHALLENGE).status_code == 400
    assert reasons(lines) == ["bad_credentials"]


def test_a_missing_verify_token_is_named(client: Client, lines):
    """In the settings: the line says which secret is wanted. In the request: the line says what is missing."""
    assert (
        QUESTIONS["meta"]
        .but(query=lambda _: {"hub.mode": "subscribe", "hub.challenge": "a"})
        .ask(client, "")
        .status_code
        == 400
    )
    with site(meta={"SECRETS": [secret_of("meta")]}):
        assert QUESTIONS["meta"].ask(client, CHALLENGE).status_code == 405
    assert reasons(lines) == ["missing_credentials", "method_not_allowed"]
    assert 'Secret(..., slot="verify-token")' in str(lines[1].rejection)


def test_a_verify_token_verifies_no_delivery(client: Client):
    """It has another purpose, travels in URLs, and alone it is an error."""
    signed = sign("meta", secret=TOKEN, body=b"{}")
    assert client.post("/meta/", b"{}", "application/json", secure=True, headers=signed.headers).status_code == 400
    with site(meta={"SECRETS": [Secret(TOKEN, slot="verify-token")]}):
        assert [error.id for error in endpoint("meta").errors] == ["E002"]
        assert QUESTIONS["meta"].ask(client, CHALLENGE).status_code in {405, 503}


def test_two_verify_tokens_rotate(client: Client):
    """Each of them opens, within its window."""
    old = Secret("the verify token of last year", slot="verify-token", not_after=date(2020, 1, 1))
    with site(meta={"SECRETS": [secret_of("meta"), old, Secret(TOKEN, slot="verify-token")]}):
        assert QUESTIONS["meta"].ask(client, CHALLENGE).status_code == 200
        expired = QUESTIONS["meta"].but(
            query=lambda challenge: meta_query(challenge) | {"hub.verify_token": "the verify token of last year"}
        )
        assert expired.ask(client, CHALLENGE).status_code == 400


def test_a_tenants_verify_token_is_found(client: Client):
    """By the function in SECRETS, after the shape was judged; an unknown tenant is refused."""
    meta = QUESTIONS["meta"]
    assert meta.ask(client, CHALLENGE, at="tenants/acme").content.decode() == CHALLENGE
    assert meta.ask(client, CHALLENGE, at="tenants/nobody").status_code == 400
    assert meta.ask(client, "<b>", at="tenants/acme").status_code == 400


def test_an_unproven_post_is_answered_where_the_owner_says_so(client: Client):
    """Notion's token comes before there is a key: the signal shows the request, and deliveries stay what they are."""
    told: list[bytes] = []

    def hear(sender, request, endpoint, reply, **_):
        told.append(request.body)

    webhook_handshake.connect(hear)
    question = b'{"verification_token":"secret_4b1d"}'
    post = {"path": "/notion/", "content_type": "application/json", "secure": True}
    with site(notion={"SECRETS": lambda _: [secret_of("notion")]}):
        assert client.post(data=question, **post).status_code == 400
    with site(notion={"SECRETS": lambda _: [secret_of("notion")], "HANDSHAKE": True}):
        response = client.post(data=question, **post)
        assert (response.status_code, response.content, told, handled) == (200, b"", [question], [])
        signed = sign("notion", secret=secret_of("notion"), body=b'{"type":"page.created"}')
        headers = {name: value for name, value in signed.headers.items() if name != "Content-Type"}
        assert client.post(data=signed.body, headers=headers, **post).content == b"handled"
        assert client.post(data=b'{"type":"page.created"}', **post).status_code == 400
        assert client.post(data=question[:-1] + b" " * 5_000 + b"}", **post).status_code == 400


def test_a_probe_is_answered_whatever_is_wrong(client: Client):
    """Even while the endpoint has no secret yet, which the sender shows only after its probe."""
    probed = {"PROVIDER": basic(http=Http(probes=("HEAD", "GET"))), "SECRETS": ["user:long-enough-password"]}
    with site(probed=probed, broken={**probed, "SECRETS": []}):
        for where in ("probed", "broken"):
            assert [client.head(f"/{where}/", secure=True).status_code, client.get(f"/{where}/").content] == [200, b""]
        assert client.post("/broken/", secure=True).status_code == 503
        assert client.put("/probed/", secure=True)["Allow"] == "POST, GET, HEAD"
    with site(probed={**probed, "HANDSHAKE": False}):
        assert client.head("/probed/", secure=True).status_code == 405


@pytest.mark.parametrize("provider", GIVES_MAC)
@given(challenge=TEXTS)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])
def test_no_answer_is_the_signature_of_a_delivery(client: Client, provider: str, challenge: str):
    """Whoever gets a MAC for a text of his own cannot deliver that text."""
    answered = QUESTIONS[provider].ask(client, challenge)
    assume(answered.status_code == 200)
    mac = re.search(GIVES_MAC[provider], answered.content.decode())[1]
    signed = sign(provider, secret=secret_of(provider), body=challenge.encode())
    forged = {
        name: value[: -len(mac)] + mac if "signature" in name.lower() else value
        for name, value in signed.headers.items()
    }
    with pytest.raises(WebhookRejected) as refused:
        Verifier(provider, secrets=[secret_of(provider)]).verify(headers=forged, body=challenge.encode())
    assert refused.value.reason is (Reason.MALFORMED_BODY if forged == signed.headers else Reason.SIGNATURE_MISMATCH)


@every_question
@given(
    text=st.text(max_size=40), name=st.sampled_from(["hub.challenge", "challenge", "crc_token", "bt_challenge", "é"])
)
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_totality_of_questions(client: Client, question: Question, text: str, name: str):
    """Any text at any place gives an answer or a refusal, never an error of ours."""
    response = question.but(query=lambda _: {name: text, text: name}).ask(client, CHALLENGE)
    assert response.status_code in {200, 400, 405}
    raw = client.generic("GET", f"/{question.provider}/", secure=True, QUERY_STRING=text.encode().decode("latin-1"))
    assert raw.status_code in {200, 400, 405}


@given(challenge=st.from_regex(r"[0-9a-f]{1,40}", fullmatch=True))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_answer_to_braintree_is_the_signature_of_a_payload(client: Client, challenge: str):
    """Braintree signs base64, which may spell hexadecimal; no payload is as short as a challenge."""
    answered = QUESTIONS["braintree"].ask(client, challenge)
    assert answered.status_code == (200 if len(challenge) <= 32 else 400)
    assume(answered.status_code == 200)
    body = urlencode({"bt_signature": answered.content.decode(), "bt_payload": challenge}).encode()
    verifier = Verifier("braintree", secrets=[secret_of("braintree")], options={"public_key": "our_public_key"})
    with pytest.raises(WebhookRejected) as refused:
        verifier.verify(headers={"Content-Type": "application/x-www-form-urlencoded"}, body=body)
    assert refused.value.reason in {Reason.MALFORMED_BODY, Reason.SIGNATURE_MISMATCH}


def test_a_verifier_answers_without_django():
    """Both ways: a challenge that is a delivery, and one that is none."""
    body = json.dumps(QUESTIONS["slack"].body(CHALLENGE)).encode()
    signed = sign("slack", secret=secret_of("slack"), body=body)
    receipt = Verifier("slack", secrets=[secret_of("slack")]).verify(headers=signed.headers, body=signed.body)
    assert (receipt.reply.name, receipt.reply.body) == ("url_verification", CHALLENGE.encode())
    meta = Verifier("meta", secrets=[secret_of("meta"), Secret(TOKEN, slot="verify-token")])
    url = f"https://example.com/?hub.mode=subscribe&hub.verify_token={TOKEN}&hub.challenge=abc"
    assert meta.handshake(headers={}, method="GET", url=url).body == b"abc"
    assert meta.handshake(headers={}, method="GET", url="https://example.com/") is None
    assert meta.handshake(headers={}, method="POST", url=url) is None
    with pytest.raises(WebhookRejected):
        meta.handshake(headers={}, method="GET", url=url.replace(TOKEN, "wrong"))


def test_T92_discords_ping_is_answered_once_its_signature_holds():
    """With the one text that Discord wants; a ping that another key signed is refused like any forgery."""
    (private, public), (foreign, _) = keys_of("discord"), Record.named("discord").key_pair()
    ping, verifier = b'{"id":"1","type":1}', Verifier("discord", secrets=[public])
    signed = sign("discord", secret=private, body=ping)
    receipt = verifier.verify(headers=signed.headers, body=signed.body)
    assert (receipt.reply.content_type, receipt.reply.body) == ("application/json", b'{"type":1}')
    command = sign("discord", secret=private, body=b'{"id":"2","type":2}')
    assert verifier.verify(headers=command.headers, body=command.body).reply is None
    forged = sign("discord", secret=foreign, body=ping)
    with pytest.raises(WebhookRejected):
        verifier.verify(headers=forged.headers, body=forged.body)


def test_a_delivery_is_no_handshake(client: Client):
    """It reaches its view, and its receipt has no reply."""
    signed = sign("slack", secret=secret_of("slack"), body=b'{"type":"event_callback"}')
    assert (
        client.post("/slack/", signed.body, "application/json", secure=True, headers=signed.headers).content
        == b"handled"
    )
    assert (
        Verifier("slack", secrets=[secret_of("slack")]).verify(headers=signed.headers, body=signed.body).reply is None
    )


@pytest.mark.skipif("x" not in providers() or not PUBLISHED.exists(), reason="the published answer is not at hand")
def test_the_published_answer_to_x_comes_out():
    """As convoy's test has it."""
    for case in json.loads(PUBLISHED.read_text()):
        reply = Verifier("x", secrets=[case["secret"]], handshake=True).handshake(
            headers={}, method="GET", url=case["url"]
        )
        assert json.loads(reply.body) == {"response_token": case["challenge"]["response_token"]}


def meta_query(challenge: str) -> dict[str, str]:
    """Give the query of Meta's question."""
    return {"hub.mode": "subscribe", "hub.verify_token": TOKEN, "hub.challenge": challenge}
