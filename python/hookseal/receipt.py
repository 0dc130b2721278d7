"""What was proven about an accepted delivery, and the body that was verified."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from hookseal._engine import Accepted, Reply, check_json, parse_form
from hookseal.exceptions import WebhookRejected
from hookseal.reasons import Reason

__all__ = ["Held", "Receipt"]


class Held(Protocol):
    """What a delivery holds in the replay store."""

    @property
    def known(self) -> object: ...  # noqa: D102 - as in `hookseal.claims.Claims`

    def holds(self, key: bytes | None) -> bool: ...  # noqa: D102

    def forget(self) -> None: ...  # noqa: D102

    def fresh(self, ids: Iterable[str]) -> list[str]: ...  # noqa: D102

    async def afresh(self, ids: Iterable[str]) -> list[str]: ...  # noqa: D102

    def extend(self, seconds: int | None) -> None: ...  # noqa: D102

    async def aextend(self, seconds: int | None) -> None: ...  # noqa: D102


class Receipt:
    """What was proven about one delivery; views find it at `request.webhook`.

    Made by the package only.

    Args:
        accepted: the engine's verdict.
        endpoint: the alias of the endpoint.
        provider: the name of its provider.
        body: the raw bytes, or a function that reads them at first use, where the proof did not need them.
        content_type: the Content-Type header, with or without parameters.
        fields: reads the fields of a multipart form; without it, multipart bodies have no `form`.
    """

    __slots__ = ("_accepted", "_body", "_content_type", "_fields", "_form", "claims", "endpoint", "provider")

    def __init__(
        self,
        accepted: Accepted,
        endpoint: str,
        provider: str,
        body: bytes | Callable[[], bytes],
        content_type: str = "",
        *,
        fields: Callable[[], Mapping[str, list[str]]] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.provider = provider
        self.claims: Held | None = None
        self._accepted = accepted
        self._body = body
        self._content_type = content_type
        self._fields = fields
        self._form: dict[str, list[str]] | None = None

    @property
    def secret(self) -> str:
        """The label of the secret that matched, "stripe[0]" where it has none of its own."""
        return self._accepted.secret

    @property
    def event_id(self) -> str | None:
        """The authenticated id of the event; None where the provider signs none."""
        return self._accepted.event_id

    @property
    def timestamp(self) -> float | None:
        """The signed time in Unix seconds; None where the provider signs none."""
        return self._accepted.timestamp

    @property
    def reply(self) -> Reply | None:
        """What to answer, where the delivery is a handshake; `@webhook` does so by itself, and calls no view."""
        return self._accepted.reply

    @property
    def visit(self) -> str | None:
        """The URL that confirms a subscription, where the delivery asks for that: one of the provider's own.

        With AUTO_CONFIRM, `@webhook` visits it by itself, and calls no view.
        """
        return self._accepted.visit

    @property
    def weak(self) -> bool:
        """Whether id and time are not signed, but fields of the body that the secret beside it vouches for."""
        return self._accepted.weak

    @property
    def replay_key(self) -> bytes | None:
        """32 bytes that know this delivery: the same for each attempt to deliver one event, different for two events.

        None where replays are not looked for, or where nothing authenticated tells two deliveries apart.
        """
        return self._accepted.replay_key

    def member_key(self, event_id: str) -> bytes | None:
        """As `replay_key`, for one of several events in this delivery, by its id."""
        return self._accepted.member_key(event_id)

    @property
    def body(self) -> bytes:
        """The raw body. Where the provider signs it, these are the very bytes that were verified.

        Raises:
            WebhookRejected: it was not needed for the proof and cannot be read now.
        """
        if callable(self._body):
            self._body = self._body()
        return self._body

    @property
    def form(self) -> dict[str, list[str]]:
        """The fields of a form, each with all its values; empty for any other body.

        Raises:
            WebhookRejected: the body claims to be a form and is none (`malformed_body`), or cannot be read.
        """
        if self._form is None:
            self._form = self._read_form()
        return self._form

    def json(self) -> Any:
        """Parse the body as JSON, accepting just the texts the engine accepts.

        Strict UTF-8, no byte order mark, no NaN, no duplicate keys, at most 64 levels deep.

        Raises:
            WebhookRejected: it is no such text (`malformed_body`), or the body cannot be read.
        """
        body = self.body
        try:
            check_json(body)
        except ValueError as error:
            raise self._malformed(error) from None
        return json.loads(body.decode())

    def fresh(self, ids: Iterable[str]) -> list[str]:
        """Name those of the ids that no other delivery to this endpoint was handled with, each once, in their order.

        For senders that put many events into one delivery. The ids are settled with the delivery: remembered if the
        view succeeds, else free for the next attempt. Where another delivery with one of them is being handled at
        this moment, the view is left by an exception, and the sender is asked to try again.

        Raises:
            RuntimeError: no store stands behind this receipt.
            WebhookRejected: the store is down (`store_unavailable`).
        """
        return self._store_behind("fresh").fresh(ids)

    async def afresh(self, ids: Iterable[str]) -> list[str]:
        """As `fresh`, in an async view."""
        return await self._store_behind("afresh").afresh(ids)

    def extend(self, seconds: int | None = None) -> None:
        """Hold the delivery for so many seconds from now, by default LEASE; for views that take long.

        Where the lease has lapsed and another worker has the delivery, the view is left by an exception.

        Raises:
            RuntimeError: no store stands behind this receipt.
            WebhookRejected: the store is down (`store_unavailable`).
        """
        self._store_behind("extend").extend(seconds)

    async def aextend(self, seconds: int | None = None) -> None:
        """As `extend`, in an async view."""
        await self._store_behind("aextend").aextend(seconds)

    def __repr__(self) -> str:
        return f"<Receipt {self.endpoint} provider={self.provider!r} secret={self.secret!r}>"

    def _store_behind(self, method: str) -> Held:
        if self.claims is None:
            raise RuntimeError(f"{method}() needs a view under @webhook, on an endpoint whose REPLAY is not False")
        return self.claims

    def _read_form(self) -> dict[str, list[str]]:
        kind = self._content_type.partition(";")[0].strip().lower()
        if kind == "multipart/form-data" and self._fields is not None:
            return dict(self._fields())
        form: dict[str, list[str]] = {}
        if kind == "application/x-www-form-urlencoded":
            for name, value in self._parsed_fields():
                form.setdefault(name, []).append(value)
        return form

    def _parsed_fields(self) -> list[tuple[str, str]]:
        try:
            return parse_form(self.body)
        except ValueError as error:
            raise self._malformed(error) from None

    def _malformed(self, error: ValueError) -> WebhookRejected:
        return WebhookRejected(Reason.MALFORMED_BODY, self.endpoint, self.provider, str(error))
