"""Secrets: what a setting may hold, and what a function of the site finds for each request."""

from __future__ import annotations

import asyncio
import secrets as stdlib_secrets
from functools import partial

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.utils.datastructures import CaseInsensitiveMapping

from hookseal import Reason, Secret, WebhookRejected, sign
from hookseal._engine import Record, Verifier
from hookseal.secrets import PRF_KEY, SecretSource, import_lookup, is_path, read_secrets
from tests.ids import shown

NOW = 1_790_000_000
ACME = "acme-canary-3f9c1e7a5b2d8064"
GLOBEX = "globex-canary-7c5e3a1b9d8f6042"
BODY = b'{"id":"evt_1"}'


def secrets_for_request(headers, tenant):
    """Find a tenant's secrets, as a site would."""
    return [{"acme": ACME, "globex": GLOBEX}[tenant]]


async def asecrets_for_request(headers, tenant):
    """Find them without blocking."""
    await asyncio.sleep(0)
    return secrets_for_request(headers, tenant)


def source(lookup, provider: str = "github") -> SecretSource:
    """Build a source as an endpoint does."""
    record = Record.named(provider)
    build = partial(Verifier, record, endpoint="tenants", prf_key=PRF_KEY, tolerance=None)
    return SecretSource(lookup, build=build, record=record, endpoint="tenants")


def judge(verifier: Verifier, secret: str = ACME) -> str:
    """Judge a delivery; gives the label of the secret that matched, or the reason of the refusal."""
    signed = sign("github", secret=secret, body=BODY, now=NOW)
    headers = {name.lower(): value for name, value in signed.headers.items()}
    try:
        return verifier.verify(tuple(headers.get(name) for name in verifier.headers), BODY, NOW).secret
    except WebhookRejected as rejection:
        return rejection.reason.value


class Counting:
    """A lookup that counts its calls."""

    def __init__(self, lookup=secrets_for_request) -> None:
        self.calls = 0
        self._lookup = lookup

    def __call__(self, headers, **kwargs):
        """Count and ask."""
        self.calls += 1
        return self._lookup(headers, **kwargs)


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (ACME, 1),
        (ACME.encode(), 1),
        (Secret(ACME), 1),
        ([ACME, GLOBEX], 2),
        ((ACME, Secret(GLOBEX)), 2),
        ([], 0),
        ((), 0),
    ],
    ids=shown,
)
def test_T98_one_secret_or_a_list_of_them(value, count):
    """A str or bytes is one secret, never a sequence of letters or numbers."""
    read = read_secrets(value)
    assert count == len(read)
    assert [None] * count == [secret.flaw for secret in read]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "missing"),
        ({}, "wrong_type"),
        ({ACME: 1}, "wrong_type"),
        ({ACME}, "wrong_type"),
        (7, "wrong_type"),
        (True, "wrong_type"),
        ([[ACME]], "wrong_type"),
        ([("user", "password")], "wrong_type"),
        ([None], "missing"),
        ((part for part in [ACME]), "wrong_type"),
        ([print], "wrong_type"),
    ],
    ids=shown,
)
def test_T98_any_other_container_is_a_flaw(value, code):
    """Nothing is iterated, converted or skipped by guess."""
    (secret,) = read_secrets(value)
    assert code == secret.flaw[0]


@pytest.mark.parametrize("value", ["shop.webhooks.secrets_for_request", "a.b", "_a.b_1"])
def test_a_lone_dotted_name_is_a_path(value):
    """It is one whether or not it can be imported: a misspelt path must not become a guessable secret."""
    assert is_path(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "secret",
        "shop.",
        ".shop",
        "a..b",
        "a.1b",
        "user:a.b",
        "whsec_abc.def=",
        "a.b\n",
        "ä.b",
        "a-b.c",
        b"a.b",
        ["a.b"],
        Secret("a.b"),
        None,
    ],
    ids=shown,
)
def test_anything_else_is_no_path(value):
    """What stands in a list or in Secret(...), is bytes, or holds any other character is a secret."""
    assert not is_path(value)


def test_a_path_is_imported():
    """The function behind the path is what is called."""
    assert import_lookup("secrets.token_hex") is stdlib_secrets.token_hex


@pytest.mark.parametrize(
    "path", ["no_such_module.lookup", "tests.no_such_name", "os.sep", "SG.canary_9d2f4b6a8c0e1357"]
)
def test_T44_a_path_that_fails_is_not_repeated(path):
    """The text of the error leaves the value out: it may have been a secret."""
    with pytest.raises(ImportError) as error:
        import_lookup(path)
    assert path.rpartition(".")[2] not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__context__ is None or error.value.__suppress_context__


def test_the_prf_key_is_random_and_long():
    """Its length is what the engine wants; it is no constant of the source."""
    assert 32 == len(PRF_KEY)
    assert 16 < len(set(PRF_KEY))


@pytest.mark.parametrize("lookup", [secrets_for_request, asecrets_for_request])
def test_a_source_finds_the_secrets_of_a_request(lookup):
    """From a sync view, whether or not the function is async."""
    found = source(lookup)
    assert "tenants[0]" == judge(found.verifier({}, {"tenant": "acme"}))
    assert "signature_mismatch" == judge(found.verifier({}, {"tenant": "globex"}))
    assert "tenants[0]" == judge(found.verifier({}, {"tenant": "globex"}), GLOBEX)


@pytest.mark.parametrize("lookup", [secrets_for_request, asecrets_for_request])
async def test_an_async_view_finds_them_too(lookup):
    """From an async view, whether or not the function is async."""
    found = source(lookup)
    assert "tenants[0]" == judge(await found.averifier({}, {"tenant": "acme"}))
    assert "signature_mismatch" == judge(await found.averifier({}, {"tenant": "nobody"}))


@pytest.mark.parametrize("error", [KeyError, LookupError, IndexError, ObjectDoesNotExist])
def test_T91_an_unknown_sender_is_refused_like_a_forger(error):
    """A verifier there is all the same; none of the secrets that exist satisfies it."""

    def lookup(headers):
        raise error

    verifier = source(lookup).verifier({}, {})
    assert {"signature_mismatch"} == {judge(verifier, ACME), judge(verifier, GLOBEX)}


@pytest.mark.parametrize(
    "provider", ["github", "basic", "token", "standard-webhooks", "svix", "stripe", "mailgun", "slack", "gitlab"]
)
def test_T91_the_random_secret_suits_every_kind_of_record(provider):
    """Verbatim, base64 and user:password keys alike."""

    def lookup(headers):
        raise LookupError

    assert provider == source(lookup, provider).verifier({}, {}).record.name


@pytest.mark.parametrize(
    "answer", [None, "", [], (), ["", ACME], [ACME, None], 7, {"a": ACME}, [" " + ACME], [ACME] * 33], ids=shown
)
def test_T05_an_unusable_answer_is_the_sites_fault(answer):
    """The delivery is neither accepted nor refused for good: 503."""
    with pytest.raises(WebhookRejected) as refusal:
        source(lambda headers: answer).verifier({}, {})
    assert refusal.value.reason is Reason.NOT_CONFIGURED
    assert ("tenants", "github") == (refusal.value.endpoint, refusal.value.provider)


def test_T59_a_function_that_fails_is_the_sites_fault():
    """What it raised is named, where it was raised too; what it said is not."""

    def lookup(headers):
        raise RuntimeError(f"password {ACME}")

    with pytest.raises(WebhookRejected) as refusal:
        source(lookup).verifier({}, {})
    assert refusal.value.reason is Reason.NOT_CONFIGURED
    assert "raised RuntimeError at test_secrets.py:" in refusal.value.detail
    assert ACME not in str(refusal.value)


async def test_T59_an_async_function_that_fails_is_the_sites_fault():
    """The async twin judges the same way."""

    async def lookup(headers):
        await asyncio.sleep(0)
        raise RuntimeError

    with pytest.raises(WebhookRejected) as refusal:
        await source(lookup).averifier({}, {})
    assert refusal.value.reason is Reason.NOT_CONFIGURED


def test_a_failure_is_not_remembered():
    """A database that is back is asked again at once."""
    answers = iter([RuntimeError, None])

    def lookup(headers):
        if error := next(answers):
            raise error
        return ACME

    found = source(lookup)
    with pytest.raises(WebhookRejected):
        found.verifier({}, {})
    assert "tenants[0]" == judge(found.verifier({}, {}))


def test_an_answer_is_remembered_for_a_minute(time_machine):
    """The function is not asked again until the minute is over."""
    time_machine.move_to(NOW, tick=False)
    lookup = Counting()
    found = source(lookup)
    for _ in range(3):
        found.verifier({}, {"tenant": "acme"})
    time_machine.shift(59)
    found.verifier({}, {"tenant": "acme"})
    assert 1 == lookup.calls
    time_machine.shift(1)
    found.verifier({}, {"tenant": "acme"})
    assert 2 == lookup.calls


def test_T91_an_unknown_sender_is_remembered_too():
    """Guessing tenants does not ask the function again for each try."""
    lookup = Counting()
    found = source(lookup)
    assert found.verifier({}, {"tenant": "nobody"}) is found.verifier({}, {"tenant": "nobody"})
    assert 1 == lookup.calls


def test_answers_are_kept_apart_by_the_urls_arguments():
    """Type included: 1 and True are equal, but another function call."""
    lookup = Counting(lambda headers, tenant: ACME)
    found = source(lookup)
    for tenant in (1, True, "1", 1):
        found.verifier({}, {"tenant": tenant})
    assert 3 == lookup.calls


def test_answers_are_kept_apart_by_the_headers_that_were_consulted():
    """Each tenant gets its own answer, once, whatever else the request carries."""
    lookup = Counting(lambda headers: {"acme": ACME, "globex": GLOBEX}[headers["X-Tenant"]])
    found = source(lookup)
    for tenant, secret in (("acme", ACME), ("globex", GLOBEX), ("acme", ACME)):
        headers = CaseInsensitiveMapping({"x-tenant": tenant, "X-Trace": stdlib_secrets.token_hex()})
        assert "tenants[0]" == judge(found.verifier(headers, {}), secret)
    assert 2 == lookup.calls


@pytest.mark.parametrize(
    "looks", [lambda headers: "X-Tenant" in iter(headers), lambda headers: len(headers) == 2], ids=["iter", "len"]
)
def test_a_function_that_looks_at_every_header_is_asked_for_each_set_of_them(looks):
    """Iterating and counting are looking at all of them."""
    lookup = Counting(lambda headers: ACME if looks(headers) else GLOBEX)
    found = source(lookup)
    with_tenant, without = CaseInsensitiveMapping({"X-Tenant": "1", "X-A": "1"}), CaseInsensitiveMapping({"X-A": "1"})
    assert "tenants[0]" == judge(found.verifier(with_tenant, {}), ACME)
    assert "tenants[0]" == judge(found.verifier(without, {}), GLOBEX)
    found.verifier(with_tenant, {})
    assert 2 == lookup.calls


def test_T91_an_answer_never_crosses_hosts():
    """Sites tell tenants apart by the Host outside the function's arguments, so it is always part of the key."""
    tenants = iter([ACME, GLOBEX])
    found = source(lambda headers: next(tenants))
    first = found.verifier(CaseInsensitiveMapping({"Host": "acme.example.com"}), {})
    second = found.verifier(CaseInsensitiveMapping({"Host": "globex.example.com"}), {})
    assert ("tenants[0]", "tenants[0]") == (judge(first, ACME), judge(second, GLOBEX))


def test_what_a_sender_writes_does_not_fill_the_memory():
    """The number of answers is bounded; those least used go first, so a flood does not push out who is at work."""
    lookup = Counting(lambda headers: ACME if headers["X-Tenant"] else None)
    found = source(lookup)
    for tenant in range(1100):
        found.verifier({"X-Tenant": "busy"}, {})
        found.verifier({"X-Tenant": f"t{tenant}"}, {})
    assert 1101 == lookup.calls
    found.verifier({"X-Tenant": "t1099"}, {})
    assert 1101 == lookup.calls
    found.verifier({"X-Tenant": "t0"}, {})
    assert 1102 == lookup.calls


def test_what_a_function_looks_at_is_bounded_too():
    """A function that looks at a header of the sender's choice makes no endless list of them."""
    lookup = Counting(lambda headers: headers.get(headers["X-Name"], ACME))
    found = source(lookup)
    for name in [*range(17), 16, 0]:
        found.verifier({"X-Name": f"X-{name}"}, {})
    assert 18 == lookup.calls


def test_an_answer_from_the_future_is_not_used(time_machine):
    """A clock that was set back does not keep an answer for longer."""
    time_machine.move_to(NOW, tick=False)
    lookup = Counting()
    found = source(lookup)
    found.verifier({}, {"tenant": "acme"})
    time_machine.shift(-3600)
    found.verifier({}, {"tenant": "acme"})
    assert 2 == lookup.calls


def test_a_lookup_may_be_an_object_with_an_async_call():
    """What counts is what calling it gives."""

    class Tenants:
        async def __call__(self, headers):
            """Find the secrets."""
            await asyncio.sleep(0)
            return ACME

    assert "tenants[0]" == judge(source(Tenants()).verifier({}, {}))


def test_an_endless_header_is_not_remembered():
    """Its answer is given, but not kept."""
    lookup = Counting(lambda headers: ACME if headers["X-Tenant"] else None)
    found = source(lookup)
    for _ in range(2):
        found.verifier({"X-Tenant": "x" * 5000}, {})
    assert 2 == lookup.calls


def test_arguments_that_cannot_be_a_key_are_not_remembered():
    """A converter of the site's own may give anything."""
    lookup = Counting(lambda headers, tenant: ACME)
    found = source(lookup)
    for _ in range(2):
        assert "tenants[0]" == judge(found.verifier({}, {"tenant": ["acme"]}))
    assert 2 == lookup.calls
