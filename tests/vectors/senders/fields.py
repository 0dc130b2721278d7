"""Senders that sign fields of the body, and not the body."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode

from .model import TEXTS, Delivery, Sender, mac


def _mailgun(kind: str) -> Sender:
    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        token = hashlib.sha256(event.encode()).hexdigest()[:50]
        signature = mac(key, f"{time}{token}".encode()).hex()
        fields = {"timestamp": time, "token": token, "signature": signature}
        if kind == "form":
            text = urlencode({**json.loads(body), **fields})
            return Delivery({"Content-Type": "application/x-www-form-urlencoded"}, text.encode(), signature)
        text = json.dumps({"signature": fields, "event-data": json.loads(body)})
        return Delivery({"Content-Type": "application/json"}, text.encode(), signature)

    return Sender(
        *(f"mailgun/{kind}", TEXTS[0], make, TEXTS[1:]),
        tolerance=29_100,
        signs_body=False,
        makes_body=True,
    )


SENDERS = [_mailgun("form"), _mailgun("json")]
"""Each by its provider, and by the form of its body."""
