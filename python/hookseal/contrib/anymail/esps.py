"""How each email service provider (ESP) of Anymail proves itself, and which of Anymail's settings hold its keys.

One line for each ESP, by the name that its settings and URLs begin with. A new one joins by a line of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

__all__ = ["ESPS", "Direction", "Esp", "Option"]

Direction: TypeAlias = Literal["tracking", "inbound"]
"""Which of Anymail's signals a view sends."""


@dataclass(frozen=True)
class Option:
    """A setting of Anymail.

    Attributes:
        name: as an argument of `as_view`, "signing_secret"; the setting is ANYMAIL["<ESP>_SIGNING_SECRET"].
        bare: whether <ESP>_SIGNING_SECRET alone, without ANYMAIL, is looked at as well.
        sends: whether Anymail also sends mail with it: None is then a site that does not send, and no mistake.
        later: whether it may be None for the time being, because the ESP issues it when the webhook already answers.
        stand_in: what Anymail's view is given for it, which checks nothing.
    """

    name: str
    bare: bool = False
    sends: bool = False
    later: bool = False
    stand_in: str | None = "verified by hookseal"


@dataclass(frozen=True)
class Esp:
    """One ESP.

    Attributes:
        provider: the record of its signature; or of its credentials, where it has no keys.
        tracking: where the keys of its tracking webhook are: the first of these options that is set.
        inbound: likewise, for inbound mail.
        inbound_provider: the record for inbound mail, where that is another one.
        signs_always: whether its webhooks work with a key only; otherwise credentials alone are enough.
        url: where the URL is, as the ESP signs it.
        challenges: whether it shows credentials only after a 401, and signs for everybody's topics, so that TOPICS has
            to list ours.
        probes: methods it probes with, beside HEAD and OPTIONS.
        webhooks: which webhooks it has; where one takes both events and mail, that is "tracking".
    """

    provider: str
    tracking: tuple[Option, ...] = ()
    inbound: tuple[Option, ...] = ()
    inbound_provider: str | None = None
    signs_always: bool = True
    url: Option | None = None
    challenges: bool = False
    probes: frozenset[str] = field(default_factory=frozenset)
    webhooks: tuple[Direction, ...] = ("tracking", "inbound")

    def options(self, direction: Direction) -> tuple[Option, ...]:
        """Name the options that hold its keys."""
        return self.inbound if direction == "inbound" else self.tracking

    def record(self, direction: Direction) -> str:
        """Name its record."""
        return self.inbound_provider or self.provider if direction == "inbound" else self.provider


_POSTAL = (Option("webhook_key", bare=True),)
_MAILGUN = (Option("webhook_signing_key"), Option("api_key", bare=True, sends=True))

ESPS: Mapping[str, Esp] = MappingProxyType(
    {
        "amazon_ses": Esp("amazon-sns", challenges=True),
        "brevo": Esp("brevo"),
        "mailersend": Esp("mailersend", (Option("signing_secret"),), (Option("inbound_secret"),)),
        "mailgun": Esp("mailgun", _MAILGUN, _MAILGUN),
        "mailjet": Esp("mailjet"),
        "mailtrap": Esp("mailtrap", (Option("tracking_secret"),), (Option("inbound_secret"),), signs_always=False),
        "mandrill": Esp(
            "mandrill",
            (Option("webhook_key", bare=True, later=True),),
            webhooks=("tracking",),
            url=Option("webhook_url", bare=True),
        ),
        "postal": Esp("postal", _POSTAL, _POSTAL),
        "postmark": Esp("postmark"),
        "resend": Esp(
            "resend",
            (Option("signing_secret", stand_in=None),),  # svix would take it for a key
            (Option("inbound_secret", stand_in=None),),
            signs_always=False,
        ),
        "sendgrid": Esp(
            "sendgrid",
            (Option("tracking_webhook_verification_key", bare=True, stand_in=None),),
            (Option("inbound_webhook_verification_key", bare=True, stand_in=None),),
            inbound_provider="sendgrid-inbound",
            signs_always=False,
        ),
        "sendinblue": Esp("brevo"),
        "sparkpost": Esp("sparkpost"),
        "unisender_go": Esp(
            "unisender-go",
            (Option("api_key", bare=True, sends=True),),
            probes=frozenset({"GET"}),
            webhooks=("tracking",),
        ),
    }
)
"""Each ESP, by the name that its settings and URLs begin with."""
