"""Anymail's URLs, behind hookseal: the same paths and names, in the same namespace.

urlpatterns = [path("anymail/", include("hookseal.contrib.anymail.urls"))]
"""

from __future__ import annotations

from anymail import urls
from django.urls import URLPattern

from hookseal.contrib.anymail.views import guard

__all__ = ["app_name", "urlpatterns"]

app_name = urls.app_name
urlpatterns = [
    URLPattern(each.pattern, guard(each.callback), each.default_args, each.name) for each in urls.urlpatterns
]
