"""Webhooks for Django: one decorator in front of a view, and only genuine, fresh, first-seen ones reach it.

    @webhook("stripe")
    def stripe_events(request):
        event = request.webhook.json()

Records for senders that the catalog lacks are made with `hookseal.schemes`. Importing this package reads no settings,
and what it exports is imported when it is asked for: a test run that does not use it never imports Django.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookseal.deferred import deferred

if TYPE_CHECKING:
    from hookseal.decorators import webhook
    from hookseal.exceptions import WebhookConfigurationError, WebhookRejected
    from hookseal.reasons import Reason
    from hookseal.receipt import Receipt
    from hookseal.secrets import Secret
    from hookseal.signing import providers, sign
    from hookseal.verifier import Verifier

__all__ = [
    "Reason",
    "Receipt",
    "Secret",
    "Verifier",
    "WebhookConfigurationError",
    "WebhookRejected",
    "providers",
    "sign",
    "webhook",
]

if not TYPE_CHECKING:
    __getattr__ = deferred(
        __name__,
        {
            "Reason": "hookseal.reasons",
            "Receipt": "hookseal.receipt",
            "Secret": "hookseal.secrets",
            "Verifier": "hookseal.verifier",
            "WebhookConfigurationError": "hookseal.exceptions",
            "WebhookRejected": "hookseal.exceptions",
            "providers": "hookseal.signing",
            "sign": "hookseal.signing",
            "webhook": "hookseal.decorators",
        },
    )
