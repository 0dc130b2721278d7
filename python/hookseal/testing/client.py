"""`WebhookClient` and `AsyncWebhookClient`: Django's test clients, for requests that are signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse
from django.test import AsyncClient, Client

from hookseal.reasons import Reason
from hookseal.receipt import Receipt
from hookseal.signals import webhook_accepted
from hookseal.testing.deliveries import Delivery, signed
from hookseal.testing.expecting import Expectation
from hookseal.testing.stand_ins import standing_in
from hookseal.testing.wire import Addressed, Recorded, Wire, recording, wire_of

__all__ = ["AsyncWebhookClient", "WebhookClient"]


class _Observing:
    """What both clients know of what came of their deliveries."""

    def __init__(self) -> None:
        self._expectations: list[Expectation] = []
        self._receipts: list[Receipt] = []

    def expect_rejection(self, reason: Reason | str | None = None) -> Expectation:
        """Expect every delivery of a `with` or `async with` block to be refused.

        Args:
            reason: the reason, or its code; left out: any.

        Raises:
            ValueError: there is no such reason.
            AssertionError: at the end of the block, where anything else came of a delivery, or none was sent; the text
                says what.
        """
        return Expectation(reason, self._expectations)

    def forget(self) -> None:
        """Let what was accepted be handled again when it comes: the fixtures do so at the end of a test.

        Deliveries that a cache or a process remembers would else be duplicates in the next test.
        """
        for receipt in self._receipts:
            if receipt.claims is not None:
                receipt.claims.forget()
        self._receipts.clear()

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Keep the receipts of what is accepted meanwhile."""

        def keep(receipt: Receipt, **_: Any) -> None:
            self._receipts.append(receipt)

        webhook_accepted.connect(keep)
        try:
            yield
        finally:
            webhook_accepted.disconnect(keep)

    def _note(self, wire: Wire, response: Any) -> HttpResponse:
        for expectation in self._expectations:
            expectation.answers.append(f"{response.status_code} to {wire.method} {wire.url}")
        answer: HttpResponse = response
        return answer


class WebhookClient(_Observing):
    """Sends deliveries to the site under test: signed as their senders would, bent, or recorded.

    While it signs and sends, endpoints have keys that were made up for this process, instead of those in the settings,
    and nothing is fetched from a network. Requests come over https, and have to pass CSRF as those of a sender.

    Args:
        client: the client that sends; left out: a new one.
        address: the client's address.
        headers: headers of every request.

    Example:
        client = WebhookClient()
        response = client.send("stripe", "/hooks/stripe/", {"id": "evt_1", "type": "invoice.paid"})
    """

    def __init__(
        self, client: Client | None = None, *, address: str = "127.0.0.1", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self.client = client or Client(enforce_csrf_checks=True, headers=headers, REMOTE_ADDR=address)

    def sign(
        self,
        endpoint: str,
        payload: object = None,
        *,
        url: str | None = None,
        event_id: str | None = None,
        now: float | None = None,
        content_type: str | None = None,
        method: str = "POST",
    ) -> Delivery:
        """Sign a delivery, to be sent with `deliver`.

        Args:
            endpoint: its alias in the settings.
            payload: bytes or str as they are, anything else as JSON, or as a form where `content_type` says so; left
                out: a sample of the shape that the provider sends.
            url: where it will be delivered, a path or a whole URL; needed only where the provider signs the URL and
                the endpoint has not exactly one path.
            event_id: the id of the event, where its provider sends it in a header; left out: one is made up.
            now: the time of signing, Unix seconds; left out: the present, which a frozen clock decides.
            content_type: the type of the body.
            method: the HTTP method.

        Raises:
            LookupError, ValueError: the endpoint is not configured, its provider cannot be signed for, or the payload
                is not of the shape that it signs; the text says which.
        """
        with standing_in():
            return signed(
                endpoint,
                payload,
                url=url,
                event_id=event_id,
                now=now,
                content_type=content_type,
                method=method,
            )

    def send(
        self,
        endpoint: str,
        url: str,
        payload: object = None,
        *,
        tamper: str | None = None,
        headers: Mapping[str, str] | None = None,
        event_id: str | None = None,
        now: float | None = None,
        content_type: str | None = None,
        method: str = "POST",
    ) -> HttpResponse:
        """Sign a delivery and send it.

        Args:
            endpoint: its alias in the settings.
            url: a path of the site, or a whole URL.
            payload: as for `sign`.
            tamper: how it is bent before it is sent: "body", "secret", "stale", "future", "missing", "replay".
            headers: more headers.
            event_id: as for `sign`.
            now: as for `sign`.
            content_type: as for `sign`.
            method: as for `sign`.

        Returns:
            The answer; to a replay, that to the second delivery.

        Raises:
            LookupError, ValueError: as `sign`; or the delivery cannot be bent so (`Untamperable`).
        """
        with standing_in():
            delivery = signed(
                endpoint, payload, url=url, event_id=event_id, now=now, content_type=content_type, method=method
            )
            bent = (delivery,) if tamper is None else delivery.tampered(tamper)
            return [self.deliver(each, url, headers=headers) for each in bent][-1]

    def deliver(self, delivery: Delivery, url: str, *, headers: Mapping[str, str] | None = None) -> HttpResponse:
        """Send a signed delivery, as often as one likes.

        Args:
            delivery: what `sign` gave.
            url: a path of the site, or a whole URL.
            headers: more headers.
        """
        wire = wire_of(delivery, url, headers)
        with standing_in(), self._noting():
            return self._note(wire, self.client.generic(**wire.arguments))

    def replay(self, recorded: Recorded, *, resign: bool = False, url: str | None = None) -> HttpResponse:
        """Send a recorded request to the site, with the scheme, host and port at which it was received.

        Args:
            recorded: a captured request, or the path of a `.http` file.
            resign: sign it anew, with the present time and the keys that stand in; else it goes as it is, and the
                site's own keys judge it.
            url: where it is sent; left out: where it was sent before.

        Raises:
            OSError: the file cannot be read.
            LookupError, ValueError: it is no request, or cannot be signed anew.
        """
        with recording(recorded, url, resign=resign) as wire, self._noting():
            return self._note(wire, self.client.generic(**wire.arguments))


class AsyncWebhookClient(_Observing):
    """`WebhookClient` for async tests: the same methods, awaited, over Django's asynchronous client.

    Args:
        client: the client that sends; left out: a new one.
        address: the client's address.
        headers: headers of every request.
    """

    def __init__(
        self, client: AsyncClient | None = None, *, address: str = "127.0.0.1", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self.client = client or Addressed(address, enforce_csrf_checks=True, headers=headers)

    async def sign(
        self,
        endpoint: str,
        payload: object = None,
        *,
        url: str | None = None,
        event_id: str | None = None,
        now: float | None = None,
        content_type: str | None = None,
        method: str = "POST",
    ) -> Delivery:
        """Sign a delivery, as `WebhookClient.sign`."""
        with standing_in():
            return signed(
                endpoint,
                payload,
                url=url,
                event_id=event_id,
                now=now,
                content_type=content_type,
                method=method,
            )

    async def send(
        self,
        endpoint: str,
        url: str,
        payload: object = None,
        *,
        tamper: str | None = None,
        headers: Mapping[str, str] | None = None,
        event_id: str | None = None,
        now: float | None = None,
        content_type: str | None = None,
        method: str = "POST",
    ) -> HttpResponse:
        """Sign a delivery and send it, as `WebhookClient.send`."""
        with standing_in():
            delivery = signed(
                endpoint, payload, url=url, event_id=event_id, now=now, content_type=content_type, method=method
            )
            bent = (delivery,) if tamper is None else delivery.tampered(tamper)
            return [await self.deliver(each, url, headers=headers) for each in bent][-1]

    async def deliver(self, delivery: Delivery, url: str, *, headers: Mapping[str, str] | None = None) -> HttpResponse:
        """Send a signed delivery, as `WebhookClient.deliver`."""
        wire = wire_of(delivery, url, headers)
        with standing_in(), self._noting():
            return self._note(wire, await self.client.generic(**wire.arguments))

    async def replay(self, recorded: Recorded, *, resign: bool = False, url: str | None = None) -> HttpResponse:
        """Send a recorded request, as `WebhookClient.replay`."""
        with recording(recorded, url, resign=resign) as wire, self._noting():
            return self._note(wire, await self.client.generic(**wire.arguments))
