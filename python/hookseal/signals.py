"""Signals of the package. They are sent with `send_robust`: a receiver that fails is logged and changes no outcome.

Each is sent with the class of its subject as `sender`, and with these keyword arguments:

* `webhook_accepted(sender=Receipt, request, receipt)`: the delivery is proven and its view is about to run.
* `webhook_duplicate(sender=Receipt, request, receipt, when, status)`: the delivery was handled before, at `when` (an
  aware datetime) with `status`; its view is not called.
* `webhook_unprotected(sender=Receipt, request, receipt, cause)`: the delivery is handled, but a replay of it would not
  be noticed. `cause` is "store_unavailable" or "lease_lost".
* `webhook_confirmed(sender=Receipt, request, receipt)`: a subscription was confirmed, as the delivery asked; its view
  is not called.
* `webhook_handshake(sender=Reply, request, endpoint, provider, reply)`: a sender's challenge is about to be answered;
  no view is called. `endpoint` is the alias, `reply.name` the handshake's name. What it says may be unproven: see its
  record.
* `webhook_rejected(sender=WebhookRejected, request, rejection)`: the delivery was refused. `rejection.reason` says why.

`request` is Django's `HttpRequest`. Tell endpoints apart by `receipt.endpoint` and `rejection.endpoint`. Receivers run
on the path of the request, so they should count, not work; in an async view they run in a thread.
"""

from __future__ import annotations

from django.dispatch import Signal

__all__ = [
    "webhook_accepted",
    "webhook_confirmed",
    "webhook_duplicate",
    "webhook_handshake",
    "webhook_rejected",
    "webhook_unprotected",
]

webhook_accepted = Signal()
"""A delivery is genuine and fresh. Arguments: `request`, `receipt` (a `hookseal.Receipt`)."""

webhook_confirmed = Signal()
"""A subscription was confirmed (AUTO_CONFIRM). Arguments: `request`, `receipt`."""

webhook_duplicate = Signal()
"""A delivery was handled before. Arguments: `request`, `receipt`, `when` (an aware datetime), `status`."""

webhook_handshake = Signal()
"""A handshake is answered. Arguments: `request`, `endpoint`, `provider`, `reply` (`name`, `content_type`, `body`)."""

webhook_unprotected = Signal()
"""A delivery is handled, but its replay would not be noticed. Arguments: `request`, `receipt`, `cause` (str)."""

webhook_rejected = Signal()
"""A delivery was refused. Arguments: `request`, `rejection` (a `hookseal.WebhookRejected`)."""
