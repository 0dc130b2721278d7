"""The URLconf of a site that includes Anymail's webhooks as its users are told to."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("anymail/", include("hookseal.contrib.anymail.urls"))]
