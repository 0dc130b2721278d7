"""Who takes part in the demo, with keys made up for this run; what each sends, and the verdict that is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from hookseal._engine import Record
from hookseal.captured import Captured
from hookseal.management.outgoing import as_sent, signing_of
from hookseal.reasons import Reason
from hookseal.samples import Keys, new_keys, sample
from hookseal.secrets import read_secrets
from hookseal.shell.demo.site import HANDLED
from hookseal.signing import Signed
from hookseal.testing.tampering import TAMPERINGS, Untamperable, tamper

__all__ = ["Delivery", "Member", "Verdict", "deliveries", "new_cast"]

PROVIDERS = ("stripe", "github", "slack", "twilio", "standard-webhooks", "discord", "basic")
"""MACs over body, time and URL; the common standard; a signature by a private key (Ed25519); user and password."""


@dataclass(frozen=True)
class Verdict:
    """How a delivery ends: the status that the sender gets, and what the owner is told; empty where the view ran."""

    status: int
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.status} {self.reason}".rstrip()


@dataclass(frozen=True)
class Member:
    """One provider that takes part, and its keys."""

    provider: str
    keys: Keys = field(repr=False)

    @property
    def record(self) -> Record:
        """What is known of it."""
        return Record.named(self.provider)

    def entry(self) -> Mapping[str, object]:
        """Write its entry in HOOKSEAL."""
        return {"SECRETS": [self.keys.verifies]}


@dataclass(frozen=True)
class Delivery:
    """One request, and the verdict that is due."""

    provider: str
    title: str
    what: str
    request: Captured
    due: Verdict


def new_cast() -> list[Member]:
    """Make keys for everyone who takes part."""
    return [Member(provider, new_keys(provider)) for provider in PROVIDERS]


def deliveries(cast: Sequence[Member], address: str) -> list[Delivery]:
    """Sign everything that is sent to a site."""
    return [each for member in cast for each in _of(member, address)]


_WHAT = {
    "body": "tampered: one value of the body changed",
    "secret": "forged: signed with another secret",
    "stale": "stale: signed too long ago",
    "future": "future: signed ahead of the clock",
    "missing": "without a signature",
    "replay": "replayed: the genuine one once more",
}


def _of(member: Member, address: str) -> Iterator[Delivery]:
    """What one provider sends: a genuine delivery, and that one bent in every way in which it can be."""
    record, target = member.record, f"{address}/hooks/{member.provider}/"
    (key,) = read_secrets(member.keys.signs)
    made = sample(record, member.keys)
    signing = signing_of(record, key, made, target, event_id=None, options={})
    signed = signing.sign()

    def delivery(what: str, sent: Signed, due: Verdict) -> Delivery:
        return Delivery(member.provider, record.title, what, as_sent(sent, target, made.headers), due)

    yield delivery("genuine", signed, Verdict(200))
    for way in TAMPERINGS:
        with suppress(Untamperable):
            bent = tamper(way.name, signing, signed)[-1]
            if (due := _due(record, way.name)) is not None:
                yield delivery(_WHAT[way.name], bent, due)


def _due(record: Record, way: str) -> Verdict | None:
    """The verdict on a bent delivery; None: there is none, as a password comes with each delivery of all."""
    if way == "replay":
        return None if record.shares_secret else Verdict(200, HANDLED)
    reasons = {
        "body": Reason.SIGNATURE_MISMATCH,
        "secret": Reason.BAD_CREDENTIALS if record.shares_secret else Reason.SIGNATURE_MISMATCH,
        "stale": Reason.STALE,
        "future": Reason.FUTURE,
        "missing": Reason.MISSING_CREDENTIALS if record.shares_secret else Reason.MISSING_SIGNATURE,
    }
    return Verdict(record.refusal or 400, reasons[way].value)
