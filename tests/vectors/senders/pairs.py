"""Made-up pairs of keys: what signs, by the text of what verifies."""

from __future__ import annotations

import hashlib
from itertools import combinations

from .asymmetry import P256, RsaKey, ed25519_public, ed25519_spki, p256_spki
from .model import TEXTS, b64

_PRIMES = [
    int(text, 16)
    for text in (
        (
            "fabe0dedd13913950b1ef401027d4bcd728919050e567967a21b57e209fac8f0ba231793c5edc86833d43e80c8335401"
            "b992cd520a29149215f71cf14f7eda67b9d475cf6c963455a289d7018e2dbb7a3ffad8c6896b41f15316b5c8b151b2a7"
            "011d97af2ae2cff1025ebdcc0f2231ae0f2bd637f65cc84b9ee9b27a41fb1acd"
        ),
        (
            "e23419a631c774f6d513292c8157639bb70d68c35f2269b7b2eb62c80f1c2069f8eedf1428d04667e16aa8b17f5c5c6b"
            "eac1ddcdbf1cd51ee459d43ed55842623bfdbe99202aa3ba9da0aed7d9c542b2313c3b828623eff1bbc0d69899ad23c9"
            "5b9560d25b965509ee2b1dbf7c373e82b05ef1b48b0e70a1ea8666cc57bc0e27"
        ),
        (
            "f68da94bb42221ed14923b3962619150ef0609f965649b087c95899189e064db9eaa5fb9eca3f06970718f2b182d6f05"
            "3884d67ccc877e6114fc7c7d0bdcb6d4e21be0501beda0e397574f40cbaf92bf7dcc2d44a22e3f96f0b2e687b12703b3"
            "163afff02f0b1eb1f385ae2d8615def312040ca29f44c66a3fe5e9952c28ae95"
        ),
        (
            "ee003fe6aba4c4e36bbe6268d212364471422dadf5d52cadccb0eb8f7a14aa51cb9ae5fbf16f565bc42a07bd47ae9833"
            "ae3ad47da6dbd5bdd6494c30f4852a0ef66aa0a7cf9665af9d2569a2ba1306751966aaaf12e01163059acc95bbe3b30c"
            "02cea9376af02da3aadbf9249bdcb2cb38f7687fb0d6e3c601d0b54e1ee1d029"
        ),
    )
]

SEEDS = tuple(hashlib.sha256(text.encode()).digest() for text in TEXTS)
"""Private keys of Ed25519."""

SCALARS = tuple(int.from_bytes(seed, "big") % P256.order for seed in SEEDS)
"""Private keys of P-256."""

RSA_KEYS = tuple(RsaKey(p, q) for p, q in combinations(_PRIMES, 2))[:5]
"""Private keys of RSA; that they share primes makes them worthless, and no worse for a test."""

HEXES = {ed25519_public(seed).hex(): seed for seed in SEEDS}
BASE64S = {b64(ed25519_public(seed)): seed for seed in SEEDS}
WHPKS = {f"whpk_{b64(ed25519_public(seed))}": seed for seed in SEEDS}
EDWARDS_SPKIS = {b64(ed25519_spki(seed)): seed for seed in SEEDS}
P256_SPKIS = {b64(p256_spki(scalar)): scalar for scalar in SCALARS}
RSA_SPKIS = {b64(key.spki): key for key in RSA_KEYS}


def pem(spki: str) -> str:
    """Write a public key as PEM."""
    lines = "\n".join(spki[start : start + 64] for start in range(0, len(spki), 64))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"
