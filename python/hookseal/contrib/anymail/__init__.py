"""django-anymail behind hookseal: its URLs, views, signals and settings stay, and hookseal does the checking.

    urlpatterns = [path("anymail/", include("hookseal.contrib.anymail.urls"))]

Each view of Anymail is an endpoint, `anymail.<esp>.tracking` or `anymail.<esp>.inbound`, whose settings come from its
own entry in HOOKSEAL, from `HOOKSEAL["anymail"]`, and from Anymail's own settings, in this order.
"""

from __future__ import annotations

from hookseal.contrib.anymail.receivers import once_per_event

__all__ = ["once_per_event"]
