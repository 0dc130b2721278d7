"""One URL for each endpoint, a front page that lists them, and the inspector under DEBUG."""

from __future__ import annotations

import views
from django.urls import path

from hookseal.inspector.urls import inspector_urls

urlpatterns = [
    path("", views.front_page),
    path("hooks/stripe/", views.stripe_events),
    path("hooks/github/", views.github_events),
    path("hooks/slack/", views.slack_events),
    path("hooks/svix/", views.SvixEvents.as_view()),
    path("hooks/orders/", views.order_events),
    path("hooks/mailgun/", views.mailgun_events),
    path("hooks/partner/", views.partner_events),
    path("hooks/acme/", views.acme_events),
    *inspector_urls(catch=True),
]
