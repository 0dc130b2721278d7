"""What an SDK is to these tests, and what all of them are handed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from hookseal._engine import Record, Secret, Signer
from tests.flips import Request
from tests.receiver import NOW, Receiver

URL = "https://example.com/hooks?a=1&b=%C3%A9"
TEXT = "8f742231b10e8888abcd99e5f2f385a5"
WHSEC = "whsec_MWZiODc0YzJhNmQzNGU1YjlmMDc4MTJj"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
TIME = str(NOW)
EVENT = "msg_2f4b6a8c0e13"

JSONS = (
    b'{"id":"evt_1","text":"fine"}',
    '{"id":"evt_2","text":"gr\xfc\xdfe \u2713","more":[1,2.50,null]}'.encode(),
    rb'{"id":"evt_3","text":"$$ $& \\1 {body} <\/>"}' + b"\r\n",
)
FORMS = (b"id=evt_1&text=fine", b"text=a%26b+c&id=&z=%C3%A9&text=a", b"A=1&a=2&B=3&_=4")


@dataclass(frozen=True)
class Sdk:
    """A sender's package.

    Attributes:
        provider: the name in our catalog.
        accepts: judges a request; false or any exception is a refusal.
        sign: signs a body with the package's own code, where it has any, else as its sender does.
        secret: what our receiver is given; `private`: what our signer is given, where that is another text.
        bodies: what it can judge; `kind`: their Content-Type; `url`: where they are sent.
        options, slot, remote: what else our receiver is told.
        mute: why it cannot judge what our signer makes, where it cannot.
        looser: the places of a request in which it reads more spellings than we do, each with the reason.
        stricter: the places in which we do.
    """

    provider: str
    accepts: Callable[[Request], Any]
    sign: Callable[[bytes], Request]
    secret: str = TEXT
    private: str = ""
    bodies: tuple[bytes, ...] = JSONS
    kind: str = JSON
    url: str = URL
    options: Mapping[str, str] = field(default_factory=dict)
    slot: str | None = None
    remote: str = ""
    mute: str = ""
    looser: Mapping[str, str] = field(default_factory=dict)
    stricter: Mapping[str, str] = field(default_factory=dict)

    def verdict(self, request: Request) -> bool:
        """Judge a request. Whatever the package raises is a refusal: several of them fall over junk."""
        with suppress(Exception):
            return bool(self.accepts(request))
        return False

    @cached_property
    def receiver(self) -> Receiver:
        """Receive as an endpoint of ours does."""
        secrets = [] if self.remote else [Secret(self.secret, slot=self.slot)]
        return Receiver(self.provider, secrets, options=self.options or None, remote=self.remote)

    def ours(self, body: bytes) -> Request:
        """Sign a delivery with our signer."""
        key = Secret(self.private or self.secret, slot=self.slot)
        signer = Signer(Record.named(self.provider), key, self.options or None)
        headers, sent, url = signer.sign(body, NOW, event_id=EVENT, method="POST", url=self.url, content_type=self.kind)
        return Request("POST", url or self.url, tuple(headers), sent)


def sent(body: bytes, *, kind: str = JSON, url: str = URL, **headers: str) -> Request:
    """Make a request: X_Name is the header X-Name."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Request("POST", url, (("Content-Type", kind), *named.items()), body)


def standard(body: bytes) -> Request:
    """Sign as Standard Webhooks says."""
    key = base64.b64decode(WHSEC.removeprefix("whsec_"))
    signature = b64(hmac.digest(key, f"{EVENT}.{TIME}.".encode() + body, "sha256"))
    return sent(body, webhook_id=EVENT, webhook_timestamp=TIME, webhook_signature=f"v1,{signature}")


def headers_of(request: Request) -> dict[str, str]:
    """Give the headers by their names in lower case."""
    return {name.lower(): text for name, text in request.headers}


def mac(body: bytes, secret: str = TEXT, digest: str = "sha256") -> bytes:
    """Compute an HMAC, for senders whose package verifies and does not sign."""
    return hmac.digest(secret.encode(), body, digest)


def b64(octets: bytes) -> str:
    """Write bytes in base64."""
    return base64.b64encode(octets).decode()


def digest(octets: bytes) -> bytes:
    """Compute a SHA-256."""
    return hashlib.sha256(octets).digest()


@cache
def keys_of(provider: str) -> tuple[Any, str, str]:
    """Make a pair of keys: the private one for `cryptography` and as our signer takes it, then the public one."""
    pair = Record.named(provider).key_pair()
    assert pair is not None, "called for senders that sign with a private key"
    private, public = pair
    return load_der_private_key(base64.b64decode(private), None), private, public


def pem(private: Any) -> str:
    """Write the public half of a key as PEM."""
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
