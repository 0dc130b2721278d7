"""Senders that sign a time with the body: in a header of its own, or as an entry of the signature's."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

from .clocks import HTTP_DATE, ISO, ISO_LOCAL, ISO_NANOS, MILLIS, MILLIS_IN_JSON, NOW, SECONDS, TIME, Clock
from .model import TEXTS, WHSECS, Delivery, Sender, b64, mac, whsec

DAY = 86_400


def beside(
    name: str,
    header: str,
    clock: str,
    signed: str,
    *,
    before: str = "",
    encoding: str = "hex",
    tolerance: int = 300,
    writes: Clock = SECONDS,
) -> Sender:
    """Describe a sender with a header for the time; in `signed`, "T" stands for the time and "B" for the body."""

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        digest = mac(key, Sender.content(body, time, signed))
        signature = digest.hex() if encoding == "hex" else b64(digest)
        return Delivery({header: before + signature, clock: time}, body, signature)

    return Sender(
        *(name, TEXTS[0], make, TEXTS[1:], header),
        encoding=encoding,
        signed=signed,
        needed=(header, clock),
        tolerance=tolerance,
        writes=writes,
        joined={
            header: "duplicate_header",
            clock: "malformed_timestamp" if writes is HTTP_DATE else "duplicate_header",
        },
    )


def entries(
    name: str,
    header: str,
    names: tuple[str, str] = ("t", "v1"),
    around: tuple[str, str] = (",", "."),
    *,
    tolerance: int = 300,
    writes: Clock = SECONDS,
) -> Sender:
    """Describe a sender whose header holds time and signature; `around` stands between them and before the body."""
    (clock, version), (split, colon) = names, around

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = mac(key, f"{time}{colon}".encode() + body).hex()
        return Delivery({header: f"{clock}={time}{split}{version}={signature}"}, body, signature)

    return Sender(
        *(name, TEXTS[0], make, TEXTS[1:], header),
        entry=f"{version}={{}}",
        split=split,
        clock=f"{clock}={writes.spell(NOW)}",
        signed=f"T{colon}B",
        needed=(header,),
        tolerance=tolerance,
        writes=writes,
        joined={header: "duplicate_header" if split == "," else None},
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
        writes=ISO_NANOS,
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
        writes=MILLIS_IN_JSON,
        makes_body=True,
        joined={"linear-signature": "duplicate_header"},
    )


def _box(slot: str) -> Sender:
    header, clock = f"BOX-SIGNATURE-{slot.upper()}", "BOX-DELIVERY-TIMESTAMP"
    sender = beside(f"box/{slot}", header, clock, "BT", encoding="base64", tolerance=600, writes=ISO)
    announced = {"BOX-SIGNATURE-VERSION": "1", "BOX-SIGNATURE-ALGORITHM": "HmacSHA256"}

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        return sender.make(key, body, time, event).but(**announced)

    return replace(sender, make=make, slot=slot, early=True)


def _inngest() -> Sender:
    header = "x-inngest-signature"

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = mac(key, body + time.encode()).hex()
        return Delivery({header: f"t={time}&s={signature}"}, body, signature)

    return Sender(
        *("inngest", f"signkey-prod-{TEXTS[0]}", make, tuple(f"signkey-prod-{text}" for text in TEXTS[1:]), header),
        key=lambda secret: secret.rpartition("-")[2].encode(),
        entry="s={}",
        split="&",
        clock=f"t={TIME}",
        signed="BT",
        needed=(header,),
        tolerance=DAY,
        same_keys={"without-prefix": TEXTS[0], "of-a-branch": f"signkey-branch-{TEXTS[0]}"},
        joined={header: None},
    )


def _ripple() -> Sender:
    header, clock = "X-Webhook-Signature", "X-Webhook-Timestamp"
    secrets = tuple(b64(text.encode()) for text in TEXTS)

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = mac(key, f"{time}.{hashlib.sha256(body).hexdigest()}".encode()).hex()
        return Delivery({header: f"t={time},v1={signature}", clock: time}, body, signature)

    return replace(
        entries("ripple", header, tolerance=DAY, writes=MILLIS),
        secret=secrets[0],
        others=secrets[1:],
        make=make,
        key=base64.b64decode,
        signed="",
        wrong_keys={"verbatim": secrets[0].encode()},
    )


def _orb() -> Sender:
    header, clock = "X-Orb-Signature", "X-Orb-Timestamp"
    sender = beside("orb", header, clock, "v1:T:B", before="v1=", writes=ISO_LOCAL)
    joined = {header: "malformed_signature", clock: "duplicate_header"}
    return replace(sender, entry="v1={}", split=" ", joined=joined)


def _verbatim(sender: Sender, secret: str) -> Sender:
    """Give a sender a secret that looks like something to be decoded, and is none."""
    return replace(sender, secret=secret, others=WHSECS[1:], wrong_keys={"decoded": whsec(secret)})


SENDERS = [
    _box("primary"),
    _box("secondary"),
    _inngest(),
    _orb(),
    _ripple(),
    beside("airwallex", "x-signature", "x-timestamp", "TB", writes=MILLIS),
    entries("buildkite", "X-Buildkite-Signature", ("timestamp", "signature"), tolerance=DAY),
    entries("calendly", "Calendly-Webhook-Signature", tolerance=180),
    beside(
        *("cashfree", "x-webhook-signature", "x-webhook-timestamp", "TB"),
        encoding="base64",
        tolerance=DAY,
        writes=MILLIS,
    ),
    entries("cloudflare-stream", "Webhook-Signature", ("time", "sig1"), tolerance=DAY),
    entries("coinbase-cdp", "X-Hook0-Signature", ("t", "v0")),
    entries("convoy-advanced", "X-Convoy-Signature", around=(",", ","), tolerance=DAY),
    beside("customerio", "X-CIO-Signature", "X-CIO-Timestamp", "v0:T:B", tolerance=DAY),
    entries("elevenlabs", "ElevenLabs-Signature", ("t", "v0"), tolerance=1_800),
    _verbatim(beside("emailit", "X-Emailit-Signature", "X-Emailit-Timestamp", "T.B"), WHSECS[0]),
    entries("fintoc", "Fintoc-Signature"),
    beside("klaviyo", "Klaviyo-Signature", "Klaviyo-Timestamp", "BT", writes=HTTP_DATE),
    _linear(),
    entries("mailkite", "X-MailKite-Signature", writes=MILLIS),
    entries("mux", "Mux-Signature"),
    replace(
        entries("paddle", "Paddle-Signature", ("ts", "h1"), (";", ":")),
        secret=f"pdl_ntfset_{TEXTS[0]}",
        others=WHSECS[1:],
    ),
    entries("shippo", "shippo-auth-signature", tolerance=DAY),
    beside("slack", "X-Slack-Signature", "X-Slack-Request-Timestamp", "v0:T:B", before="v0="),
    _verbatim(entries("stripe", "Stripe-Signature"), WHSECS[0]),
    entries("tailscale", "Tailscale-Webhook-Signature"),
    _twitch(),
    beside("webflow", "x-webflow-signature", "x-webflow-timestamp", "T:B", writes=MILLIS),
    entries("workos", "WorkOS-Signature", writes=MILLIS),
    _verbatim(
        beside(
            *("zendesk", "X-Zendesk-Webhook-Signature", "X-Zendesk-Webhook-Signature-Timestamp", "TB"),
            encoding="base64",
            tolerance=DAY,
            writes=ISO,
        ),
        b64(TEXTS[0].encode()),
    ),
    beside("zoom", "x-zm-signature", "x-zm-request-timestamp", "v0:T:B", before="v0=", tolerance=5_100),
]
"""Each by its provider."""
