"""Signatures by public key in nothing but integers: Ed25519 (RFC 8032), ECDSA over P-256 (SEC 1), RSA (RFC 8017).

For made-up keys alone: neither constant in time nor fast.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

Point: TypeAlias = "tuple[int, int]"


@dataclass(frozen=True)
class Curve:
    """A curve in affine coordinates: `a` and, for the twisted form, `d`; `order` of the base point."""

    prime: int
    a: int
    d: int | None
    order: int
    base: Point

    def add(self, one: Point | None, two: Point | None) -> Point | None:
        """Add two points; None is the neutral one."""
        if one is None or two is None:
            return one or two
        (x1, y1), (x2, y2), p = one, two, self.prime
        if self.d is not None:
            bend = self.d * x1 * x2 * y1 * y2
            return (x1 * y2 + x2 * y1) * pow(1 + bend, -1, p) % p, (y1 * y2 - self.a * x1 * x2) * pow(
                1 - bend, -1, p
            ) % p
        if x1 == x2 and (y1 + y2) % p == 0:
            return None
        slope = (3 * x1 * x1 + self.a) * pow(2 * y1, -1, p) if one == two else (y2 - y1) * pow(x2 - x1, -1, p)
        x = (slope * slope - x1 - x2) % p
        return x, (slope * (x1 - x) - y1) % p

    def times(self, scalar: int, point: Point | None = None) -> Point:
        """Multiply a point, by default the base point."""
        total, term = None, point or self.base
        while scalar:
            total = self.add(total, term) if scalar & 1 else total
            term, scalar = self.add(term, term) or term, scalar >> 1
        if total is None:
            raise ValueError("the neutral point")
        return total


_25519 = 2**255 - 19
EDWARDS = Curve(
    prime=_25519,
    a=-1,
    d=-121665 * pow(121666, -1, _25519) % _25519,
    order=2**252 + 27742317777372353535851937790883648493,
    base=(
        15112221349535400772501151409588531511454012693041857206046113283949847762202,
        46316835694926478169428394003475163141307993866256225615783033603165251855960,
    ),
)
P256 = Curve(
    prime=2**256 - 2**224 + 2**192 + 2**96 - 1,
    a=-3,
    d=None,
    order=0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    base=(
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
)


@cache
def ed25519_public(seed: bytes) -> bytes:
    """Give the public key of a seed: 32 bytes."""
    return _packed(EDWARDS.times(_clamped(seed)))


@cache
def ed25519(seed: bytes, message: bytes) -> bytes:
    """Sign with a seed of 32 bytes."""
    prefix = hashlib.sha512(seed).digest()[32:]
    nonce = _little(hashlib.sha512(prefix + message).digest()) % EDWARDS.order
    point = _packed(EDWARDS.times(nonce))
    challenge = _little(hashlib.sha512(point + ed25519_public(seed) + message).digest())
    return point + ((nonce + challenge * _clamped(seed)) % EDWARDS.order).to_bytes(32, "little")


def _clamped(seed: bytes) -> int:
    return _little(hashlib.sha512(seed).digest()[:32]) & ((1 << 254) - 8) | 1 << 254


def _packed(point: Point) -> bytes:
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _little(octets: bytes) -> int:
    return int.from_bytes(octets, "little")


@cache
def p256_public(scalar: int) -> bytes:
    """Give the public key of a scalar: an uncompressed point."""
    x, y = P256.times(scalar)
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


@cache
def p256(scalar: int, message: bytes) -> tuple[int, int]:
    """Sign the SHA-256 of a message: r and s. The nonce follows from key and message, so that vectors do not change."""
    order, digest = P256.order, hashlib.sha256(message).digest()
    nonce = int.from_bytes(hmac.digest(scalar.to_bytes(32, "big"), digest, "sha512"), "big") % (order - 1) + 1
    r = P256.times(nonce)[0] % order
    return r, pow(nonce, -1, order) * (int.from_bytes(digest, "big") + r * scalar) % order


def raw(signature: tuple[int, int]) -> bytes:
    """Write r and s in 32 bytes each."""
    return b"".join(number.to_bytes(32, "big") for number in signature)


def der(signature: tuple[int, int]) -> bytes:
    """Write r and s as a DER sequence."""
    return tagged(0x30, b"".join(map(_integer, signature)))


@dataclass(frozen=True)
class RsaKey:
    """A private key by its primes; the public exponent is 65537."""

    p: int
    q: int

    @property
    def modulus(self) -> int:
        """The public modulus."""
        return self.p * self.q

    @property
    def size(self) -> int:
        """Bytes of the modulus."""
        return (self.modulus.bit_length() + 7) // 8

    @property
    def spki(self) -> bytes:
        """The public key as SubjectPublicKeyInfo."""
        key = tagged(0x30, _integer(self.modulus) + _integer(65537))
        algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
        return tagged(0x30, algorithm + tagged(0x03, b"\0" + key))

    def apply(self, encoded: bytes) -> bytes:
        """Raise an encoded message to the private exponent, modulo each prime and then both."""
        number, (p, q) = int.from_bytes(encoded, "big"), (self.p, self.q)
        by_p, by_q = (pow(number, pow(65537, -1, prime - 1), prime) for prime in (p, q))
        return (by_q + q * ((by_p - by_q) * pow(q, -1, p) % p)).to_bytes(self.size, "big")

    def pkcs1(self, message: bytes, digest: str) -> bytes:
        """Sign as RSASSA-PKCS1-v1_5."""
        named = {
            "sha1": "3021300906052b0e03021a05000414",
            "sha256": "3031300d060960864801650304020105000420",
        }
        tail = bytes.fromhex(named[digest]) + hashlib.new(digest, message).digest()
        return self.apply(b"\0\1" + b"\xff" * (self.size - len(tail) - 3) + b"\0" + tail)

    def pss(self, message: bytes) -> bytes:
        """Sign as RSASSA-PSS over SHA-512; the salt of 64 bytes is derived from the message."""
        hashed = hashlib.sha512(message).digest()
        salt = hashlib.sha512(b"salt" + hashed).digest()
        tail = hashlib.sha512(bytes(8) + hashed + salt).digest()
        block = bytes(self.size - 64 - 64 - 2) + b"\1" + salt
        mask = b"".join(hashlib.sha512(tail + count.to_bytes(4, "big")).digest() for count in range(4))
        masked = bytearray(left ^ right for left, right in zip(block, mask, strict=False))
        masked[0] &= 0x7F
        return self.apply(bytes(masked) + tail + b"\xbc")


def ed25519_spki(seed: bytes) -> bytes:
    """Write the public key of a seed as SubjectPublicKeyInfo."""
    return bytes.fromhex("302a300506032b6570032100") + ed25519_public(seed)


def p256_spki(scalar: int) -> bytes:
    """Write the public key of a scalar as SubjectPublicKeyInfo."""
    return bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + p256_public(scalar)


def _integer(number: int) -> bytes:
    return tagged(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def tagged(tag: int, content: bytes) -> bytes:
    """Write a value in DER."""
    length = len(content)
    size = bytes([length]) if length < 128 else b"\x82" + length.to_bytes(2, "big")
    if 128 <= length < 256:
        size = bytes([0x81, length])
    return bytes([tag]) + size + content
