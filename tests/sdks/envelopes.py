"""Tokens and signed HTTP messages, by small packages: dependency group `verifiers`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from tests.flips import Request
from tests.sdks.model import EVENT, NOW, TEXT, URL, Sdk, b64, digest, headers_of, keys_of, pem, sent


def messagebird() -> Sdk:
    """MessageBird's validator; its token is made by PyJWT."""
    theirs = import_module("messagebird.request_validator").RequestValidator(TEXT)

    def accepts(request: Request) -> bool:
        token = headers_of(request)["messagebird-signature-jwt"]
        return bool(theirs.validate_signature(token, request.url, request.body))

    def sign(body: bytes) -> Request:
        claims = {"iss": "MessageBird", "nbf": NOW, "exp": NOW + 60, "jti": EVENT}
        hashes = {"url_hash": digest(URL.encode()).hex(), "payload_hash": digest(body).hex()}
        return sent(body, MessageBird_Signature_JWT=token_of(claims | hashes))

    mute = "it demands the claim nbf, which our signer leaves out because the sender's documentation does not name it"
    return Sdk("messagebird", accepts, sign, mute=mute if "nbf" not in claims_of_ours("messagebird") else "")


def qstash() -> Sdk:
    """QStash's receiver; its token is made by PyJWT."""
    theirs = import_module("qstash").Receiver(TEXT, "the next key, which is not used here")

    def accepts(request: Request) -> bool:
        theirs.verify(signature=headers_of(request)["upstash-signature"], body=request.body.decode(), url=request.url)
        return True

    def sign(body: bytes) -> Request:
        claims = {"iss": "Upstash", "sub": URL, "nbf": NOW, "exp": NOW + 300, "iat": NOW, "jti": EVENT}
        covered = import_module("base64").urlsafe_b64encode(digest(body)).decode()
        return sent(body, Upstash_Signature=token_of(claims | {"body": covered}))

    return Sdk("qstash", accepts, sign)


def plaid() -> Sdk:
    """Plaid's package has no verifier: this is the one of its documentation, with PyJWT."""
    private, ours, _ = keys_of("plaid")
    jwt: Any = import_module("jwt")
    kid = jwt.get_unverified_header(headers_of(Sdk("plaid", bool, sent, "", ours).ours(b"{}"))["plaid-verification"])[
        "kid"
    ]
    point = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(private.public_key()))
    remote = json.dumps({**point, "alg": "ES256", "use": "sig", "kid": kid, "expired_at": None})

    def accepts(request: Request) -> bool:
        token = headers_of(request)["plaid-verification"]
        if jwt.get_unverified_header(token)["alg"] != "ES256":
            return False
        claims = jwt.decode(token, private.public_key(), algorithms=["ES256"])
        return NOW - claims["iat"] <= 300 and digest(request.body).hex() == claims["request_body_sha256"]

    def sign(body: bytes) -> Request:
        claims = {"iat": NOW, "request_body_sha256": digest(body).hex()}
        return sent(body, Plaid_Verification=jwt.encode(claims, private, "ES256", {"kid": kid}))

    return Sdk("plaid", accepts, sign, "", ours, remote=remote)


def fusionauth(provider: str, algorithm: str) -> Sdk:
    """FusionAuth documents PyJWT for Python."""
    jwt: Any = import_module("jwt")
    shared = algorithm.startswith("HS")
    private, ours, public = (TEXT, TEXT, TEXT) if shared else keys_of(provider)
    verifying = TEXT if shared else private.public_key()

    def accepts(request: Request) -> bool:
        claims = jwt.decode(headers_of(request)["x-fusionauth-signature-jwt"], verifying, algorithms=[algorithm])
        return claims["request_body_sha256"] == b64(digest(request.body))

    def sign(body: bytes) -> Request:
        token = jwt.encode({"request_body_sha256": b64(digest(body))}, private, algorithm)
        return sent(body, X_FusionAuth_Signature_JWT=token)

    return Sdk(provider, accepts, sign, public, ours)


def http_message(provider: str, algorithm: str) -> Sdk:
    """RFC 9421 by its reference package for Python."""
    package: Any = import_module("http_message_signatures")
    shared = algorithm == "HMAC_SHA256"
    secret = b64(TEXT.encode())
    private, ours, public = (TEXT.encode(), secret, secret) if shared else keys_of(provider)
    verifying = private if shared else pem(private).encode()
    keys = package.MappingKeyResolver(private_keys={"k": private}, public_keys={"k": verifying})
    chosen = {"signature_algorithm": getattr(package.algorithms, algorithm), "key_resolver": keys}
    covered = ("@method", "@target-uri", "content-digest")

    def message(request: Request) -> SimpleNamespace:
        return SimpleNamespace(method=request.method, url=request.url, headers=dict(request.headers), body=request.body)

    def accepts(request: Request) -> bool:
        verifier = package.HTTPMessageVerifier(**chosen)
        limit = dt.timedelta(seconds=300)
        return bool(verifier.verify(message(request), max_age=limit, require_components=covered, body=request.body))

    def sign(body: bytes) -> Request:
        out = message(sent(body))
        signer = package.HTTPMessageSigner(**chosen)
        created = dt.datetime.fromtimestamp(NOW, tz=dt.timezone.utc)
        signer.sign(out, key_id="k", created=created, nonce=EVENT, covered_component_ids=covered, body=body)
        return Request("POST", URL, tuple(out.headers.items()), body)

    mute = "it demands a key id, which our signer leaves out because the RFC does"
    looser = {"signature": "the RFC has readers pass over the stray bits of base64"}
    return Sdk(provider, accepts, sign, public, ours, mute=mute, looser=looser)


def token_of(claims: dict[str, Any]) -> str:
    """Make a token with the shared secret."""
    return import_module("jwt").encode(claims, TEXT, "HS256")


def claims_of_ours(provider: str) -> dict[str, Any]:
    """Read the claims that our signer writes."""
    ours = Sdk(provider, bool, sent).ours(b"{}")
    jwt: Any = import_module("jwt")
    token = next(text for name, text in ours.headers if name.lower().endswith("jwt"))
    return jwt.decode(token, options={"verify_signature": False})


MAKERS: dict[str, tuple[str, Callable[[], Sdk]]] = {
    "messagebird": ("messagebird", messagebird),
    "qstash": ("qstash", qstash),
    "plaid": ("jwt", plaid),
    "fusionauth-hs256": ("jwt", lambda: fusionauth("fusionauth-hs256", "HS256")),
    "fusionauth-es256": ("jwt", lambda: fusionauth("fusionauth-es256", "ES256")),
    "fusionauth": ("jwt", lambda: fusionauth("fusionauth", "RS256")),
    "rfc9421-hmac-sha256": (
        "http_message_signatures",
        lambda: http_message("rfc9421-hmac-sha256", "HMAC_SHA256"),
    ),
    "rfc9421-ed25519": ("http_message_signatures", lambda: http_message("rfc9421-ed25519", "ED25519")),
    "rfc9421-ecdsa-p256-sha256": (
        "http_message_signatures",
        lambda: http_message("rfc9421-ecdsa-p256-sha256", "ECDSA_P256_SHA256"),
    ),
    "rfc9421-rsa-pss-sha512": (
        "http_message_signatures",
        lambda: http_message("rfc9421-rsa-pss-sha512", "RSA_PSS_SHA512"),
    ),
    "rfc9421-rsa-v1-5-sha256": (
        "http_message_signatures",
        lambda: http_message("rfc9421-rsa-v1-5-sha256", "RSA_V1_5_SHA256"),
    ),
}
"""The package of each, and how it is put into form."""
