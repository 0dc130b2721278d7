"""URLs of the served project with its metrics: those of all processes, at /metrics/."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from tests.served.urls import urlpatterns as served


def metrics(_request: HttpRequest) -> HttpResponse:
    """Gather what every process has counted."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


urlpatterns = [path("metrics/", metrics), *served]
