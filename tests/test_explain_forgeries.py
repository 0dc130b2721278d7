"""Forgeries: a stranger's signature fits nothing, whatever is tried."""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Iterator

import pytest

from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.explain import endpoint_of, explain
from hookseal.signing import key_pair
from tests.mistakes.made import FORM, JSON, NOW, URL, WHSEC, arrived, with_header

SHARED = ("stripe", "github", "shopify", "slack", "svix", "twilio", "mandrill", "square", "mailgun", "basic")
PUBLIC = ("discord", "sendgrid", "telnyx")
FORGERIES = 1_000


def forged(provider: str, chance: random.Random) -> tuple[Captured, Endpoint, list[Endpoint]]:
    """Make a delivery that a stranger signed, of the provider's own shape, and the site's endpoints."""
    theirs, mine, other = (secret(provider, chance) for _ in range(3))
    is_form = provider in {"twilio", "mandrill"}
    body = f"a={chance.random()}&b=2" if is_form else JSON.replace("evt_1", f"evt_{chance.random()}")
    captured = arrived(provider, theirs[0], body, content_type=FORM if is_form else "application/json")
    return captured, endpoint_of(provider, mine[1]), [endpoint_of(provider, other[1], alias="other-dev")]


def secret(provider: str, chance: random.Random) -> tuple[str, str]:
    """Make a random secret as the provider writes them, for signing and for the settings."""
    if provider in PUBLIC:
        return key_pair(provider)
    if provider == "svix":
        text = "whsec_" + b64encode(chance.randbytes(24)).decode()
    elif provider == "basic":
        text = f"{chance.randbytes(4).hex()}:{chance.randbytes(16).hex()}"
    else:
        text = chance.randbytes(24).hex()
    return text, text


def forgeries() -> Iterator[tuple[Captured, Endpoint, list[Endpoint]]]:
    """Make them, of all providers in turn, the same in each run."""
    chance = random.Random(20261122)  # noqa: S311 - the same in each run
    for number in range(FORGERIES):
        yield forged((*SHARED, *PUBLIC)[number % len(SHARED + PUBLIC)], chance)


def test_no_forgery_is_given_a_cause():
    """Of a thousand forgeries not one is said to be anything but unknown."""
    said = {(e.record.name, c.code) for d, e, s in forgeries() for c in explain(d, e, siblings=s).causes}
    assert {code for _, code in said} == {"unknown"}
    assert {provider for provider, _ in said} == {*SHARED, *PUBLIC}


@pytest.mark.parametrize("provider", ["stripe", "github", "svix"])
def test_a_random_signature_of_the_right_shape_fits_nothing(provider: str):
    """A signature that is no MAC at all is unknown, too."""
    chance = random.Random(provider)  # noqa: S311 - the same in each run
    captured = arrived(provider, WHSEC)
    header = {"stripe": "Stripe-Signature", "github": "X-Hub-Signature-256", "svix": "svix-signature"}[provider]
    for _ in range(20):
        digest = chance.randbytes(32)
        text = {
            "stripe": f"t={NOW},v1={digest.hex()}",
            "github": f"sha256={digest.hex()}",
            "svix": f"v1,{b64encode(digest).decode()}",
        }[provider]
        explained = explain(with_header(captured, header, text), endpoint_of(provider, WHSEC))
        assert [cause.code for cause in explained.causes] == ["unknown"]


def test_nothing_at_all_is_unknown():
    """A request without any header is not explained by anything."""
    explained = explain(Captured("POST", URL, (), b"", NOW), endpoint_of("github", WHSEC))
    assert [cause.code for cause in explained.causes] == ["unknown"]
