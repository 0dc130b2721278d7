"""Span events for OpenTelemetry: add "hookseal.contrib.opentelemetry" to INSTALLED_APPS.

The span that is recorded when a delivery is judged, mostly the request's own, gets an event that says what became of
it. Where no span is recorded, and where opentelemetry-api is not installed, the app does nothing.
"""

from __future__ import annotations
