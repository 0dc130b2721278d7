"""Mistakes with credentials and time, and what other deliveries tell."""
# ruff: noqa: D103 - the names say it

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace

from hookseal.captured import Captured
from hookseal.explain import Past, endpoint_of
from hookseal.signing import key_pair
from tests.mistakes.made import FORM, NOW, PLAIN, URL, WHSEC, arrived, mistake, with_header


def _basic(pair: str) -> Captured:
    headers = (("Authorization", "Basic " + b64encode(pair.encode()).decode()),)
    return Captured("POST", URL, headers, b"{}", NOW)


@mistake("basic_user_ok", ("basic",), ("postmark",))
def a_wrong_password(provider: str):
    return _basic("user:another-password"), endpoint_of(provider, f"user:{PLAIN}")


@mistake("basic_url_encoded")
def a_password_as_the_url_writes_it():
    return _basic("user:p%40ss%2Fword-canary"), endpoint_of("basic", "user:p@ss/word-canary")


@mistake("basic_masked")
def a_masked_password():
    return _basic("user:****"), endpoint_of("basic", f"user:{PLAIN}")


@mistake("basic_user_ok")
def a_wrong_password_beside_a_signature():
    captured = arrived("mailgun", PLAIN, '{"event-data": {"id": "1"}}')
    header = "Basic " + b64encode(b"user:wrong-password").decode()
    endpoint = endpoint_of("mailgun", PLAIN, basic_auth=f"user:{PLAIN}")
    return with_header(captured, "Authorization", header), endpoint


@mistake("proxy_stripped")
def credentials_that_others_carried():
    others = [Past(NOW - 60, "accepted", has_authorization=True, path="/other/")]
    return Captured("POST", URL, (), b"{}", NOW), endpoint_of("basic", f"user:{PLAIN}"), {"history": others}


@mistake("proxy_stripped")
def credentials_in_another_header():
    captured = _basic(f"user:{PLAIN}")
    moved = with_header(captured, "X-Forwarded-Authorization", captured.header("Authorization"))
    return with_header(moved, "Authorization", None), endpoint_of("basic", f"user:{PLAIN}")


@mistake("wrong_public_key", ("discord",), ("telnyx",))
def a_key_that_was_rotated(provider: str):
    (private, _), (_, other) = key_pair(provider), key_pair(provider)
    failed = [Past(NOW - 60 * age, "refused", "signature_mismatch") for age in range(1, 4)]
    return arrived(provider, private), endpoint_of(provider, other), {"history": failed}


@mistake("stale", ("stripe",), ("slack",), ("discord",))
def a_late_delivery(provider: str):
    private, public = key_pair(provider) if provider == "discord" else (PLAIN, PLAIN)
    return replace(arrived(provider, private), received_at=NOW + 412), endpoint_of(provider, public)


@mistake("future", ("stripe",), ("svix",))
def a_delivery_before_its_time(provider: str):
    secret = WHSEC if provider == "svix" else PLAIN
    return replace(arrived(provider, secret), received_at=NOW - 412), endpoint_of(provider, secret)


@mistake("replay_by_sender")
def a_retry_after_a_slow_answer():
    first = [Past(NOW - 30, "accepted", status=200, event_id="evt_1")]
    return arrived("stripe", PLAIN), endpoint_of("stripe", PLAIN), {"history": first}


@mistake("unfetched_key")
def a_key_that_has_to_be_fetched():
    private, _ = key_pair("amazon-sns")
    topic = "arn:aws:sns:us-east-1:123456789012:made-up"
    body = json.dumps({"Message": "{}", "MessageId": "1", "TopicArn": topic, "Timestamp": "2027-01-15T08:00:00.000Z"})
    return arrived("amazon-sns", private, body), endpoint_of("amazon-sns", topics=[topic])


@mistake("unknown", ("stripe",), ("github",), ("svix",), ("twilio",))
def a_secret_that_nobody_knows(provider: str):
    secret = WHSEC if provider == "svix" else PLAIN
    return arrived(provider, secret, "", content_type=FORM), endpoint_of(provider, WHSEC[:-8] + "AAAA" + WHSEC[-4:])
