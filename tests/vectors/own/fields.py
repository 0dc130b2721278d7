"""Cases of senders that sign fields of the body."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from senders.clocks import NOW, TIME
from senders.model import Delivery, Sender

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
