"""Cases of Standard Webhooks: id and time are signed, in one complete set of headers."""

from __future__ import annotations

from senders.clocks import NOW, TIME
from senders.model import EVENT, Delivery, Sender, b64, mac

from .case import BODY, Cases


def standard(sender: Sender) -> Cases:
    """Standard Webhooks: id and time are signed."""
    good = sender.sign(BODY)
    identity, clock, header = sender.needed
    key = sender.key(sender.secret)

    def signed(content: str) -> Delivery:
        return good.but(**{header: f"v1,{b64(mac(key, content.encode() + BODY))}"})

    return {
        "other-id-than-signed": (good.but(**{identity: f"{EVENT}x"}), "signature_mismatch"),
        "other-time-than-signed": (good.but(**{clock: str(NOW + 1)}), "signature_mismatch"),
        "time-before-id": (signed(f"{TIME}.{EVENT}."), "signature_mismatch"),
        "colons-for-dots": (signed(f"{EVENT}:{TIME}:"), "signature_mismatch"),
        "id-not-signed": (signed(f"{TIME}."), "signature_mismatch"),
        "dot-moved-into-the-id": (sender.sign(BODY, event=f"{EVENT}.1"), None),
        "asymmetric-entry-beside": (good.but(**{header: f"v1a,{b64(bytes(64))} v1,{good.signature}"}), None),
        "asymmetric-entry-alone": (good.but(**{header: f"v1a,{good.signature}"}), "malformed_signature"),
        "double-space": (good.but(**{header: f"v1,{'A' * 43}=  v1,{good.signature}"}), None),
        "three-halves-before": (good.but(**{header: f"v1,x,y v1,{good.signature}"}), None),
        "without-comma": (good.but(**{header: f"v1{good.signature}"}), "malformed_signature"),
        "version-left-out": (good.but(**{header: good.signature}), "malformed_signature"),
        "two-commas": (good.but(**{header: f"v1,,{good.signature}"}), "malformed_signature"),
        "comma-in-front": (good.but(**{header: f",v1,{good.signature}"}), "malformed_signature"),
        "comma-alone": (good.but(**{header: "v1,"}), "malformed_signature"),
    }


def two_sets(sender: Sender) -> Cases:
    """Svix and Resend: one complete set of headers, never a mix."""
    branded = sender.sign(BODY)
    headers = {name.replace("svix-", "webhook-"): value for name, value in branded.headers.items()}
    junk = {name: "x" if name.endswith("-id") else value for name, value in headers.items()}
    mixed = {**headers, "svix-id": EVENT}
    return {
        **standard(sender),
        "both-sets": (Delivery({**branded.headers, **headers}, BODY), None),
        "both-sets-the-second-wrong": (Delivery({**branded.headers, **junk}, BODY), None),
        "both-sets-the-first-wrong": (
            Delivery({**headers, **branded.headers, "svix-id": "x"}, BODY),
            "signature_mismatch",
        ),
        "mixed-sets": (Delivery(mixed, BODY), "missing_signature"),
    }
