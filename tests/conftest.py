"""Fixtures for every test: nothing remembered from the test before; deliveries signed as their senders sign them."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import AsyncClient, Client

from hookseal import rate, sign
from hookseal.logging import LOGGER, install
from tests.site import settings as site
from tests.site import views

Send = Callable[..., Any]


@pytest.fixture(autouse=True)
def _forget() -> None:
    """Forget refusals, rates and handled deliveries of the test before."""
    logger = logging.getLogger(LOGGER)
    logger.filters.clear()
    install()
    rate._limiters.clear()
    views.handled.clear()
    views.asked.clear()


@pytest.fixture
def lines() -> Iterator[list[logging.LogRecord]]:
    """Collect the records that pass the filter of the refusals' logger."""
    collected: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = collected.append
    logger = logging.getLogger(LOGGER)
    logger.addHandler(handler)
    yield collected
    logger.removeHandler(handler)


@pytest.fixture
def send() -> Send:
    """Send a signed delivery with a test client, over https: `send(client, "/to/github/", "github", b"{}", **changes)`.

    With an `AsyncClient`, await what comes back. `headers` are added to those of the sender, None removes one.
    """

    def deliver(client: Client | AsyncClient, path: str, sender: str, body: bytes = b"{}", **changes: Any) -> Any:
        headers = {**headers_of(sender, body), **changes.pop("headers", {})}
        arguments = {"content_type": "application/json", "secure": True, **changes}
        return client.post(
            path,
            arguments.pop("data", body),
            headers={name: value for name, value in headers.items() if value is not None},
            **arguments,
        )

    return deliver


def headers_of(sender: str, body: bytes) -> dict[str, str]:
    """Make the headers in which a sender proves itself."""
    secret = site.SECRETS_OF[sender]
    if sender == "partner":
        return {"Authorization": f"Basic {b64encode(secret.encode()).decode()}"}
    provider = settings.HOOKSEAL.get(sender, {}).get("PROVIDER", sender)
    signed = sign(provider, secret=secret, body=body, event_id="72d3162e-cc78-11e3-81ab-4c9367dc0958")
    return {name: value for name, value in signed.headers.items() if name.lower() != "content-type"}
