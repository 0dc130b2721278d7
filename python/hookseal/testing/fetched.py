"""Keys that endpoints would fetch, in the form in which their providers publish them, made from a new pair."""

from __future__ import annotations

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from urllib.parse import urlsplit

from hookseal.https import Unreachable

__all__ = ["published_by"]


def published_by(public_key: Callable[[str], str]) -> Callable[[str, bytes | None], bytes]:
    """Make a function that answers as the servers do at which keys are published, without a network.

    Args:
        public_key: gives the public key of a source ("sns", "plaid"), as SubjectPublicKeyInfo in base64.

    Returns:
        What a `KeySource` fetches with.
    """

    def fetch(url: str, body: bytes | None) -> bytes:
        host = urlsplit(url).hostname or ""
        if body is not None and host.endswith(".plaid.com"):
            return _jwk(public_key("plaid"), json.loads(body)["key_id"])
        if host.startswith("sns.") and urlsplit(url).path.endswith(".pem"):
            return _certificate(public_key("sns"))
        raise Unreachable("tests have no network")

    return fetch


def _jwk(public_key: str, key_id: str) -> bytes:
    """Write an elliptic key down as Plaid does: its point is the end of the SubjectPublicKeyInfo."""
    point = a2b_base64(public_key)[-64:]
    x, y = (b2a_base64(half, newline=False).rstrip(b"=").decode() for half in (point[:32], point[32:]))
    urlsafe = str.maketrans("+/", "-_")
    key = {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": key_id}
    key |= {"x": x.translate(urlsafe), "y": y.translate(urlsafe)}
    return json.dumps({"key": key | {"expired_at": None}}).encode()


def _certificate(public_key: str) -> bytes:
    """Write a certificate (RFC 5280) that names SNS. Who signed it does not count: it comes from Amazon's host."""
    algorithm = _sequence(_SHA256_WITH_RSA, b"\x05\x00")
    validity = _sequence(_der(0x17, b"000101000000Z"), _der(0x17, b"491231235959Z"))
    names = _der(0x04, _sequence(_der(0x82, b"sns.amazonaws.com")))
    extensions = _der(0xA3, _sequence(_sequence(_SUBJECT_ALT_NAME, names)))
    name = _sequence(_der(0x31, _sequence(_COMMON_NAME, _der(0x0C, b"sns.amazonaws.com"))))
    version, serial = _der(0xA0, _der(0x02, b"\x02")), _der(0x02, b"\x01")
    body = _sequence(version, serial, algorithm, name, validity, name, a2b_base64(public_key), extensions)
    encoded = b2a_base64(_sequence(body, algorithm, _der(0x03, bytes(257))), newline=False).decode()
    lines = [encoded[start : start + 64] for start in range(0, len(encoded), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]).encode()


_SHA256_WITH_RSA = bytes.fromhex("06092a864886f70d01010b")
_SUBJECT_ALT_NAME = bytes.fromhex("0603551d11")
_COMMON_NAME = bytes.fromhex("0603550403")


def _sequence(*parts: bytes) -> bytes:
    return _der(0x30, b"".join(parts))


def _der(tag: int, content: bytes) -> bytes:
    """Write one value: its kind, its length, itself."""
    size = len(content)
    if size < 0x80:  # noqa: PLR2004 - the long form of a length begins there
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
