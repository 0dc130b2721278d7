"""What only one scheme can get wrong: cases of single senders."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode

from senders import EVENT, NOW, TEXTS, TIME, Delivery, Sender, b64, mac

BODY = b'{"id":"evt_1","text":"fine"}'
Cases: TypeAlias = "dict[str, tuple[Delivery, str | None]]"


def hub(sender: Sender) -> Cases:
    """GitHub and Meta: an older header with SHA-1 beside the one that counts."""
    good = sender.sign(BODY)
    weak = f"sha1={mac(sender.secret.encode(), BODY, 'sha1').hex()}"
    digest = good.signature
    return {
        "sha1-alone": (Delivery({"X-Hub-Signature": weak}, BODY), "missing_signature"),
        "sha1-right-sha256-wrong": (
            good.but(X_Hub_Signature=weak, X_Hub_Signature_256="sha256=" + "0" * 64),
            "signature_mismatch",
        ),
        "sha1-in-the-header-of-sha256": (good.but(X_Hub_Signature_256=weak), "wrong_algorithm"),
        "sha1-announced": (good.but(X_Hub_Signature_256=f"sha1={digest}"), "wrong_algorithm"),
        "sha512-announced": (good.but(X_Hub_Signature_256=f"sha512={digest}"), "wrong_algorithm"),
        "prefix-in-upper-case": (good.but(X_Hub_Signature_256=f"SHA256={digest}"), "malformed_signature"),
        "prefix-left-out": (good.but(X_Hub_Signature_256=digest), "malformed_signature"),
        "prefix-twice": (good.but(X_Hub_Signature_256=f"sha256=sha256={digest}"), "malformed_signature"),
        "unsigned-delivery-id": (good.but(X_GitHub_Delivery="72d3162e-cc78-11e3-81ab-4c9367dc0958"), None),
        "underscores-in-the-name": (Delivery({"X_Hub_Signature_256": f"sha256={digest}"}, BODY), "missing_signature"),
    }


def slack(sender: Sender) -> Cases:
    """Slack and Zoom: order, separators, version."""
    good, (header, clock) = sender.sign(BODY), sender.needed

    def signed(content: bytes, before: str = "v0=") -> Delivery:
        return good.but(**{header: before + mac(sender.secret.encode(), content).hex()})

    return {
        "body-before-time": (signed(b"v0:" + BODY + f":{TIME}".encode()), "signature_mismatch"),
        "dots-for-colons": (signed(f"v0.{TIME}.".encode() + BODY), "signature_mismatch"),
        "version-not-signed": (signed(f"{TIME}:".encode() + BODY), "signature_mismatch"),
        "other-version": (signed(f"v1:{TIME}:".encode() + BODY, "v1="), "malformed_signature"),
        "version-left-out": (good.but(**{header: good.signature}), "malformed_signature"),
        "other-time-than-signed": (good.but(**{clock: str(NOW - 1)}), "signature_mismatch"),
        "form-body": (sender.sign(b"token=x&text=%20").but(Content_Type="application/x-www-form-urlencoded"), None),
        "body-that-moves-the-boundary": (good.but(**{clock: TIME[:-1]}), "timestamp_out_of_range"),
    }


def pairs(sender: Sender) -> Cases:
    """Stripe and Paddle: the other's separators, and the old version."""
    good, key = sender.sign(BODY), sender.secret.encode()
    clock, version = sender.clock, sender.entry.partition("=")[0]

    def signed(separator: str, split: str = sender.split) -> Delivery:
        signature = mac(key, f"{TIME}{separator}".encode() + BODY).hex()
        return good.but(**{sender.header: f"{clock}{split}{version}={signature}"})

    wrong = {".": ":", ":": "."}
    right = ":" if sender.name == "paddle" else "."
    other = ";" if sender.split == "," else ","
    return {
        "the-others-separator": (signed(wrong[right]), "signature_mismatch"),
        "comma-between-time-and-body": (signed(","), "signature_mismatch"),
        "bar-between-time-and-body": (signed("|"), "signature_mismatch"),
        "nothing-between-time-and-body": (signed(""), "signature_mismatch"),
        "the-others-list": (signed(right, other), "malformed_signature"),
        "other-time-than-signed": (
            good.but(**{sender.header: f"{clock[:-1]}1{sender.split}{version}={good.signature}"}),
            "signature_mismatch",
        ),
        "old-version-beside-a-wrong-one": (
            good.but(**{sender.header: f"{clock}{sender.split}v0={good.signature}{sender.split}{version}={'0' * 64}"}),
            "signature_mismatch",
        ),
        "no-event-id-in-the-body": (sender.sign(b"{}"), None),
        "body-that-is-no-json": (sender.sign(b"hello-world"), None),
    }


def standard(sender: Sender) -> Cases:
    """Standard Webhooks: id and time are signed."""
    good = sender.sign(BODY)
    identity, clock, header = sender.needed
    key = sender.key(sender.secret)

    def signed(content: str) -> Delivery:
        return good.but(**{header: f"v1,{b64(mac(key, content.encode() + BODY))}"})

    return {
        "other-id-than-signed": (good.but(**{identity: f"{EVENT}x"}), "signature_mismatch"),
        "other-time-than-signed": (good.but(**{clock: str(NOW + 1)}), "signature_mismatch"),
        "time-before-id": (signed(f"{TIME}.{EVENT}."), "signature_mismatch"),
        "colons-for-dots": (signed(f"{EVENT}:{TIME}:"), "signature_mismatch"),
        "id-not-signed": (signed(f"{TIME}."), "signature_mismatch"),
        "dot-moved-into-the-id": (sender.sign(BODY, event=f"{EVENT}.1"), None),
        "asymmetric-entry-beside": (good.but(**{header: f"v1a,{b64(bytes(64))} v1,{good.signature}"}), None),
        "asymmetric-entry-alone": (good.but(**{header: f"v1a,{good.signature}"}), "malformed_signature"),
        "double-space": (good.but(**{header: f"v1,{'A' * 43}=  v1,{good.signature}"}), None),
        "three-halves-before": (good.but(**{header: f"v1,x,y v1,{good.signature}"}), None),
        "without-comma": (good.but(**{header: f"v1{good.signature}"}), "malformed_signature"),
        "version-left-out": (good.but(**{header: good.signature}), "malformed_signature"),
        "two-commas": (good.but(**{header: f"v1,,{good.signature}"}), "malformed_signature"),
        "comma-in-front": (good.but(**{header: f",v1,{good.signature}"}), "malformed_signature"),
        "comma-alone": (good.but(**{header: "v1,"}), "malformed_signature"),
    }


def two_sets(sender: Sender) -> Cases:
    """Svix and Resend: one complete set of headers, never a mix."""
    branded = sender.sign(BODY)
    headers = {name.replace("svix-", "webhook-"): value for name, value in branded.headers.items()}
    junk = {name: "x" if name.endswith("-id") else value for name, value in headers.items()}
    mixed = {**headers, "svix-id": EVENT}
    return {
        **standard(sender),
        "both-sets": (Delivery({**branded.headers, **headers}, BODY), None),
        "both-sets-the-second-wrong": (Delivery({**branded.headers, **junk}, BODY), None),
        "both-sets-the-first-wrong": (
            Delivery({**headers, **branded.headers, "svix-id": "x"}, BODY),
            "signature_mismatch",
        ),
        "mixed-sets": (Delivery(mixed, BODY), "missing_signature"),
    }


def twitch(sender: Sender) -> Cases:
    """Twitch: three texts without anything between them."""
    good = sender.sign(BODY)
    signature, identity, clock = sender.needed
    time = str(good.headers[clock])
    return {
        "other-id-than-signed": (good.but(**{identity: f"{EVENT}x"}), "signature_mismatch"),
        "boundary-moved-into-the-id": (good.but(**{identity: EVENT + time[0], clock: time[1:]}), "malformed_timestamp"),
        "boundary-moved-out-of-the-id": (
            good.but(**{identity: EVENT[:-1], clock: EVENT[-1] + time}),
            "malformed_timestamp",
        ),
        "boundary-moved-into-the-time": (
            replace(good.but(**{clock: time + "{"}), body=BODY[1:]),
            "malformed_timestamp",
        ),
        "boundary-moved-out-of-the-time": (
            replace(good.but(**{clock: time[:-1]}), body=b"Z" + BODY),
            "malformed_timestamp",
        ),
        "boundary-moved-out-of-the-fraction": (
            replace(good.but(**{clock: time[:-2]}), body=time[-2:].encode() + BODY),
            "malformed_timestamp",
        ),
        "time-with-an-offset": (sender.sign(BODY, time="2026-09-21T16:13:20+02:00"), None),
        "other-digest-announced": (good.but(**{signature: f"sha1={good.signature}"}), "wrong_algorithm"),
    }


def linear(sender: Sender) -> Cases:
    """Linear: the signed time is in the body; a header repeats it unsigned."""
    stale = sender.sign(BODY, time=f"{NOW - 61}000")
    untimed = mac(sender.secret.encode(), BODY).hex()
    return {
        "fresh-header-beside-a-stale-body": (stale.but(linear_timestamp=f"{TIME}000"), "stale"),
        "stale-header-beside-a-fresh-body": (sender.sign(BODY).but(linear_timestamp="1"), None),
        "time-in-the-header-alone": (
            Delivery({"linear-signature": untimed, "linear-timestamp": f"{TIME}000"}, BODY),
            "missing_signature",
        ),
        "time-as-text": (sender.sign(BODY, time=f'"{TIME}000"'), None),
        "time-twice": (sender.sign(BODY, time=f'{TIME}000,"webhookTimestamp":1'), "malformed_body"),
    }


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


def basic(sender: Sender) -> Cases:
    """HTTP Basic (RFC 7617): one word, one space, strict base64 of user:password."""
    good = sender.sign(BODY)
    code = b64(sender.secret.encode())
    user, password = sender.secret.split(":")
    malformed = {
        "word-alone": "Basic",
        "word-and-space": "Basic ",
        "two-spaces": f"Basic  {code}",
        "tab-for-space": f"Basic\t{code}",
        "no-space": f"Basic{code}",
        "three-words": f"Basic {code} {code}",
        "text-for-base64": f"Basic {sender.secret}",
        "junk-in-base64": f"Basic !!{code}",
        "no-colon": f"Basic {b64(b'user')}",
        "unpadded": f"Basic {code.rstrip('=')}",
        "more-padding": f"Basic {code}=",
        "code-alone": code,
    }
    bad = {
        "user-alone": f"{user}:",
        "password-alone": f":{password}",
        "colon-alone": ":",
        "password-cut-short": sender.secret[:-1],
        "password-longer": f"{sender.secret}x",
        "password-with-a-colon-more": f"{sender.secret}:",
        "masked": f"{user}:****",
        "user-in-upper-case": f"{user.upper()}:{password}",
        "bytes-that-are-no-utf-8": "",
        "none": "None:None",
    }
    encoded = {name: b64(text.encode()) if text else b64(b"\xff\xff:\xed\xa0\x80") for name, text in bad.items()}
    return {
        "word-in-lower-case": (good.but(Authorization=f"basic {code}"), None),
        "word-in-upper-case": (good.but(Authorization=f"BASIC {code}"), None),
        **{name: (good.but(Authorization=text), "malformed_credentials") for name, text in malformed.items()},
        **{name: (good.but(Authorization=f"Basic {text}"), "bad_credentials") for name, text in encoded.items()},
    }


def bearer(sender: Sender) -> Cases:
    """Bearer tokens (RFC 6750)."""
    good, token = sender.sign(BODY), sender.secret
    return {
        "word-in-lower-case": (good.but(Authorization=f"bearer {token}"), None),
        "word-alone": (good.but(Authorization="Bearer"), "malformed_credentials"),
        "token-alone": (good.but(Authorization=token), "malformed_credentials"),
        "another-word": (good.but(Authorization=f"Token {token}"), "malformed_credentials"),
        "two-spaces": (good.but(Authorization=f"Bearer  {token}"), "bad_credentials"),
        "token-cut-short": (good.but(Authorization=f"Bearer {token[:-1]}"), "bad_credentials"),
        "token-longer": (good.but(Authorization=f"Bearer {token}x"), "bad_credentials"),
        "token-in-upper-case": (good.but(Authorization=f"Bearer {token.upper()}"), "bad_credentials"),
    }


def token(sender: Sender) -> Cases:
    """A header that is the secret."""
    good, (header,) = sender.sign(BODY), sender.needed
    others = {
        "token-cut-short": sender.secret[:-1],
        "token-longer": f"{sender.secret}x",
        "token-in-upper-case": sender.secret.upper(),
        "token-quoted": f'"{sender.secret}"',
        "none": "None",
        "another-secret-of-the-same-length": TEXTS[4],
    }
    return {name: (good.but(**{header: text}), "bad_credentials") for name, text in others.items()}


OWN: dict[str, Callable[[Sender], Cases]] = {
    **dict.fromkeys(["basic", "mailjet", "postmark"], basic),
    **dict.fromkeys(["token"], bearer),
    **dict.fromkeys(["gitlab", "telegram"], token),
    **dict.fromkeys(["github", "meta"], hub),
    **dict.fromkeys(["slack", "zoom"], slack),
    **dict.fromkeys(["stripe", "paddle"], pairs),
    **dict.fromkeys(["standard-webhooks", "openai", "openai/raw", "svix/unbranded", "resend/unbranded"], standard),
    **dict.fromkeys(["svix", "resend"], two_sets),
    "twitch": twitch,
    "linear": linear,
    "mailgun/json": mailgun_json,
    "mailgun/form": mailgun_form,
}
"""The further cases of each sender, by its name."""
