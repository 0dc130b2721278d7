"""The examination of one delivery: judged as it is, then with every key and in every form that usually explains it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from hookseal._engine import Record
from hookseal.explain.bodies import bodies
from hookseal.explain.case import Case
from hookseal.explain.causes import CAUSES, Cause, Explanation
from hookseal.explain.credentials import credentials
from hookseal.explain.endpoints import refused_before_proof
from hookseal.explain.fields import fields
from hookseal.explain.frames import frames
from hookseal.explain.keys import Ring, keys
from hookseal.explain.past import failing_key, other_hops, repeated, skewed, stripped
from hookseal.explain.senders import lacks_signature, meant_for_others, other_provider, stranger
from hookseal.explain.trials import Sent, Verdict, verifier_of
from hookseal.explain.urls import tells_https, urls
from hookseal.explain.windows import windows
from hookseal.reasons import Reason

__all__ = ["examine"]

_MOST_REQUESTS = 400
_CREDENTIALS = (Reason.MISSING_CREDENTIALS, Reason.MALFORMED_CREDENTIALS, Reason.BAD_CREDENTIALS)
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
    if case.captured.method in case.endpoint.probes:
        return Explanation(None, (), 0, bounded=False)
    early = refused_before_proof(case.captured, case.sent, case.endpoint)
    proof = _proof(case)
    reason = early or (Reason.KEY_UNAVAILABLE if proof.wanted else proof.reason)
    causes = [*_outside(case, early, proof)]
    if proof.wanted:
        causes.append(case.naming.cause("unfetched_key"))
    elif not proof.holds:
        mistakes = _mistakes(case, proof.reason)
        is_ready = reason is not Reason.NOT_CONFIGURED or bool(case.own)
        if mistakes is None and not causes and reason in _SEARCHED and is_ready:
            mistakes = (case.naming.cause("unknown", tried=case.trials.tried),)
        causes += mistakes or ()
    return Explanation(reason, tuple(dict.fromkeys(causes)), case.trials.tried, case.trials.bounded)


def _proof(case: Case) -> Verdict:
    """Judge the proof alone, by the endpoint's own verifier."""
    endpoint = case.endpoint
    verifier = endpoint.verifier
    if endpoint.record is not None and endpoint.secret_source is not None:
        verifier = verifier_of(endpoint.record, case.own, endpoint, basic_auth=endpoint.basic_auth)
    if verifier is None:
        return Verdict(Reason.NOT_CONFIGURED)
    return case.trials.greets(verifier, case.sent) or case.trials.judge(verifier, case.sent)


def _outside(case: Case, early: Reason | None, proof: Verdict) -> Iterator[Cause]:
    """What is wrong beside the proof: transport, address, time."""
    if early is Reason.INSECURE_TRANSPORT and tells_https(case.sent):
        yield case.naming.cause("url_scheme", found="https", judged="http")
    if proof.holds or early in (Reason.ADDRESS_DENIED, Reason.ADDRESS_UNKNOWN):
        yield from other_hops(case)
    if proof.holds:
        yield from windows(case, proof.reason)
        yield from skewed(case) if proof.reason in (Reason.STALE, Reason.FUTURE) else ()
        yield from repeated(case) if proof.reason is None else ()


def _mistakes(case: Case, reason: Reason | None) -> tuple[Cause, ...] | None:
    """Find what is wrong with the proof: empty where it is right but for the configuration, None where nothing fits."""
    record, endpoint = case.endpoint.record, case.endpoint
    if record is None:
        return tuple(other_provider(case, None, sharing=False))
    if case.sent.method != "POST":
        return ()
    if reason is Reason.NOT_CONFIGURED and case.judged_by(record, case.own).holds:
        return ()
    if reason in _CREDENTIALS and endpoint.basic_auth and not record.shares_secret:
        basic = Record.named("basic")
        return credentials(case, basic, endpoint.basic_auth) or tuple(stripped(case)) or None
    lacks = lacks_signature(case, record)
    steps: tuple[Callable[[], Iterable[Cause] | None], ...] = (
        lambda: meant_for_others(case),
        lambda: other_provider(case, record, sharing=False) if lacks else (),
        lambda: _best(case, record, reason),
        lambda: other_provider(case, record, sharing=True) if not lacks else (),
        lambda: stranger(case, record) if lacks else (),
        lambda: stripped(case) if reason is Reason.MISSING_CREDENTIALS else (),
        lambda: failing_key(case) if reason is Reason.SIGNATURE_MISMATCH else (),
    )
    for step in steps:
        if found := tuple(step() or ()):
            return found
    return None


def _best(case: Case, record: Record, reason: Reason | None) -> tuple[Cause, ...]:
    """Find the way with the fewest deviations in which the delivery would have been right."""
    if record.shares_secret:
        return credentials(case, record, case.own)
    ring = Ring(record, keys(case, record, case.own), case)
    found: list[tuple[Cause, ...]] = []
    requests = list(islice(_requests(case, record), _MOST_REQUESTS))
    for sent in requests:
        if case.trials.spent:
            break
        if (differs := ring.opens(sent)) is not None:
            found.append((*differs, *sent.causes))
    found += frames(case, record, ring.keys, requests, reason)
    return min(filter(None, found), key=_deviation, default=())


def _requests(case: Case, record: Record) -> Iterator[Sent]:
    """The request as it was received, then as it may have been sent."""
    yield case.sent
    if record.reads_body:
        yield from bodies(case)
        yield from fields(case)
    if record.needs_url:
        yield from urls(case)


_RANK = {code: rank for rank, code in enumerate(CAUSES)}


def _deviation(causes: tuple[Cause, ...]) -> tuple[int, int]:
    return len(causes), sum(_RANK[cause.code] for cause in causes)
