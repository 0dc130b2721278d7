"""Records for senders that the catalog lacks: `PROVIDER: mac(header="X-Acme-Signature", ...)`.

The constructors only write down what they are given, so a settings file always imports. The record is compiled by the
same engine as the catalog's when its endpoint is built; what cannot be right becomes a finding there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from hookseal.drafts import (
    Encoding,
    Http,
    KeyText,
    Named,
    PublicKeyText,
    Require,
    Scheme,
    Shape,
    TimeOf,
    Unit,
    conditions,
    equal,
    key_of,
    record,
    signature,
)
from hookseal.places import Claim, Form, Header, Item, Json, Place, Query, given

__all__ = [
    "Claim",
    "Form",
    "Header",
    "Http",
    "Item",
    "Json",
    "Place",
    "Query",
    "Require",
    "Scheme",
    "asymmetric",
    "basic",
    "http_signature",
    "jwt",
    "mac",
    "token",
]

Digest: TypeAlias = Literal["sha1", "sha256", "sha384", "sha512"]
Signing: TypeAlias = Literal[
    "ed25519",
    "ecdsa-p256-sha256-der",
    "ecdsa-p256-sha256-raw",
    "rsa-pkcs1-sha1",
    "rsa-pkcs1-sha256",
    "rsa-pss-sha512",
]
TokenAlgorithm: TypeAlias = Literal["hs256", "hs384", "hs512", "es256", "rs256", "eddsa"]
MessageAlgorithm: TypeAlias = Literal[
    "hmac-sha256", "ed25519", "ecdsa-p256-sha256", "rsa-pss-sha512", "rsa-v1_5-sha256"
]


def basic(*, title: str = "HTTP Basic", docs: str = "", http: Http | None = None) -> Scheme:
    """Describe a sender that proves itself with HTTP Basic; its secrets are "user:password".

    Anyone who reads one delivery can forge the next, so only https protects this.
    """
    return record([equal("basic", "Authorization", "Basic", "base64")], title, docs, http)


def token(
    *,
    header: str = "Authorization",
    scheme: str | None = None,
    title: str = "Token",
    docs: str = "",
    http: Http | None = None,
) -> Scheme:
    """Describe a sender that shows a shared token in a header.

    Args:
        header: the header that holds it.
        scheme: the word before it; by default "Bearer" in Authorization and nothing elsewhere. "" for nothing.
        title: the sender's name, for people.
        docs: where the sender documents it.
        http: how the sender talks HTTP.
    """
    if scheme is None and header.lower() == "authorization":
        scheme = "Bearer"
    key = "token68" if scheme else "verbatim"
    return record([equal(key, header, scheme or None, "text")], title, docs, http)


def mac(
    *,
    digest: Digest,
    encoding: Encoding,
    header: str | None = None,
    at: Place | None = None,
    signed: str = "{body}",
    parts: Mapping[str, Place] | None = None,
    prefix: str | None = None,
    shape: Shape = "plain",
    version: str | None = None,
    split: str | None = None,
    join: str | None = None,
    key: KeyText = "verbatim",
    strip: str | None = None,
    each: str | None = None,
    port_variants: bool = False,
    require: Sequence[Require] = (),
    options: Sequence[str] = (),
    event: Place | str | None = None,
    time: str | None = "ts",
    unit: Unit = "s",
    tolerance: int | None = None,
    time_of: TimeOf = "attempt",
    title: str = "HMAC",
    docs: str = "",
    http: Http | None = None,
) -> Scheme:
    """Describe a sender that signs with HMAC over text made from the request.

    Example:
        mac(header="X-Acme-Signature", digest="sha256", encoding="hex", prefix="sha256=", signed="{ts}.{body}",
            parts={"ts": Header("X-Acme-Time")}, event=Json("/id"))

    Args:
        digest: the hash function.
        encoding: how the signature is written.
        header: the header that holds the signature.
        at: where the signature stands, where that is no header of its own.
        signed: the signed text; {body}, {url}, {method} and the names of `parts` in braces stand for their bytes.
        parts: where the named values of `signed` stand.
        prefix: text before the signature, "sha256=".
        shape: "plain": one signature; "pairs": k=v pairs of which those named `version` are signatures;
            "versions": entries "version,signature"; "numbered": one in each of the headers "X-Signature-{n}".
        version: which entries of a list are signatures, "v1".
        split: what separates the entries of a list.
        join: what stands between name and value of a pair, where that is no equals sign.
        key: how a secret becomes the key: as it stands, or decoded.
        strip: text before the secret that is no part of the key, where it is there.
        each: the pointer of a list in a JSON body of which each item is signed by itself; see `Item`.
        port_variants: whether the URL is tried with and without its port.
        require: what must hold beside the signature.
        options: names that OPTIONS must give, for {option:NAME}.
        event: where the id of the event stands, or the name of a part; an id that is not signed is not used.
        time: the part that holds the time of signing, by default the one named "ts" if there is one; None for none.
        unit: how that time is written.
        tolerance: seconds it may lie from now, both ways; by default the engine's.
        time_of: what the time is of: each attempt to deliver, the event, or not known.
        title: the sender's name, for people.
        docs: where the sender documents it.
        http: how the sender talks HTTP.

    Raises:
        TypeError: not exactly one of `header` and `at` is given, or `event` is a place and a part bears that name.
    """
    named = Named(parts, event, time)
    text = key if strip is None else f"strip:{strip}"
    proof = {
        "algorithm": f"hmac-{digest}",
        "key": key_of(text, shared=True),
        "signature": signature(header, at, encoding, shape, prefix=prefix, version=version, split=split, join=join),
        "signed": signed,
        "parts": named.written,
        **conditions(require),
        **given(each=each, url="port-variants" if port_variants else None),
    }
    return record([proof], title, docs, http, options, **named.roles(unit, time_of, tolerance))


def asymmetric(
    *,
    algorithm: Signing,
    encoding: Encoding,
    header: str | None = None,
    at: Place | None = None,
    signed: str = "{body}",
    parts: Mapping[str, Place] | None = None,
    prefix: str | None = None,
    shape: Shape = "plain",
    version: str | None = None,
    split: str | None = None,
    key: PublicKeyText = "spki",
    min_bits: int | None = None,
    require: Sequence[Require] = (),
    options: Sequence[str] = (),
    event: Place | str | None = None,
    time: str | None = "ts",
    unit: Unit = "s",
    tolerance: int | None = None,
    time_of: TimeOf = "attempt",
    title: str = "Signature",
    docs: str = "",
    http: Http | None = None,
) -> Scheme:
    """Describe a sender that signs with a private key; the endpoint's secrets are its public keys.

    Example:
        asymmetric(algorithm="ed25519", header="X-Acme-Signature", encoding="hex", key="hex-32", signed="{ts}{body}",
            parts={"ts": Header("X-Acme-Time")})

    Args:
        algorithm: how it signs; "der" and "raw" are the two ways to write an ECDSA signature.
        encoding: how the signature is written.
        header: the header that holds the signature.
        at: where the signature stands, where that is no header of its own.
        signed: the signed text, as for `mac`.
        parts: where the named values of `signed` stand.
        prefix: text before the signature.
        shape: the form of a list of signatures, as for `mac`.
        version: which entries of a list are signatures.
        split: what separates the entries of a list.
        key: how public keys are written: "spki" (base64 or PEM), "jwk", or the 32 bytes of an Ed25519 key.
        min_bits: the shortest RSA key that is taken; 2048 by default.
        require: what must hold beside the signature.
        options: names that OPTIONS must give, for {option:NAME}.
        event: as for `mac`.
        time: as for `mac`.
        unit: as for `mac`.
        tolerance: as for `mac`.
        time_of: as for `mac`.
        title: the sender's name, for people.
        docs: where the sender documents it.
        http: how the sender talks HTTP.

    Raises:
        TypeError: as for `mac`.
    """
    named = Named(parts, event, time)
    proof = {
        "algorithm": algorithm,
        "key": key_of(key, shared=False, min_bits=min_bits),
        "signature": signature(header, at, encoding, shape, prefix=prefix, version=version, split=split),
        "signed": signed,
        "parts": named.written,
        **conditions(require),
    }
    return record([proof], title, docs, http, options, **named.roles(unit, time_of, tolerance))


def jwt(
    *,
    algorithm: TokenAlgorithm | Sequence[TokenAlgorithm],
    header: str = "Authorization",
    scheme: str | None = None,
    key: KeyText | PublicKeyText | None = None,
    min_bits: int | None = None,
    require: Sequence[Require] = (),
    options: Sequence[str] = (),
    parts: Mapping[str, Place] | None = None,
    demands: Sequence[str] = ("exp",),
    leeway: int = 0,
    event: Place | str | None = None,
    time: str | None = "ts",
    tolerance: int | None = None,
    time_of: TimeOf = "attempt",
    title: str = "JWT",
    docs: str = "",
    http: Http | None = None,
) -> Scheme:
    """Describe a sender that sends a signed token (JWT) with each delivery, in which a claim vouches for the body.

    Example:
        jwt(algorithm="es256", header="X-Acme-Token", event=Claim("jti"), parts={"ts": Claim("iat")},
            require=[Require(Claim("body_sha256"), "{sha256-hex:body}")])

    Args:
        algorithm: what its tokens are signed with; a token that says otherwise is refused.
        header: the header that holds the token.
        scheme: the word before it; by default "Bearer" in Authorization and nothing elsewhere. "" for nothing.
        key: how secrets are written: for hs* as they stand by default; for the others public keys, "spki" by default.
        min_bits: the shortest RSA key that is taken; 2048 by default.
        require: what must hold beside the signature. Without a hash of the body here, any body passes with the token.
        options: names that OPTIONS must give, for {option:NAME}.
        parts: where named values stand.
        demands: the claims that must be there. `exp` and `nbf` are judged wherever they are.
        leeway: seconds by which `exp` and `nbf` may be missed.
        event: where the id of the event stands, or the name of a part: Claim("jti").
        time: the part that holds the time of signing, by default the one named "ts" if there is one; None for none.
        tolerance: seconds it may lie from now, both ways; by default the engine's.
        time_of: what the time is of.
        title: the sender's name, for people.
        docs: where the sender documents it.
        http: how the sender talks HTTP.

    Raises:
        TypeError: `event` is a place and a part bears that name.
    """
    if scheme is None and header.lower() == "authorization":
        scheme = "Bearer"
    named = Named(parts, event, time)
    proofs = [
        {
            "algorithm": f"jwt-{each}",
            "key": key_of(key, shared=each.startswith("hs"), min_bits=min_bits),
            "signature": signature(header, None, "base64url", "plain", scheme=scheme or None),
            "parts": named.written,
            "envelope": {"leeway": leeway, "demands": list(demands)},
            **conditions(require),
        }
        for each in ([algorithm] if isinstance(algorithm, str) else algorithm)
    ]
    return record(proofs, title, docs, http, options, **named.roles("s", time_of, tolerance))


def http_signature(
    *,
    algorithm: MessageAlgorithm,
    covers: Sequence[str] = ("@method", "@target-uri", "content-digest"),
    key: KeyText | PublicKeyText | None = None,
    min_bits: int | None = None,
    demands: Sequence[str] = ("created",),
    leeway: int = 0,
    event: Place | str | None = None,
    tolerance: int | None = None,
    title: str = "HTTP Message Signature",
    docs: str = "",
    http: Http | None = None,
) -> Scheme:
    """Describe a sender that signs HTTP messages after RFC 9421, with the headers Signature and Signature-Input.

    The body is covered by the header Content-Digest, which is computed anew and compared.

    Args:
        algorithm: what it signs with; a signature that says otherwise is refused.
        covers: the components that every signature must cover, at least.
        key: how secrets are written: for hmac-sha256 base64 by default; for the others public keys, "spki" by default.
        min_bits: the shortest RSA key that is taken; 2048 by default.
        demands: the parameters that must be there; `created` is the time of signing.
        leeway: seconds by which `expires` may be missed.
        event: where the id of the event stands: a covered header, or a value in the body.
        tolerance: seconds that `created` may lie from now, both ways; by default the engine's.
        title: the sender's name, for people.
        docs: where the sender documents it.
        http: how the sender talks HTTP.
    """
    timed: dict[str, Place] = {"ts": Claim("created")} if "created" in demands else {}
    named = Named(timed, event, "ts")
    shared = algorithm.startswith("hmac")
    proof = {
        "algorithm": f"http-signature-{algorithm}",
        "key": key_of(key or ("base64" if shared else None), shared=shared, min_bits=min_bits),
        "signature": signature("Signature", None, "base64", "plain"),
        "parts": named.written,
        "envelope": {"leeway": leeway, "demands": list(demands), "covers": list(covers)},
    }
    return record([proof], title, docs, http, (), **named.roles("s", "attempt", tolerance))
