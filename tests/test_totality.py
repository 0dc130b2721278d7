"""Whatever a request holds is accepted or refused, through Django's test client: no other exception, and no 500."""

from __future__ import annotations

from itertools import cycle, product
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookseal import Verifier, WebhookRejected, providers
from hookseal.conf import endpoint
from tests.conftest import headers_of

ALIASES = ["stripe", "github", "partner", "mailgun", "exact", "addressed", "challenged", "nearby", "told"]
REFUSED = {400, 401, 406}
BAD_HEADERS = [
    *("", "\xe9", "\xff\xfe", "A", "AAA", "=====", "v1", "v1,", "v1,\xe9", "v1,A", "v1,,", "t=,v1=", "t=1", "a b c"),
    *("\x00", "t=1,v1=\xe9", "t=9", "t=" + "9" * 400 + ",v1=00", "t=-1,v1=0", "t=nan,v1=0", "t=1e9,v1=0", "sha1=00"),
    *("v0,AAAA", "v1," + "A" * 43, "v1," + "A" * 44, ",".join(["v1=aa"] * 1000), "v1,!!!!", "None", "v1 " * 10),
    *("\xf0\x9f\x99\x82", "Basic", "Basic ", "Basic \xe9", "Basic AAA", "Basic //8=", "Basic dQ==", "Basic dTpw"),
    *("Basic !!dTpw", "Basic  dTpw", "Bearer x", "1800000000", "1" * 9000, "\ud800", "\u0661", "-1", "+1", "1_0"),
    *("1.5", "\t1\t", "whsec_", "sha256=" + "g" * 64, "sha256=" + "0" * 65),
]
BAD_BODIES = [
    *(b"", b"{}", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"{", b'{"signature":null}', b'{"signature":NaN}'),
    *(b'{"Type":1}', b'{"auth":""}', b'{"auth":"\\ud800"}', b"[" * 100_000, b"\x00", b'{"a":' + b"9" * 5000 + b"}"),
    b'{"signature":{"token":"\\ud800","timestamp":"1","signature":"x"}}',
    b'{"signature":{"token":1,"timestamp":1,"signature":1}}',
    b'{"signature":{"token":"\xc3\xa9","timestamp":"1","signature":"\xc3\xa9"}}',
    *(b"%ZZ=%", b"a=1&a=2&", b"--x\r\nContent-Disposition: form-data; name=signature\r\n\r\nx\r\n--x--\r\n"),
]
TYPES = [
    "application/json",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "",
    "\xff",
]
LATIN_1 = st.text(st.characters(max_codepoint=255), max_size=200)
ANY_REQUEST = st.tuples(st.lists(LATIN_1, min_size=6, max_size=6), st.binary(max_size=300), LATIN_1, LATIN_1)
ANY_DELIVERY = st.tuples(st.lists(st.text(max_size=100), min_size=8, max_size=8), st.binary(max_size=300))
# One of these is a key of each provider's kind.
KEYS = ["user:canary-9d2f4b6a8c0e1357", "whsec_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u", "canary-9d2f4b6a8c0e1357ab9d2f4b"]


@pytest.mark.parametrize("alias", ALIASES)
@pytest.mark.parametrize("content_type", TYPES)
def test_T13_T36_a_bad_request_is_refused(client: Client, alias: str, content_type: str):
    """Each bad value in each header that the record looks at, the others being genuine, with bad bodies in turn."""
    bodies = cycle(BAD_BODIES)
    statuses = set()
    for name, value in product(names(alias), BAD_HEADERS):
        body = next(bodies)
        statuses.add(posted(client, alias, body, content_type, {**genuine(alias, body), name: value}))
    assert statuses <= REFUSED


@pytest.mark.parametrize("alias", ALIASES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_request=ANY_REQUEST)
def test_T13_any_request_is_refused(client: Client, alias: str, given_request):
    """Any bytes in any header, body, type and query."""
    values, body, content_type, query = given_request
    headers = dict(zip(names(alias), values, strict=False))
    assert posted(client, alias, body, content_type, headers, quote(query)) in REFUSED


@pytest.mark.parametrize("provider", providers())
@settings(max_examples=60, deadline=None)
@given(delivery=ANY_DELIVERY, now=st.floats(0, 4e9))
def test_T18_any_delivery_of_any_provider_is_refused(provider: str, delivery, now: float):
    """Any text in any header, surrogates included, is refused with a reason; without Django likewise."""
    values, body = delivery
    verifier = verifier_of(provider)
    headers = dict(zip(verifier.record.headers, values, strict=False))
    with pytest.raises(WebhookRejected):
        verifier.verify(headers=headers, body=body, now=now, url="https://hooks.example.com/")


def names(alias: str) -> list[str]:
    """Name the headers that an endpoint looks at, but for the type of the body."""
    return [name for name in endpoint(alias).verifier.headers if name != "content-type"]


def posted(client: Client, alias: str, body: bytes, content_type: str, headers: dict, query: str = "") -> int:  # noqa: PLR0917 - a request has as many parts
    """Send a request, over https from an address that may send, and give the status."""
    changes = {"secure": True, "headers": headers, "REMOTE_ADDR": "203.0.113.7"}
    return client.generic("POST", f"/to/{alias}/?{query}", body, content_type, **changes).status_code


def genuine(alias: str, body: bytes) -> dict[str, str]:
    """Make the headers of a genuine delivery, where the sender proves itself in headers."""
    sender = {"challenged": "partner", "told": "github", "nearby": "github"}.get(alias, alias)
    if sender not in {"stripe", "github", "partner"}:
        return {}
    return {name.lower(): value for name, value in headers_of(sender, body).items()}


def verifier_of(provider: str) -> Verifier:
    """Make a verifier with the first key that fits the provider."""
    for key in KEYS:
        try:
            return Verifier(provider, secrets=[key])
        except ValueError:  # noqa: PERF203 - a handful of keys
            continue
    raise AssertionError(f"no key for {provider}")
