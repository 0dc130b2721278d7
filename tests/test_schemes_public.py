"""Schemes whose senders sign with private keys, send tokens, or sign HTTP messages; and what must hold beside it."""

from __future__ import annotations

import json

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from hookseal import Secret, Verifier, WebhookRejected, sign, webhook
from hookseal._engine import Record, RecordError
from hookseal.conf import endpoint
from hookseal.schemes import Claim, Form, Header, Item, Json, Require, asymmetric, http_signature, jwt, mac
from hookseal.signing import key_pair

NOW = 1_790_000_000
SECRET = "acme-canary-3f9c1e7a5b2d8064"
BODY = b'{"id": "evt_1"}'
URL = "https://hooks.example.com/acme/?a=1"
ALGORITHMS = ["ed25519", "ecdsa-p256-sha256-der", "ecdsa-p256-sha256-raw", "rsa-pkcs1-sha256", "rsa-pss-sha512"]


def reason(scheme, secret: str | Secret, signed, body: bytes | None = None, **changes) -> str:
    """Verify a delivery, and name the reason of its refusal; empty where there is none."""
    options = changes.pop("options", {})
    arguments = {"headers": signed.headers, "body": signed.body if body is None else body, "now": NOW, **changes}
    try:
        Verifier(scheme, secrets=[secret], options=options).verify(**arguments)
    except WebhookRejected as rejection:
        return rejection.reason.value
    return ""


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_public_key_verifies_what_the_private_one_signed(algorithm: str):
    """Each algorithm, by a key pair made for the test; the id and the time are those that were signed."""
    scheme = asymmetric(
        algorithm=algorithm,
        header="X-Acme-Signature",
        encoding="base64",
        signed="{ts}.{body}",
        parts={"ts": Header("X-Acme-Time")},
        event=Json("/id"),
    )
    private, public = key_pair(scheme)
    signed = sign(scheme, secret=private, body=BODY, now=NOW)
    receipt = Verifier(scheme, secrets=[public]).verify(headers=signed.headers, body=BODY, now=NOW)
    assert (receipt.event_id, receipt.timestamp) == ("evt_1", NOW)
    assert reason(scheme, public, signed, BODY + b" ") == "signature_mismatch"
    assert reason(scheme, key_pair(scheme)[1], signed) == "signature_mismatch"
    assert reason(scheme, public, signed, now=NOW + 301) == "stale"


def test_T05_a_private_key_is_no_public_one():
    """Settings that hold the wrong half are an error, not a key."""
    private, _ = key_pair(asymmetric(algorithm="ed25519", header="X-Sig", encoding="hex"))
    with pytest.raises(ValueError, match="public key"):
        Verifier(asymmetric(algorithm="ed25519", header="X-Sig", encoding="hex"), secrets=[private])


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "rsa-pkcs1-sha1"])
def test_T91_a_function_may_find_public_keys(settings, algorithm: str):
    """Of a tenant; one that is unknown is judged against a key that nobody has, of whatever kind the sender uses."""
    scheme = asymmetric(algorithm=algorithm, header="X-Acme-Signature", encoding="base64")

    def keys_of(_headers, tenant: str) -> list[str]:
        return [{}[tenant]]

    settings.MIDDLEWARE = []
    settings.HOOKSEAL = {"acme": {"PROVIDER": scheme, "SECRETS": keys_of, "REPLAY": False}}
    assert endpoint("acme").errors == ()
    headers = {"X-Acme-Signature": "QUJD" * 86 if algorithm.startswith("rsa") else "QUJD" * 21 + "QQ=="}
    request = RequestFactory().post("/", BODY, "application/json", secure=True, headers=headers)
    with pytest.raises(WebhookRejected) as refused:
        webhook("acme")(lambda _request, tenant: HttpResponse(tenant))(request, tenant="nobody")
    assert refused.value.reason == "signature_mismatch"


@pytest.mark.parametrize("algorithm", ["hs256", "hs384", "hs512"])
def test_a_token_is_verified_with_a_shared_secret(algorithm: str):
    """Its claims give the id, the time, and the digest of the body."""
    scheme = _token(algorithm)
    signed = sign(scheme, secret=SECRET, body=BODY, now=NOW, event_id="evt_7")
    receipt = Verifier(scheme, secrets=[SECRET]).verify(headers=signed.headers, body=BODY, now=NOW)
    assert (receipt.event_id, receipt.timestamp) == ("evt_7", NOW)
    assert reason(scheme, SECRET, signed, BODY + b" ") == "body_not_covered"
    assert reason(scheme, SECRET + "0", signed) == "signature_mismatch"


@pytest.mark.parametrize("algorithm", ["es256", "rs256", "eddsa"])
def test_a_token_is_verified_with_a_public_key(algorithm: str):
    """The private half is never the receiver's."""
    scheme = _token(algorithm)
    private, public = key_pair(scheme)
    signed = sign(scheme, secret=private, body=BODY, now=NOW, event_id="evt_7")
    assert reason(scheme, public, signed) == ""
    assert reason(scheme, key_pair(scheme)[1], signed) == "signature_mismatch"


def test_T08_a_token_under_another_algorithm_is_refused():
    """The record pins it; what the token says of itself chooses nothing."""
    signed = sign(_token("hs512"), secret=SECRET, body=BODY, now=NOW, event_id="evt_7")
    assert reason(_token("hs256"), SECRET, signed) == "wrong_algorithm"


def test_several_algorithms_may_be_pinned():
    """Where a sender lets its customers choose among equals."""
    scheme = _token(["hs256", "hs512"])
    for algorithm in ("hs256", "hs512"):
        signed = sign(_token(algorithm), secret=SECRET, body=BODY, now=NOW, event_id="evt_7")
        assert reason(scheme, SECRET, signed) == ""
    signed = sign(_token("hs384"), secret=SECRET, body=BODY, now=NOW, event_id="evt_7")
    assert reason(scheme, SECRET, signed) == "wrong_algorithm"


def test_a_token_stands_behind_bearer_in_authorization():
    """As token() has it; and nowhere else."""
    assert json.loads(jwt(algorithm="hs256").json())["proof"][0]["signature"]["scheme"] == "Bearer"
    assert "scheme" not in json.loads(_token("hs256").json())["proof"][0]["signature"]


@pytest.mark.parametrize("algorithm", ["ed25519", "ecdsa-p256-sha256", "rsa-pss-sha512", "rsa-v1_5-sha256"])
def test_a_message_is_verified_with_a_public_key(algorithm: str):
    """After RFC 9421: method, URL and the digest of the body are covered."""
    scheme = http_signature(algorithm=algorithm)
    private, public = key_pair(scheme)
    signed = sign(scheme, secret=private, body=BODY, now=NOW, url=URL)
    assert reason(scheme, public, signed, url=URL) == ""
    assert reason(scheme, public, signed, BODY + b" ", url=URL) == "body_not_covered"
    assert reason(scheme, public, signed, url=URL + "1") == "signature_mismatch"
    assert reason(scheme, public, signed, url=URL, now=NOW + 301) == "stale"


def test_a_message_is_verified_with_a_shared_secret():
    """By HMAC; the secret is base64, as the RFC's own examples have it."""
    scheme = http_signature(algorithm="hmac-sha256")
    secret = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
    signed = sign(scheme, secret=secret, body=BODY, now=NOW, url=URL)
    assert reason(scheme, secret, signed, url=URL) == ""


@pytest.mark.parametrize("algorithm", ["ed25519", "hmac-sha256"])
def test_a_signed_message_names_its_key(algorithm: str):
    """By the slot of the secret; the receiver tries what is in that slot, and what is in none."""
    scheme = http_signature(algorithm=algorithm)
    shared = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
    private, public = (shared, shared) if algorithm == "hmac-sha256" else key_pair(scheme)
    signed = sign(scheme, secret=Secret(private, slot="key 1"), body=BODY, now=NOW, url=URL)
    assert ';keyid="key 1";' in signed.headers["Signature-Input"]
    assert reason(scheme, Secret(public, slot="key 1"), signed, url=URL) == ""
    assert reason(scheme, public, signed, url=URL) == ""
    assert reason(scheme, Secret(public, slot="key 2"), signed, url=URL) == "signature_mismatch"


def test_what_is_required_must_hold():
    """A digest in a header, and a version; each has its own reason."""
    scheme = mac(
        header="X-Sig",
        digest="sha256",
        encoding="hex",
        require=[Require(Header("X-Digest"), "{sha256-hex:body}"), Require(Header("X-Version"), "1")],
    )
    signed = sign(scheme, secret=SECRET, body=BODY, now=NOW)
    assert reason(scheme, SECRET, signed) == ""
    assert reason(scheme, SECRET, signed, BODY + b" ") == "body_not_covered"
    signed.headers["X-Version"] = "2"
    assert reason(scheme, SECRET, signed) == "wrong_algorithm"


def test_an_option_is_part_of_what_is_signed():
    """Two receivers with one secret do not accept each other's deliveries."""
    scheme = mac(header="X-Sig", digest="sha256", encoding="hex", signed="{option:hook}.{body}", options=["hook"])
    with pytest.raises(ValueError, match="hook"):
        Verifier(scheme, secrets=[SECRET])
    signed = mac(header="X-Sig", digest="sha256", encoding="hex", signed="7.{body}")
    delivery = sign(signed, secret=SECRET, body=BODY, now=NOW)
    assert reason(scheme, SECRET, delivery, options={"hook": "7"}) == ""
    assert reason(scheme, SECRET, delivery, options={"hook": "8"}) == "signature_mismatch"


def test_each_item_may_be_signed_by_itself():
    """As Adyen does it: every one must hold."""
    scheme = mac(
        at=Item("/sig"),
        digest="sha256",
        encoding="base64",
        key="hex",
        each="/items",
        signed="{id}:{amount}",
        parts={"id": Item("/id"), "amount": Item("/amount")},
    )
    key = "ab" * 32
    body = json.dumps({"items": [{"id": "1", "amount": 10}, {"id": "2", "amount": 20}]}).encode()
    signed = sign(scheme, secret=key, body=body, now=NOW)
    assert reason(scheme, key, signed) == ""
    assert reason(scheme, key, signed, signed.body.replace(b"20", b"21")) == "signature_mismatch"


def test_a_prefix_may_be_no_part_of_the_key():
    """Where the sender shows it, and does not sign with it."""
    scheme = mac(header="X-Sig", digest="sha256", encoding="hex", strip="acme_")
    bare = sign(mac(header="X-Sig", digest="sha256", encoding="hex"), secret=SECRET, body=BODY, now=NOW)
    assert reason(scheme, f"acme_{SECRET}", bare) == ""
    assert reason(scheme, SECRET, bare) == ""


def test_T37_a_port_may_be_there_or_not():
    """Both are tried, where the sender is known to be of two minds."""
    plain = mac(header="X-Sig", digest="sha256", encoding="hex", signed="{url}{body}")
    scheme = mac(header="X-Sig", digest="sha256", encoding="hex", signed="{url}{body}", port_variants=True)
    signed = sign(plain, secret=SECRET, body=BODY, now=NOW, url="https://hooks.example.com:443/")
    assert reason(plain, SECRET, signed, url="https://hooks.example.com/") == "signature_mismatch"
    assert reason(scheme, SECRET, signed, url="https://hooks.example.com/") == ""


@pytest.mark.parametrize(
    ("place", "written"),
    [
        (Form("json", "/event/id"), {"form": "json", "json": "/event/id"}),
        (Item("/id", optional=True), {"item": "/id", "optional": True}),
        (Claim("jti"), {"claim": "jti"}),
    ],
)
def test_places_are_written_as_the_catalog_has_them(place, written):
    """The same words as in its files."""
    scheme = mac(header="X-Sig", digest="sha256", encoding="hex", signed="{x}", parts={"x": place})
    assert json.loads(scheme.json())["proof"][0]["parts"]["x"] == written


def test_numbered_headers_are_told_by_their_name():
    """DocuSign signs once with each of its keys."""
    scheme = mac(header="X-Sig-{n}", digest="sha256", encoding="base64", shape="numbered")
    signed = sign(scheme, secret=SECRET, body=BODY, now=NOW)
    assert list(signed.headers) == ["Content-Type", "X-Sig-1"]
    signed.headers["X-Sig-2"] = signed.headers["X-Sig-1"]
    signed.headers["X-Sig-1"] = "A" * 43 + "="
    assert reason(scheme, SECRET, signed) == ""


@pytest.mark.parametrize(
    "scheme",
    [
        http_signature(algorithm="ed25519", covers=[]),
        asymmetric(algorithm="ed25519", header="X-Sig", encoding="hex", signed="{nobody}"),
        asymmetric(algorithm="rsa-md5", header="X-Sig", encoding="hex"),
        jwt(algorithm="none"),
        mac(header="X-Sig", digest="sha256", encoding="hex", signed="{option:hook}{body}"),
    ],
)
def test_T58_what_cannot_be_right_does_not_compile(scheme):
    """The constructors write down; the engine judges."""
    with pytest.raises(RecordError):
        Record.from_json("acme", scheme.json())


@pytest.mark.parametrize("make", [mac, asymmetric])
def test_a_signature_stands_in_one_place(make):
    """Where, must be said, and once."""
    algorithm = {"digest": "sha256"} if make is mac else {"algorithm": "ed25519"}
    for where in ({}, {"header": "X-Sig", "at": Json("/sig")}):
        with pytest.raises(TypeError):
            make(encoding="hex", **algorithm, **where)


def _token(algorithm) -> object:
    return jwt(
        algorithm=algorithm,
        header="X-Acme-Token",
        parts={"ts": Claim("iat")},
        event=Claim("jti"),
        require=[Require(Claim("body_sha256"), "{sha256-hex:body}")],
    )
