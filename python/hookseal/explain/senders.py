"""Other senders than the endpoint's own: a delivery meant for a sibling, or one of another provider."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from hookseal._engine import Record
from hookseal.explain.case import Case
from hookseal.explain.causes import Cause
from hookseal.explain.trials import sent_as_judged
from hookseal.fingerprints import guess, records, signature_headers

__all__ = ["lacks_signature", "meant_for_others", "other_provider", "stranger"]

_MOST_PROVIDERS = 40


def lacks_signature(case: Case, record: Record) -> bool:
    """Whether no header is there in which a signature of the record could stand."""
    return not any(case.sent.texts(name) for name in record.signature_headers)


def meant_for_others(case: Case) -> Iterator[Cause]:
    """Name the sibling that would have accepted the delivery."""
    for sibling in case.siblings:
        own, other = case.endpoint.record, sibling.record
        if sibling.verifier is None or other is None or own is None or other.name == own.name:
            continue
        if case.trials.judge(sibling.verifier, sent_as_judged(case.captured, sibling)).holds:
            yield case.naming.cause("other_endpoint", other=sibling.alias, provider=other.title)
            return


def other_provider(case: Case, record: Record | None, *, sharing: bool) -> Iterator[Cause]:
    """Name the provider as which the delivery is valid with the endpoint's secrets.

    Args:
        case: what is examined.
        record: the endpoint's own, which is left out; None where its PROVIDER names nothing.
        sharing: whether only those are tried whose signature stands in the same header as the endpoint's.
    """
    expected = case.endpoint.alias if record is None else record.name
    for name in islice(_candidates(case, record, sharing=sharing), _MOST_PROVIDERS):
        other = records()[name]
        if other.needs_secrets and case.judged_by(other, case.own, timeless=True).holds:
            yield case.naming.cause("wrong_provider", found=name, expected=expected)
            return


def stranger(case: Case, record: Record) -> Iterator[Cause]:
    """Name the provider whose signature header is there, while that of the endpoint's own is not."""
    there = {name.lower() for name, _ in case.sent.headers}
    for name in islice(guess(case.sent.headers), 1):
        seen = next(iter(sorted(signature_headers(records()[name]) & there)), "")
        header = next(iter(record.signature_headers), "its signature")
        yield case.naming.cause("other_provider_header", header=header, seen=seen, found=name)


def _is_older(provider: str, own: frozenset[str]) -> bool:
    """Whether a provider signs in a header of which the endpoint's is a later version ("x-hub-signature-256")."""
    return any(mine.startswith(f"{name}-") for name in records()[provider].signature_headers for mine in own)


def _candidates(case: Case, record: Record | None, *, sharing: bool) -> Iterator[str]:
    own = frozenset(() if record is None else record.signature_headers)
    there = {name.lower() for name, _ in case.sent.headers}
    found = (name for name in guess(case.sent.headers) if not _is_older(name, own))
    generic = [name for name in ("basic", "token") if "authorization" in there]
    unnamed = (name for name, each in records().items() if not each.signature_headers)
    named = (name for name, each in records().items() if own & frozenset(each.signature_headers))
    names = named if sharing else chain(found, generic, unnamed)
    yield from (name for name in names if record is None or name != record.name)
