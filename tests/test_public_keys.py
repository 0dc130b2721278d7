"""Public keys through the Python API: another library's signatures verify, forged ones and wrong keys do not."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from hookseal import Verifier
from hookseal._engine import SecretError
from tests.asymmetric import accepts, signed_with

ECDSA, ORDER = ec.SECP256R1(), 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@cache
def edwards() -> ed25519.Ed25519PrivateKey:
    """Make one Ed25519 key for this file."""
    return ed25519.Ed25519PrivateKey.generate()


@cache
def elliptic() -> ec.EllipticCurvePrivateKey:
    """Make one key of P-256 for this file."""
    return ec.generate_private_key(ECDSA)


@cache
def modular() -> rsa.RSAPrivateKey:
    """Make one RSA key for this file."""
    return rsa.generate_private_key(65537, 2048)


def der_signature(body: bytes) -> bytes:
    """Sign as SendGrid does: r and s as DER."""
    return elliptic().sign(body, ec.ECDSA(SHA256()))


def raw_signature(body: bytes) -> bytes:
    """Sign as JWT does: r and s, 32 bytes each."""
    r, s = decode_dss_signature(der_signature(body))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


SIGNERS: dict[str, tuple[Callable[[], PrivateKeyTypes], Callable[[bytes], bytes]]] = {
    "ed25519": (edwards, lambda body: edwards().sign(body)),
    "ecdsa-p256-sha256-der": (elliptic, der_signature),
    "ecdsa-p256-sha256-raw": (elliptic, raw_signature),
    "rsa-pkcs1-sha1": (modular, lambda body: modular().sign(body, padding.PKCS1v15(), SHA1())),
    "rsa-pkcs1-sha256": (modular, lambda body: modular().sign(body, padding.PKCS1v15(), SHA256())),
    "rsa-pss-sha512": (modular, lambda body: modular().sign(body, padding.PSS(padding.MGF1(SHA512()), 64), SHA512())),
}


def pem(private: PrivateKeyTypes) -> str:
    """Write the public half as PEM."""
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public.decode().strip()


def spki(private: PrivateKeyTypes) -> bytes:
    """Write the public half as DER."""
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@cache
def verifier(algorithm: str) -> Verifier:
    """Hold the public half of this file's key."""
    return Verifier(signed_with(algorithm), secrets=pem(SIGNERS[algorithm][0]()))


@pytest.mark.parametrize("algorithm", SIGNERS)
@settings(deadline=None)
@given(body=st.binary(max_size=300), at=st.integers(0), bit=st.integers(0, 7))
def test_another_librarys_signatures_verify_over_their_own_bytes_alone(algorithm: str, body: bytes, at: int, bit: int):
    """What `cryptography` signs is accepted; the same with one bit of body or signature changed is not."""
    signature = SIGNERS[algorithm][1](body)
    assert accepts(verifier(algorithm), body, signature)
    assert not accepts(verifier(algorithm), flipped(body + b"\0", at, bit), signature)
    assert not accepts(verifier(algorithm), body, flipped(signature, at, bit))


def flipped(text: bytes, at: int, bit: int) -> bytes:
    """Change one bit."""
    changed = bytearray(text)
    changed[at % len(changed)] ^= 1 << bit
    return bytes(changed)


def test_T22_the_twin_of_an_ecdsa_signature_is_the_same_delivery():
    """(r, n - s) verifies as (r, s) does, so the replay key is not made from it."""
    holder = Verifier(signed_with("ecdsa-p256-sha256-der"), secrets=pem(elliptic()), replay=True)
    r, s = decode_dss_signature(der_signature(b"{}"))
    twins = [encode_dss_signature(r, s), encode_dss_signature(r, ORDER - s)]
    receipts = [holder.verify(headers={"X-Signature": b64encode(twin).decode()}, body=b"{}") for twin in twins]
    assert len({receipt.replay_key for receipt in receipts}) == 1


SHA1_INFO = bytes.fromhex("3021300906052b0e03021a05000414")
FORGERIES = {
    "without NULL": bytes.fromhex("301f300706052b0e03021a0414"),
    "with a long length": bytes.fromhex("308121300906052b0e03021a05000414"),
    "with another digest's name": bytes.fromhex("3031300d060960864801650304020105000420"),
    "without a name": b"",
}


def block(info: bytes, digest: bytes, kind: int = 1, fill: int = 0xFF) -> bytes:
    """Make a PKCS#1 block of 2048 bits."""
    room = 256 - 3 - len(info) - len(digest)
    return bytes([0, kind]) + bytes([fill]) * room + b"\0" + info + digest


def private_power(message: bytes) -> bytes:
    """Apply the private key to a block as it is."""
    numbers = modular().private_numbers()
    power = pow(int.from_bytes(message, "big"), numbers.d, numbers.public_numbers.n)
    return power.to_bytes(256, "big")


@pytest.mark.parametrize("info", FORGERIES.values(), ids=FORGERIES)
def test_T53_a_block_with_another_prefix_is_no_sha1_signature(info: bytes):
    """One spelling of the digest's name is accepted, however well the rest is made."""
    digest = hashlib.sha1(b"body", usedforsecurity=False).digest()
    assert accepts(verifier("rsa-pkcs1-sha1"), b"body", private_power(block(SHA1_INFO, digest)))
    assert not accepts(verifier("rsa-pkcs1-sha1"), b"body", private_power(block(info, digest)))


def test_T53_padding_is_whole():
    """Short padding with bytes behind the digest, another type of block, other fill: none is a signature."""
    digest = hashlib.sha1(b"body", usedforsecurity=False).digest()
    whole = block(SHA1_INFO, digest)
    short = b"\0\1" + b"\xff" * 8 + b"\0" + SHA1_INFO + digest
    wrong = [
        short + b"\0" * (256 - len(short)),
        short + b"\xff" * (256 - len(short)),
        block(SHA1_INFO, digest, kind=2),
        block(SHA1_INFO, digest, kind=0),
        block(SHA1_INFO, digest, fill=0xFE),
        whole[:2] + b"\0" + whole[3:],
        block(SHA1_INFO, digest[:-1]),
        block(SHA1_INFO, digest + b"\0"),
    ]
    assert [text.hex() for text in wrong if accepts(verifier("rsa-pkcs1-sha1"), b"body", private_power(text))] == []


def test_T53_a_signature_is_below_its_modulus():
    """The same signature with the modulus added has as many bits, and is another text: refused."""
    signature = int.from_bytes(SIGNERS["rsa-pkcs1-sha256"][1](b"body"), "big")
    beyond = signature + modular().public_key().public_numbers().n
    assert not accepts(verifier("rsa-pkcs1-sha256"), b"body", beyond.to_bytes(257, "big"))
    assert not accepts(verifier("rsa-pkcs1-sha256"), b"body", b"\0" + signature.to_bytes(256, "big"))


P = 2**255 - 19
SMALL_ORDER = [
    0,
    1,
    P - 1,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
]
NO_KEYS = [point for y in [*SMALL_ORDER, P, P + 1, 2**255 - 1] for point in (y, y + 2**255)]


@pytest.mark.parametrize("point", NO_KEYS, ids=hex)
def test_T53_points_that_verify_anything_are_no_keys(point: int):
    """A point of small order or with a second spelling is refused where the key is configured."""
    with pytest.raises(SecretError, match="small order or non-canonical"):
        Verifier(signed_with("ed25519", "hex-32"), secrets=point.to_bytes(32, "little").hex())


def certificate_lines(text: str) -> str:
    """Write other words between the dashes."""
    return text.replace("PUBLIC KEY", "CERTIFICATE")


WRONG_KEYS = [
    ("rsa-pkcs1-sha256", lambda: pem(elliptic()), "no RSA key"),
    ("ed25519", lambda: pem(modular()), "no Ed25519 key"),
    ("ecdsa-p256-sha256-der", lambda: pem(edwards()), "no ECDSA key of the curve P-256"),
    ("ecdsa-p256-sha256-der", lambda: pem(ec.generate_private_key(ec.SECP384R1())), "another curve"),
    ("ecdsa-p256-sha256-der", lambda: pem(ec.generate_private_key(ec.SECP256K1())), "another curve"),
    ("rsa-pkcs1-sha256", lambda: pem(rsa.generate_private_key(65537, 1024)), "too small"),
    ("rsa-pkcs1-sha256", lambda: b64encode(spki(modular()) + b"\0").decode(), "cut or added to"),
    ("rsa-pkcs1-sha256", lambda: b64encode(spki(modular())[:-3]).decode(), "cut or added to"),
    ("ed25519", lambda: b64encode(spki(edwards())).decode()[:-4], "cut or added to"),
    ("ed25519", lambda: certificate_lines(pem(edwards())), "certificate"),
    ("ed25519", lambda: pem(edwards()).replace("\n", "\\n"), "two characters"),
    ("ed25519", lambda: pem(edwards())[:60], "one whole PEM block"),
    ("ed25519", lambda: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "shared secret"),
    (
        "ed25519",
        lambda: edwards().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip(),
        "private key",
    ),
]


@pytest.mark.parametrize(("algorithm", "key", "sentence"), WRONG_KEYS, ids=range(len(WRONG_KEYS)))
def test_T101_a_key_that_cannot_be_right_says_why(algorithm: str, key: Callable[[], str], sentence: str):
    """Every malformed or foreign key is an error where it is configured, and its sentence names the mistake."""
    with pytest.raises(SecretError, match=sentence):
        Verifier(signed_with(algorithm), secrets=key())


def test_T53_a_record_may_take_smaller_rsa_keys_down_to_1024_bits():
    """`min_bits` lets a short key in, never below 1024 bits."""
    short = rsa.generate_private_key(65537, 1024)
    holder = Verifier(signed_with("rsa-pkcs1-sha1", min_bits=1024), secrets=pem(short))
    assert accepts(holder, b"body", short.sign(b"body", padding.PKCS1v15(), SHA1()))
