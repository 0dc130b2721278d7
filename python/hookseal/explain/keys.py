"""The keys a delivery may have been signed with: the endpoint's own, read in other ways, and those of its siblings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hookseal import _engine
from hookseal._engine import LIMITS, Record, Secret, SecretError
from hookseal.conf import Endpoint
from hookseal.explain.case import Case
from hookseal.explain.causes import Cause
from hookseal.explain.naming import Naming
from hookseal.explain.trials import Sent, verifier_of

__all__ = ["Key", "Ring", "is_development", "keys"]

_MOST_KEYS = 512
_DEVELOPMENT = frozenset({"cli", "dev", "devel", "development", "local", "localhost", "tunnel"})
_CODES = {
    "whitespace": "secret_whitespace",
    "quotes": "secret_quotes",
    "prefix": "secret_prefix",
    "encoding": "secret_encoding",
}


@dataclass(frozen=True)
class Key:
    """A secret as it may have been meant.

    Attributes:
        secret: the secret; without a flaw.
        causes: why it is not what the endpoint takes; empty for its own.
    """

    secret: Secret
    causes: tuple[Cause, ...] = ()


class Ring:
    """Keys, and the verifiers that hold them, made once: as many to each as the engine takes.

    Args:
        record: how their text is read.
        keys: the keys; those that can be none of the record are left out.
        case: what is examined.
    """

    def __init__(self, record: Record, keys: Iterable[Key], case: Case) -> None:
        self._record = record
        self._endpoint = case.endpoint
        self._trials = case.trials
        self.keys = [key for key in keys if _takes(record, key.secret)]
        most = LIMITS["secrets"]
        groups = [self.keys[start : start + most] for start in range(0, len(self.keys), most)]
        groups = groups if record.needs_secrets else [[]]
        made = [(self._verifier(group), group) for group in groups]
        self._groups = [(verifier, group) for verifier, group in made if verifier is not None]

    def opens(self, sent: Sent) -> tuple[Cause, ...] | None:
        """Say what differs in the first key that made the signature of a request; None where none of them did.

        Where the sender publishes its keys, a request counts as signed as soon as nothing but the key is missing.
        """
        for verifier, group in self._groups:
            self._trials.add(max(len(group) - 1, 0))
            verdict = self._trials.judge(verifier, sent)
            if verdict.wanted:
                return ()
            if verdict.holds:
                return next((key.causes for key in group if self._fits(key, sent)), ())
        return None

    def _fits(self, key: Key, sent: Sent) -> bool:
        verifier = self._verifier([key])
        return verifier is not None and self._trials.judge(verifier, sent).holds

    def _verifier(self, keys: Sequence[Key]) -> _engine.Verifier | None:
        return verifier_of(self._record, [key.secret for key in keys], self._endpoint)


def keys(case: Case, record: Record, own: Sequence[Secret]) -> Iterator[Key]:
    """List the keys to try, the likeliest first: own ones, siblings', own ones read otherwise."""
    made = [Key(secret) for secret in own]
    made += [Key(secret, (cause,)) for secret, cause in _of_siblings(case.siblings, case.naming)]
    made += [Key(secret, (cause,)) for secret, cause in _misread(record, own, case.naming)]
    yield from made[:_MOST_KEYS]


def is_development(endpoint: Endpoint, secret: Secret) -> bool:
    """Whether an endpoint or a secret is named as that of a development tunnel."""
    words = re.split(r"[^a-z]+", f"{endpoint.alias} {secret.label or ''}".lower())
    return not _DEVELOPMENT.isdisjoint(words)


def _of_siblings(siblings: Sequence[Endpoint], naming: Naming) -> Iterator[tuple[Secret, Cause]]:
    for sibling in siblings:
        for secret in (*sibling.secrets, *sibling.basic_auth):
            code = "cli_secret" if is_development(sibling, secret) else "other_endpoint_secret"
            yield secret, naming.cause(code, other=sibling.alias)


def _misread(record: Record, own: Sequence[Secret], naming: Naming) -> Iterator[tuple[Secret, Cause]]:
    for given in own:
        for kind, change, prefix, secret in given.misread(record):
            yield secret, naming.cause(_CODES[kind], what=change, prefix=prefix)


def _takes(record: Record, secret: Secret) -> bool:
    try:
        record.check(secret)
    except SecretError:
        return False
    return secret.slot not in record.token_slots
