"""The messages that contenders judge: bodies of six sizes, signed by the providers' own SDKs, and the same spoilt."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone

import svix.webhooks
from slack_sdk.signature import SignatureVerifier
from stripe import WebhookSignature

SIZES = {"0 B": 0, "200 B": 200, "2 KB": 2_048, "20 KB": 20_480, "200 KB": 204_800, "2 MB": 2_097_152}
ACCENTED = "2 MB, one \u00e9"
"""The largest size once more, with one character beyond ASCII."""
LINE = b'{"amount":"%07d","currency":"usd"},'
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"


@dataclass(frozen=True)
class Message:
    """A body and the headers that prove it; header names in lower case."""

    body: bytes
    headers: dict[str, str]

    def spoilt(self, name: str) -> Message:
        """The same message with one digit of a signature, or of a password, changed."""
        value = self.headers[name]
        digit = "0" if value[-8] != "0" else "1"
        return replace(self, headers=self.headers | {name: value[:-8] + digit + value[-7:]})

    def beside(self, other: Message) -> Message:
        """The same message with the headers of another one as well."""
        return replace(self, headers=self.headers | other.headers)


def body_of(size: int, ending: str = "") -> bytes:
    """JSON text of exactly `size` bytes, shaped like an event with many lines; nothing where no event has room.

    The last line ends with `ending`. A single character beyond ASCII makes a peer that decodes the body pay for it all.
    """
    if size < len(_event(0, b"")):
        return b""
    lines = (size - len(_event(0, ending.encode()))) // len(LINE % 0)
    padding = size - len(_event(lines, ending.encode()))
    return _event(lines, b"." * padding + ending.encode())


def _event(lines: int, note: bytes) -> bytes:
    several = b"".join(LINE % number for number in range(lines))
    return b'{"id":"evt_1NG8Du2eZvKYlo2C","lines":[%s0],"note":"%s"}' % (several, note)


def plain_hex(body: bytes, secret: str) -> Message:
    """HMAC-SHA-256 of the body, in hexadecimal, in a header of its own."""
    return Message(body, {"x-signature": hmac.digest(secret.encode(), body, "sha256").hex()})


def github(body: bytes, secret: str) -> Message:
    """The same with GitHub's header and prefix."""
    digest = plain_hex(body, secret).headers["x-signature"]
    return Message(body, {"x-hub-signature-256": f"sha256={digest}"})


def stripe(body: bytes, secret: str) -> Message:
    """Signed by the stripe package."""
    header = WebhookSignature.generate_signature_header(body.decode(), secret)
    return Message(body, {"stripe-signature": header})


def slack(body: bytes, secret: str) -> Message:
    """Signed by slack_sdk."""
    stamp = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return Message(body, {"x-slack-request-timestamp": stamp, "x-slack-signature": str(signature)})


def standard_webhooks(body: bytes, secret: str, prefix: str = "webhook") -> Message:
    """Signed by the svix package, which signs as Standard Webhooks demands; Svix's own headers begin with "svix"."""
    stamp = int(time.time())
    moment = datetime.fromtimestamp(stamp, tz=timezone.utc)
    signature = svix.webhooks.Webhook(secret).sign(MESSAGE_ID, moment, body.decode())
    return Message(
        body, {f"{prefix}-id": MESSAGE_ID, f"{prefix}-timestamp": str(stamp), f"{prefix}-signature": signature}
    )


def basic(body: bytes, credentials: str) -> Message:
    """Credentials as HTTP Basic."""
    return Message(body, {"authorization": "Basic " + base64.b64encode(credentials.encode()).decode()})


def new_secret() -> str:
    """A throw-away secret that every contender takes: base64 behind "whsec_"."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def new_credentials() -> str:
    """Throw-away credentials for HTTP Basic."""
    return "anymail:" + secrets.token_hex(16)
