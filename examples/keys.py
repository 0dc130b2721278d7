"""The secrets of one run of the demo: made up when it starts, gone when it ends."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field


def standard_secret() -> str:
    """A new secret in the notation of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def stripe_secret() -> str:
    """A new secret as Stripe shows them."""
    return "whsec_" + secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Keys:
    """One secret for each endpoint of the example site; two for Stripe, whose secret is being rotated."""

    stripe: str = field(default_factory=stripe_secret)
    stripe_old: str = field(default_factory=stripe_secret)
    github: str = field(default_factory=secrets.token_urlsafe)
    slack: str = field(default_factory=secrets.token_hex)
    svix: str = field(default_factory=standard_secret)
    orders: str = field(default_factory=standard_secret)
    mailgun: str = field(default_factory=secrets.token_hex)
    mailgun_basic: str = field(default_factory=lambda: "mailgun:" + secrets.token_urlsafe(24))
    partner: str = field(default_factory=lambda: "partner:" + secrets.token_urlsafe(24))
    acme: str = field(default_factory=secrets.token_urlsafe)

    def environment(self) -> dict[str, str]:
        """The variables that the example site's settings read."""
        return {
            "STRIPE_WHSEC": self.stripe,
            "STRIPE_WHSEC_OLD": self.stripe_old,
            "GITHUB_WEBHOOK_SECRET": self.github,
            "SLACK_SIGNING_SECRET": self.slack,
            "SVIX_WHSEC": self.svix,
            "ORDERS_WHSEC": self.orders,
            "MAILGUN_SIGNING_KEY": self.mailgun,
            "MAILGUN_BASIC": self.mailgun_basic,
            "PARTNER_BASIC": self.partner,
            "ACME_SECRET": self.acme,
        }
