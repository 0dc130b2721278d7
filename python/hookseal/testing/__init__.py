"""Signed requests for the tests of a site: genuine ones, bent ones, recorded ones; no network, no real secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookseal.deferred import deferred

if TYPE_CHECKING:
    from hookseal.testing.battery import WebhookBattery
    from hookseal.testing.client import AsyncWebhookClient, WebhookClient
    from hookseal.testing.deliveries import Delivery
    from hookseal.testing.examples import Example, sign
    from hookseal.testing.tampering import TAMPERINGS, Signing, Tampering, Untamperable, tamper

__all__ = [
    "TAMPERINGS",
    "AsyncWebhookClient",
    "Delivery",
    "Example",
    "Signing",
    "Tampering",
    "Untamperable",
    "WebhookBattery",
    "WebhookClient",
    "sign",
    "tamper",
]

if not TYPE_CHECKING:
    __getattr__ = deferred(
        __name__,
        {
            "AsyncWebhookClient": "hookseal.testing.client",
            "Delivery": "hookseal.testing.deliveries",
            "Example": "hookseal.testing.examples",
            "Signing": "hookseal.testing.tampering",
            "TAMPERINGS": "hookseal.testing.tampering",
            "Tampering": "hookseal.testing.tampering",
            "Untamperable": "hookseal.testing.tampering",
            "WebhookBattery": "hookseal.testing.battery",
            "WebhookClient": "hookseal.testing.client",
            "sign": "hookseal.testing.examples",
            "tamper": "hookseal.testing.tampering",
        },
    )
