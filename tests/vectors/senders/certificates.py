"""Certificates (RFC 5280) of made-up keys, signed by themselves."""

from __future__ import annotations

import base64

from .asymmetry import RsaKey, tagged

SHA256_WITH_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")


def certificate(key: RsaKey, name: str, validity: tuple[str, str] = ("260101000000Z", "270101000000Z")) -> str:
    """Write a certificate for a DNS name as PEM; `validity` in UTCTime."""
    subject = tagged(0x30, tagged(0x31, tagged(0x30, bytes.fromhex("0603550403") + tagged(0x0C, name.encode()))))
    names = tagged(0x30, tagged(0x82, name.encode()))
    extension = tagged(0x30, bytes.fromhex("0603551d11") + tagged(0x04, names))
    times = tagged(0x30, b"".join(tagged(0x17, moment.encode()) for moment in validity))
    version, serial = bytes.fromhex("a003020102"), bytes.fromhex("020101")
    parts = [version, serial, SHA256_WITH_RSA, subject, times, subject, key.spki]
    body = tagged(0x30, b"".join(parts) + tagged(0xA3, tagged(0x30, extension)))
    der = tagged(0x30, body + SHA256_WITH_RSA + tagged(0x03, b"\0" + key.pkcs1(body, "sha256")))
    text = base64.b64encode(der).decode()
    lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
