"""Cases of senders that sign the body alone."""

from __future__ import annotations

from senders.clocks import MILLIS, NOW
from senders.model import Delivery, Sender, b64, mac

from .case import BODY, Cases


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


def prefixed(sender: Sender) -> Cases:
    """A word before the signature names the digest; it is pinned, and so is the encoding after it."""
    good, key = sender.sign(BODY), sender.key(sender.secret)
    value = str(good.headers[sender.header])
    digest = value.partition("=")[0]
    other = "sha1" if digest == "sha256" else "sha256"
    signature = mac(key, BODY, other)
    texts = {
        "other-digest-announced": (f"{other}={good.signature}", "wrong_algorithm"),
        "other-digest-signed": (f"{digest}={_spelt(sender, signature)}", "malformed_signature"),
        "other-digest-signed-and-announced": (f"{other}={_spelt(sender, signature)}", "wrong_algorithm"),
        "prefix-in-upper-case": (f"{digest.upper()}={good.signature}", "malformed_signature"),
        "prefix-left-out": (good.signature, "malformed_signature"),
        "prefix-twice": (f"{digest}={value}", "malformed_signature"),
        "prefix-alone": (f"{digest}=", "malformed_signature"),
    }
    return {name: (good.but(**{sender.header: text}), reason) for name, (text, reason) in texts.items()}


def _spelt(sender: Sender, signature: bytes) -> str:
    return signature.hex() if sender.encoding == "hex" else b64(signature)


def repeated(sender: Sender) -> Cases:
    """A sender that rotates its key may send the header once for each: any of them may be the right one."""
    good = sender.sign(BODY)
    right, wrong = (sender.entry.format(text) for text in (good.signature, "00" * 32))
    headers = {
        "right-header-first": ([right, wrong], None),
        "right-header-last": ([wrong, right], None),
        "lists-in-two-headers": ([f"{wrong}{sender.split}{wrong}", f"{wrong}{sender.split} {right}"], None),
        "two-wrong-headers": ([wrong, wrong], "signature_mismatch"),
        "17-headers": ([wrong] * 16 + [right], "too_many_signatures"),
    }
    return {name: (good.but(**{sender.header: texts}), reason) for name, (texts, reason) in headers.items()}


def sentry(sender: Sender) -> Cases:
    """Sentry: a time that is not signed is not looked at."""
    good = sender.sign(BODY)
    return {
        "unsigned-time-of-today": (good.but(Sentry_Hook_Timestamp=str(NOW)), None),
        "unsigned-time-of-long-ago": (good.but(Sentry_Hook_Timestamp="1000000000"), None),
        "unsigned-id": (good.but(Request_ID="x"), None),
    }


def docusign(sender: Sender) -> Cases:
    """DocuSign: a numbered header for each key; any of sixteen may be the right one."""
    good = sender.sign(BODY)
    right, wrong = good.signature, b64(bytes(32))

    def numbered(**texts: str) -> Delivery:
        return Delivery({f"X-DocuSign-Signature-{name[1:]}": text for name, text in texts.items()}, BODY)

    return {
        "gap": (numbered(_2=right), None),
        "right-one-last": (numbered(_1=wrong, _2=wrong, _3=right), None),
        "sixteenth": (numbered(_16=right), None),
        "seventeenth-alone": (numbered(_17=right), None),
        "seventeen": (numbered(**{f"_{number}": right for number in range(1, 18)}), "too_many_signatures"),
        "two-wrong": (numbered(_1=wrong, _2=wrong), "signature_mismatch"),
        "not-numbered": (Delivery({"X-DocuSign-Signature": right}, BODY), "missing_signature"),
        "number-zero": (numbered(_0=right), "missing_signature"),
        "undecodable-beside": (numbered(_1="x", _2=right), None),
    }


def pusher(sender: Sender) -> Cases:
    """Pusher: the key's public name has to be the receiver's."""
    good = sender.sign(BODY)
    return {
        "other-key": (good.but(X_Pusher_Key="other"), "unknown_key"),
        "without-key": (good.but(X_Pusher_Key=None), "unknown_key"),
        "time-as-text": (sender.sign(BODY, time=f'"{MILLIS.spell(NOW)}"'), None),
    }


def easypost(sender: Sender) -> Cases:
    """EasyPost: a prefix of its own."""
    good = sender.sign(BODY)
    texts = {
        "prefix-left-out": good.signature,
        "other-prefix": f"sha256={good.signature}",
        "prefix-in-upper-case": f"HMAC-SHA256-HEX={good.signature}",
    }
    reasons = {"other-prefix": "wrong_algorithm"}
    return {
        name: (good.but(X_Hmac_Signature=text), reasons.get(name, "malformed_signature"))
        for name, text in texts.items()
    }
