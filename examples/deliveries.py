"""What is sent: genuine, forged, stale, broken and hostile deliveries, each with the verdict it must get."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from keys import Keys, standard_secret
from senders import EVENT, Message, Sender, all_senders, basic


@dataclass(frozen=True)
class Verdict:
    """How a delivery ended: the HTTP status, and what the site logged about it ("" where its view has run)."""

    status: int
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.status} {self.reason}".rstrip()


ACCEPTED = Verdict(200)
HANDLED = Verdict(200, "already handled")


@dataclass(frozen=True)
class Delivery:
    """One message, and the verdict it must get under every server."""

    sender: str
    what: str
    message: Message
    expected: Verdict


def all_deliveries(keys: Keys, now: float) -> list[Delivery]:
    """Every delivery of the demo, signed at `now` (Unix seconds) unless it is to be stale or early."""
    special: dict[str, Callable[[Sender, float], Iterator[Case]]] = {
        "stripe": partial(_stripe_cases, keys.stripe_old),
        "slack": _slack_cases,
        "svix": _svix_cases,
        "github": _transport_cases,
        "mailgun": _mailgun_cases,
        "partner": _basic_cases,
        "acme": _size_cases,
    }
    made = []
    for sender in all_senders(keys):
        cases = chain(_usual(sender, now), special.get(sender.endpoint, _no_cases)(sender, now))
        made += [Delivery(sender.title, *case) for case in cases]
    return made


Case = tuple[str, Message, Verdict]
"""What it is, the message, and the verdict it must get."""


def _refused(reason: str) -> Verdict:
    return Verdict(400, reason)


def _usual(sender: Sender, now: float) -> Iterator[Case]:
    """What every sender's endpoint meets: the real thing, a forgery, a changed body, an old and an early delivery."""
    genuine = sender.message(now)
    yield ("genuine", genuine, ACCEPTED)
    if sender.endpoint == "partner":
        return
    yield ("replayed: the same once more", genuine, HANDLED)
    other = standard_secret()
    yield ("forged: signed with another secret", sender.message(now, secret=other), _refused("signature_mismatch"))
    if sender.timed:
        horizon = 9 * 3600 if sender.endpoint == "mailgun" else 301
        yield ("stale: signed too long ago", sender.message(now - horizon - 5), _refused("stale"))
        yield ("future: signed ahead of the clock", sender.message(now + horizon + 30), _refused("future"))
    if sender.proof is not None:
        tampered = replace(genuine, body=EVENT.replace(b"4200", b"0042"))
        yield ("tampered: one field of the body changed", tampered, _refused("signature_mismatch"))
        cut = genuine.having(sender.proof, genuine.header(sender.proof)[:-3])
        yield ("truncated signature", cut, _refused("malformed_signature"))
        yield ("missing signature header", genuine.having(sender.proof, None), _refused("missing_signature"))


def _no_cases(_sender: Sender, _now: float) -> Iterator[Case]:
    return iter(())


def _stripe_cases(old_secret: str, sender: Sender, now: float) -> Iterator[Case]:
    genuine = sender.message(now)
    header = genuine.header("Stripe-Signature")
    digits = header.partition("v1=")[2]

    def signed(value: str) -> Message:
        return genuine.having("Stripe-Signature", value)

    yield ("replayed: signed with the old secret", sender.message(now, secret=old_secret), HANDLED)
    yield ("replayed: with an unknown v0 beside it", signed(f"{header},v0=abcdef"), HANDLED)
    yield ("only the old scheme v0", signed(header.replace("v1=", "v0=")), _refused("malformed_signature"))
    yield ("non-ASCII header", signed(header + "\u00e9"), _refused("malformed_header"))
    yield ("100,000 signatures", signed(header + ",v1=ab" * 100_000), _refused("malformed_header"))
    yield ("40 signatures", signed(f"{header}" + f",v1={digits}" * 39), _refused("too_many_signatures"))
    yield ("timestamp of 400 digits", signed(f"t={'9' * 400},v1={digits}"), _refused("timestamp_out_of_range"))
    yield ("timestamp in milliseconds", signed(f"t={int(now)}000,v1={digits}"), _refused("timestamp_out_of_range"))


def _slack_cases(sender: Sender, now: float) -> Iterator[Case]:
    genuine = sender.message(now)
    form = sender.message(now, body=b"token=x&command=%2Fweather&text=94070")
    yield ("genuine, a form", form.having("Content-Type", "application/x-www-form-urlencoded"), ACCEPTED)
    words = genuine.having("X-Slack-Request-Timestamp", "yesterday")
    yield ("timestamp in words", words, _refused("malformed_timestamp"))
    missing = genuine.having("X-Slack-Request-Timestamp", None)
    yield ("missing timestamp header", missing, _refused("missing_signature"))


def _svix_cases(sender: Sender, now: float) -> Iterator[Case]:
    genuine = sender.message(now)
    signature = genuine.header("svix-signature")
    rotated = genuine.having("svix-signature", f"v1,{'A' * 43}= v2,new {signature}")
    yield ("replayed: third of three signatures", rotated, HANDLED)
    broken = genuine.having("svix-signature", "v1,!!!not*base64!!!")
    yield ("broken base64", broken, _refused("malformed_signature"))
    moved = genuine.having("svix-id", "msg_somebody_elses")
    yield ("another message id", moved, _refused("signature_mismatch"))


def _transport_cases(sender: Sender, now: float) -> Iterator[Case]:
    """What a delivery can be at the level of HTTP, whoever sends it."""
    genuine = sender.message(now)
    not_utf8 = sender.message(now, body=bytes(range(128, 256)))
    yield ("genuine, a body that is not UTF-8", not_utf8, ACCEPTED)
    yield ("GET instead of POST", replace(genuine, method="GET"), Verdict(405, "method_not_allowed"))
    another = sender.message(now, body=b'{"action":"another"}')
    yield ("genuine, chunked", replace(another, chunked=True), ACCEPTED)
    proxied = genuine.having("X-Forwarded-Proto", "http")
    yield ("genuine, http through a proxy", proxied, Verdict(503, "insecure_transport"))
    weaker = genuine.having("X-Hub-Signature-256", genuine.header("X-Hub-Signature-256").replace("sha256", "sha1"))
    yield ("another algorithm announced", weaker, _refused("wrong_algorithm"))


def _size_cases(sender: Sender, now: float) -> Iterator[Case]:
    large = sender.message(now, body=b"[" + b"0," * 40_000 + b"0]")
    yield ("genuine, but 80 kB where MAX_BODY is 64", large, Verdict(413, "too_large"))
    yield ("the same, chunked", replace(large, chunked=True), Verdict(413, "too_large"))


def _mailgun_cases(sender: Sender, now: float) -> Iterator[Case]:
    genuine = sender.message(now)
    event = json.loads(genuine.body)
    event["signature"]["signature"] = event["signature"]["signature"][:-3]
    yield ("truncated signature", _json(genuine, event), _refused("malformed_signature"))
    del event["signature"]["signature"]
    yield ("missing signature field", _json(genuine, event), _refused("missing_signature"))
    twice = replace(genuine, body=genuine.body[:-1] + b', "signature": {}}')
    yield ("a key twice in the JSON", twice, _refused("malformed_body"))
    yield ("JSON 5,000 levels deep", replace(genuine, body=b"[" * 5_000), _refused("malformed_body"))
    yield ("signed, without credentials", genuine.having("Authorization", None), _refused("missing_credentials"))
    stranger = genuine.having("Authorization", basic("mailgun:guessed"))
    yield ("signed, wrong credentials", stranger, _refused("bad_credentials"))


def _basic_cases(sender: Sender, now: float) -> Iterator[Case]:
    genuine = sender.message(now)
    password = sender.secret.partition(":")[2]

    def sent(value: str | None) -> Message:
        return genuine.having("Authorization", value)

    yield ("wrong password", sent(basic("partner:guessed")), _refused("bad_credentials"))
    yield ("password cut short", sent(basic(f"partner:{password[:-1]}")), _refused("bad_credentials"))
    yield ("another user", sent(basic(f"root:{password}")), _refused("bad_credentials"))
    yield ("missing credentials", sent(None), _refused("missing_credentials"))
    yield ("a bearer token", sent("Bearer " + password), _refused("malformed_credentials"))
    yield ("broken base64", sent("Basic =?="), _refused("malformed_credentials"))


def _json(message: Message, event: object) -> Message:
    return replace(message, body=json.dumps(event).encode())
