"""Senders of one body and one signature, for the tests of keys: any algorithm, any way of writing the key."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping

from hookseal import Verifier, WebhookRejected
from hookseal.schemes import Scheme


def signed_with(algorithm: str, text: str = "spki", **key: object) -> Scheme:
    """Describe a sender that signs its bodies with a private key."""
    proof: Mapping[str, object] = {
        "algorithm": algorithm,
        "key": {"kind": "public", "text": [text], **key},
        "signature": {"at": {"header": "X-Signature"}, "shape": "plain", "encoding": "base64"},
        "signed": "{body}",
    }
    return Scheme(json.dumps({"title": "Acme", "docs": "", "grade": "A", "proof": [proof]}))


def accepts(verifier: Verifier, body: bytes, signature: bytes) -> bool:
    """Tell whether a delivery with this body and signature is accepted."""
    try:
        verifier.verify(headers={"X-Signature": b64encode(signature).decode()}, body=body)
    except WebhookRejected:
        return False
    return True
