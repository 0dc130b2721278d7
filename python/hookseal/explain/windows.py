"""Right signatures at the wrong time: made too long ago, in the future, or with a secret that was not valid then."""

from __future__ import annotations

from collections.abc import Iterator

from hookseal._engine import Accepted
from hookseal.explain.case import Case
from hookseal.explain.causes import Cause
from hookseal.explain.naming import moment
from hookseal.reasons import Reason

__all__ = ["proven", "windows"]


def windows(case: Case, reason: Reason | None) -> Iterator[Cause]:
    """Name the cause of a refusal that is found only after the signature has held."""
    if reason in (Reason.STALE, Reason.FUTURE):
        yield from _age(case)
    elif reason is Reason.EXPIRED_SECRET:
        yield from _window(case)


def proven(case: Case) -> Accepted | None:
    """Find what a delivery whose signature holds would prove, were it not too old."""
    record = case.endpoint.record
    return None if record is None else case.judged_by(record, case.own, timeless=True).accepted


_DAY = 86_400


def _age(case: Case) -> Iterator[Cause]:
    accepted = proven(case)
    if accepted is not None and accepted.timestamp is not None:
        age = case.trials.now - accepted.timestamp
        code = "stale" if age > 0 else "future"
        yield case.naming.cause(code, seconds=round(abs(age)), tolerance=case.endpoint.tolerance)


def _window(case: Case) -> Iterator[Cause]:
    record, now = case.endpoint.record, case.trials.now
    for index, secret in enumerate(case.own):
        if record is None or case.judged_by(record, [secret]).reason is not Reason.EXPIRED_SECRET:
            continue
        label = f'"{secret.label}"' if secret.label else f"{case.endpoint.alias}[{index}]"
        if secret.not_after is not None and secret.not_after < now:
            days, date = int((now - secret.not_after) // _DAY), moment(secret.not_after, day=True)
            yield case.naming.cause("old_secret", label=label, date=date, days=days)
        elif secret.not_before is not None:
            yield case.naming.cause("early_secret", label=label, date=moment(secret.not_before, day=True))
        return
