"""Django REST framework: `@webhook` for its views, with refusals as JSON and the receipt as `request.auth`.

    @webhook("stripe")
    class StripeEvents(APIView):
        def post(self, request):
            return Response({"received": request.auth.event_id})

It is hookseal's decorator around the whole of `dispatch`: a delivery is verified and claimed before DRF begins, so what
throttles and parsers read is what was verified, and it is settled with the response that DRF has rendered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.utils.decorators import method_decorator
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from hookseal.answers import answering_json
from hookseal.decorators import webhook as guard
from hookseal.receipt import Receipt

__all__ = ["IsGenuine", "WebhookAuthentication", "webhook"]

V = TypeVar("V")


class WebhookAuthentication(BaseAuthentication):  # type: ignore[misc]  # DRF ships no types
    """Makes the receipt `request.auth`. It verifies nothing itself: without `@webhook` it refuses everything."""

    def authenticate(self, request: Request) -> tuple[Any, Receipt]:
        """Give nobody as the user, for a sender has no account, and the receipt.

        Raises:
            AuthenticationFailed: no delivery was proven.
        """
        receipt = getattr(request._request, "webhook", None)  # noqa: SLF001 - Django's request, as DRF names it
        if not isinstance(receipt, Receipt):
            raise AuthenticationFailed
        nobody = api_settings.UNAUTHENTICATED_USER
        return (nobody() if nobody else None), receipt


class IsGenuine(BasePermission):  # type: ignore[misc]  # DRF ships no types
    """Allows proven deliveries, and nothing else."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - DRF calls it so
        """Whether the request was proven to be a delivery."""
        return isinstance(request.auth, Receipt)


def webhook(alias: str, **overrides: object) -> Callable[[V], V]:
    """Guard a view of DRF as `hookseal.webhook` does: a class, or a function above its `@api_view`.

    Authentication and permission become those of this module where the view names none of its own, whatever the
    site's defaults are.

    Args:
        alias: the endpoint's name in the setting HOOKSEAL.
        **overrides: its settings for this view, in lower case.
    """
    step: Any = guard(alias, **overrides)

    def decorate(view: V) -> V:
        is_class = isinstance(view, type)
        kind: Any = view if is_class else view.cls  # type: ignore[attr-defined]  # set by as_view
        for name, own in (("authentication_classes", WebhookAuthentication), ("permission_classes", IsGenuine)):
            if getattr(kind, name) is getattr(APIView, name):
                setattr(kind, name, (own,))
        if is_class:
            return cast(V, method_decorator([answering_json, step], name="dispatch")(kind))
        return cast(V, answering_json(step(view)))

    return decorate
