"""What other deliveries of the same endpoint tell: a rotated key, a clock that is off, a proxy that strips, a retry."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from statistics import median

from hookseal._engine import client_address
from hookseal.explain.case import Case
from hookseal.explain.causes import Cause
from hookseal.explain.naming import moment
from hookseal.explain.windows import proven
from hookseal.reasons import Reason

__all__ = ["failing_key", "other_hops", "repeated", "skewed", "stripped"]

_ENOUGH = 3
_MOST_HOPS = 10
# Networks and queues account for less.
_SKEW_SECONDS = 20


def stripped(case: Case) -> Iterator[Cause]:
    """Whether others came with the header Authorization, which this one lacks."""
    carried = [past for past in case.history if past.has_authorization]
    if carried and not case.sent.texts("authorization"):
        path = case.captured.url.partition("://")[2].partition("?")[0]
        what = f"{len(carried)} other deliveries carried Authorization, this one to /{path.partition('/')[2]} does not"
        yield case.naming.cause("proxy_stripped", what=what)


def failing_key(case: Case) -> Iterator[Cause]:
    """Whether all deliveries have failed of late, though the public key parses."""
    record, mismatch = case.endpoint.record, Reason.SIGNATURE_MISMATCH.value
    if record is None or record.key_kind != "public":
        return
    run = list(takewhile(lambda past: past.verdict == "refused" and past.reason == mismatch, case.history))
    if len(run) >= _ENOUGH:
        yield case.naming.cause("wrong_public_key", count=len(run) + 1, date=moment(run[-1].received_at))


def skewed(case: Case) -> Iterator[Cause]:
    """Whether accepted deliveries, too, were signed long before or after they arrived."""
    ages = [
        past.received_at - past.signed_at
        for past in case.history
        if past.verdict == "accepted" and past.signed_at is not None
    ]
    if len(ages) >= _ENOUGH and abs(median(ages)) >= _SKEW_SECONDS:
        yield case.naming.cause("clock_skew", seconds=round(median(ages)))


def repeated(case: Case) -> Iterator[Cause]:
    """Whether the event of a right delivery was handled before."""
    accepted = proven(case)
    if accepted is None or accepted.event_id is None:
        return
    for past in case.history:
        if past.event_id == accepted.event_id and past.verdict == "accepted" and past.received_at <= case.trials.now:
            yield case.naming.cause("replay_by_sender", date=moment(past.received_at), status=past.status or "unknown")
            return


def other_hops(case: Case) -> Iterator[Cause]:
    """Whether the address would be allowed with another count of trusted proxies."""
    endpoint, forwarded = case.endpoint, case.sent.header("x-forwarded-for")
    if endpoint.allow_ips is None or endpoint.trusted_proxies is not None:
        return
    for hops in range(1, _MOST_HOPS + 1):
        address = client_address("", forwarded, hops=hops)
        if address is not None and address in endpoint.allow_ips:
            if hops != endpoint.trusted_hops:
                configured = endpoint.trusted_hops
                yield case.naming.cause("proxy_hops", address=address, hops=hops, configured=configured)
            return
