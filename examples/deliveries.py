"""What is sent: genuine, forged, stale, broken and hostile deliveries, each with the verdict it must get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from keys import Keys, standard_secret
from senders import EVENT, Message, Sender, all_senders, basic


@dataclass(frozen=True)
class Verdict:
    """How a delivery ended: the HTTP status, and the reason as the site logged it ("" where it was accepted)."""

    status: int
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.status} {self.reason}".rstrip()


ACCEPTED = Verdict(200)


@dataclass(frozen=True)
class Delivery:
    """One message, and the verdict it must get; `asgi` where that differs under an ASGI server."""

    sender: str
    what: str
    message: Message
    wsgi: Verdict
    asgi: Verdict

    def expected(self, interface: str) -> Verdict:
        """The right verdict under "wsgi" or "asgi"."""
        return self.wsgi if interface == "wsgi" else self.asgi


def all_deliveries(keys: Keys, now: float) -> list[Delivery]:
    """Every delivery of the demo, signed at `now` (Unix seconds) unless it is to be stale or early."""
    senders = all_senders(keys)
    cases: list[tuple[Sender, Iterator[Case]]] = [(sender, _usual(sender, now)) for sender in senders.values()]
    cases += [
        (senders["stripe"], _stripe_cases(senders["stripe"], keys.stripe_old, now)),
        (senders["slack"], _slack_cases(senders["slack"], now)),
        (senders["svix"], _svix_cases(senders["svix"], now)),
        (senders["github"], _transport_cases(senders["github"], now)),
        (senders["mailgun"], _mailgun_cases(senders["mailgun"], now)),
        (senders["partner"], _basic_cases(senders["partner"], now)),
    ]
    order = list(senders.values())
    cases.sort(key=lambda pair: order.index(pair[0]))
    return [Delivery(sender.title, *case) for sender, several in cases for case in several]


Case = tuple[str, Message, Verdict, Verdict]


def _case(what: str, message: Message, verdict: Verdict, asgi: Verdict | None = None) -> Case:
    return what, message, verdict, asgi or verdict


def _refused(reason: str) -> Verdict:
    return Verdict(400, reason)


def _usual(sender: Sender, now: float) -> Iterator[Case]:
    """What every sender's endpoint meets: the real thing, a forgery, a changed body, an old and an early delivery."""
    genuine = sender.message(now)
    yield _case("genuine", genuine, ACCEPTED)
    if sender.endpoint == "partner":
        return
    other = standard_secret()
    yield _case("forged: signed with another secret", sender.message(now, secret=other), _refused("signature_mismatch"))
    if sender.timed:
        horizon = 9 * 3600 if sender.endpoint == "mailgun" else 301
        yield _case("stale: signed too long ago", sender.message(now - horizon - 5), _refused("stale"))
        yield _case("future: signed ahead of the clock", sender.message(now + horizon + 30), _refused("future"))
    if sender.proof is not None:
        tampered = replace(genuine, body=EVENT.replace(b"4200", b"0042"))
        yield _case("tampered: one field of the body changed", tampered, _refused("signature_mismatch"))
        cut = genuine.having(sender.proof, genuine.header(sender.proof)[:-3])
        yield _case("truncated signature", cut, _refused("malformed_signature"))
        yield _case("missing signature header", genuine.having(sender.proof, None), _refused("missing_signature"))


def _stripe_cases(sender: Sender, old_secret: str, now: float) -> Iterator[Case]:
    genuine = sender.message(now)
    header = genuine.header("Stripe-Signature")
    digits = header.partition("v1=")[2]

    def signed(value: str) -> Message:
        return genuine.having("Stripe-Signature", value)

    yield _case("genuine, signed with the old secret", sender.message(now, secret=old_secret), ACCEPTED)
    yield _case("genuine, with an unknown v0 beside it", signed(f"{header},v0=abcdef"), ACCEPTED)
    yield _case("only the old scheme v0", signed(header.replace("v1=", "v0=")), _refused("missing_signature"))
    yield _case("non-ASCII header", signed(header + "\u00e9"), _refused("malformed_header"))
    yield _case("100,000 signatures", signed(header + ",v1=ab" * 100_000), _refused("malformed_header"))
    yield _case("40 signatures", signed(f"{header}" + f",v1={digits}" * 39), _refused("too_many_signatures"))
    yield _case("timestamp of 400 digits", signed(f"t={'9' * 400},v1={digits}"), _refused("timestamp_out_of_range"))
    yield _case("timestamp in milliseconds", signed(f"t={int(now)}000,v1={digits}"), _refused("timestamp_out_of_range"))


def _slack_cases(sender: Sender, now: float) -> Iterator[Case]:
    genuine = sender.message(now)
    form = sender.message(now, body=b"token=x&command=%2Fweather&text=94070")
    yield _case("genuine, a form", form.having("Content-Type", "application/x-www-form-urlencoded"), ACCEPTED)
    words = genuine.having("X-Slack-Request-Timestamp", "yesterday")
    yield _case("timestamp in words", words, _refused("malformed_timestamp"))
    missing = genuine.having("X-Slack-Request-Timestamp", None)
    yield _case("missing timestamp header", missing, _refused("missing_signature"))


def _svix_cases(sender: Sender, now: float) -> Iterator[Case]:
    genuine = sender.message(now)
    signature = genuine.header("svix-signature")
    rotated = genuine.having("svix-signature", f"v1,{'A' * 43}= v2,new {signature}")
    yield _case("genuine, third of three signatures", rotated, ACCEPTED)
    broken = genuine.having("svix-signature", "v1,!!!not*base64!!!")
    yield _case("broken base64", broken, _refused("malformed_signature"))
    moved = genuine.having("svix-id", "msg_somebody_elses")
    yield _case("another message id", moved, _refused("signature_mismatch"))


def _transport_cases(sender: Sender, now: float) -> Iterator[Case]:
    """What a delivery can be at the level of HTTP, whoever sends it."""
    genuine = sender.message(now)
    not_utf8 = sender.message(now, body=bytes(range(128, 256)))
    yield _case("genuine, a body that is not UTF-8", not_utf8, ACCEPTED)
    yield _case("GET instead of POST", replace(genuine, method="GET"), Verdict(405, "method_not_allowed"))
    large = sender.message(now, body=b"[" + b"0," * 40_000 + b"0]")
    yield _case("genuine, but 80 kB (MAX_BODY is 64 KiB)", large, Verdict(413, "too_large"))
    chunked = replace(genuine, chunked=True)
    yield _case("genuine, chunked", chunked, Verdict(503, "chunked_unsupported"), asgi=ACCEPTED)
    proxied = genuine.having("X-Forwarded-Proto", "http")
    yield _case("genuine, http through a proxy", proxied, Verdict(503, "insecure_transport"))
    upper = genuine.having("X-Hub-Signature-256", genuine.header("X-Hub-Signature-256").replace("sha256", "sha1"))
    yield _case("another algorithm announced", upper, _refused("malformed_signature"))


def _mailgun_cases(sender: Sender, now: float) -> Iterator[Case]:
    genuine = sender.message(now)
    event = json.loads(genuine.body)
    event["signature"]["signature"] = event["signature"]["signature"][:-3]
    yield _case("truncated signature", _json(genuine, event), _refused("malformed_signature"))
    del event["signature"]["signature"]
    yield _case("missing signature field", _json(genuine, event), _refused("missing_signature"))
    twice = replace(genuine, body=genuine.body[:-1] + b', "signature": {}}')
    yield _case("a key twice in the JSON", twice, _refused("malformed_body"))
    yield _case("JSON 5,000 levels deep", replace(genuine, body=b"[" * 5_000), _refused("malformed_body"))
    yield _case("signed, without credentials", genuine.having("Authorization", None), _refused("missing_credentials"))
    stranger = genuine.having("Authorization", basic("mailgun:guessed"))
    yield _case("signed, wrong credentials", stranger, _refused("bad_credentials"))


def _basic_cases(sender: Sender, now: float) -> Iterator[Case]:
    genuine = sender.message(now)
    password = sender.secret.partition(":")[2]

    def sent(value: str | None) -> Message:
        return genuine.having("Authorization", value)

    yield _case("wrong password", sent(basic("partner:guessed")), _refused("bad_credentials"))
    yield _case("password cut short", sent(basic(f"partner:{password[:-1]}")), _refused("bad_credentials"))
    yield _case("another user", sent(basic(f"root:{password}")), _refused("bad_credentials"))
    yield _case("missing credentials", sent(None), _refused("missing_credentials"))
    yield _case("a bearer token", sent("Bearer " + password), _refused("malformed_credentials"))
    yield _case("broken base64", sent("Basic =?="), _refused("malformed_credentials"))


def _json(message: Message, event: object) -> Message:
    return replace(message, body=json.dumps(event).encode())
