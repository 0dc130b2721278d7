"""Views of the served project that say what has been kept of deliveries by now."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import path

from hookseal.inspector.models import Delivery
from tests.served import urls


def kept(_request: HttpRequest) -> JsonResponse:
    """List the rows, oldest first."""
    rows = Delivery.objects.order_by("pk").values("endpoint", "verdict", "reason", "status", "path", "headers", "pk")
    bodies = Delivery.objects.order_by("pk").values_list("body", "body_size")
    return JsonResponse(
        [{**row, "body": bytes(body).hex(), "size": size} for row, (body, size) in zip(rows, bodies, strict=True)],
        safe=False,
    )


urlpatterns = [path("kept/", kept), *urls.urlpatterns]
