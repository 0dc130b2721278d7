"""What fails around the recorder, its table, the site's router, a request made by hand, reaches no delivery."""

from __future__ import annotations

import pytest
from django.db import connection
from django.http import HttpResponse

from hookseal import webhook
from hookseal.inspector.models import Delivery
from tests.conftest import headers_of
from tests.site import settings as site

pytestmark = pytest.mark.django_db(transaction=True)
BODY = b'{"id": "evt_1"}'


@pytest.fixture(autouse=True)
def _capture(settings):
    """Keep everything that comes to any endpoint of the test project."""
    settings.HOOKSEAL = site.HOOKSEAL | {"*": {"CAPTURE": "all", "REPLAY": "memory"}}


@pytest.mark.parametrize("where", ["to/github/", "async-function/"])
def test_a_table_that_fails_changes_no_outcome(client, send, where, caplog):
    """It is logged, once in a while, by the kind of the error alone."""
    with connection.schema_editor() as editor:
        editor.execute("ALTER TABLE hookseal_inspector_delivery RENAME TO elsewhere")
    try:
        bodies = [BODY, BODY + b" "]
        assert [send(client, f"/{where}", "github", body).status_code for body in bodies] == [200, 200]
        assert send(client, f"/{where}", "github", BODY, data=b"forged").status_code == 400
    finally:
        with connection.schema_editor() as editor:
            editor.execute("ALTER TABLE elsewhere RENAME TO hookseal_inspector_delivery")
    complaints = [record.getMessage() for record in caplog.records if record.name == "hookseal.inspector"]
    assert complaints == [
        "a delivery could not be kept (OperationalError): is the table there (manage.py migrate), and the database up?"
    ]


class Failing:
    """A router of the site that fails."""

    def db_for_write(self, _model, **_hints):
        """Fail."""
        raise KeyError("router")


@pytest.mark.parametrize("body", [BODY, b"forged"])
def test_a_router_that_fails_changes_no_outcome(client, send, settings, body):
    """Neither of what is accepted nor of what is refused."""
    settings.DATABASE_ROUTERS = [Failing()]
    assert send(client, "/to/github/", "github", BODY, data=body).status_code == (200 if body == BODY else 400)


@pytest.mark.django_db(transaction=False)
@pytest.mark.parametrize("body", [BODY, b"forged"])
def test_a_table_that_fails_leaves_an_open_transaction_whole(client, send, monkeypatch, body):
    """As that of a test case: what failed was in a savepoint of its own."""
    monkeypatch.setattr(Delivery._meta, "db_table", "elsewhere")
    assert send(client, "/to/github/", "github", BODY, data=body).status_code == (200 if body == BODY else 400)
    assert connection.in_atomic_block
    assert not connection.needs_rollback


def test_a_request_without_a_stream_is_judged_as_ever(rf):
    """Somebody has made it by hand."""
    request = rf.post("/", BODY, "application/json", secure=True, headers=headers_of("github", BODY))
    request._body = BODY
    del request._stream
    assert webhook("github")(lambda _: HttpResponse())(request).status_code == 200
    request.close()
    assert bytes(Delivery.objects.get().body) == BODY
