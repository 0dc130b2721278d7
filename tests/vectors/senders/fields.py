"""Senders that sign fields of the body, and not the body."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode

from .clocks import SECONDS
from .model import FORM, TEXTS, Delivery, Sender, b64, mac


def _mailgun(kind: str) -> Sender:
    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        token = hashlib.sha256(event.encode()).hexdigest()[:50]
        signature = mac(key, f"{time}{token}".encode()).hex()
        fields = {"timestamp": time, "token": token, "signature": signature}
        if kind == "form":
            text = urlencode({**json.loads(body), **fields})
            return Delivery({"Content-Type": FORM}, text.encode(), signature)
        text = json.dumps({"signature": fields, "event-data": json.loads(body)})
        return Delivery({"Content-Type": "application/json"}, text.encode(), signature)

    return Sender(
        *(f"mailgun/{kind}", TEXTS[0], make, TEXTS[1:]),
        tolerance=29_100,
        signs_body=False,
        makes_body=True,
    )


def adyen_item(key: bytes, **changes: object) -> dict[str, object]:
    """Make one item of a payment notification, signed before `changes` are made to it."""
    item = {
        "amount": {"value": 1130, "currency": "EUR"},
        "pspReference": "7914073381342284",
        "eventCode": "AUTHORISATION",
        "merchantAccountCode": "TestMerchant",
        "merchantReference": "TestPayment:1407325143704",
        "success": "true",
    }
    signed = "7914073381342284::TestMerchant:TestPayment:1407325143704:1130:EUR:AUTHORISATION:true"
    signature = b64(mac(key, signed.encode()))
    return {"NotificationRequestItem": {**item, **changes, "additionalData": {"hmacSignature": signature}}}


def _adyen() -> Sender:
    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        item = adyen_item(key)
        text = json.dumps({"live": "false", "notificationItems": [item], "unsigned": json.loads(body)})
        signature = item["NotificationRequestItem"]["additionalData"]["hmacSignature"]  # type: ignore[index]
        return Delivery({"Content-Type": "application/json"}, text.encode(), signature)

    return Sender(
        *("adyen-standard", TEXTS[0], make, TEXTS[1:]),
        key=bytes.fromhex,
        encoding="base64",
        signs_body=False,
        makes_body=True,
        wrong_keys={"verbatim": TEXTS[0].encode()},
    )


PUBLIC = "made_up_public_key"


def _braintree() -> Sender:
    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        payload = b64(b"<notification><timestamp>2026-09-21T14:13:20Z</timestamp>" + body + b"</notification>")
        signature = mac(key, payload.encode(), "sha1").hex()
        text = urlencode({"bt_signature": f"{PUBLIC}|{signature}", "bt_payload": payload})
        return Delivery({"Content-Type": FORM}, text.encode(), signature)

    return Sender(
        *("braintree", TEXTS[0], make, TEXTS[1:]),
        options={"public_key": PUBLIC},
        key=lambda secret: hashlib.sha1(secret.encode(), usedforsecurity=False).digest(),
        signs_body=False,
        makes_body=True,
        wrong_keys={"verbatim": TEXTS[0].encode()},
    )


def _dropbox_sign(kind: str) -> Sender:
    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        signature = mac(key, f"{time}signature_request_sent".encode()).hex()
        told = {"event_type": "signature_request_sent", "event_time": time, "event_hash": signature}
        text = json.dumps({"event": told, "unsigned": json.loads(body)})
        if kind == "form":
            return Delivery({"Content-Type": FORM}, urlencode({"json": text}).encode(), signature)
        return Delivery({"Content-Type": "application/json"}, text.encode(), signature)

    return Sender(
        *(f"dropbox-sign/{kind}", TEXTS[0], make, TEXTS[1:]),
        tolerance=86_400,
        writes=SECONDS,
        signs_body=False,
        makes_body=True,
    )


def _unisender() -> Sender:
    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        before, after = b'{"auth":"', b'","events_by_user":[' + body + b"]}"
        signature = hashlib.md5(before + key + after, usedforsecurity=False).hexdigest()
        return Delivery({"Content-Type": "application/json"}, before + signature.encode() + after, signature)

    return Sender("unisender-go", TEXTS[0], make, TEXTS[1:], encoding="token", makes_body=True)


SENDERS = [
    _adyen(),
    _braintree(),
    _dropbox_sign("form"),
    _dropbox_sign("json"),
    _mailgun("form"),
    _mailgun("json"),
    _unisender(),
]
"""Each by its provider, and by the form of its body where it has two."""
