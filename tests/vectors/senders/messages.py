"""Senders that sign an HTTP message by its components (RFC 9421), the body by its digest (RFC 9530)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace

from .asymmetry import ed25519, p256, raw
from .clocks import Clock
from .model import TEXTS, URL, Delivery, Sender, b64, mac
from .pairs import EDWARDS_SPKIS, P256_SPKIS, RSA_SPKIS

COMPONENTS = ("@method", "@target-uri", "content-digest")
Sign = Callable[[bytes, bytes], bytes]


def message(sign: Sign, key: bytes, body: bytes, parameters: str, components: Iterable[str] = COMPONENTS) -> Delivery:
    """Make a message whose signature covers the components and has these parameters."""
    digest = f"sha-256=:{b64(hashlib.sha256(body).digest())}:"
    values = {"@method": "POST", "@target-uri": URL, "content-digest": digest}
    names = " ".join(f'"{name}"' for name in components)
    lines = [*(f'"{name}": {values[name]}' for name in components), f'"@signature-params": ({names}){parameters}']
    signature = b64(sign(key, "\n".join(lines).encode()))
    listed = {"Signature-Input": f"sig1=({names}){parameters}", "Signature": f"sig1=:{signature}:"}
    return Delivery({"Content-Digest": digest, **listed}, body, signature)


def _sender(algorithm: str, texts: Iterable[str], sign: Sign) -> Sender:
    first, *others = texts

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        return message(sign, key, body, f';created={time};nonce="{event}"')

    return Sender(
        *(f"rfc9421-{algorithm}", first, make, tuple(others), "Signature"),
        encoding="token",
        altered="body_not_covered",
        like=True,
        tolerance=300,
        writes=Clock(str, {}),
    )


KEYS = tuple(b64(text.encode()) for text in TEXTS)


def by_hmac(key: bytes, base: bytes) -> bytes:
    """Sign a base with HMAC-SHA256."""
    return mac(key, base)


SENDERS = [
    _sender("ecdsa-p256-sha256", P256_SPKIS, lambda key, base: raw(p256(P256_SPKIS[key.decode()], base))),
    _sender("ed25519", EDWARDS_SPKIS, lambda key, base: ed25519(EDWARDS_SPKIS[key.decode()], base)),
    replace(_sender("hmac-sha256", KEYS, by_hmac), key=base64.b64decode, wrong_keys={"verbatim": KEYS[0].encode()}),
    _sender("rsa-pss-sha512", RSA_SPKIS, lambda key, base: RSA_SPKIS[key.decode()].pss(base)),
    _sender("rsa-v1-5-sha256", RSA_SPKIS, lambda key, base: RSA_SPKIS[key.decode()].pkcs1(base, "sha256")),
]
"""Each by its algorithm."""
