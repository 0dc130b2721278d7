"""Senders that show the secret itself."""

from __future__ import annotations

from .model import LOGINS, TEXTS, Delivery, Sender, b64


def shared(name: str, header: str, scheme: str, others: tuple[str, ...], joined: str) -> Sender:
    """Describe a sender whose header holds the secret, after the word `scheme` if there is one."""

    def make(key: bytes, body: bytes, time: str, event: str) -> Delivery:
        word = f"{scheme} " if scheme else ""
        return Delivery({header: word + (b64(key) if scheme == "Basic" else key.decode())}, body)

    return Sender(
        *(name, others[0], make, others[1:], header),
        encoding=None,
        needed=(header,),
        signs_body=False,
        joined={header: joined},
    )


def _basic(name: str) -> Sender:
    return shared(name, "Authorization", "Basic", LOGINS, "duplicate_header")


def _bearer(name: str) -> Sender:
    return shared(name, "Authorization", "Bearer", TEXTS, "bad_credentials")


def _token(name: str, header: str = "Authorization") -> Sender:
    return shared(name, header, "", TEXTS, "bad_credentials")


SENDERS = [
    _token("auth0"),
    _basic("basic"),
    _basic("brevo/basic"),
    _bearer("brevo/bearer"),
    _basic("chargebee"),
    _token("deepgram", "dg-token"),
    _token("gitlab", "X-Gitlab-Token"),
    _basic("mailjet"),
    _token("okta"),
    _basic("postmark"),
    _basic("sparkpost/basic"),
    _bearer("sparkpost/bearer"),
    _token("telegram", "X-Telegram-Bot-Api-Secret-Token"),
    _bearer("token"),
]
"""Each by its provider, and by its way where it has two."""
