"""Cases of senders that sign a time with the body: its place, its order, its separators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from senders.clocks import MILLIS, NOW, SECONDS, TIME
from senders.model import EVENT, Delivery, Sender, b64, mac

from .case import BODY, Cases


def laid_out(sender: Sender) -> Iterator[tuple[str, Delivery]]:
    """Deliveries whose signature is right for another order or other separators of time and body."""
    time = sender.writes.spell(NOW)
    others = {
        "body-before-time": sender.signed.translate(str.maketrans("TB", "BT")),
        **{f"{name}-between": f"T{mark}B" for name, mark in MARKS.items()},
        "time-not-signed": sender.signed.replace("T", ""),
    }
    good = sender.sign(BODY)
    for name, template in others.items():
        if template != sender.signed:
            digest = mac(sender.key(sender.secret), sender.content(BODY, time, template))
            signature = digest.hex() if sender.encoding == "hex" else b64(digest)
            value = str(good.headers[sender.header]).replace(good.signature, signature)
            yield name, good.but(**{sender.header: value})


MARKS = {"nothing": "", "dot": ".", "colon": ":", "comma": ",", "bar": "|"}


def beside(sender: Sender) -> Cases:
    """The time stands in a header of its own."""
    good, (_, clock) = sender.sign(BODY), sender.needed
    return {
        **{name: (delivery, "signature_mismatch") for name, delivery in laid_out(sender)},
        "other-time-than-signed": (good.but(**{clock: sender.writes.spell(NOW - 1)}), "signature_mismatch"),
        "form-body": (sender.sign(b"token=x&text=%20").but(Content_Type="application/x-www-form-urlencoded"), None),
    }


def moved(sender: Sender) -> Cases:
    """Time and body without anything between: no byte may pass from one to the other."""
    good, (_, clock) = sender.sign(BODY), sender.needed
    time = str(good.headers[clock])
    digits = "timestamp_out_of_range" if sender.writes in (SECONDS, MILLIS) else "malformed_timestamp"
    return {
        "boundary-moved-into-the-body": (
            replace(good.but(**{clock: time[:-1]}), body=time[-1:].encode() + BODY),
            digits,
        ),
        "boundary-moved-into-the-time": (
            replace(good.but(**{clock: time + BODY[:1].decode()}), body=BODY[1:]),
            "malformed_timestamp",
        ),
        "boundary-moved-over-a-digit": (replace(sender.sign(b"1{}").but(**{clock: f"{time}1"}), body=b"{}"), digits),
    }


def adjacent(sender: Sender) -> Cases:
    """Such a sender that signs by a code."""
    return {**beside(sender), **moved(sender)}


def box(sender: Sender) -> Cases:
    """Box: either header suffices, each with its own key, and both say how they were made."""
    good = sender.sign(BODY)
    other = "BOX-SIGNATURE-SECONDARY" if sender.slot == "primary" else "BOX-SIGNATURE-PRIMARY"
    escaped = mac(sender.secret.encode(), b'{"text":"\\u00e9"}' + str(good.headers[sender.needed[1]]).encode())
    return {
        **beside(sender),
        "other-header-wrong": (good.but(**{other: b64(bytes(32))}), None),
        "in-the-other-header": (
            good.but(**{sender.header: None, other: good.signature}),
            "missing_signature",
        ),
        "version-2": (good.but(BOX_SIGNATURE_VERSION="2"), "wrong_algorithm"),
        "without-version": (good.but(BOX_SIGNATURE_VERSION=None), "wrong_algorithm"),
        "other-algorithm": (good.but(BOX_SIGNATURE_ALGORITHM="HmacSHA1"), "wrong_algorithm"),
        "time-with-an-offset": (sender.sign(BODY, time="2026-09-21T07:13:20-07:00"), None),
        "escaped-body-signed": (
            replace(good.but(**{sender.header: b64(escaped)}), body='{"text":"é"}'.encode()),
            "signature_mismatch",
        ),
        "unsigned-id": (good.but(BOX_DELIVERY_ID="x"), None),
    }


def orb(sender: Sender) -> Cases:
    """Orb: a list with spaces between, and a time without a zone."""
    good = sender.sign(BODY)
    return {
        **beside(sender),
        "time-with-a-fraction": (sender.sign(BODY, time="2026-09-21T14:13:20.551"), None),
        "other-version-beside": (good.but(**{sender.header: f"v2={'0' * 64} v1={good.signature}"}), None),
    }


def ripple(sender: Sender) -> Cases:
    """Ripple: a digest of the body is signed, and the time comes twice."""
    good, time = sender.sign(BODY), sender.writes.spell(NOW)
    whole = mac(sender.key(sender.secret), f"{time}.".encode() + BODY).hex()
    return {
        "body-itself-signed": (good.but(**{sender.header: f"t={time},v1={whole}"}), "signature_mismatch"),
        "other-time-beside": (good.but(X_Webhook_Timestamp=sender.writes.spell(NOW - 1)), "signature_mismatch"),
        "no-time-beside": (good.but(X_Webhook_Timestamp=None), "signature_mismatch"),
    }


def inngest(sender: Sender) -> Cases:
    """Inngest: the body comes first."""
    good = sender.sign(BODY)
    return {
        **{name: (delivery, "signature_mismatch") for name, delivery in laid_out(sender)},
        "digit-moved-into-the-body": (
            replace(good.but(**{sender.header: f"t={TIME[1:]}&s={good.signature}"}), body=BODY + TIME[:1].encode()),
            "timestamp_out_of_range",
        ),
    }


def slack(sender: Sender) -> Cases:
    """Slack and Zoom: a version before the signature and in the signed text."""
    good, (header, clock) = sender.sign(BODY), sender.needed

    def signed(content: bytes, before: str) -> Delivery:
        return good.but(**{header: before + mac(sender.secret.encode(), content).hex()})

    return {
        **beside(sender),
        "other-version": (signed(f"v1:{TIME}:".encode() + BODY, "v1="), "malformed_signature"),
        "version-left-out": (good.but(**{header: good.signature}), "malformed_signature"),
        "body-that-moves-the-boundary": (good.but(**{clock: TIME[:-1]}), "timestamp_out_of_range"),
    }


def entries(sender: Sender) -> Cases:
    """Time and signature are entries of one header."""
    good, split, header = sender.sign(BODY), sender.split, sender.header
    version = sender.entry.partition("=")[0]
    older = "v0" if version != "v0" else "v1"
    other_list = ";" if split == "," else ","
    return {
        **{name: (delivery, "signature_mismatch") for name, delivery in laid_out(sender)},
        "the-others-list": (
            good.but(**{header: f"{sender.clock}{other_list}{version}={good.signature}"}),
            "malformed_signature",
        ),
        "other-time-than-signed": (
            good.but(**{header: f"{sender.clock[:-1]}1{split}{version}={good.signature}"}),
            "signature_mismatch",
        ),
        "other-version-beside-a-wrong-one": (
            good.but(**{header: f"{sender.clock}{split}{older}={good.signature}{split}{version}={'0' * 64}"}),
            "signature_mismatch",
        ),
        "other-version-beside": (
            good.but(**{header: f"{good.headers[header]}{split}{older}={'0' * 64}"}),
            None,
        ),
        "no-event-id-in-the-body": (sender.sign(b"{}"), None),
        "body-that-is-no-json": (sender.sign(b"hello-world"), None),
    }


def hook0(sender: Sender) -> Cases:
    """Coinbase: an entry that binds headers as well stands beside, and does not count."""
    good, header = sender.sign(BODY), sender.header
    bound = f"h=content-type x-event-id,v1={'0' * 64}"
    return {
        **entries(sender),
        "headers-bound-beside": (good.but(**{header: f"{good.headers[header]},{bound}"}), None),
        "headers-bound-alone": (good.but(**{header: f"{sender.clock},{bound}"}), "malformed_signature"),
    }


def twitch(sender: Sender) -> Cases:
    """Twitch: three texts without anything between them."""
    good = sender.sign(BODY)
    signature, identity, clock = sender.needed
    time = str(good.headers[clock])
    return {
        "other-id-than-signed": (good.but(**{identity: f"{EVENT}x"}), "signature_mismatch"),
        "boundary-moved-into-the-id": (good.but(**{identity: EVENT + time[0], clock: time[1:]}), "malformed_timestamp"),
        "boundary-moved-out-of-the-id": (
            good.but(**{identity: EVENT[:-1], clock: EVENT[-1] + time}),
            "malformed_timestamp",
        ),
        "boundary-moved-into-the-time": (
            replace(good.but(**{clock: time + "{"}), body=BODY[1:]),
            "malformed_timestamp",
        ),
        "boundary-moved-out-of-the-time": (
            replace(good.but(**{clock: time[:-1]}), body=b"Z" + BODY),
            "malformed_timestamp",
        ),
        "boundary-moved-out-of-the-fraction": (
            replace(good.but(**{clock: time[:-2]}), body=time[-2:].encode() + BODY),
            "malformed_timestamp",
        ),
        "time-with-an-offset": (sender.sign(BODY, time="2026-09-21T16:13:20+02:00"), None),
        "other-digest-announced": (good.but(**{signature: f"sha1={good.signature}"}), "wrong_algorithm"),
    }


def linear(sender: Sender) -> Cases:
    """Linear: the signed time is in the body; a header repeats it unsigned."""
    stale = sender.sign(BODY, time=f"{NOW - 61}000")
    untimed = mac(sender.secret.encode(), BODY).hex()
    return {
        "fresh-header-beside-a-stale-body": (stale.but(linear_timestamp=f"{TIME}000"), "stale"),
        "stale-header-beside-a-fresh-body": (sender.sign(BODY).but(linear_timestamp="1"), None),
        "time-in-the-header-alone": (
            Delivery({"linear-signature": untimed, "linear-timestamp": f"{TIME}000"}, BODY),
            "missing_signature",
        ),
        "time-as-text": (sender.sign(BODY, time=f'"{TIME}000"'), None),
        "time-twice": (sender.sign(BODY, time=f'{TIME}000,"webhookTimestamp":1'), "malformed_body"),
    }
