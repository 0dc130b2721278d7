"""Keys of providers, fetched from real servers under an authority of the tests' own."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from hookseal import WebhookRejected
from hookseal._engine import RemoteKey
from hookseal.keysource import KeySource, PlaidAccount, process_keys, use
from tests.origin import Origin, origin, respond
from tests.published import CERTIFICATE, CONFIRM, PLAID_SECRET, SNS, jwk
from tests.published import PLAID_KEY_ID as KEY_ID

LOCATION = f"https://{SNS}/SimpleNotificationService-0123456789abcdef.pem"
LOCATIONS = {
    "sns": LOCATION,
    "scaleway": "https://messaging.s3.fr-par.scw.cloud/fr-par/sns/certificate.pem",
    "paypal": "https://api.paypal.com/v1/notifications/certs/CERT-0123456789abcdef",
}
HOSTS = [SNS, "messaging.s3.fr-par.scw.cloud", "api.paypal.com", "sandbox.plaid.com", "production.plaid.com"]
PEM = CERTIFICATE.cert_chain_pems[0].bytes()
ACCOUNT = PlaidAccount("client-7", PLAID_SECRET, "sandbox")


@dataclass(frozen=True)
class Want:
    """What the engine wants."""

    source: str
    location: str


@pytest.fixture
def server():
    """Run Amazon's and Plaid's server."""
    with origin(*HOSTS) as running:
        running.answer = lambda _: respond(PEM)
        yield running


@pytest.fixture
def keys(server: Origin) -> KeySource:
    """Make a key source that reaches that server."""
    return KeySource(fetch=server.https())


def plaid_answers(server: Origin, **changes) -> None:
    """Have Plaid give a key."""
    answer = json.dumps({"key": jwk(**changes), "request_id": "q"}).encode()
    server.answer = lambda _: respond(answer)


def reason(keys: KeySource, *arguments) -> str:
    """Ask for a key that cannot be had, and name the reason."""
    with pytest.raises(WebhookRejected) as refused:
        keys.key(*arguments)
    assert "canary" not in str(refused.value)
    return f"{refused.value.reason} ({refused.value.detail})"


@pytest.mark.parametrize("source", LOCATIONS)
def test_a_certificate_is_fetched_from_its_url(server: Origin, keys: KeySource, source: str):
    """And made a key of the source that wanted it."""
    location = LOCATIONS[source]
    assert isinstance(keys.key(Want(source, location)), RemoteKey)
    assert server.lines == [f"GET /{location.split('/', 3)[3]} HTTP/1.1"]


async def test_a_certificate_is_fetched_in_the_event_loop(keys: KeySource):
    """By the twin for async views."""
    assert isinstance(await keys.akey(Want("sns", LOCATION)), RemoteKey)


def test_T42_what_is_no_key_is_a_fault_of_the_site(server: Origin, keys: KeySource):
    """Of the provider's, to be exact: the sender is asked to try again."""
    server.answer = lambda _: respond(b"")
    assert reason(keys, Want("sns", LOCATION)) == "key_unavailable (sns: the answer is not what was asked for)"


def test_T42_a_provider_that_is_down_is_a_fault_of_the_site(server: Origin, keys: KeySource):
    """It is down, or says that it is."""
    server.answer = lambda _: respond(b"", "503 Service Unavailable")
    assert reason(keys, Want("sns", LOCATION)) == "key_unavailable (sns: status 503)"
    server.close()
    assert reason(keys, Want("sns", LOCATION.replace("0", "1"))).startswith("key_unavailable (sns: ")


def test_a_key_of_plaids_is_asked_for_by_its_id(server: Origin, keys: KeySource):
    """With the site's account, at the host of its environment; the key alone is handed on."""
    plaid_answers(server)
    assert isinstance(keys.key(Want("plaid", KEY_ID), ACCOUNT), RemoteKey)
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    assert head.startswith("POST /webhook_verification_key/get HTTP/1.1\r\nHost: sandbox.plaid.com\r\n")
    assert json.loads(body) == {"client_id": "client-7", "secret": PLAID_SECRET, "key_id": KEY_ID}


def test_plaids_host_is_that_of_the_environment(server: Origin, keys: KeySource):
    """Production, unless something else is said; what one of them knows is not taken for the other's."""
    plaid_answers(server)
    keys.key(Want("plaid", KEY_ID), ACCOUNT)
    keys.key(Want("plaid", KEY_ID), PlaidAccount("client-7", PLAID_SECRET))
    assert [b"Host: sandbox" in request for request in server.requests] == [True, False]
    assert b"Host: production.plaid.com\r\n" in server.requests[1]


def test_a_key_that_plaid_let_expire_is_unknown(server: Origin, keys: KeySource):
    """Plaid says when; whoever signs with it after that is not Plaid."""
    plaid_answers(server, expired_at=1_560_466_150)
    assert reason(keys, Want("plaid", KEY_ID), ACCOUNT) == "unknown_key (plaid: withdrawn by its owner)"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"{}",
        b'{"key": []}',
        b'{"key": {}}',
        b'{"key": {"kid": "another"}}',
        b"\xff",
        b"[" * 60_000,
    ],
)
def test_T42_what_is_no_answer_of_plaids_is_no_key(server: Origin, keys: KeySource, answer: bytes):
    """The key of another id, for instance."""
    server.answer = lambda _: respond(answer)
    assert reason(keys, Want("plaid", KEY_ID), ACCOUNT).startswith("key_unavailable (plaid: ")


def test_without_an_account_plaid_is_not_asked(server: Origin, keys: KeySource):
    """It would answer nobody."""
    assert reason(keys, Want("plaid", KEY_ID)) == "key_unavailable (plaid: OPTIONS hold no account)"
    assert server.requests == []


def test_T47_an_account_shows_no_secret():
    """In logs, tracebacks and error pages."""
    assert repr(ACCOUNT) == "<PlaidAccount at sandbox.plaid.com>"
    assert not hasattr(ACCOUNT, "__dict__")


def test_T43_a_confirmation_is_one_visit(server: Origin, keys: KeySource):
    """A second one within the minute changes nothing, so no request is made."""
    keys.visit(CONFIRM)
    keys.visit(CONFIRM)
    assert server.lines == [f"GET {CONFIRM.partition(SNS)[2]} HTTP/1.1"]


async def test_a_confirmation_is_visited_in_the_event_loop(server: Origin, keys: KeySource):
    """By the twin for async views."""
    await keys.avisit(CONFIRM)
    assert len(server.requests) == 1


def test_a_confirmation_that_fails_is_told(server: Origin, keys: KeySource):
    """So that the sender tries again."""
    server.answer = lambda _: respond(b"", "400 Bad Request")
    with pytest.raises(WebhookRejected, match="status 400"):
        keys.visit(CONFIRM)


def test_the_process_has_one_key_source(keys: KeySource):
    """Which a site may replace."""
    before = process_keys()
    use(keys)
    try:
        assert process_keys() is keys
    finally:
        use(before)
