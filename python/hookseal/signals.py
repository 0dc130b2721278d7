"""Signals of the package. They are sent with `send_robust`: a receiver that fails is logged and changes no outcome.

Each is sent with the class of its subject as `sender`, and with these keyword arguments:

* `webhook_accepted(sender=Receipt, request, receipt)`: the delivery is proven and its view is about to run.
* `webhook_rejected(sender=WebhookRejected, request, rejection)`: the delivery was refused. `rejection.reason` says why.

`request` is Django's `HttpRequest`. Tell endpoints apart by `receipt.endpoint` and `rejection.endpoint`. Receivers run
on the path of the request, so they should count, not work; in an async view they run in a thread.
"""

from __future__ import annotations

from django.dispatch import Signal

__all__ = ["webhook_accepted", "webhook_rejected"]

webhook_accepted = Signal()
"""A delivery is genuine and fresh. Arguments: `request`, `receipt` (a `hookseal.Receipt`)."""

webhook_rejected = Signal()
"""A delivery was refused. Arguments: `request`, `rejection` (a `hookseal.WebhookRejected`)."""
