"""The engine alone, given all that a provider may want: options, topics, keys by slot, fetched keys, every header."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import EllipsisType

from hookseal import Reason, WebhookRejected
from hookseal._engine import Accepted, Record, RemoteKey, Secret, Verifier, Wanted

NOW = 1_790_000_000
PRF_KEY = bytes(32)

Pairs = Mapping[str, str] | Iterable[tuple[str, str]]


class Receiver:
    """Judges deliveries of one sender.

    Args:
        record: the sender, or its name in the catalog.
        secrets: texts, or `Secret` where a slot matters.
        tolerance: seconds; left out: the record's.
        options: what the record wants beside the secrets.
        topics: the topics that are ours.
        remote: what is to be fetched where the first delivery points, PEM or JWK text; elsewhere there is nothing.
    """

    def __init__(
        self,
        record: Record | str,
        secrets: Sequence[str | Secret] = (),
        *,
        tolerance: int | EllipsisType | None = ...,
        options: Mapping[str, str] | None = None,
        topics: Sequence[str] | None = None,
        remote: str = "",
    ) -> None:
        self.record = Record.named(record) if isinstance(record, str) else record
        self._engine = Verifier(
            self.record,
            [secret if isinstance(secret, Secret) else Secret(secret) for secret in secrets],
            endpoint="test",
            prf_key=PRF_KEY,
            tolerance=self.record.tolerance if isinstance(tolerance, EllipsisType) else tolerance,
            options=options,
            topics=topics,
            replay=True,
        )
        self._remote = remote
        self._fetched: dict[str, RemoteKey] = {}

    def reads(self, header: str) -> bool:
        """Whether a header, in lower case, can matter to the verdict."""
        return self.record.reads_every_header or header in self._engine.headers

    def accepted(
        self, headers: Pairs, body: bytes, now: float = NOW, method: str = "POST", url: str | None = None
    ) -> Accepted:
        """Judge a delivery; raises `WebhookRejected`."""
        every = [(name.lower(), text) for name, text in (headers.items() if isinstance(headers, Mapping) else headers)]
        parts = tuple(_part([text for known, text in every if known == name]) for name in self._engine.headers)
        need = self._engine.admit(parts, method, url, every)
        read = None if need == "nothing" else body
        found = self._engine.verify(parts, read, now, method, url, None, every)
        if isinstance(found, Wanted):
            found = self._engine.verify(parts, read, now, method, url, None, every, self._fetch(found))
        assert isinstance(found, Accepted), "a key that was handed over is not wanted again"
        return found

    def reason(
        self, headers: Pairs, body: bytes, now: float = NOW, method: str = "POST", url: str | None = None
    ) -> Reason | None:
        """Judge a delivery: None where it is accepted."""
        try:
            self.accepted(headers, body, now, method, url)
        except WebhookRejected as rejection:
            return rejection.reason
        return None

    def _fetch(self, wanted: Wanted) -> RemoteKey:
        """Hand over the one key there is; it is not one of the sender's where that text cannot be."""
        if not self._fetched:
            try:
                self._fetched[wanted.location] = RemoteKey(wanted.source, wanted.location, self._remote.encode())
            except ValueError as error:
                raise WebhookRejected(Reason.KEY_UNAVAILABLE, "test", self.record.name) from error
        if wanted.location not in self._fetched:
            raise WebhookRejected(Reason.KEY_UNAVAILABLE, "test", self.record.name)
        return self._fetched[wanted.location]


def _part(texts: list[str]) -> str | list[str] | None:
    return texts[0] if len(texts) == 1 else texts or None
