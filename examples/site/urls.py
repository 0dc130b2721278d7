"""One URL for each endpoint, and a front page that lists them."""

from __future__ import annotations

import views
from django.urls import path

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
]
