"""The examination of one delivery: judged as it is, then with every key and in every form that usually explains it."""

from __future__ import annotations

from collections.abc import Iterator

from hookseal._engine import Record
from hookseal.explain.bodies import bodies
from hookseal.explain.case import Case
from hookseal.explain.causes import CAUSES, Cause, Explanation
from hookseal.explain.endpoints import refused_before_proof
from hookseal.explain.keys import Ring, keys
from hookseal.explain.trials import Sent, Verdict, verifier_of
from hookseal.explain.urls import tells_https, urls
from hookseal.explain.windows import windows
from hookseal.reasons import Reason

__all__ = ["examine"]

# Reasons that a wrong key, a changed request or another scheme may lead to.
_SEARCHED = frozenset(
    {
        *(Reason.MISSING_CREDENTIALS, Reason.MALFORMED_CREDENTIALS, Reason.BAD_CREDENTIALS, Reason.MISSING_SIGNATURE),
        *(Reason.MALFORMED_SIGNATURE, Reason.WRONG_ALGORITHM, Reason.SIGNATURE_MISMATCH, Reason.DUPLICATE_HEADER),
        *(Reason.MALFORMED_BODY, Reason.BODY_NOT_COVERED, Reason.MALFORMED_TIMESTAMP, Reason.TIMESTAMP_OUT_OF_RANGE),
        *(Reason.UNKNOWN_KEY, Reason.NOT_CONFIGURED, Reason.MALFORMED_HEADER),
    }
)


def examine(case: Case) -> Explanation:
    """Say the reason and the causes."""
    early = refused_before_proof(case.captured, case.sent, case.endpoint)
    proof = _proof(case)
    reason = early or (Reason.KEY_UNAVAILABLE if proof.wanted else proof.reason)
    causes = tuple(_causes(case, early, proof))
    if not causes and reason in _SEARCHED:
        causes = (case.naming.cause("unknown", tried=case.trials.tried),)
    return Explanation(reason, causes, case.trials.tried, case.trials.bounded)


def _proof(case: Case) -> Verdict:
    """Judge the proof alone, by the endpoint's own verifier."""
    endpoint = case.endpoint
    verifier = endpoint.verifier
    if endpoint.record is not None and endpoint.secret_source is not None:
        verifier = verifier_of(endpoint.record, case.own, endpoint, basic_auth=endpoint.basic_auth)
    return Verdict(Reason.NOT_CONFIGURED) if verifier is None else case.trials.judge(verifier, case.sent)


def _causes(case: Case, early: Reason | None, proof: Verdict) -> Iterator[Cause]:
    if early is Reason.INSECURE_TRANSPORT and tells_https(case.sent):
        yield case.naming.cause("url_scheme", found="https", judged="http")
    if proof.wanted:
        yield case.naming.cause("unfetched_key")
    elif proof.holds:
        yield from windows(case, proof.reason)
    elif case.endpoint.record is not None:
        yield from _best(case, case.endpoint.record)


def _best(case: Case, record: Record) -> tuple[Cause, ...]:
    """Find the way with the fewest deviations in which the delivery would have been right."""
    ring = Ring(record, keys(case, record), case)
    found: list[tuple[Cause, ...]] = []
    for sent in _requests(case, record):
        if case.trials.spent:
            break
        if (key := ring.opens(sent)) is not None:
            found.append((*key.causes, *sent.causes))
    return min(found, key=_deviation, default=())


def _requests(case: Case, record: Record) -> Iterator[Sent]:
    """The request as it was received, then as it may have been sent."""
    yield case.sent
    if record.reads_body:
        yield from bodies(case)
    if record.needs_url:
        yield from urls(case)


_RANK = {code: rank for rank, code in enumerate(CAUSES)}


def _deviation(causes: tuple[Cause, ...]) -> tuple[int, int]:
    return len(causes), sum(_RANK[cause.code] for cause in causes)
