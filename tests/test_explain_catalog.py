"""`explain` over the whole catalog: what is right is left alone, a stranger stays unknown, usual mistakes are named."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.explain import endpoint_of, explain
from hookseal.samples import new_keys, sample
from hookseal.signing import providers, record_of, sign

NOW = 1_800_000_000
URL = "https://hooks.example.com/in/"
# Nothing new can be signed for them, or not without more than a secret.
UNSIGNED = {"livekit", "paypal", "postal", "pusher", "scaleway", "amazon-sns", "plaid"}


@dataclass(frozen=True)
class Signed:
    """A delivery that a provider's signer made, with the text that verifies it and that of a stranger."""

    provider: str
    captured: Captured
    verifies: str
    others: str
    options: dict[str, str]

    def endpoint(self, secret: str, alias: str = "here") -> Endpoint:
        """Make an endpoint of the provider's."""
        return endpoint_of(self.provider, secret, alias=alias, options=self.options)


@pytest.fixture(params=[name for name in providers() if name not in UNSIGNED])
def signed(request: pytest.FixtureRequest) -> Signed:
    """Make a delivery of every provider for which one can be signed."""
    record = record_of(request.param, "")
    keys, others, options = new_keys(record.name), new_keys(record.name), dict.fromkeys(record.options, "made-up")
    made = sample(record, keys)
    words = {"now": NOW, "url": URL, "content_type": made.content_type, "event_id": "evt_1", "options": options}
    sent = sign(record.name, secret=keys.signs, body=made.body, **words)
    captured = Captured("POST", sent.url or URL, tuple(sent.headers.items()), sent.body, NOW, "here")
    return Signed(record.name, captured, keys.verifies, others.verifies, options)


def test_what_every_provider_signs_is_explained(signed: Signed):
    """Right: no cause. A stranger's: unknown. A sibling's, and a newline in the setting or the body: named."""

    def codes(secret: str, captured: Captured = signed.captured, **words: object) -> list[str]:
        return [cause.code for cause in explain(captured, signed.endpoint(secret), **words).causes]

    ended = replace(signed.captured, body=signed.captured.body + b"\n")
    sibling = signed.endpoint(signed.verifies, "there")
    assert codes(signed.verifies) == []
    assert codes(signed.others) in (["unknown"], ["basic_user_ok"])
    assert codes(signed.others, siblings=[sibling]) == ["other_endpoint_secret"]
    assert codes(signed.verifies, ended) in ([], ["body_newline"])
    if not signed.verifies.startswith("-----BEGIN"):
        assert codes(f"{signed.verifies}\n") == ["secret_whitespace"]
