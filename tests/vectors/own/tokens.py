"""Cases of tokens: what their own header says decides nothing, and every claim that matters is demanded."""

from __future__ import annotations

import json
from typing import Any

from senders.clocks import NOW
from senders.model import Delivery, Sender
from senders.tokens import b64url, sealed, unsealed

from .case import BODY, Cases


def _resealed(sender: Sender, header: dict[str, Any] | None = None, **claims: object) -> Delivery:
    """Sign again with other claims; None leaves one out."""
    said, claimed = unsealed(sender.sign(BODY).signature)
    changed = {name: value for name, value in {**claimed, **claims}.items() if value is not None}
    key = sender.key(sender.secret)
    named = {**said, **(header or {}), "typ": None, "alg": None}
    beside = {name: value for name, value in named.items() if value is not None}
    return sender.sign(BODY).but(**{sender.header: sealed(said["alg"], key, beside, changed)})


def token(sender: Sender) -> Cases:
    """Any token: pinned algorithm, no critical extensions, three strict parts."""
    good = sender.sign(BODY)
    text, (header, claims) = good.signature, unsealed(good.signature)
    first, second, third = text.split(".")
    other = "HS384" if header["alg"] != "HS384" else "HS512"
    announced = b64url(json.dumps({**header, "alg": other}).encode())
    nothing = b64url(json.dumps({**header, "alg": "none"}).encode())
    by_public_key = sealed("HS256", sender.secret.encode(), {}, claims)
    malformed = "wrong_algorithm" if sender.provider == "messagebird" else "malformed_signature"  # it has three of them
    texts = {
        "none": (f"{nothing}.{second}.", "wrong_algorithm"),
        "none-with-the-signature": (f"{nothing}.{second}.{third}", "wrong_algorithm"),
        "other-algorithm-announced": (f"{announced}.{second}.{third}", "wrong_algorithm"),
        "without-signature": (f"{first}.{second}.", malformed),
        "two-parts": (f"{first}.{second}", "malformed_signature"),
        "four-parts": (f"{text}.{third}", malformed),
        "padded": (f"{first}.{second}.{third}=", malformed),
    }
    if header["alg"] not in {"HS256", "HS384", "HS512"}:
        texts["code-by-the-public-key"] = (by_public_key, "wrong_algorithm")
    return {
        **{name: (good.but(**{sender.header: bent}), reason) for name, (bent, reason) in texts.items()},
        "critical-extension": (_resealed(sender, {"crit": ["exp"]}), malformed),
        "no-critical-extension": (_resealed(sender, {"crit": []}), malformed),
        "another-claim": (_resealed(sender, made_up="x"), None),
    }


def dated(sender: Sender) -> Cases:
    """Tokens that carry their own times, here without or with a leeway of the receiver's."""
    leeway = {"messagebird": 1, "livekit": 60}.get(sender.provider, 0)
    return {
        **token(sender),
        "expired": (_resealed(sender, exp=NOW - leeway - 1), "stale"),
        "about-to-expire": (_resealed(sender, exp=NOW + 1), None),
        "not-yet-valid": (_resealed(sender, nbf=NOW + leeway + 1), "future"),
        "valid-from-now-on": (_resealed(sender, nbf=NOW), None),
        "without-exp": (_resealed(sender, exp=None), "missing_signature"),
        "other-issuer": (_resealed(sender, iss="somebody"), OTHER_ISSUER.get(sender.provider, "wrong_algorithm")),
        "without-issuer": (_resealed(sender, iss=None), OTHER_ISSUER.get(sender.provider, "wrong_algorithm")),
    }


OTHER_ISSUER = {"livekit": "unknown_key"}


def messagebird(sender: Sender) -> Cases:
    """MessageBird: the digest of the URL, and of a body if there is one."""
    return {
        **dated(sender),
        "other-url": (_resealed(sender, url_hash="0" * 64), "signature_mismatch"),
        "without-url": (_resealed(sender, url_hash=None), "signature_mismatch"),
        "digest-left-out": (_resealed(sender, payload_hash=None), "body_not_covered"),
        "digest-of-another-body": (_resealed(sender, payload_hash="0" * 64), "body_not_covered"),
    }


def qstash(sender: Sender) -> Cases:
    """QStash: the URL itself, and a digest with padding or without."""
    digest = unsealed(sender.sign(BODY).signature)[1]["body"]
    return {
        **dated(sender),
        "other-url": (_resealed(sender, sub="https://example.com/other/"), "signature_mismatch"),
        "without-url": (_resealed(sender, sub=None), "signature_mismatch"),
        "digest-without-padding": (_resealed(sender, body=digest.rstrip("=")), None),
        "digest-left-out": (_resealed(sender, body=None), "body_not_covered"),
    }


def livekit(sender: Sender) -> Cases:
    """LiveKit: a digest in base64."""
    return {
        **dated(sender),
        "digest-left-out": (_resealed(sender, sha256=None), "body_not_covered"),
        "digest-in-hexadecimal": (_resealed(sender, sha256="0" * 64), "body_not_covered"),
    }


def fusionauth(sender: Sender) -> Cases:
    """FusionAuth: a digest in base64, and no time."""
    return {
        **token(sender),
        "digest-left-out": (_resealed(sender, request_body_sha256=None), "body_not_covered"),
        "digest-in-hexadecimal": (_resealed(sender, request_body_sha256="0" * 64), "body_not_covered"),
    }


def plaid(sender: Sender) -> Cases:
    """Plaid: the key is asked for by the name that the token gives."""
    good = sender.sign(BODY)
    return {
        **token(sender),
        "digest-left-out": (_resealed(sender, request_body_sha256=None), "body_not_covered"),
        "without-a-time": (_resealed(sender, iat=None), "missing_signature"),
        "without-a-key": (_resealed(sender, {"kid": None}), "unknown_key"),
        "other-key-than-fetched": (_resealed(sender, {"kid": "another"}), "key_unavailable"),
        "key-not-to-be-had": (Delivery(good.headers, good.body, good.signature), "key_unavailable"),
    }
