"""How each provider signs, told a second time and apart from the package: what the vectors are made of."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TypeAlias
from urllib.parse import urlencode

NOW = 1_790_000_000
TIME = str(NOW)
EVENT = "msg_2f4b6a8c0e13"

Headers: TypeAlias = "dict[str, str | list[str]]"


@dataclass(frozen=True)
class Delivery:
    """What goes over the wire; `signature` is the bare text of the signature in it."""

    headers: Headers
    body: bytes
    signature: str = ""

    def but(self, **headers: str | list[str] | None) -> Delivery:
        """The same with other headers (X_Name for X-Name): a list came several times, None did not come."""
        changes = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in self.headers.items() if name not in changes}
        return replace(self, headers={**kept, **{name: value for name, value in changes.items() if value is not None}})


@dataclass(frozen=True)
class Sender:
    """One way in which a provider proves itself.

    Attributes:
        name: for ids: the provider, and the way where it has several.
        secret: as the provider shows it.
        make: (key, body, time, id) -> Delivery.
        key: the key that a secret stands for.
        others: secrets of the same form that are wrong.
        header: where the signature stands; "" for the body.
        encoding: of the signature: "hex", "base64", or None where the delivery carries the secret itself.
        entry: in lists, how one signature is written; `split` stands between two, `clock` is the entry of the time.
        needed: the headers without which nothing is proven.
        tolerance: seconds; None where no time is signed. `spell` writes a time, `odd_times` lists wrong spellings.
        makes_body: whether the body has to have a certain form.
        wrong_keys: what a careless reading takes for the key; `same_keys`: other spellings of the secret.
        joined: the reason for each header that came twice and was joined with a comma, None where that is accepted.
    """

    name: str
    secret: str
    make: Callable[[bytes, bytes, str, str], Delivery]
    others: tuple[str, ...]
    header: str = ""
    key: Callable[[str], bytes] = str.encode
    encoding: str | None = "hex"
    entry: str = ""
    split: str = ""
    clock: str = ""
    needed: tuple[str, ...] = ()
    tolerance: int | None = None
    spell: Callable[[int], str] = str
    odd_times: dict[str, tuple[str, str]] = field(default_factory=dict)
    signs_body: bool = True
    makes_body: bool = False
    wrong_keys: dict[str, bytes] = field(default_factory=dict)
    same_keys: dict[str, str] = field(default_factory=dict)
    joined: dict[str, str | None] = field(default_factory=dict)

    @property
    def provider(self) -> str:
        """The name in the catalog."""
        return self.name.partition("/")[0]

    @property
    def mismatch(self) -> str:
        """The reason for a wrong key."""
        return "signature_mismatch" if self.encoding else "bad_credentials"

    @property
    def missing(self) -> str:
        """The reason where nothing is proven."""
        return "missing_signature" if self.encoding else "missing_credentials"

    def sign(self, body: bytes, *, secret: str = "", key: bytes = b"", time: str = "", event: str = EVENT) -> Delivery:
        """Sign a delivery, with another secret, key or time if so wished."""
        return self.make(key or self.key(secret or self.secret), body, time or self.spell(NOW), event)


def mac(key: bytes, content: bytes, digest: str = "sha256") -> bytes:
    """Compute an HMAC."""
    return hmac.new(key, content, digest).digest()


def b64(data: bytes) -> str:
    """Write bytes in base64."""
    return base64.b64encode(data).decode()


TEXTS = tuple(hashlib.sha256(f"made up {number}".encode()).hexdigest()[:40] for number in range(5))
WHSECS = tuple(f"whsec_{b64(hashlib.sha256(text.encode()).digest()[:24])}" for text in TEXTS)
LOGINS = tuple(f"user:{text[:24]}" for text in TEXTS)

ODD_SECONDS = {
    "with-a-leading-zero": (f"0{TIME}", "malformed_timestamp"),
    "with-a-plus-sign": (f"+{TIME}", "malformed_timestamp"),
    "negative": (f"-{TIME}", "malformed_timestamp"),
    "least-of-64-bits": ("-9223372036854775808", "malformed_timestamp"),
    "with-a-fraction": (f"{TIME}.0", "malformed_timestamp"),
    "with-an-exponent": ("1.79e9", "malformed_timestamp"),
    "with-underscores": ("1_790_000_000", "malformed_timestamp"),
    "in-hexadecimal": ("0x6ab13b80", "malformed_timestamp"),
    "with-a-word-after": (f"{TIME}abc", "malformed_timestamp"),
    "with-a-space-inside": ("17900 00000", "malformed_timestamp"),
    "not-a-number": ("nan", "malformed_timestamp"),
    "in-milliseconds": (f"{TIME}000", "timestamp_out_of_range"),
    "in-microseconds": (f"{TIME}000000", "timestamp_out_of_range"),
    "of-20-digits": ("9" * 20, "timestamp_out_of_range"),
    "of-400-digits": ("9" * 400, "timestamp_out_of_range"),
    "of-9-digits": ("999999999", "timestamp_out_of_range"),
    "of-1-digit": ("1", "timestamp_out_of_range"),
}
ODD_MILLIS = {
    "in-seconds": (TIME, "timestamp_out_of_range"),
    "in-microseconds": (f"{TIME}000000", "timestamp_out_of_range"),
    "negative": (f"-{TIME}000", "malformed_timestamp"),
    "with-a-fraction": (f"{TIME}000.0", "malformed_timestamp"),
    "with-an-exponent": ("1.79e12", "malformed_timestamp"),
    "null": ("null", "malformed_body"),
    "an-object": ("{}", "malformed_body"),
    "with-a-leading-zero": (f"0{TIME}000", "malformed_body"),
}
ODD_ISO = {
    "in-seconds": (TIME, "malformed_timestamp"),
    "without-a-zone": ("2026-09-21T14:13:20", "malformed_timestamp"),
    "with-a-zone-that-is-none": ("2026-09-21T14:13:20+2:00", "malformed_timestamp"),
    "with-a-space-inside": ("2026-09-21 14:13:20Z", "malformed_timestamp"),
    "of-the-day-alone": ("2026-09-21", "malformed_timestamp"),
    "on-a-day-that-is-none": ("2026-02-30T14:13:20Z", "malformed_timestamp"),
    "with-a-small-z": ("2026-09-21T14:13:20z", "malformed_timestamp"),
    "with-ten-digits-of-fraction": ("2026-09-21T14:13:20.1234567890Z", "malformed_timestamp"),
    "at-an-hour-that-is-none": ("2026-09-21T24:13:20Z", "malformed_timestamp"),
    "long-ago": ("1970-01-01T00:00:00Z", "timestamp_out_of_range"),
    "far-ahead": ("9999-09-21T14:13:20Z", "timestamp_out_of_range"),
}


def iso(seconds: int) -> str:
    """Write a time as Twitch does."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")


def whsec(secret: str) -> bytes:
    """Read a key as Standard Webhooks does."""
    return base64.b64decode(secret.removeprefix("whsec_") + "==")


def _over_body(header: str, encoding: str = "hex", before: str = "") -> Callable[[bytes, bytes, str, str], Delivery]:
    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = mac(key, body).hex() if encoding == "hex" else b64(mac(key, body))
        return Delivery({header: before + signature}, body, signature)

    return make


def _body(name: str, header: str, encoding: str = "hex", before: str = "") -> Sender:
    joined = {header: "duplicate_header"}
    make = _over_body(header, encoding, before)
    return Sender(name, TEXTS[0], make, TEXTS[1:], header, encoding=encoding, needed=(header,), joined=joined)


def _slack(name: str, header: str, clock: str, tolerance: int) -> Sender:
    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = mac(key, f"v0:{time}:".encode() + body).hex()
        return Delivery({header: f"v0={signature}", clock: time}, body, signature)

    return Sender(
        *(name, TEXTS[0], make, TEXTS[1:], header),
        needed=(header, clock),
        tolerance=tolerance,
        odd_times=ODD_SECONDS,
        joined={header: "duplicate_header", clock: "duplicate_header"},
    )


def _pairs(name: str, header: str, entries: tuple[str, str], splits: str, joined: str | None) -> Sender:
    (clock, version), (split, colon) = entries, splits

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = mac(key, f"{time}{colon}".encode() + body).hex()
        return Delivery({header: f"{clock}={time}{split}{version}={signature}"}, body, signature)

    secret = WHSECS[0] if name == "stripe" else f"pdl_ntfset_{TEXTS[0]}"
    return Sender(
        *(name, secret, make, WHSECS[1:], header),
        entry=f"{version}={{}}",
        split=split,
        clock=f"{clock}={TIME}",
        needed=(header,),
        tolerance=300,
        odd_times=ODD_SECONDS,
        wrong_keys={"decoded": whsec(secret)} if name == "stripe" else {},
        joined={header: joined},
    )


def _standard(name: str, prefix: str, secret: str = WHSECS[0]) -> Sender:
    header, clock, identity = f"{prefix}-signature", f"{prefix}-timestamp", f"{prefix}-id"
    raw = name == "openai/raw"

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = b64(mac(key, f"{event}.{time}.".encode() + body))
        return Delivery({identity: event, clock: time, header: f"v1,{signature}"}, body, signature)

    bare, unpadded = secret.removeprefix("whsec_"), secret.rstrip("=")
    spellings = {"without-prefix": bare, "without-padding": unpadded}
    openai = name.startswith("openai")
    return Sender(
        *(name, secret, make, TEXTS[1:] if raw else WHSECS[1:], header),
        key=str.encode if raw else whsec,
        encoding="base64",
        entry="v1,{}",
        split=" ",
        needed=(identity, clock, header),
        tolerance=300,
        odd_times=ODD_SECONDS,
        wrong_keys={"decoded": whsec(secret)}
        if raw
        else {"verbatim": secret.encode(), "without-prefix": bare.encode()},
        same_keys={} if openai else spellings,
        joined={identity: "duplicate_header", clock: "duplicate_header", header: None},
    )


def _twitch() -> Sender:
    names = [f"Twitch-Eventsub-Message-{name}" for name in ("Signature", "Id", "Timestamp")]

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = mac(key, event.encode() + time.encode() + body).hex()
        return Delivery({names[0]: f"sha256={signature}", names[1]: event, names[2]: time}, body, signature)

    return Sender(
        *("twitch", TEXTS[0], make, TEXTS[1:], names[0]),
        needed=tuple(names),
        tolerance=600,
        spell=iso,
        odd_times=ODD_ISO,
        joined=dict.fromkeys(names, "duplicate_header"),
    )


def _linear() -> Sender:
    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        timed = body.replace(b"{", b'{"webhookTimestamp":' + time.encode() + b",", 1)
        signature = mac(key, timed).hex()
        return Delivery({"linear-signature": signature}, timed, signature)

    return Sender(
        *("linear", TEXTS[0], make, TEXTS[1:], "linear-signature"),
        needed=("linear-signature",),
        tolerance=60,
        spell=lambda seconds: f"{seconds}000",
        odd_times=ODD_MILLIS,
        makes_body=True,
        joined={"linear-signature": "duplicate_header"},
    )


def _mailgun(kind: str) -> Sender:
    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        token = hashlib.sha256(event.encode()).hexdigest()[:50]
        signature = mac(key, f"{time}{token}".encode()).hex()
        fields = {"timestamp": time, "token": token, "signature": signature}
        if kind == "form":
            text = urlencode({**json.loads(body), **fields})
            return Delivery({"Content-Type": "application/x-www-form-urlencoded"}, text.encode(), signature)
        text = json.dumps({"signature": fields, "event-data": json.loads(body)})
        return Delivery({"Content-Type": "application/json"}, text.encode(), signature)

    return Sender(
        *(f"mailgun/{kind}", TEXTS[0], make, TEXTS[1:]),
        tolerance=29_100,
        odd_times=ODD_SECONDS,
        signs_body=False,
        makes_body=True,
    )


def _shared(name: str, header: str, scheme: str, others: tuple[str, ...], joined: str) -> Sender:
    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        word = f"{scheme} " if scheme else ""
        return Delivery({header: word + (b64(key) if scheme == "Basic" else key.decode())}, body)

    return Sender(
        *(name, others[0], make, others[1:], header),
        encoding=None,
        needed=(header,),
        signs_body=False,
        joined={header: joined},
    )


def _basic(name: str, joined: str = "duplicate_header") -> Sender:
    return _shared(name, "Authorization", "Basic", LOGINS, joined)


def _bearer(name: str) -> Sender:
    return _shared(name, "Authorization", "Bearer", TEXTS, "bad_credentials")


SENDERS = [
    _basic("basic"),
    _basic("brevo/basic", "malformed_credentials"),
    _bearer("brevo/bearer"),
    _body("github", "X-Hub-Signature-256", before="sha256="),
    _shared("gitlab", "X-Gitlab-Token", "", TEXTS, "bad_credentials"),
    _linear(),
    _body("mailersend", "Signature"),
    _mailgun("form"),
    _mailgun("json"),
    _basic("mailjet"),
    _body("mailtrap", "Mailtrap-Signature"),
    _body("meta", "X-Hub-Signature-256", before="sha256="),
    _standard("openai", "webhook"),
    _standard("openai/raw", "webhook", b64(TEXTS[0].encode())),
    _pairs("paddle", "Paddle-Signature", ("ts", "h1"), ";:", None),
    _basic("postmark"),
    _standard("resend", "svix"),
    _standard("resend/unbranded", "webhook"),
    _body("shopify", "X-Shopify-Hmac-Sha256", "base64"),
    _slack("slack", "X-Slack-Signature", "X-Slack-Request-Timestamp", 300),
    _basic("sparkpost/basic", "malformed_credentials"),
    _bearer("sparkpost/bearer"),
    _standard("standard-webhooks", "webhook"),
    _pairs("stripe", "Stripe-Signature", ("t", "v1"), ",.", "duplicate_header"),
    _standard("svix", "svix"),
    _standard("svix/unbranded", "webhook"),
    _shared("telegram", "X-Telegram-Bot-Api-Secret-Token", "", TEXTS, "bad_credentials"),
    _bearer("token"),
    _twitch(),
    _slack("zoom", "x-zm-signature", "x-zm-request-timestamp", 5_100),
]
"""Every way of every provider of the catalog."""
