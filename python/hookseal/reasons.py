"""Why a delivery was refused: the engine's table of reasons as a Python enum.

The codes are API. The sentences and fixes are read from the engine, so they have one home.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal, NamedTuple, TypeAlias, cast

from hookseal._engine import REASONS

__all__ = ["Fault", "Reason"]

Fault: TypeAlias = Literal["sender", "site"]
"""Whose mistake a refusal is: the sender's (answered 4xx) or the site's (answered 503, so that the sender tries
again)."""


class Reason(str, Enum):
    """One reason for a refusal; its value is the code that logs, signals and tests use."""

    MISSING_CREDENTIALS = "missing_credentials"
    MISSING_SIGNATURE = "missing_signature"
    DUPLICATE_HEADER = "duplicate_header"
    MALFORMED_HEADER = "malformed_header"
    MALFORMED_CREDENTIALS = "malformed_credentials"
    MALFORMED_SIGNATURE = "malformed_signature"
    WRONG_ALGORITHM = "wrong_algorithm"
    TOO_MANY_SIGNATURES = "too_many_signatures"
    MALFORMED_TIMESTAMP = "malformed_timestamp"
    TIMESTAMP_OUT_OF_RANGE = "timestamp_out_of_range"
    MALFORMED_BODY = "malformed_body"
    MALFORMED_CHALLENGE = "malformed_challenge"
    BODY_NOT_COVERED = "body_not_covered"
    BAD_CREDENTIALS = "bad_credentials"
    UNKNOWN_KEY = "unknown_key"
    UNTRUSTED_CERTIFICATE = "untrusted_certificate"
    SIGNATURE_MISMATCH = "signature_mismatch"
    EXPIRED_SECRET = "expired_secret"
    STALE = "stale"
    FUTURE = "future"
    ADDRESS_DENIED = "address_denied"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    UNREADABLE = "unreadable"
    INSECURE_TRANSPORT = "insecure_transport"
    CHUNKED_UNSUPPORTED = "chunked_unsupported"
    ADDRESS_UNKNOWN = "address_unknown"
    BODY_CONSUMED = "body_consumed"
    STORE_UNAVAILABLE = "store_unavailable"
    KEY_UNAVAILABLE = "key_unavailable"
    TOPIC_NOT_LISTED = "topic_not_listed"
    NOT_CONFIGURED = "not_configured"
    DISABLED = "disabled"
    INTERNAL_ERROR = "internal_error"

    def __str__(self) -> str:
        return self.value

    @property
    def fault(self) -> Fault:
        """Whose mistake it is."""
        return _TABLE[self.value].fault

    @property
    def sentence(self) -> str:
        """What happened, in one English sentence without any value of the request."""
        return _TABLE[self.value].sentence

    @property
    def fix(self) -> str:
        """What the owner of the endpoint can do about it."""
        return _TABLE[self.value].fix


class _Row(NamedTuple):
    fault: Fault
    sentence: str
    fix: str


_TABLE = {code: _Row(cast(Fault, fault), sentence, fix) for code, fault, sentence, fix in REASONS}
