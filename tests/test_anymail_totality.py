"""Totality of Anymail's webhooks: malformed requests to each ESP, and none is answered with a server error."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, cycle, islice, product

import pytest
from django.test import Client

from hookseal.contrib.anymail.esps import ESPS
from tests.esps import ANYMAIL, WEBHOOKS, Post, basic, genuine
from tests.test_totality import BAD_BODIES, BAD_CREDENTIALS, BAD_HEADERS, CONTENT_TYPES, FURTHER_BODIES

REQUESTS = 5 * int(os.environ.get("HOOKSEAL_EXAMPLES", "60"))
"""Malformed requests to each ESP; `make test-anymail` sends 1,800."""

pytestmark = [
    pytest.mark.urls("tests.site.anymail_urls"),
    pytest.mark.filterwarnings("ignore:Anymail's SendinBlue webhook URLs:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]


@pytest.fixture(autouse=True)
def _site(settings) -> None:
    settings.MIDDLEWARE = []
    settings.ANYMAIL = ANYMAIL
    settings.HOOKSEAL = {}


@pytest.fixture
def client() -> Client:
    """A client that answers 500 where something is raised that Django does not handle."""
    return Client(raise_request_exception=False)


def malformed(post: Post) -> Iterator[Post]:
    """Bend a genuine request: the corpus in each header that proves something, with its bodies and types."""
    values = {name: BAD_HEADERS for name in post.headers if name != "Authorization"}
    values["Authorization"] = [*BAD_CREDENTIALS, *BAD_HEADERS]
    bent = [{**post.headers, name: value} for name, bad in values.items() for value in bad]
    bodies = [*BAD_BODIES, *FURTHER_BODIES, post.body]
    # Each header with each body and type would be more than is asked for, so each meets the next ones in turn.
    return (
        replace(post, headers=headers, body=body, kind=kind)
        for headers, (body, kind) in zip(cycle(bent), cycle(product(bodies, [*CONTENT_TYPES, "", "text/plain"])))
    )


def webhooks_of(name: str) -> list[str]:
    """Name the webhooks of an ESP."""
    return [webhook for webhook in WEBHOOKS if webhook.partition(".")[0] == name]


@pytest.mark.parametrize("name", dict.fromkeys(webhook.partition(".")[0] for webhook in WEBHOOKS))
def test_I1_malformed_requests_are_400(client: Client, name: str):
    """A header of the proof is wrong in each; so none reaches Anymail, and each is refused by its fault."""
    requests = chain.from_iterable(zip(*(malformed(genuine(webhook)) for webhook in webhooks_of(name)), strict=True))
    answers = Counter(post.send(client).status_code for post in islice(requests, REQUESTS))
    assert answers == {400: REQUESTS}


@pytest.mark.parametrize("name", dict.fromkeys(webhook.partition(".")[0] for webhook in WEBHOOKS))
def test_I1_malformed_requests_of_the_unconfigured_are_503(client: Client, settings, name: str):
    """Without a proof there is nothing to judge them by: not even their shape is looked at."""
    settings.ANYMAIL = {}
    for webhook in webhooks_of(name):
        answers = {post.send(client).status_code for post in islice(malformed(genuine(webhook)), 60)}
        assert answers == {503}


@pytest.mark.parametrize("webhook", WEBHOOKS)
def test_I1_malformed_bodies_under_genuine_headers(client: Client, webhook: str):
    """With a signature they are refused; with credentials alone Anymail reads what it can, and the rest is refused.

    What remains is Anymail's own complaint that a URL is set wrongly, which is raised as it always was.
    """
    post = genuine(webhook)
    for body, kind in zip([*BAD_BODIES, *FURTHER_BODIES], cycle([*CONTENT_TYPES, "", "text/plain"]), strict=False):
        answer = replace(post, body=body, kind=kind).send(client)
        complained = getattr(answer, "exc_info", None) and "You seem to have set" in str(answer.exc_info[1])
        assert answer.status_code in ({500} if complained else {200, 400}), body[:60]
        assert len(post.headers) == 1 or answer.status_code == 400, body[:60]


@pytest.mark.parametrize("webhook", WEBHOOKS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW"])
def test_T50_other_methods(client: Client, webhook: str, method: str):
    """Only POST delivers."""
    answer = client.generic(method, f"/anymail/{genuine(webhook).path}", b"{}", headers=basic(), secure=True)
    assert answer.status_code == (200 if method in ESPS[webhook.partition(".")[0]].probes else 405)
