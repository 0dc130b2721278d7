"""The database store: what a view wrote and the mark on its delivery stand or fall together."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.http import HttpResponse

from hookseal import WebhookRejected, webhook
from hookseal.replay.base import Done
from tests.conftest import names, reasons
from tests.counted import Counted, lose_lease, writing

STORES = ["memory", "cache", "database"]
FRAGILE = "tests.site.stores.Fragile"
KINDS = ["function", "class", "stacked", "api", "api-method"]
ASYNC_KINDS = ["async-function", "async-class", "async-stacked", "async-hidden"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_T28_effect_and_mark_are_committed_together(protect, deliver):
    """Without ATOMIC_REQUESTS too, the view runs in a transaction on the store's database."""
    protect("database")
    inside = []
    deliver(webhook("github")(writing(lambda _: inside.append(transaction.get_connection().in_atomic_block))))
    assert ([True], 1) == (inside, Group.objects.count())


def test_T28_a_lost_lease_rolls_back(protect, deliver):
    """The other worker's run is the one that counts: this one leaves nothing behind, and the sender tries again."""
    protect("database")
    response = deliver(webhook("github")(writing(lose_lease)))
    assert (503, 0) == (response.status_code, Group.objects.count())


def test_T28_a_view_without_a_transaction_keeps_what_it_wrote(protect, deliver, told):
    """It opted out, so its lost lease can only be told."""
    protect("database")
    view = webhook("github")(transaction.non_atomic_requests(writing(lose_lease)))
    assert (b"handled", 1) == (deliver(view).content, Group.objects.count())
    assert ["accepted", "unprotected"] == names(told)
    assert "lease_lost" == told[1][1]["cause"]


def test_T28_a_failed_status_rolls_back_and_releases(protect, deliver):
    """What the sender will send again must not stay."""
    protect("database")

    @webhook("github")
    def view(request):
        Group.objects.create(name="written")
        return HttpResponse(status=runs.pop())

    runs = [200, 403]
    assert 403 == deliver(view).status_code
    assert 0 == Group.objects.count()
    assert 200 == deliver(view).status_code
    assert 1 == Group.objects.count()


def test_T28_a_commit_that_fails_releases(protect, deliver):
    """A foreign key that leads nowhere is found at the end: nothing is marked, the next attempt runs."""
    protect("database")
    member_of_nothing = Group.permissions.through(group_id=999, permission_id=999)
    counted = Counted(lambda _: member_of_nothing.save(force_insert=True))
    with pytest.raises(IntegrityError):
        deliver(counted.guarded)
    counted.outcome = None
    assert b"handled" == deliver(counted.guarded).content
    assert 2 == counted.runs


def test_T28_a_transaction_that_cannot_commit_is_no_success(protect, deliver):
    """A view that caught a database's error has lost what it wrote, whatever it answers: it comes again."""
    protect("database")
    counted = Counted(lambda _: transaction.set_rollback(True))
    assert 503 == deliver(counted.guarded).status_code
    counted.outcome = None
    assert b"handled" == deliver(counted.guarded).content


def test_T28_the_mark_is_seen_by_others_only_after_the_commit(protect, deliver):
    """Until then the delivery is running, whatever the view did."""
    protected = protect("database")
    seen = []
    deliver(webhook("github")(writing(lambda request: seen.append(request.webhook.replay_key))))
    assert isinstance(protected.protection.store.claim(seen[0], 30), Done)


@pytest.fixture
def gone(monkeypatch, tmp_path):
    """Add a database to the site that cannot be reached."""
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "nowhere" / "replay.sqlite3")}
    known = connections.settings
    made = connections.configure_settings({"default": known["default"], "gone": entry})["gone"]
    monkeypatch.setitem(known, "gone", made)
    monkeypatch.setitem(settings.DATABASES, "gone", made)
    yield "gone"
    del connections["gone"]


def test_T25_a_sender_that_never_retries_is_heard_without_the_database(protect, deliver, told, gone):
    """There is no transaction to share, so none is opened; the view runs, and it is told."""
    protect("database", DATABASE=gone)
    counted = Counted()
    assert b"handled" == deliver(counted.guarded).content
    assert 1 == counted.runs
    assert ["unprotected", "accepted"] == names(told)


def test_T25_a_sender_that_retries_is_asked_to(protect, deliver, lines, gone):
    """Nothing runs while the database is gone."""
    protect("database", DATABASE=gone, REPLAY_FAIL_OPEN=False)
    counted = Counted()
    assert 503 == deliver(counted.guarded).status_code
    assert 0 == counted.runs
    assert ["store_unavailable"] == reasons(lines)


@pytest.mark.parametrize("failing", ["_start_transaction_under_autocommit", "commit"])
def test_T25_a_database_that_goes_away_around_the_view_is_no_error_of_the_view(
    protect, deliver, lines, monkeypatch, failing
):
    """The transaction that is shared with the store cannot begin, or not end: the sender is asked to try again."""
    protected = protect("database")
    store = protected.protection.store
    inside = []

    def go_away(*_: object):
        inside.append(True)
        raise OperationalError("secret-canary of the connection")

    def claim(key: bytes, lease: int):
        answer = type(store).claim(store, key, lease)
        monkeypatch.setattr(connection, failing, go_away)
        return answer

    monkeypatch.setattr(store, "claim", claim)
    view = webhook("github")(writing())
    assert 503 == deliver(view).status_code
    monkeypatch.undo()
    assert [True] == inside[:1]
    assert ["store_unavailable"] == reasons(lines)
    assert 0 == Group.objects.count()


def test_a_duplicate_opens_no_transaction(protect, deliver, django_assert_max_num_queries):
    """It costs a try to claim and a look at its row; Django's versions differ in how many statements that is."""
    protect("database")
    counted = Counted()
    deliver(counted.guarded)
    with django_assert_max_num_queries(4) as captured:
        deliver(counted.guarded)
    assert 1 == counted.runs
    assert not connection.in_atomic_block
    assert ["SAVEPOINT" in query["sql"] for query in captured.captured_queries].count(True) == 0


def test_T89_junk_reaches_no_store(protect, deliver, django_assert_num_queries):
    """A thousand forgeries cost no query, and leave nothing in the cache."""
    protect("database")
    counted = Counted()
    forged = {"X-Hub-Signature-256": "sha256=" + "0" * 64}
    with django_assert_num_queries(0):
        for _ in range(1000):
            with pytest.raises(WebhookRejected):
                deliver(counted.guarded, **forged)
    protect("cache")
    with pytest.raises(WebhookRejected):
        deliver(counted.guarded, **forged)
    assert {} == caches["default"]._cache
