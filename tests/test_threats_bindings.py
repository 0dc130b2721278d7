"""Threats to what binds a signature to its body: tokens that choose their algorithm, digests of another body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from hookseal import Verifier, WebhookRejected, sign
from hookseal._engine import Record, RemoteKey
from hookseal.schemes import Claim, Require, http_signature, jwt
from hookseal.signing import key_pair
from tests.catalog import LOCAL, keys_of, secret_of
from tests.ids import shown

NOW = 1_790_000_000
SECRET = "bound-canary-3f9c1e7a5b2d8064-3f9c1e7a5b2d8064"
BODY = b'{"id":"evt_1"}'
OTHER = b'{"id":"evt_2"}'
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
URL = "https://testserver/bound/"
KINDS = (JSON, FORM, f"{FORM}; charset=utf-8", "multipart/form-data; boundary=x", "text/plain", "")
BODIES = (b"", b"{}", b"[]", b"null", b"&", b"a=1", OTHER, BODY + b"\n", b"--x--\r\n")

SIGNED_WHOLLY = [name for name in LOCAL if Record.named(name).body_authenticated == "yes"]
TOKENS = {
    "fusionauth-hs256": ("X-FusionAuth-Signature-JWT", "request_body_sha256", {}),
    "livekit": ("Authorization", "sha256", {"iss": "APIkey"}),
    "messagebird": ("MessageBird-Signature-JWT", "payload_hash", {"iss": "MessageBird"}),
    "qstash": ("Upstash-Signature", "body", {"iss": "Upstash", "sub": URL}),
}
"""Senders of tokens under shared secrets: the header, the claim with the body's digest, and what else it says."""


def verdict(provider, secret: str, headers: dict[str, str], body: bytes, url: str = URL) -> str:
    """Judge a delivery: the reason's code, empty where it is accepted."""
    options = {"api_key": "APIkey"} if provider == "livekit" else {}
    try:
        Verifier(provider, secrets=[secret], options=options).verify(headers=headers, body=body, url=url, now=NOW)
    except WebhookRejected as rejection:
        return rejection.reason.value
    return ""


@pytest.mark.parametrize("content_type", [JSON, FORM])
@pytest.mark.parametrize("provider", SIGNED_WHOLLY)
def test_T69_no_body_passes_under_another_content_type(provider: str, content_type: str):
    """A genuine delivery, relabelled and with another body: what vouches for a body vouches for every kind of it."""
    private, public = keys_of(provider)
    try:
        signed = sign(provider, secret=private, body=BODY, now=NOW, url=URL, content_type=content_type)
    except ValueError:
        pytest.skip("this sender sends no such body")
    url = signed.url or URL
    assert verdict(provider, public, signed.headers, signed.body, url) == ""
    for kind in KINDS:
        for body in BODIES:
            headers = {**signed.headers, "Content-Type": kind}
            assert verdict(provider, public, headers, body, url), (kind, body)


def token(provider: str, digest: object, *, key: str = SECRET, algorithm: str = "HS256", **more: object) -> str:
    """Make a sender's token by another implementation, with a claim of that digest; None: without the claim."""
    _, claim, claims = TOKENS[provider]
    said = {"iat": NOW, "nbf": NOW, "exp": NOW + 60, "jti": "id-1", **claims, **more}
    if provider == "messagebird":
        said["url_hash"] = hashlib.sha256(URL.encode()).hexdigest()
    return pyjwt.encode(said if digest is None else {**said, claim: digest}, key, algorithm=algorithm)


def digest_of(provider: str, body: bytes) -> str:
    """Write a body's digest as the sender does."""
    made = hashlib.sha256(body).digest()
    if provider == "messagebird":
        return made.hex()
    return base64.urlsafe_b64encode(made).decode() if provider == "qstash" else base64.b64encode(made).decode()


@pytest.mark.parametrize("body", [BODY, b"", b"a=1", b"\xff\x00"])
@pytest.mark.parametrize("provider", TOKENS)
def test_T69_a_digest_in_a_claim_is_always_compared(provider: str, body: bytes):
    """For JSON, forms, bytes and no body alike; a claim that is missing, empty or null vouches for nothing."""
    header = TOKENS[provider][0]

    def judged(digest: object, sent: bytes = body) -> str:
        return verdict(provider, SECRET, {header: token(provider, digest)}, sent)

    assert judged(digest_of(provider, body)) == ""
    assert judged(digest_of(provider, OTHER)) == "body_not_covered"
    assert judged(digest_of(provider, body), OTHER) == "body_not_covered"
    assert judged("") == "body_not_covered"
    assert judged(None) == ("" if provider == "messagebird" and not body else "body_not_covered")
    assert judged(None, OTHER) == "body_not_covered"
    assert judged([digest_of(provider, body)]) == "malformed_body"


@pytest.mark.parametrize("spelling", ["none", "None", "NONE", "nOnE", "", None], ids=shown)
@pytest.mark.parametrize("provider", TOKENS)
def test_T09_a_token_that_wants_no_signature_is_refused(provider: str, spelling: str | None):
    """Whatever its header says, and whether or not it still has a signature."""
    header, good = TOKENS[provider][0], token(provider, digest_of(provider, BODY))
    _, claims, signature = good.split(".")
    said = json.dumps({"typ": "JWT"} if spelling is None else {"typ": "JWT", "alg": spelling}).encode()
    head = base64.urlsafe_b64encode(said).decode().rstrip("=")
    assert verdict(provider, SECRET, {header: good}, BODY) == ""
    for end in ("", signature):
        assert verdict(provider, SECRET, {header: f"{head}.{claims}.{end}"}, BODY)


@pytest.mark.parametrize("algorithm", ["rs256", "es256", "eddsa"])
def test_T09_a_public_key_is_no_shared_secret(algorithm: str):
    """A token under HMAC whose key is the public key, in each form in which it may be written."""
    scheme = jwt(algorithm=algorithm, header="X-Token", require=[Require(Claim("sha"), "{sha256-hex:body}")])
    _, public = key_pair(scheme)
    loaded = load_der_public_key(base64.b64decode(public))
    spki, pem = PublicFormat.SubjectPublicKeyInfo, loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = json.dumps({"sha": hashlib.sha256(BODY).hexdigest()}).encode()
    for key in (public.encode(), pem, pem.strip(), loaded.public_bytes(Encoding.DER, spki)):
        forged = pyjwt.api_jws.PyJWS().encode(claims, "x" * 40, algorithm="HS256").rpartition(".")[0]
        mac = base64.urlsafe_b64encode(hmac.digest(key, forged.encode(), "sha256")).decode().rstrip("=")
        assert verdict(scheme, public, {"X-Token": f"{forged}.{mac}"}, BODY) == "wrong_algorithm"


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "k": "QUJD"},
        {"kty": "RSA", "n": "QUJD", "e": "AQAB"},
        {"kty": "EC", "crv": "P-384", "x": "QUJD", "y": "QUJD"},
        {"kty": "OKP", "crv": "Ed25519", "x": "QUJD" * 11},
        {"kty": "EC", "crv": "P-256", "x": "QUJD"},
        {"crv": "P-256", "x": "QUJD", "y": "QUJD"},
        {},
    ],
    ids=lambda key: "-".join([*key, *key.values()][:5]) or "nothing",
)
def test_T09_a_fetched_key_of_another_kind_is_none(key: dict[str, str]):
    """Plaid signs with P-256; a key that says anything else is not tried."""
    with pytest.raises(ValueError, match=r"."):
        RemoteKey("plaid", "https://production.plaid.com/webhook_verification_key/get#1", json.dumps(key).encode())


def test_T94_a_message_that_leaves_the_body_out_is_refused():
    """Its signature holds, over fewer components than the record demands."""
    whole = http_signature(algorithm="ed25519")
    bare = http_signature(algorithm="ed25519", covers=["@method", "@target-uri"])
    private, public = key_pair(whole)
    signed = sign(bare, secret=private, body=BODY, now=NOW, url=URL)
    assert verdict(bare, public, signed.headers, BODY) == ""
    digest = sign(whole, secret=private, body=BODY, now=NOW, url=URL).headers["Content-Digest"]
    for extra in ({}, {"Content-Digest": digest}):
        assert verdict(whole, public, {**signed.headers, **extra}, BODY) == "body_not_covered"


@pytest.mark.parametrize("position", range(len(BODY)))
def test_T94_a_flipped_bit_of_a_covered_body_is_noticed(position: int):
    """By the digest, which is signed; a digest of the changed body breaks the signature instead."""
    scheme = http_signature(algorithm="ed25519")
    private, public = key_pair(scheme)
    changed = BODY[:position] + bytes([BODY[position] ^ 1]) + BODY[position + 1 :]
    signed, other = (sign(scheme, secret=private, body=body, now=NOW, url=URL) for body in (BODY, changed))
    assert verdict(scheme, public, signed.headers, changed) == "body_not_covered"
    headers = {**signed.headers, "Content-Digest": other.headers["Content-Digest"]}
    assert verdict(scheme, public, headers, changed) == "signature_mismatch"


@pytest.mark.parametrize(
    "auth", ['""', '"a"', '"{"', '"\\u0000"', '"' + "0" * 31 + '"', '"' + "0" * 33 + '"', "0", "null"]
)
def test_T96_only_a_whole_digest_gives_way_to_the_key(auth: str):
    """An empty or short text in its place would be found all over the body."""
    body = b'{"auth":%s,"aaaa":"%s"}' % (auth.encode(), b"a{" * 1000)
    assert verdict("unisender-go", SECRET, {}, body) == "malformed_signature"


def test_T96_only_the_digest_at_its_place_gives_way():
    """The same digits elsewhere stay as they are; twice the field is no JSON of ours."""
    signed = sign("unisender-go", secret=secret_of("unisender-go"), body=b'{"auth":"","note":""}')
    digest = json.loads(signed.body)["auth"]
    assert verdict("unisender-go", secret_of("unisender-go"), {}, signed.body) == ""
    for changed in (b'{"auth":"%s","note":"%s"}', b'{"auth":"%s","auth":"%s"}'):
        body = changed % (digest.encode(), digest.encode())
        assert verdict("unisender-go", secret_of("unisender-go"), {}, body)


PEAK = """
import resource, sys
from hookseal import Verifier, WebhookRejected
verifier = Verifier("unisender-go", secrets=["made-up-9d2f4b6a8c0e1357"])
needle = b"0" * 32
body = b'{"auth":"%s","notes":["%s"]}' % (needle, needle * 75_000)
def refused(body):
    try:
        verifier.verify(headers={}, body=body, now=0)
    except WebhookRejected as rejection:
        return str(rejection.reason)
assert refused(b'{"auth":"%s"}' % needle) == "signature_mismatch"
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert refused(body) == "signature_mismatch"
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if sys.platform == "darwin" else 1024)
assert len(body) > 2_400_000 and grown <= 2 * len(body), grown
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell how much memory a process had at most")
def test_T96_a_body_full_of_needles_takes_no_more_memory_than_two_bodies():
    """2.4 MB of what could be replaced: nothing is."""
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
