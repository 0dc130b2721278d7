"""Senders that sign a token (JWT) which names the body by its digest."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from .asymmetry import ed25519, p256, raw
from .clocks import NOW, TIME, Clock
from .model import TEXTS, URL, Delivery, Sender, b64, mac
from .pairs import EDWARDS_SPKIS, P256_SPKIS, RSA_SPKIS, SCALARS

Claims: TypeAlias = "dict[str, Any]"
HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def sealed(algorithm: str, key: bytes, header: Claims, claims: Claims) -> str:
    """Write a token. For public keys `key` is the text of the public one."""
    parts = [{"typ": "JWT", "alg": algorithm, **header}, claims]
    text = ".".join(b64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    signers: dict[str, Callable[[bytes], bytes]] = {
        **{name: lambda content, name=name: mac(key, content, HASHES[name]) for name in HASHES},
        "RS256": lambda content: RSA_SPKIS[key.decode()].pkcs1(content, "sha256"),
        "ES256": lambda content: raw(p256(P256_SPKIS[key.decode()], content)),
        "EdDSA": lambda content: ed25519(EDWARDS_SPKIS[key.decode()], content),
        "none": lambda content: b"",
    }
    return f"{text}.{b64url(signers[algorithm](text.encode()))}"


def unsealed(text: str) -> tuple[Claims, Claims]:
    """Read header and claims of a token."""
    header, claims, _ = text.split(".")
    return json.loads(base64.urlsafe_b64decode(f"{header}==")), json.loads(base64.urlsafe_b64decode(f"{claims}=="))


def b64url(data: bytes) -> str:
    """Write bytes in the base64 of URLs, without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token(name: str, header: str, algorithm: str, claims: Callable[[bytes, str], Claims]) -> Sender:
    """Describe a sender; `claims` are those for a body and a time."""
    pairs = {"RS256": RSA_SPKIS, "ES256": P256_SPKIS, "EdDSA": EDWARDS_SPKIS}.get(algorithm)
    texts = tuple(pairs) if pairs else TEXTS

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        text = sealed(algorithm, key, {}, {**claims(body, time), **({"jti": event} if event else {})})
        return Delivery({header: text}, body, text)

    return Sender(
        *(name, texts[0], make, texts[1:], header),
        encoding="token",
        needed=(header,),
        altered="body_not_covered",
        joined={header: "malformed_signature"},
    )


def _messagebird(algorithm: str) -> Sender:
    def claims(body: bytes, time: str) -> Claims:
        digest = {"payload_hash": hashlib.sha256(body).hexdigest()} if body else {}
        url = hashlib.sha256(URL.encode()).hexdigest()
        return {"iss": "MessageBird", "nbf": NOW - 60, "exp": NOW + 60, "url_hash": url, **digest}

    name = "messagebird" if algorithm == "HS256" else f"messagebird/{algorithm.lower()}"
    return replace(token(name, "MessageBird-Signature-JWT", algorithm, claims), like=True)


def _qstash(body: bytes, time: str) -> Claims:
    digest = b64url(hashlib.sha256(body).digest())
    return {"iss": "Upstash", "sub": URL, "nbf": NOW - 60, "exp": NOW + 60, "body": f"{digest}="}


API_KEY = "APImadeUp4e6a8c"


def _livekit(body: bytes, time: str) -> Claims:
    return {"iss": API_KEY, "nbf": NOW - 60, "exp": NOW + 60, "sha256": b64(hashlib.sha256(body).digest())}


def _fusionauth(body: bytes, time: str) -> Claims:
    return {"request_body_sha256": b64(hashlib.sha256(body).digest())}


def jwk(scalar: int, kid: str = "made-up-key") -> str:
    """Write a public key of P-256 as Plaid publishes it."""
    x, y = (P256_TEXTS[scalar][start : start + 32] for start in (0, 32))
    return json.dumps(
        {"alg": "ES256", "crv": "P-256", "kid": kid, "kty": "EC", "use": "sig", "x": b64url(x), "y": b64url(y)}
    )


P256_TEXTS = {scalar: base64.b64decode(text)[-64:] for text, scalar in P256_SPKIS.items()}


def _plaid() -> Sender:
    header, texts = "Plaid-Verification", tuple(P256_SPKIS)

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        claims = {"iat": json.loads(time), "request_body_sha256": hashlib.sha256(body).hexdigest()}
        text = sealed("ES256", key, {"kid": "made-up-key"}, claims)
        return Delivery({header: text}, body, text, remote=jwk(SCALARS[0]))

    return Sender(
        *("plaid", texts[0], make, texts[1:], header),
        encoding="token",
        needed=(header,),
        altered="body_not_covered",
        fetched=True,
        early=True,
        tolerance=300,
        writes=Clock(str, {"in-milliseconds": (f"{TIME}000", "timestamp_out_of_range")}),
        joined={header: "malformed_signature"},
    )


SENDERS = [
    token("fusionauth", "X-FusionAuth-Signature-JWT", "RS256", _fusionauth),
    token("fusionauth-es256", "X-FusionAuth-Signature-JWT", "ES256", _fusionauth),
    token("fusionauth-hs256", "X-FusionAuth-Signature-JWT", "HS256", _fusionauth),
    replace(token("livekit", "Authorization", "HS256", _livekit), options={"api_key": API_KEY}),
    *map(_messagebird, HASHES),
    _plaid(),
    token("qstash", "Upstash-Signature", "HS256", _qstash),
]
"""Each by its provider, and by its algorithm where it has several."""
