"""Subscriptions that are confirmed: a listed topic has asked for it, and proven that it did."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from hookseal.keysource import process_keys
from hookseal.logging import DELIVERIES
from hookseal.receipt import Receipt
from hookseal.signals import webhook_confirmed

__all__ = ["Confirmation"]


@dataclass(frozen=True)
class Confirmation:
    """A subscription that is to be confirmed.

    Attributes:
        request: Django's request.
        receipt: what was proven.
        url: what the sender wants visited, one of its provider's own.
    """

    request: HttpRequest
    receipt: Receipt
    url: str

    def answer(self) -> HttpResponse:
        """Confirm, tell of it, and make the response.

        Raises:
            WebhookRejected: the URL did not answer (`key_unavailable`); the sender asks again.
        """
        process_keys().visit(self.url)
        self._log()
        if webhook_confirmed.receivers:
            webhook_confirmed.send_robust(sender=Receipt, request=self.request, receipt=self.receipt)
        return HttpResponse()

    async def aanswer(self) -> HttpResponse:
        """As `answer`, while the event loop goes on."""
        await process_keys().avisit(self.url)
        self._log()
        if webhook_confirmed.receivers:
            await webhook_confirmed.asend_robust(sender=Receipt, request=self.request, receipt=self.receipt)
        return HttpResponse()

    def _log(self) -> None:
        logging.getLogger(DELIVERIES).info("%s: confirmed a subscription", self.receipt.endpoint)
