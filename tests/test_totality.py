"""Totality through Django: bad requests and arbitrary text end in 400, never in the view, never in a 500."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookseal.conf import endpoint
from tests.catalog import BODY, FORM, SITE, VIEWS, genuine
from tests.kinds import KINDS, PLAIN
from tests.site.streams import environ

EXAMPLES = int(os.environ.get("HOOKSEAL_EXAMPLES", "60"))
"""Requests of arbitrary text for each provider; raised for long runs."""

CONTENT_TYPES = ["application/json", FORM, "multipart/form-data; boundary=x"]
BAD_HEADERS = [
    *(
        "",
        "\xe9",
        "\xff\xfe",
        "A",
        "AAA",
        "=====",
        "v1",
        "v1,",
        "v1,\xe9",
        "v1,A",
        "v1,,",
        "t=,v1=",
        "t=1",
        "t=1,v1=\xe9",
    ),
    *("t=9", "t=" + "9" * 400 + ",v1=00", "t=-1,v1=0", "t=nan,v1=0", "t=1e9,v1=0", "a b c", "\0", "sha1=00", "v0,AAAA"),
    *(
        "v1," + "A" * 43,
        "v1," + "A" * 44,
        ",".join(["v1=aa"] * 1000),
        "v1,!!!!",
        "\U0001f642".encode().decode("latin-1"),
    ),
    *("None", "v1 " * 10),
]
BAD_BODIES = [
    *(b"", b"{}", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"{", b'{"signature":null}', b"\x00", b"[" * 3000),
    b'{"signature":{"token":"\\ud800","timestamp":"1","signature":"x"}}',
    b'{"signature":{"token":1,"timestamp":1,"signature":1}}',
    b'{"signature":{"token":"\xc3\xa9","timestamp":"1","signature":"\xc3\xa9"}}',
    *(b'{"auth":"x"}', b'{"auth":""}', b'{"auth":null}', b'{"auth":"\\ud800"}', b'{"Type":1}'),
    b'{"a":' + b"9" * 5000 + b"}",
]
FURTHER_BODIES = [
    *(b"[" * 100_000, b'{"a":' * 100_000, b'{"signature":"x"}', b'{"signature":NaN}', b'{"auth":"x","events":null}'),
    *(
        b'"',
        b'"\\',
        b'"\\u12',
        b"-",
        b"1e",
        b"1e999",
        b"tru",
        b"\xef\xbb\xbf{}",
        b"{}{}",
        b'{"a":1,"a":2}',
        b"\xed\xa0\x80",
    ),
    *(
        b"%",
        b"%f",
        b"%zz",
        b"&" * 5000,
        b"=" * 5000,
        b"signature=%FF",
        b"signature[]=x",
        b"a=b" * 100_000,
        b"--x--",
        b"--x\r\n",
    ),
]
BAD_CREDENTIALS = [
    *(
        "Basic",
        "Basic ",
        "Basic \xe9",
        "Basic AAA",
        "Basic //8=",
        "Basic dQ==",
        "Basic dTpw",
        "Basic dTpwcA",
        "Basic !!dTpw",
    ),
    *("Basic 7aCA", "Basic  dTpw", "Bearer x", "Bearer", "Bearer ", "basic:", "Negotiate x", "Basic dTpw, Basic dTpw"),
]


@pytest.fixture(autouse=True, scope="module")
def _site() -> Iterator[None]:
    """Switch to the site with an endpoint for each provider."""
    with SITE:
        yield


def status(provider: str, body: bytes, content_type: str, headers: dict[str, str]) -> int:
    """Send a request past resolver and middleware, straight to the view below Django's handling of exceptions."""
    made = environ(f"/{provider}/", BytesIO(body), len(body), CONTENT_TYPE=content_type)
    made |= {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items() if name != "Content-Type"
    }
    return ANSWERS[provider](WSGIRequest(made)).status_code


def refused(provider: str) -> int:
    """Give the status of a refusal: Django's, or the one that the provider demands."""
    return endpoint(provider).record.refusal or 400


ANSWERS = {name: convert_exception_to_response(view) for name, view in VIEWS.items()}


def proving(provider: str) -> list[str]:
    """Name the headers in which a sender proves itself."""
    known = {name.lower(): name for name in genuine(provider).headers}
    return [known[name] for name in endpoint(provider).verifier.headers if name in known and name != "content-type"]


@pytest.mark.parametrize("provider", PLAIN)
@pytest.mark.parametrize("way", ["handler", "client"])
def test_genuine_credentials_are_accepted(client: Client, provider: str, way: str):
    """The one request that passes, so that all refusals below are for the reason of being bad."""
    signed = genuine(provider)
    if way == "client":
        response = client.post(f"/{provider}/", signed.body, "application/json", headers=signed.headers, secure=True)
        assert (200, provider) == (response.status_code, response.content.decode())
    else:
        assert 200 == status(provider, signed.body, "application/json", signed.headers)


@pytest.mark.parametrize("provider", KINDS)
def test_I1_the_bad_corpus_is_400(provider: str):
    """30 values in each header that proves something, times 20 bodies, times 3 types; all else is genuine."""
    headers = genuine(provider).headers
    wrong = [
        (name, value, body, kind, answer)
        for name in proving(provider)
        for value in BAD_HEADERS
        for body in BAD_BODIES
        for kind in CONTENT_TYPES
        if (answer := status(provider, body, kind, {**headers, name: value})) != refused(provider)
    ]
    assert [] == wrong


@pytest.mark.parametrize("provider", KINDS)
def test_I1_bad_bodies_under_genuine_headers_are_400(provider: str):
    """Except where nothing in the body is signed: then it is the view's."""
    headers = genuine(provider).headers
    expected = 200 if endpoint(provider).record.shares_secret else refused(provider)
    bodies = [*BAD_BODIES, *FURTHER_BODIES]
    answers = {
        status(provider, body, kind, headers) for body in bodies for kind in [*CONTENT_TYPES, "", "text/plain", "x"]
    }
    assert {expected} == answers


@pytest.mark.parametrize("provider", KINDS)
def test_I1_bad_credentials_are_400(provider: str):
    """As the proof, or as the credentials that are demanded beside it."""
    signed = genuine(provider)
    for value in [*BAD_CREDENTIALS, *BAD_HEADERS]:
        headers = {**signed.headers, "Authorization": value}
        needed = "Authorization" in signed.headers
        assert (refused(provider) if needed else 200) == status(provider, signed.body, "application/json", headers), (
            value
        )


@pytest.mark.parametrize("name", ["timestamp", "token", "signature"])
def test_I1_bad_values_in_signed_fields_are_400(name: str):
    """Mailgun's signature stands in the body: each value of the corpus in each of its fields, as JSON and as a form."""
    signed = json.loads(genuine("mailgun").body)
    headers = genuine("mailgun").headers
    for value in [*BAD_HEADERS, None, 1, True, [], {}, 10**30]:
        bent = json.dumps({**signed, "signature": {**signed["signature"], name: value}}).encode()
        assert 400 == status("mailgun", bent, "application/json", headers)
        block = {**signed["signature"], name: value}
        form = "&".join(f"{key}={quote_from_bytes(str(text).encode('latin-1'))}" for key, text in block.items())
        assert 400 == status("mailgun", form.encode(), FORM, headers)
        parts = "".join(
            f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n' for key, text in block.items()
        )
        assert 400 == status(
            "mailgun", f"{parts}--x--\r\n".encode("latin-1"), "multipart/form-data; boundary=x", headers
        )


@pytest.mark.parametrize("provider", KINDS)
def test_I1_a_sample_of_the_corpus_through_the_client(client: Client, provider: str):
    """The same verdicts with URL resolver, middleware and test client around."""
    chance = random.Random(provider)  # noqa: S311 - a sample, the same in each run
    for _ in range(40):
        name = chance.choice(proving(provider) or ["Authorization"])
        headers = {**genuine(provider).headers, name: chance.choice([*BAD_HEADERS, *BAD_CREDENTIALS])}
        body, kind = chance.choice([*BAD_BODIES, *FURTHER_BODIES]), chance.choice(CONTENT_TYPES)
        del headers["Content-Type"]
        answer = client.generic("POST", f"/{provider}/", body, kind, headers=headers, secure=True)
        assert refused(provider) == answer.status_code


LATIN_1 = st.text(st.characters(max_codepoint=255), max_size=80)
ANYTHING = LATIN_1 | st.text(st.characters(categories=None, codec=None), max_size=40)
BENT = st.sampled_from([*BAD_HEADERS, *BAD_CREDENTIALS, *CONTENT_TYPES])


@pytest.mark.parametrize("provider", KINDS)
@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(
    values=st.lists(ANYTHING | BENT | st.none(), min_size=8, max_size=8),
    body=st.binary(max_size=200) | st.sampled_from([BODY, *BAD_BODIES]),
    kind=LATIN_1 | st.sampled_from(CONTENT_TYPES),
)
def test_I1_T13_T18_arbitrary_headers_and_bodies_are_400(
    client: Client, provider: str, values: list, body: bytes, kind: str
):
    """Any text in every header that is looked at, surrogates included, with any body of any type."""
    names = endpoint(provider).verifier.headers
    headers = {name: value for name, value in zip(names, values, strict=False) if value is not None}
    headers.pop("content-type", None)
    answer = client.generic("POST", f"/{provider}/", body, kind, headers=headers, secure=True)
    assert refused(provider) == answer.status_code


@pytest.mark.parametrize("provider", KINDS)
def test_I1_any_other_header_is_not_looked_at(provider: str):
    """Junk in a header that proves nothing neither helps nor harms."""
    signed = genuine(provider)
    junk: dict[str, Any] = {f"X-Other-{number}": value for number, value in enumerate(BAD_HEADERS)}
    assert 200 == status(provider, signed.body, "application/json", {**signed.headers, **junk})
