"""`Guard`: keeps a process whose configuration is wrong from serving, and costs nothing per request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import MiddlewareNotUsed

from hookseal.audit import audit
from hookseal.exceptions import WebhookConfigurationError

__all__ = ["Guard"]


class Guard:
    """A middleware that audits the configuration when the server loads it, and then removes itself.

    Django loads the middleware when a server starts: gunicorn, uvicorn and `runserver` refuse to boot on an error.
    Other commands (`migrate`, `shell`) load no middleware, so a site with a wrong configuration can still be mended by
    them; `check` reports the same findings. Django's test client loads the middleware at its first request, so there
    the error comes out of that request.

    Only errors count; warnings are left to `manage.py check`. SILENCED_SYSTEM_CHECKS does not silence an error here.

    Raises:
        WebhookConfigurationError: the configuration holds errors; it lists all of them.
        MiddlewareNotUsed: it holds none, so Django leaves this middleware out.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[..., Any]) -> None:  # noqa: ARG002 - Django calls it so
        errors = [finding for finding in audit() if finding.level == "error"]
        if errors:
            raise WebhookConfigurationError(errors)
        raise MiddlewareNotUsed
