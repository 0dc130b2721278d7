"""What becomes of deliveries, as one stream: each signal of the package as an `Outcome`, for those who count.

Two of an outcome's words are the owner's (endpoint, provider), the others come from closed lists: a sender adds nothing
to them, so they may be the labels of a metric.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hookseal.exceptions import WebhookRejected
from hookseal.receipt import Receipt
from hookseal.signals import (
    webhook_accepted,
    webhook_confirmed,
    webhook_duplicate,
    webhook_handshake,
    webhook_rejected,
    webhook_unprotected,
)

__all__ = ["OUTCOMES", "Outcome", "unwatch", "watch"]

OUTCOMES = ("accepted", "refused", "duplicate", "confirmed", "handshake", "unprotected")
"""Every name of an outcome. A delivery has one of the first five; "unprotected" is said beside "accepted"."""


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery.

    Attributes:
        name: one of `OUTCOMES`.
        endpoint: its alias.
        provider: its provider's name; empty where a wrong configuration leaves it unknown.
        reason: why it was refused, as a `Reason`'s code, or why it is unprotected; else empty.
        fault: whose mistake a refusal is, "sender" or "site"; else empty.
        receipt: what was proven; None for refusals and handshakes.
    """

    name: str
    endpoint: str
    provider: str
    reason: str = ""
    fault: str = ""
    receipt: Receipt | None = None


def watch(observe: Callable[[Outcome], None], name: str) -> None:
    """Call a function with the outcome of each delivery, from now on; again with the same name changes nothing.

    It runs on the path of the request, refusals included, so it should count and not work.

    Args:
        observe: the function; what it raises is logged by Django and changes no outcome.
        name: tells it apart from others that watch.
    """

    def proven(outcome: str) -> Callable[..., None]:
        def receive(receipt: Receipt, cause: str = "", **_: Any) -> None:
            observe(Outcome(outcome, receipt.endpoint, receipt.provider, cause, receipt=receipt))

        return receive

    def refused(rejection: WebhookRejected, **_: Any) -> None:
        reason = rejection.reason
        observe(Outcome("refused", rejection.endpoint, rejection.provider, reason.value, reason.fault))

    def greeted(endpoint: str, provider: str, **_: Any) -> None:
        observe(Outcome("handshake", endpoint, provider))

    receivers: tuple[Callable[..., None], ...] = (
        proven("accepted"),
        refused,
        proven("duplicate"),
        proven("confirmed"),
        greeted,
        proven("unprotected"),
    )
    for signal, receiver in zip(_SIGNALS, receivers, strict=True):
        signal.connect(receiver, weak=False, dispatch_uid=name)


def unwatch(name: str) -> None:
    """Stop what `watch` began under that name; nothing happens where it never did."""
    for signal in _SIGNALS:
        signal.disconnect(dispatch_uid=name)


_SIGNALS = (
    webhook_accepted,
    webhook_rejected,
    webhook_duplicate,
    webhook_confirmed,
    webhook_handshake,
    webhook_unprotected,
)
