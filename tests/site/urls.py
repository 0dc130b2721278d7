"""URLs of the test project: /to/<endpoint>/ for each endpoint, and one for each kind of view."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from hookseal import webhook
from tests.site import views

urlpatterns = [
    path("function/", views.function),
    path("async-function/", views.async_function),
    path("class/", views.ClassBased.as_view()),
    path("async-class/", views.AsyncClassBased.as_view()),
    path("stacked/", views.Stacked.as_view()),
    path("async-stacked/", views.AsyncStacked.as_view()),
    path("async-hidden/", views.AsyncHidden.as_view()),
    path("api/", views.Api.as_view()),
    path("api-method/", views.ApiMethod.as_view()),
    path("events/", views.events),
    path("uploads/", views.uploads),
    path("forms/", views.forms),
    path("fields/", views.fields),
    path("tenants/<tenant>/", webhook("tenants")(views.plain)),
    path("awaited-tenants/<tenant>/", webhook("tenants")(views.awaited)),
    path("awaited-async-tenants/<tenant>/", webhook("tenants-async")(views.awaited)),
    path("awaited-probes/", webhook("challenged")(views.awaited)),
    path("async-tenants/<tenant>/", webhook("tenants-async")(views.plain)),
    *(path(f"to/{alias}/", webhook(alias)(views.plain)) for alias in settings.HOOKSEAL if "tenants" not in alias),
]
