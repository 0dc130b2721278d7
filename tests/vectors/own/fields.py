"""Cases of senders that sign fields of the body."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from senders.clocks import NOW, TIME
from senders.fields import adyen_item
from senders.model import Delivery, Sender, mac

from .case import BODY, Cases


def mailgun_json(sender: Sender) -> Cases:
    """Mailgun: what is signed stands in the body, and nothing else is signed."""
    good = sender.sign(BODY)
    block = json.loads(good.body)["signature"]

    def sent(signature: object, **around: object) -> Delivery:
        return replace(good, body=json.dumps({"signature": signature, **around}).encode())

    def without(name: str) -> Delivery:
        return sent({key: value for key, value in block.items() if key != name})

    shifted = {**block, "timestamp": TIME[:-1], "token": TIME[-1] + block["token"]}
    return {
        **{f"without-{name}": (without(name), "missing_signature") for name in block},
        **{f"{name}-null": (sent({**block, name: None}), "malformed_body") for name in block},
        **{f"{name}-a-list": (sent({**block, name: [block[name]]}), "malformed_body") for name in block},
        "time-as-number": (sent({**block, "timestamp": NOW}), None),
        "boundary-moved": (sent(shifted), "timestamp_out_of_range"),
        "other-token": (sent({**block, "token": "x" * 50}), "signature_mismatch"),
        "block-left-out": (replace(good, body=BODY), "missing_signature"),
        "block-is-text": (sent("x"), "missing_signature"),
        "block-is-null": (sent(None), "missing_signature"),
        "block-twice": (replace(good, body=good.body.replace(b"{", b'{"signature":{},', 1)), "malformed_body"),
        "not-a-number-inside": (replace(good, body=good.body.replace(b'"fine"', b"NaN")), "malformed_body"),
        "lone-surrogate-inside": (replace(good, body=good.body.replace(b'"fine"', b'"\\ud800"')), "malformed_body"),
        "byte-order-mark": (replace(good, body=b"\xef\xbb\xbf" + good.body), "malformed_body"),
        "utf-16": (replace(good, body=good.body.decode().encode("utf-16")), "malformed_body"),
        "cut-short": (replace(good, body=good.body[:-1]), "malformed_body"),
        "empty-body": (replace(good, body=b""), "malformed_body"),
        "nesting-of-64": (replace(good, body=good.body.replace(b'"fine"', b"[" * 62 + b"]" * 62)), None),
        "nesting-of-65": (replace(good, body=good.body.replace(b'"fine"', b"[" * 63 + b"]" * 63)), "malformed_body"),
        "sent-as-text": (good.but(Content_Type="text/plain"), "malformed_body"),
        "sent-without-a-type": (good.but(Content_Type=None), "malformed_body"),
        "sent-as-a-form": (good.but(Content_Type="application/x-www-form-urlencoded"), "missing_signature"),
        "charset-utf-8": (good.but(Content_Type="Application/JSON; charset=UTF-8"), None),
        "charset-utf-16": (good.but(Content_Type="application/json; charset=utf-16"), "malformed_body"),
    }


def mailgun_form(sender: Sender) -> Cases:
    """Mailgun, as a form: of a field that comes several times the last one counts."""
    good = sender.sign(BODY)
    fields = dict(parse_qsl(good.body.decode()))

    def sent(**changes: str) -> Delivery:
        return replace(good, body=urlencode({**fields, **changes}).encode())

    signed = ("timestamp", "token", "signature")
    rest = {name: urlencode({key: value for key, value in fields.items() if key != name}).encode() for name in signed}
    return {
        **{f"without-{name}": (replace(good, body=rest[name]), "missing_signature") for name in signed},
        "wrong-field-before-the-right-one": (replace(good, body=b"token=x&" + good.body), None),
        "wrong-field-after-the-right-one": (replace(good, body=good.body + b"&token=x"), "signature_mismatch"),
        "names-escaped": (replace(good, body=good.body.replace(b"token=", b"%74oken=")), None),
        "boundary-moved": (sent(timestamp=TIME[:-1], token=TIME[-1] + fields["token"]), "timestamp_out_of_range"),
        "other-field-altered": (sent(text="forged"), None),
        "percent-sign-alone": (replace(good, body=good.body + b"&x=100%"), "malformed_body"),
        "percent-sign-before-letters": (replace(good, body=good.body + b"&x=%ZZ"), "malformed_body"),
        "bytes-that-are-no-utf-8": (replace(good, body=good.body + b"&x=%FF"), "malformed_body"),
        "1001-fields": (replace(good, body=good.body + b"&x=" * 996), "malformed_body"),
        "1000-fields": (replace(good, body=good.body + b"&x=" * 995), None),
        "charset-utf-7": (good.but(Content_Type="application/x-www-form-urlencoded; charset=utf-7"), "malformed_body"),
        "sent-as-json": (good.but(Content_Type="application/json"), "malformed_body"),
        "empty-body": (replace(good, body=b""), "missing_signature"),
    }


def adyen(sender: Sender) -> Cases:
    """Adyen: every item is signed by itself, and all have to be genuine."""
    good, key = sender.sign(BODY), sender.key(sender.secret)

    def sent(*items: object) -> Delivery:
        return replace(good, body=json.dumps({"live": "false", "notificationItems": items}).encode())

    first, forged = adyen_item(key), adyen_item(key, pspReference="forged")
    unsigned = {"NotificationRequestItem": {"pspReference": "unsigned"}}
    changed = {
        name: (sent(adyen_item(key, **{name: value})), "signature_mismatch")
        for name, value in {
            "amount": {"value": 1, "currency": "EUR"},
            "eventCode": "REFUND",
            "success": "false",
            "merchantReference": "x",
            "originalReference": "x",
        }.items()
    }
    return {
        "two-items": (sent(first, first), None),
        "second-item-forged": (sent(first, forged), "signature_mismatch"),
        "first-item-forged": (sent(forged, first), "signature_mismatch"),
        "second-item-unsigned": (sent(first, unsigned), "missing_signature"),
        "no-items": (sent(), "missing_signature"),
        "items-left-out": (replace(good, body=b"{}"), "missing_signature"),
        "items-no-list": (replace(good, body=b'{"notificationItems":{}}'), "missing_signature"),
        "item-a-text": (sent("x"), "missing_signature"),
        "field-unsigned": (sent(adyen_item(key, reason="forged")), None),
        **{f"other-{name.lower()}": row for name, row in changed.items()},
    }


def braintree(sender: Sender) -> Cases:
    """Braintree: the pair of any of its keys, over the payload, a line end after it or not."""
    good = sender.sign(BODY)
    fields = dict(parse_qsl(good.body.decode()))
    payload, key = fields["bt_payload"], sender.key(sender.secret)

    def sent(**changes: str) -> Delivery:
        return replace(good, body=urlencode({**fields, **changes}).encode())

    ended = mac(key, f"{payload}\n".encode(), "sha1").hex()
    wrong = f"other|{'0' * 40}"
    return {
        "line-end-signed": (sent(bt_signature=f"x|{ended}"), None),
        "second-pair-right": (sent(bt_signature=f"{wrong}&{fields['bt_signature']}"), None),
        "two-wrong-pairs": (sent(bt_signature=f"{wrong}&{wrong}"), "signature_mismatch"),
        "other-payload": (sent(bt_payload=payload[:-4] + "AAAA"), "signature_mismatch"),
        "without-payload": (sent(bt_payload=""), "signature_mismatch"),
        "signature-alone": (sent(bt_signature=good.signature), "malformed_signature"),
        "equals-for-bar": (sent(bt_signature=fields["bt_signature"].replace("|", "=")), "malformed_signature"),
        "field-beside": (replace(good, body=good.body + b"&x=1"), None),
    }


def dropbox_sign(sender: Sender) -> Cases:
    """Dropbox Sign: time and type of the event are signed, with nothing between them."""
    good = sender.sign(BODY)
    form = sender.name.endswith("form")
    document = json.loads(dict(parse_qsl(good.body.decode()))["json"] if form else good.body)

    def sent(**changes: object) -> Delivery:
        told = {name: value for name, value in {**document["event"], **changes}.items() if value is not None}
        text = json.dumps({**document, "event": told})
        return replace(good, body=(urlencode({"json": text}) if form else text).encode())

    return {
        "other-type": (sent(event_type="signature_request_signed"), "signature_mismatch"),
        "other-time": (sent(event_time=str(NOW - 1)), "signature_mismatch"),
        "boundary-moved": (sent(event_time=TIME[:-1], event_type="0signature_request_sent"), "timestamp_out_of_range"),
        **{f"without-{name}": (sent(**{name: None}), "missing_signature") for name in document["event"]},
        "other-field": (sent(event_metadata={"x": 1}), None),
    }


def unisender(sender: Sender) -> Cases:
    """Unisender Go: the digest is 32 small letters, and gives way to the key at its own place alone."""
    good = sender.sign(BODY)
    auth = good.signature

    def sent(text: str) -> Delivery:
        return replace(good, body=good.body.replace(auth.encode(), text.encode()))

    twice = good.body.replace(b'"fine"', f'"{auth}"'.encode())
    return {
        "upper-case": (sent(auth.upper()), "malformed_signature"),
        "empty": (sent(""), "malformed_signature"),
        "one-letter": (sent("a"), "malformed_signature"),
        "cut-short": (sent(auth[:-1]), "malformed_signature"),
        "longer": (sent(f"{auth}0"), "malformed_signature"),
        "other": (sent("0" * 32), "signature_mismatch"),
        "escaped": (sent(f"\\u00{ord(auth[0]):02x}{auth[1:]}"), "malformed_signature"),
        "left-out": (replace(good, body=BODY), "missing_signature"),
        "digest-elsewhere-too": (replace(good, body=twice), "signature_mismatch"),
        "twice": (replace(good, body=good.body.replace(b"{", b'{"auth":"x",', 1)), "malformed_body"),
    }
