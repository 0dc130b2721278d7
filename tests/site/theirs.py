"""A URLconf that is included by its dotted path."""

from __future__ import annotations

from django.urls import path

from tests.site import views

app_name = "dotted"
urlpatterns = [path("view/", views.function, name="view")]
