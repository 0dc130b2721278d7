"""The demo's site: Django in memory, settings made up on the spot, served on a port of the loopback address."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from hookseal.decorators import webhook
from hookseal.exceptions import WebhookRejected
from hookseal.logging import LOGGER
from hookseal.signals import webhook_duplicate, webhook_rejected

__all__ = ["HANDLED", "Site", "running"]

HANDLED = "already handled"
"""What is told of a delivery that was handled before."""


class Site:
    """The site, while it runs.

    Attributes:
        address: scheme, host and port.
        lines: what it has logged of refusals.
    """

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.lines: list[str] = []
        self._told = ""

    def told(self) -> str:
        """Say what the site told its owner of the last delivery: the reason of a refusal, `HANDLED`, or nothing."""
        told, self._told = self._told, ""
        return told

    def note_refusal(self, rejection: WebhookRejected, **_: object) -> None:
        """Hear of a refusal."""
        self._told = rejection.reason.value

    def note_duplicate(self, **_: object) -> None:
        """Hear of a delivery that was handled before."""
        self._told = HANDLED


@contextmanager
def running(endpoints: Mapping[str, Mapping[str, object]]) -> Iterator[Site]:
    """Run the site while the block runs.

    Args:
        endpoints: the setting HOOKSEAL, but for "*".
    """
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY=secrets.token_urlsafe(50),
        ROOT_URLCONF=_Urls(endpoints),
        INSTALLED_APPS=["hookseal"],
        MIDDLEWARE=["hookseal.middleware.Guard"],
        LOGGING_CONFIG=None,
        HOOKSEAL={**endpoints, "*": {"REPLAY": "memory"}},
    )
    django.setup()
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Silent) as server:
        site = Site(server.server_port)
        _listen(site)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


class _Silent(WSGIRequestHandler):
    """Serves without a line on stderr for each request."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Urls:
    """/hooks/NAME/ for each endpoint."""

    def __init__(self, endpoints: Mapping[str, object]) -> None:
        self.urlpatterns = [path(f"hooks/{alias}/", webhook(alias)(_handle)) for alias in endpoints]


def _handle(request: HttpRequest) -> HttpResponse:
    """The view: whoever comes here has proven himself."""
    return HttpResponse(f"handled {request.webhook.event_id or 'it'}")  # type: ignore[attr-defined]  # set by @webhook


class _Kept(logging.Handler):
    """Keeps what is logged of refusals; all else that Django logs in the demo is of no interest."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: Any) -> None:
        if record.name == LOGGER:
            self._lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


def _listen(site: Site) -> None:
    logging.getLogger().addHandler(_Kept(site.lines))
    webhook_rejected.connect(site.note_refusal, weak=False)
    webhook_duplicate.connect(site.note_duplicate, weak=False)
