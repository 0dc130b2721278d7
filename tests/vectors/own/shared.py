"""Cases of senders that show the secret itself."""

from __future__ import annotations

from senders.model import TEXTS, Sender, b64

from .case import BODY, Cases


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
