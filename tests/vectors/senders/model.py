"""What a sender of vectors is, and the made-up secrets that all of them share."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from .clocks import NOW, SECONDS, Clock

EVENT = "msg_2f4b6a8c0e13"
URL = "https://example.com/hooks/"
FORM = "application/x-www-form-urlencoded"

Headers: TypeAlias = "dict[str, str | list[str]]"


@dataclass(frozen=True)
class Delivery:
    """What goes over the wire; `signature` is the bare text of it there, `remote` the key as it is fetched."""

    headers: Headers
    body: bytes
    signature: str = ""
    url: str = URL
    method: str = "POST"
    remote: str = ""

    def but(self, **headers: str | list[str] | None) -> Delivery:
        """The same with other headers (X_Name for X-Name): a list came several times, None did not come."""
        changes = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in self.headers.items() if name not in changes}
        return replace(self, headers={**kept, **{name: value for name, value in changes.items() if value is not None}})


@dataclass(frozen=True)
class Sender:
    """One way in which a provider proves itself.

    Attributes:
        name: for ids: the provider, and the way where it has several.
        secret: as the provider shows it: the receiver's, be it shared or public.
        make: (key, body, time, id) -> Delivery.
        key: the key that a secret stands for.
        others: secrets of the same form that are wrong.
        header: where the signature stands; "" for the body.
        encoding: of the signature: "hex", "base64", "token" for a text that is a whole, or None where the secret
            itself is sent.
        slot: which of the sender's several keys; `options` and `topics`: what else the receiver is told.
        entry: in lists, how one signature is written; `split` stands between two, `clock` is the entry of the time.
        needed: the headers without which nothing is proven.
        signed: the signed text: "T" stands for the time and "B" for the body; "" where there is more to it.
        numbered: whether the header of the signature is one of several that are numbered.
        like: whether another sender writes all of it as this one does, so that its cases of spelling need no repeating.
        tolerance: seconds; None where no time is signed. `writes` says how a time is written and miswritten, `early`
            whether a time ahead of the receiver's clock is refused.
        altered: the reason for an altered body; "" for that of a wrong key.
        bytes_of_signature: where it is no SHA-256; a signature by public key may then be of any length.
        fetched: whether the key stays with the sender, and the receiver has no secret.
        untrusted: whether only its own authority could make a certificate for a key, so that none of ours is accepted.
        signs_fields: whether every field of the body is signed, but not the way in which it is written.
        makes_body: whether the body has to have a certain form.
        wrong_keys: what a careless reading takes for the key; `same_keys`: other spellings of the secret.
        joined: the reason for each header that came twice and was joined with a comma, None where that is accepted.
    """

    name: str
    secret: str
    make: Callable[[bytes, bytes, str, str], Delivery]
    others: tuple[str, ...]
    header: str = ""
    key: Callable[[str], bytes] = str.encode
    encoding: str | None = "hex"
    slot: str = ""
    bytes_of_signature: int = 0
    fetched: bool = False
    untrusted: bool = False
    signs_fields: bool = False
    options: dict[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    entry: str = ""
    split: str = ""
    clock: str = ""
    needed: tuple[str, ...] = ()
    signed: str = ""
    numbered: bool = False
    like: bool = False
    tolerance: int | None = None
    writes: Clock = SECONDS
    early: bool = False
    altered: str = ""
    signs_body: bool = True
    makes_body: bool = False
    wrong_keys: dict[str, bytes] = field(default_factory=dict)
    same_keys: dict[str, str] = field(default_factory=dict)
    joined: dict[str, str | None] = field(default_factory=dict)

    @property
    def provider(self) -> str:
        """The name in the catalog."""
        return self.name.partition("/")[0]

    @property
    def repeats(self) -> bool:
        """Whether the header of the signature may come several times."""
        return bool(self.entry and not self.clock) or self.numbered

    @property
    def junk(self) -> str:
        """A signature that is well written and wrong."""
        if self.bytes_of_signature:
            return b64(bytes(self.bytes_of_signature))
        return "00" * 32 if self.encoding == "hex" else "A" * 43 + "="

    @property
    def mismatch(self) -> str:
        """The reason for a wrong key."""
        return "signature_mismatch" if self.encoding else "bad_credentials"

    @property
    def missing(self) -> str:
        """The reason where nothing is proven."""
        return "missing_signature" if self.encoding else "missing_credentials"

    @staticmethod
    def content(body: bytes, time: str, signed: str) -> bytes:
        """Fill in a signed text."""
        return b"".join({"B": body, "T": time.encode()}.get(letter, letter.encode()) for letter in signed)

    def sign(self, body: bytes, *, secret: str = "", key: bytes = b"", time: str = "", event: str = EVENT) -> Delivery:
        """Sign a delivery, with another secret, key or time if so wished."""
        return self.make(key or self.key(secret or self.secret), body, time or self.writes.spell(NOW), event)


def mac(key: bytes, content: bytes, digest: str = "sha256") -> bytes:
    """Compute an HMAC."""
    return hmac.new(key, content, digest).digest()


def b64(data: bytes) -> str:
    """Write bytes in base64."""
    return base64.b64encode(data).decode()


TEXTS = tuple(hashlib.sha256(f"made up {number}".encode()).hexdigest()[:40] for number in range(5))
WHSECS = tuple(f"whsec_{b64(hashlib.sha256(text.encode()).digest()[:24])}" for text in TEXTS)
LOGINS = tuple(f"user:{text[:24]}" for text in TEXTS)


def whsec(secret: str) -> bytes:
    """Read a key as Standard Webhooks does."""
    return base64.b64decode(secret.removeprefix("whsec_") + "==")
