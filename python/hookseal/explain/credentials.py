"""Credentials that are sent as they are: right in another way of writing, masked, half right, or in another header."""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator, Sequence
from urllib.parse import unquote_to_bytes

from hookseal._engine import Record, Secret
from hookseal.explain.case import Case
from hookseal.explain.causes import Cause
from hookseal.explain.keys import Ring, keys
from hookseal.explain.trials import Sent

__all__ = ["credentials"]

_MOVED = ("x-forwarded-authorization", "x-original-authorization", "x-authorization", "proxy-authorization")
_MASK = re.compile(rb"\*{3,}")


def credentials(case: Case, record: Record, secrets: Sequence[Secret]) -> tuple[Cause, ...]:
    """Say what is wrong with the credentials of a delivery; empty where nothing fits.

    Args:
        case: what is examined.
        record: how credentials are read.
        secrets: those that are demanded.
    """
    ring = Ring(record, keys(case, record, secrets), case)
    header = next(iter(record.signature_headers), "")
    opened = ((ring.opens(sent), sent) for sent in (case.sent, *_otherwise(case, header)))
    found = [(*differs, *sent.causes) for differs, sent in opened if differs is not None]
    return min(filter(None, found), key=len, default=()) or tuple(_half_right(case, secrets))


def _otherwise(case: Case, header: str) -> Iterator[Sent]:
    """The same request with its credentials as they may have been meant."""
    sent, name = case.sent, case.naming.cause
    given = sent.header(header)
    if (pair := _pair(given)) is not None and b"%" in pair:
        decoded = b2a_base64(unquote_to_bytes(pair), newline=False).decode()
        yield sent.with_header(header, f"Basic {decoded}", name("basic_url_encoded"))
    for other in _MOVED:
        if text := sent.header(other):
            told = name("proxy_stripped", what=f"{other} carries the right credentials, Authorization does not")
            yield sent.with_header(header, text, told)
    bare = given.split(" ", 1)[-1].strip()
    if bare:
        shape = name("wrong_shape", header=header)
        for text in (bare, f"Bearer {bare}", f"Basic {bare}"):
            yield sent.with_header(header, text, shape)
        encoded = b2a_base64(bare.encode("utf-8", "replace"), newline=False).decode()
        told = name("wrong_encoding", found="plain text", expected="base64")
        yield sent.with_header(header, f"Basic {encoded}", told)


def _half_right(case: Case, secrets: Sequence[Secret]) -> Iterator[Cause]:
    pair = _pair(case.sent.header("authorization"))
    if pair is None:
        return
    user, _, password = pair.partition(b":")
    if _MASK.fullmatch(password):
        yield case.naming.cause("basic_masked")
    elif any(secret.is_user(user) for secret in secrets):
        yield case.naming.cause("basic_user_ok")


def _pair(authorization: str) -> bytes | None:
    """The bytes of "user:password" in the header Authorization; None where there are none."""
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return a2b_base64(encoded.strip())
    except ValueError:
        return None
