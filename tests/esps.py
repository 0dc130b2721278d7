"""What the ESPs of Anymail send: one genuine delivery for each webhook, and the settings that go with it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from hookseal import sign
from hookseal.contrib.anymail.origin import AnymailOrigin

FORM = "application/x-www-form-urlencoded"
MAIL = "From: a@example.com\r\nTo: b@example.com\r\nSubject: hello\r\n\r\nhello\r\n"
WEBHOOK_SECRET = "anymail:made-up-3e5a7c9b1d2f4068"
WHSEC = "whsec_MWZiODc0YzJhNmQzNGU1YjlmMDc4MTJj"

_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_EC = {direction: ec.generate_private_key(ec.SECP256R1()) for direction in ("tracking", "inbound")}


def _published(key: Any) -> str:
    """Write a public key as ESPs show it: base64 without lines."""
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


ANYMAIL: dict[str, Any] = {
    "WEBHOOK_SECRET": WEBHOOK_SECRET,
    "BREVO_API_KEY": "made-up",
    "SENDINBLUE_API_KEY": "made-up",
    "MAILERSEND_SIGNING_SECRET": "mailersend-made-up-2f4b6a8c0e135790",
    "MAILERSEND_INBOUND_SECRET": "mailersend-inbound-made-up-0e135790",
    "MAILGUN_WEBHOOK_SIGNING_KEY": "mailgun-made-up-7c5e3a1b9d8f6042",
    "MANDRILL_WEBHOOK_KEY": "mandrill-made-up-5b7d9f1a3c5e7092",
    "MAILTRAP_TRACKING_SECRET": "mailtrap-made-up-8d9a3c0e7f5b2d4a",
    "MAILTRAP_INBOUND_SECRET": "mailtrap-inbound-made-up-7f5b2d4a",
    "MAILTRAP_API_TOKEN": "made-up",
    "POSTAL_WEBHOOK_KEY": _published(_RSA),
    "RESEND_SIGNING_SECRET": WHSEC,
    "RESEND_INBOUND_SECRET": "whsec_ZjA3ODEyamMxZmI4NzRjMmE2ZDM0ZTViOQ==",
    "RESEND_API_KEY": "made-up",
    "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY": _published(_EC["tracking"]),
    "SENDGRID_INBOUND_WEBHOOK_VERIFICATION_KEY": _published(_EC["inbound"]),
    "UNISENDER_GO_API_KEY": "unisender-go-made-up-3e5a7c9b1d2f",
}
"""Settings under which every webhook of `WEBHOOKS` is configured."""


def another(name: str) -> str:
    """Make another value for a setting that holds a key."""
    if name == "POSTAL_WEBHOOK_KEY":
        return _published(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    if name.startswith("SENDGRID"):
        return _published(ec.generate_private_key(ec.SECP256R1()))
    return "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0" if name.startswith("RESEND") else f"{name}-made-up-next".lower()


@dataclass(frozen=True)
class Post:
    """A POST to one of Anymail's webhooks.

    Attributes:
        path: below /anymail/.
        body: its bytes.
        kind: its content type.
        headers: what proves the sender.
    """

    path: str
    body: bytes
    kind: str = "application/json"
    headers: dict[str, str] | None = None

    def send(self, client: Any, **changes: Any) -> Any:
        """Send it by a test client, over https."""
        changed = replace(self, **changes)
        url = f"/anymail/{changed.path}"
        return client.generic("POST", url, changed.body, changed.kind, headers=changed.headers, secure=True)


def genuine(webhook: str, number: int = 1) -> Post:
    """Make what an ESP sends now: `genuine("mailgun.tracking")`; another number, another event."""
    return WEBHOOKS[webhook](number)


def basic(secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    """Write credentials as HTTP Basic does."""
    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def mailgun_block(key: str, token: str, moment: float | None = None) -> dict[str, str]:
    """Make the fields in which Mailgun proves itself."""
    timestamp = str(int(time.time() if moment is None else moment))
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": timestamp, "token": token, "signature": signature}


def mailgun_tracking(number: int, moment: float | None = None, event: str = "") -> Post:
    """Sign one of Mailgun's events; each delivery has a token of its own, even of the same event."""
    told = {"event": "delivered", "id": event or f"event-{number}", "timestamp": 1.5, "recipient": "b@example.com"}
    block = mailgun_block(ANYMAIL["MAILGUN_WEBHOOK_SIGNING_KEY"], f"{number:050}", moment)
    body = json.dumps({"signature": block, "event-data": told}).encode()
    return Post("mailgun/tracking/", body, headers=basic())


def mandrill(number: int, url: str = f"https://{WEBHOOK_SECRET}@testserver/anymail/mandrill/") -> Post:
    """Sign one of Mandrill's events, sent to a URL as it is written at Mandrill, credentials included."""
    text = json.dumps([{"event": "send", "_id": f"event-{number}", "ts": 1_700_000_000, "msg": {}}])
    signed = f"{url}mandrill_events{text}".encode()
    mac = hmac.new(ANYMAIL["MANDRILL_WEBHOOK_KEY"].encode(), signed, hashlib.sha1).digest()
    user, _, place = url.partition("://")[2].rpartition("@")
    proof = {"X-Mandrill-Signature": base64.b64encode(mac).decode(), **(basic(user) if user else {})}
    body = urlencode({"mandrill_events": text}).encode()
    return Post(place.partition("/anymail/")[2] or "mandrill/", body, FORM, proof)


def _mailgun_inbound(number: int) -> Post:
    block = mailgun_block(ANYMAIL["MAILGUN_WEBHOOK_SIGNING_KEY"], f"{number:050}")
    fields = {**block, "body-mime": MAIL, "recipient": "b@example.com"}
    return Post("mailgun/inbound_mime/", urlencode(fields).encode(), FORM, basic())


def shared(path: str, told: Callable[[int], Any]) -> Callable[[int], Post]:
    """Post as an ESP that shares a secret."""
    return lambda number: Post(path, json.dumps(told(number)).encode(), headers=basic())


def signed(path: str, provider: str, setting: str, told: Callable[[int], Any]) -> Callable[[int], Post]:
    """Post as an ESP that signs, by the record of a provider and the key in a setting."""

    def make(number: int) -> Post:
        body = json.dumps(told(number)).encode()
        made = sign(provider, secret=ANYMAIL[setting], body=body, event_id=f"msg_{number}")
        proof = {name: value for name, value in made.headers.items() if name.lower() != "content-type"}
        return Post(path, made.body, headers={**proof, **basic()})

    return make


def _postal(path: str, told: Callable[[int], Any]) -> Callable[[int], Post]:
    def make(number: int) -> Post:
        body = json.dumps(told(number)).encode()
        signature = base64.b64encode(_RSA.sign(body, padding.PKCS1v15(), hashes.SHA1())).decode()
        return Post(path, body, headers={"X-Postal-Signature": signature, **basic()})

    return make


def _sendgrid(direction: str, kind: str, told: Callable[[int], bytes]) -> Callable[[int], Post]:
    def make(number: int) -> Post:
        body, now = told(number), str(int(time.time()))
        signature = _EC[direction].sign(now.encode() + body, ec.ECDSA(hashes.SHA256()))
        name = "X-Twilio-Email-Event-Webhook"
        proof = {f"{name}-Signature": base64.b64encode(signature).decode(), f"{name}-Timestamp": now}
        return Post(f"sendgrid/{direction}/", body, kind, {**proof, **basic()})

    return make


def _multipart(number: int) -> bytes:
    fields = {"email": MAIL, "envelope": json.dumps({"from": "a@example.com", "to": [f"{number}@example.com"]})}
    parts = (f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items())
    return f"{''.join(parts)}--x--\r\n".encode()


def _brevo(number: int) -> dict[str, Any]:
    return {"event": "delivered", "email": "b@example.com", "message-id": f"<{number}>", "ts_epoch": 1_700_000_000_000}


def _brevo_inbound(number: int) -> dict[str, Any]:
    return {"items": [{"Uuid": [f"uuid-{number}"], "Headers": {"Subject": "hello"}, "RawTextBody": "hello"}]}


def _mailersend(number: int) -> dict[str, Any]:
    return {"type": "activity.delivered", "data": {"id": f"event-{number}", "type": "delivered"}}


def _mailersend_inbound(number: int) -> dict[str, Any]:
    return {"type": "inbound.message", "data": {"id": f"mail-{number}", "raw": MAIL, "recipients": {"rcptTo": []}}}


def _mailtrap(number: int) -> dict[str, Any]:
    event = {"event": "delivery", "timestamp": 1_700_000_000, "message_id": "m", "event_id": f"event-{number}"}
    return {"events": [event]}


def _sparkpost(number: int) -> list[Any]:
    told = {"type": "delivery", "event_id": f"event-{number}", "timestamp": "1700000000", "rcpt_to": "b@example.com"}
    return [{"msys": {"message_event": told}}]


def _sparkpost_inbound(number: int) -> list[Any]:
    content = {"email_rfc822": MAIL, "email_rfc822_is_base64": False}
    return [{"msys": {"relay_message": {"protocol": "smtp", "content": content, "rcpt_to": f"{number}@example.com"}}}]


def _postmark(number: int) -> dict[str, Any]:
    return {"RecordType": "Delivery", "MessageID": f"mail-{number}", "Recipient": "b@example.com"}


def _unisender(number: int) -> dict[str, Any]:
    told = {
        "email": "b@example.com",
        "status": "delivered",
        "job_id": f"job-{number}",
        "event_time": "2026-01-02 03:04:05",
    }
    return {"event_name": "transactional_email_status", "event_data": told}


WEBHOOKS: dict[str, Callable[[int], Post]] = {
    "brevo.tracking": shared("brevo/tracking/", _brevo),
    "brevo.inbound": shared("brevo/inbound/", _brevo_inbound),
    "mailersend.tracking": signed("mailersend/tracking/", "mailersend", "MAILERSEND_SIGNING_SECRET", _mailersend),
    "mailersend.inbound": signed("mailersend/inbound/", "mailersend", "MAILERSEND_INBOUND_SECRET", _mailersend_inbound),
    "mailgun.tracking": mailgun_tracking,
    "mailgun.inbound": _mailgun_inbound,
    "mailjet.tracking": shared("mailjet/tracking/", lambda number: {"event": "sent", "time": number, "email": "b@x"}),
    "mailjet.inbound": shared("mailjet/inbound/", lambda number: {"Headers": {"Subject": str(number)}, "Parts": []}),
    "mailtrap.tracking": signed("mailtrap/tracking/", "mailtrap", "MAILTRAP_TRACKING_SECRET", _mailtrap),
    "mailtrap.inbound": signed(
        "mailtrap/inbound/", "mailtrap", "MAILTRAP_INBOUND_SECRET", lambda number: {"events": [], "number": number}
    ),
    "postmark.tracking": shared("postmark/tracking/", _postmark),
    "postmark.inbound": shared(
        "postmark/inbound/", lambda number: {"RawEmail": MAIL, "MessageID": f"mail-{number}", "FromFull": {}}
    ),
    "mandrill.tracking": mandrill,
    "postal.tracking": _postal("postal/tracking/", lambda number: {"uuid": f"event-{number}", "payload": {}}),
    "postal.inbound": _postal("postal/inbound/", lambda number: {"id": number, "message": MAIL, "rcpt_to": "b@x"}),
    "sendgrid.tracking": _sendgrid(
        "tracking",
        "application/json",
        lambda number: json.dumps([{"event": "processed", "sg_event_id": f"event-{number}"}]).encode(),
    ),
    "sendgrid.inbound": _sendgrid("inbound", "multipart/form-data; boundary=x", _multipart),
    "resend.tracking": signed(
        "resend/tracking/", "resend", "RESEND_SIGNING_SECRET", lambda _: {"type": "email.sent", "data": {}}
    ),
    "resend.inbound": signed(
        "resend/inbound/", "resend", "RESEND_INBOUND_SECRET", lambda _: {"type": "email.received", "data": {}}
    ),
    "sendinblue.tracking": shared("sendinblue/tracking/", _brevo),
    "sendinblue.inbound": shared("sendinblue/inbound/", _brevo_inbound),
    "unisender_go.tracking": signed(
        "unisender_go/tracking/",
        "unisender-go",
        "UNISENDER_GO_API_KEY",
        lambda number: {"auth": "", "events_by_user": [{"project_id": 7, "events": [_unisender(number)]}]},
    ),
    "sparkpost.tracking": shared("sparkpost/tracking/", _sparkpost),
    "sparkpost.inbound": shared("sparkpost/inbound/", _sparkpost_inbound),
}
"""How to make a genuine delivery, by the name of its endpoint without "anymail."."""

SIGNED = [name for name in WEBHOOKS if AnymailOrigin(*name.split(".")).options]
"""The webhooks whose ESPs sign."""
