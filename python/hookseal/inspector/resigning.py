"""A kept request, signed afresh: with the endpoint's own secret, at the present time, for the same event."""

from __future__ import annotations

import time

from hookseal._engine import Record, Secret
from hookseal.captured import Captured
from hookseal.conf import Endpoint, endpoint
from hookseal.resigning import signed_afresh

__all__ = ["resigned"]


def resigned(captured: Captured) -> Captured:
    """Sign a request as the sender of its endpoint would, now. What is neither signature nor time stays as it is.

    Raises:
        ValueError: it cannot be signed, because only the sender has the key, or for another reason that the text gives.
    """
    known = endpoint(captured.endpoint)
    if known.record is None or known.verifier is None:
        raise ValueError(f'"{captured.endpoint}" cannot judge deliveries: see `manage.py check`')
    return signed_afresh(captured, known, known.record, _secret(known, known.record, time.time()))


def _secret(known: Endpoint, record: Record, now: float) -> Secret:
    """Choose the first secret of the list that proves deliveries now."""
    if record.key_kind != "shared":
        raise ValueError(f"{record.title} signs with a key that only the sender has: it can be sent again as it was")
    for secret in known.secrets:
        begun = secret.not_before is None or secret.not_before <= now
        if begun and (secret.not_after is None or now <= secret.not_after) and secret.slot not in record.token_slots:
            return secret
    if known.secret_source is not None:
        raise ValueError(f'the secrets of "{known.alias}" are found by a function: none is known that could sign')
    raise ValueError(f'no secret of "{known.alias}" is valid now')
