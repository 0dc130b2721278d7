"""django-ninja: `@webhook` for its operations, with refusals as JSON and the receipt as `request.auth`.

    @api.post("/stripe", auth=proven)
    @webhook("stripe")
    def stripe_events(request):
        return {"received": request.auth.event_id}

It is hookseal's decorator around the whole operation: a delivery is verified and claimed before ninja begins, and
settled with the response that ninja has made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from ninja.decorators import decorate_view

from hookseal.answers import answering_json
from hookseal.decorators import webhook as guard
from hookseal.receipt import Receipt

__all__ = ["proven", "webhook"]

F = TypeVar("F", bound=Callable[..., Any])


def proven(request: HttpRequest) -> Receipt | None:
    """Hand over the receipt: the `auth=` of an operation under `@webhook`, in place of the API's own.

    It verifies nothing itself. ninja asks it for no more than a verdict on the request, so it could neither answer a
    handshake nor settle a delivery with its response. Without `@webhook` it gives None, and ninja answers 401.
    """
    receipt = getattr(request, "webhook", None)
    return receipt if isinstance(receipt, Receipt) else None


def webhook(alias: str, **overrides: object) -> Callable[[F], F]:
    """Guard an operation as `hookseal.webhook` does, sync or async; above or below `@api.post`.

    Args:
        alias: the endpoint's name in the setting HOOKSEAL.
        **overrides: its settings for this operation, in lower case.
    """

    def decorate(function: F) -> F:
        guarded: F = decorate_view(guard(alias, **overrides), answering_json)(function)
        return guarded

    return decorate
