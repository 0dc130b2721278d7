"""The case: a delivery, what it was sent to, and what is known beside: what every step of the examination takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hookseal._engine import Record, Secret
from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.explain.causes import Past
from hookseal.explain.endpoints import secrets_of
from hookseal.explain.naming import Naming
from hookseal.explain.trials import Sent, Trials, Verdict, sent_as_judged, verifier_of
from hookseal.reasons import Reason

__all__ = ["Case", "open_case"]


@dataclass(frozen=True)
class Case:
    """What is examined.

    Attributes:
        captured: the delivery as it arrived.
        endpoint: what it was sent to.
        siblings: the site's other endpoints.
        history: other deliveries of the endpoint, the newest first.
        sent: the request as the endpoint judges it.
        own: the endpoint's secrets, flawed ones included.
        naming: makes its causes.
        trials: judges, and counts.
    """

    captured: Captured
    endpoint: Endpoint
    siblings: Sequence[Endpoint]
    history: Sequence[Past]
    sent: Sent
    own: Sequence[Secret]
    naming: Naming
    trials: Trials

    def judged_by(self, record: Record, secrets: Sequence[Secret], *, timeless: bool = False) -> Verdict:
        """Judge the request as it was received by a record and secrets; basic auth is not asked for.

        Args:
            record: how it is read.
            secrets: those that can be no key of it are left out.
            timeless: whether a signed time may be as old as it is.
        """
        endpoint = replace(self.endpoint, tolerance=None) if timeless else self.endpoint
        verifier = verifier_of(record, secrets, endpoint)
        return Verdict(Reason.NOT_CONFIGURED) if verifier is None else self.trials.judge(verifier, self.sent)


def open_case(captured: Captured, endpoint: Endpoint, siblings: Sequence[Endpoint], history: Sequence[Past]) -> Case:
    """Collect what the examination needs."""
    return Case(
        captured,
        endpoint,
        siblings,
        history,
        sent=sent_as_judged(captured, endpoint),
        own=secrets_of(endpoint, captured),
        naming=Naming.of(endpoint),
        trials=Trials(captured.received_at),
    )
