"""The admin shows what was kept, escaped and without secrets, and changes nothing of it."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.urls import path

from hookseal.inspector.models import Delivery

pytestmark = pytest.mark.django_db
CANARY = "canary-3f9c1e7a5b2d8064"
HOSTILE = "<script>alert(1)</script>"
urlpatterns: list = []
LIST = "/admin/hookseal_inspector/delivery/"


@pytest.fixture
def row(settings):
    """A kept delivery of a hostile sender, on a site with an admin."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "django.contrib.admin", "django.contrib.messages"]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[1:], "django.contrib.messages.middleware.MessageMiddleware"]
    processors = [
        f"django.{name}"
        for name in (
            "template.context_processors.request",
            "contrib.auth.context_processors.auth",
            "contrib.messages.context_processors.messages",
        )
    ]
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"OPTIONS": {"context_processors": processors}}]
    settings.ROOT_URLCONF = __name__
    settings.STATIC_URL = "/static/"
    from django.contrib import admin

    from hookseal.inspector.admin import DeliveryAdmin

    site = admin.AdminSite()
    site.register(Delivery, DeliveryAdmin)
    urlpatterns[:] = [path("admin/", site.urls)]
    return Delivery.objects.create(
        endpoint=HOSTILE[:200],
        received_at=datetime(2026, 11, 22, tzinfo=timezone.utc),
        method="POST",
        url=f"https://a/{HOSTILE}?token={CANARY}",
        path=f"/{HOSTILE}",
        headers=[["Authorization", f"Basic {CANARY}"], ["X-Other", HOSTILE]],
        body=f'{{"a":"{HOSTILE}"}}'.encode(),
        body_size=99,
        verdict="refused",
        reason="stale",
        event_id=HOSTILE,
    )


def visitor(client, *permissions: str):
    """Log in a member of the staff with these permissions."""
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


def get(client, where: str):
    """Ask for a page over https."""
    return client.get(where, secure=True)


def test_what_the_sender_wrote_stays_text(client, row):
    """In the list and on the page of a row; and what is secret is not there at all."""
    staff = visitor(client, "view_delivery")
    for where in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}?q=script&endpoint={HOSTILE}"):
        answer = get(staff, where)
        assert answer.status_code == 200
        assert HOSTILE not in answer.content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.content.decode()
        assert CANARY not in answer.content.decode()


def test_a_row_is_shown_whole(client, row):
    """Headers, URL and body, as far as it was kept."""
    text = get(visitor(client, "view_delivery"), f"{LIST}{row.pk}/change/").content.decode()
    assert "Authorization: Basic [redacted]" in text
    assert "?token=[redacted]" in text
    assert "stale" in text


@pytest.mark.parametrize(
    ("permissions", "status"),
    [((), 403), (("reveal_secrets", "replay_delivery"), 403), (("view_delivery",), 200)],
)
def test_one_must_be_permitted_to_look(client, row, permissions, status):
    """And being staff is not enough."""
    assert get(visitor(client, *permissions), LIST).status_code == status


def test_nobody_adds_or_changes(admin_client, row):
    """Not even a superuser."""
    assert get(admin_client, f"{LIST}add/").status_code == 403
    changed = admin_client.post(f"{LIST}{row.pk}/change/", {"verdict": "accepted"}, secure=True)
    assert changed.status_code == 403
    row.refresh_from_db()
    assert row.verdict == "refused"


@pytest.fixture
def log(row):
    """The table in which the admin writes down what was done."""
    from django.contrib.admin.models import LogEntry

    with connection.schema_editor() as editor:
        editor.create_model(LogEntry)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(LogEntry)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("permissions", "left"), [(("view_delivery",), 1), (("view_delivery", "delete_delivery"), 0)])
def test_who_is_permitted_to_removes(client, row, log, permissions, left):
    """One row, as the admin asks for it."""
    visitor(client, *permissions).post(f"{LIST}{row.pk}/delete/", {"post": "yes"}, secure=True)
    assert Delivery.objects.count() == left


def test_the_list_leaves_bodies_in_the_database(client, row, django_assert_max_num_queries):
    """They may be long; a row asks for its own."""
    staff = visitor(client, "view_delivery")
    with django_assert_max_num_queries(12) as asked:
        get(staff, LIST)
    assert not any('"hookseal_inspector_delivery"."body",' in each["sql"] for each in asked.captured_queries)


@pytest.mark.parametrize("body", [b"\xff\x00", b"[" * 5000, b"a" * 100_000])
def test_any_body_can_be_shown(client, row, body):
    """Text, bytes, and too much of either."""
    Delivery.objects.update(body=body, body_size=len(body))
    answer = get(visitor(client, "view_delivery"), f"{LIST}{row.pk}/change/")
    assert answer.status_code == 200
    assert len(answer.content) < 60_000
