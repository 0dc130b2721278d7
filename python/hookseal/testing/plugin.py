"""The pytest plugin (entry point `pytest11`): the fixtures `webhook_client` and `async_webhook_client`.

It is loaded with every pytest that runs beside this package, so it imports nothing until a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hookseal.testing.client import AsyncWebhookClient, WebhookClient

__all__ = ["async_webhook_client", "webhook_client"]


@pytest.fixture
def webhook_client(_hookseal_django: None) -> Iterator[WebhookClient]:
    """A client for signed requests: `webhook_client.send("stripe", "/hooks/stripe/", {"id": "evt_1"})`.

    Endpoints have keys that were made up for the test, nothing is fetched from a network, and what was delivered is
    forgotten at the end.
    """
    from hookseal.testing.client import WebhookClient  # noqa: PLC0415 - most test runs ask for none

    client = WebhookClient()
    yield client
    client.forget()


@pytest.fixture
def async_webhook_client(_hookseal_django: None) -> Iterator[AsyncWebhookClient]:
    """A client for async tests: the methods of `webhook_client`, awaited."""
    from hookseal.testing.client import AsyncWebhookClient  # noqa: PLC0415 - likewise

    client = AsyncWebhookClient()
    yield client
    client.forget()


@pytest.fixture(scope="session")
def _hookseal_django() -> Iterator[None]:
    """Set Django up for tests where nobody did, as without pytest-django; say so where there are no settings."""
    import django  # noqa: PLC0415 - likewise
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - likewise
    from django.test.utils import setup_test_environment, teardown_test_environment  # noqa: PLC0415 - likewise

    try:
        django.setup()
    except ImproperlyConfigured as error:
        pytest.fail(f"webhook_client needs the site's settings: {error}", pytrace=False)
    try:
        setup_test_environment()
    except RuntimeError:  # pytest-django was here before
        yield
        return
    yield
    teardown_test_environment()
