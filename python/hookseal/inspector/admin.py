"""The table in Django's admin: to look at and to remove from, never to change; always without the secrets."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from hookseal.inspector.models import Delivery
from hookseal.inspector.redaction import redact_url, redacted

if TYPE_CHECKING:
    from django.db.models import QuerySet

    _ModelAdmin = admin.ModelAdmin[Delivery]
else:  # generic for type checkers alone
    _ModelAdmin = admin.ModelAdmin

__all__ = ["DeliveryAdmin"]

_MOST_SHOWN = 16_384


@admin.register(Delivery)
class DeliveryAdmin(_ModelAdmin):
    """Lists deliveries, and shows one."""

    list_display = ("id", "received_at", "endpoint", "verdict", "reason", "status", "method", "path", "event_id")
    list_filter = ("endpoint", "verdict", "reason")
    # Not headers, URL or body: a search would tell what is redacted.
    search_fields = ("path", "event_id", "address")
    date_hierarchy = "received_at"
    list_select_related = False
    fields = (
        *("received_at", "endpoint", "provider", "verdict", "reason", "sentence", "fix", "status", "duration_ms"),
        *("secret", "event_id", "signed_at", "address", "replay_of", "method", "shown_url", "shown_headers"),
        *("body_size", "shown_body"),
    )
    readonly_fields = fields

    @admin.display(description=_("URL"))
    def shown_url(self, row: Delivery) -> str:
        """The URL without its secrets."""
        return redact_url(row.url)

    @admin.display(description=_("headers"))
    def shown_headers(self, row: Delivery) -> str:
        """The headers without their secrets, one a line."""
        return "\n".join(f"{name}: {value}" for name, value in redacted(row.captured()).headers)

    @admin.display(description=_("body"))
    def shown_body(self, row: Delivery) -> str:
        """The first part of the body: JSON laid out, text, or escaped bytes."""
        text = bytes(row.body).decode("utf-8", "backslashreplace")
        with suppress(ValueError, RecursionError):
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]} ..."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Leave the bodies in the database where a list is shown."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        return (
            rows.defer("body", "headers")
            if match and match.url_name and match.url_name.endswith("_changelist")
            else rows
        )

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Rows are written by the recorder alone."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Delivery | None = None) -> bool:
        """What came, came."""
        return False
