"""Webhooks for Django: one decorator in front of a view, and only genuine, fresh, first-seen ones reach it.

    @webhook("stripe")
    def stripe_events(request):
        event = request.webhook.json()

Records for senders that the catalog lacks are made with `hookseal.schemes`. Importing this package reads no settings.
"""

from __future__ import annotations

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
