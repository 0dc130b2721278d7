"""The inspector's table: it follows its migration, and keeps a request byte for byte."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections

from hookseal.captured import Captured
from hookseal.inspector.models import Delivery, Verdict
from tests.backends import Entry, installed, sqlite_file

RECEIVED = datetime(2026, 11, 22, 9, 14, 2, 250_000, tzinfo=timezone.utc)


def kept(**fields: object) -> Delivery:
    """Make a row that says only what it must."""
    required = {"endpoint": "stripe", "received_at": RECEIVED, "method": "POST", "url": "https://a/", "path": "/"}
    return Delivery(**{**required, "verdict": Verdict.REFUSED, **fields})


def test_no_migration_is_missing(db):
    """The models and their migrations say the same, whatever the site's DEFAULT_AUTO_FIELD."""
    call_command("makemigrations", "hookseal_inspector", check=True, dry_run=True, verbosity=0)
    assert apps.get_app_config("hookseal_inspector").default_auto_field == "django.db.models.BigAutoField"


@pytest.mark.parametrize("entry", ["sqlite", "postgresql", "mariadb"])
def test_a_row_gives_the_request_back(entry, request, tmp_path, django_db_blocker):
    """Every byte of the body, and repeated headers in their order, in whatever database."""
    headers = (("Host", "a"), ("X-One", "1"), ("x-one", "\xff"), ("X-One", "3"))
    body = bytes(range(256))
    found: Entry = sqlite_file(Path(tmp_path)) if entry == "sqlite" else request.getfixturevalue(entry).entry
    with django_db_blocker.unblock(), installed("kept", found):
        call_command("migrate", "hookseal_inspector", database="kept", verbosity=0)
        kept(headers=list(headers), body=body, body_size=256).save(using="kept")
        row = Delivery.objects.using("kept").get()
        assert row.captured() == Captured("POST", "https://a/", headers, body, RECEIVED.timestamp(), "stripe")
        assert not row.is_cut
        connections["kept"].close()


@pytest.mark.parametrize("size", [4, None])
def test_a_row_says_that_its_body_is_not_whole(size):
    """Shorter than what arrived, or nobody knows how long that was."""
    assert kept(body=b"abc", body_size=size).is_cut


def test_nobody_is_permitted_to_make_or_change_rows():
    """What the permissions name is what one can be given."""
    named = {*Delivery._meta.default_permissions, *dict(Delivery._meta.permissions)}
    assert named == {"view", "delete", "replay_delivery", "reveal_secrets"}
