"""Cases of senders that sign with a private key: spellings of keys, and signatures with a twin."""

from __future__ import annotations

import base64
from dataclasses import replace

from senders.asymmetry import P256, der, ed25519, p256
from senders.clocks import NOW, TIME
from senders.model import EVENT, Sender, b64, mac
from senders.pairs import P256_SPKIS, WHPKS

from . import timed
from .case import BODY, Cases


def sendgrid(sender: Sender) -> Cases:
    """SendGrid: a DER sequence of r and s, over time and body without anything between."""
    good, scalar, order = sender.sign(BODY), P256_SPKIS[sender.secret], P256.order
    r, s = p256(scalar, TIME.encode() + BODY)
    exact = der((r, s))
    texts = {
        "twin-signature": (der((r, order - s)), None),
        "r-of-zero": (der((0, s)), "signature_mismatch"),
        "s-of-zero": (der((r, 0)), "signature_mismatch"),
        "s-beyond-the-order": (der((r, s + order)), "signature_mismatch"),
        "r-and-s-exchanged": (der((s, r)), "signature_mismatch"),
        "bytes-after-the-sequence": (exact + b"\0", "signature_mismatch"),
        "length-in-two-bytes": (exact[:1] + b"\x81" + exact[1:], "signature_mismatch"),
        "raw-signature": (r.to_bytes(32, "big") + s.to_bytes(32, "big"), "signature_mismatch"),
        "code-by-the-public-key": (mac(sender.secret.encode(), TIME.encode() + BODY), "signature_mismatch"),
    }
    signatures = {name: (good.but(**{sender.header: b64(text)}), reason) for name, (text, reason) in texts.items()}
    return {**timed.moved(sender), **signatures}


def edwards(sender: Sender) -> Cases:
    """Discord and Telnyx: 64 bytes, of which the second half is below the order."""
    good = sender.sign(BODY)
    hexadecimal = sender.encoding == "hex"
    octets = bytes.fromhex(good.signature) if hexadecimal else base64.b64decode(good.signature)
    beyond = int.from_bytes(octets[32:], "little") + 2**252 + 27742317777372353535851937790883648493
    texts = {
        "s-beyond-the-order": octets[:32] + beyond.to_bytes(32, "little"),
        "of-zeros": bytes(64),
        "halves-exchanged": octets[32:] + octets[:32],
        "code-by-the-public-key": mac(sender.secret.encode(), TIME.encode() + BODY),
    }
    header = sender.header
    spelt = {name: text.hex() if hexadecimal else b64(text) for name, text in texts.items()}
    return {
        **{name: (good.but(**{header: text}), "signature_mismatch") for name, text in spelt.items()},
        "other-time-than-signed": (good.but(**{sender.needed[1]: str(NOW - 1)}), "signature_mismatch"),
        **(timed.moved(sender) if sender.signed == "TB" else {}),
    }


def standard(sender: Sender) -> Cases:
    """Standard Webhooks: versions stand beside each other, and each has its own key."""
    good = sender.sign(BODY)
    code = b64(mac(sender.secret.encode(), f"{EVENT}.{TIME}.".encode() + BODY))
    unsigned = b64(ed25519(WHPKS[sender.secret], f"{TIME}.".encode() + BODY))
    return {
        "code-beside": (good.but(webhook_signature=f"v1,{code} v1a,{good.signature}"), None),
        "code-alone": (good.but(webhook_signature=f"v1,{code}"), "malformed_signature"),
        "code-announced-as-signature": (good.but(webhook_signature=f"v1a,{code}"), "signature_mismatch"),
        "signature-announced-as-code": (good.but(webhook_signature=f"v1,{good.signature}"), "malformed_signature"),
        "id-not-signed": (good.but(webhook_signature=f"v1a,{unsigned}"), "signature_mismatch"),
        "other-id-than-signed": (good.but(webhook_id=f"{EVENT}x"), "signature_mismatch"),
        "other-time-than-signed": (good.but(webhook_timestamp=str(NOW - 1)), "signature_mismatch"),
        "altered-body-of-the-same-length": (replace(good, body=BODY.replace(b"evt", b"evu")), "signature_mismatch"),
    }
