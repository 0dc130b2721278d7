"""How an endpoint is protected: what follows from the record, what from the settings, and what is said of them."""

from __future__ import annotations

import pytest

from hookseal.conf import endpoint
from hookseal.replay.cache import CacheStore
from hookseal.replay.database.store import DatabaseStore
from hookseal.replay.memory import MemoryStore
from hookseal.schemes import Header, Http, mac
from tests.site.stores import Fragile

SECRET = "canary-9d2f4b6a8c0e1357"
WEEK = 7 * 86_400


@pytest.fixture
def configure(settings):
    """Set HOOKSEAL to one endpoint and build it."""

    def build(alias: str = "stripe", **entry: object):
        settings.HOOKSEAL = {alias: {"SECRETS": [SECRET]} | entry}
        return endpoint(alias)

    return build


def findings(built) -> list[tuple[str, str]]:
    """List ids and settings of what was found."""
    return [(each.id, each.path.rpartition('["')[2][:-2]) for each in (*built.errors, *built.warnings)]


def timed(retry: int | None, tolerance: int):
    """Describe a sender by how long it retries and how far its times may lie."""
    return mac(
        header="X-Sig",
        digest="sha256",
        encoding="hex",
        signed="{ts}.{body}",
        parts={"ts": Header("X-Time")},
        tolerance=tolerance,
        http=Http(retry=retry),
    )


def test_the_default_is_the_cache(configure):
    """For as long as the record says, with a lease that leaves the sender attempts enough."""
    protection = configure().protection
    assert isinstance(protection.store, CacheStore)
    assert "default" == protection.store.alias
    assert (30, WEEK, 259_200 + 60, False) == (
        protection.lease,
        protection.event_retention,
        protection.digest_retention,
        protection.fails_open,
    )


@pytest.mark.parametrize(
    ("retry", "tolerance", "lease", "retention"),
    [(60, 300, 15, 660), (None, 300, 30, 660), (1000, 300, 30, 1060), (0, 300, 30, 660), (3, 300, 1, 660)],
)
def test_lease_and_retention_follow_from_the_record(configure, retry, tolerance, lease, retention):
    """A quarter of the retries; as long as the same bytes may come again and be fresh."""
    protection = configure("acme", PROVIDER=timed(retry, tolerance)).protection
    assert (lease, retention) == (protection.lease, protection.digest_retention)


def test_without_a_time_a_digest_is_kept_as_long_as_an_id(configure):
    """Nothing else bounds how late the same bytes may come again."""
    assert WEEK == configure("github").protection.digest_retention
    assert WEEK == configure("stripe", TOLERANCE=None).protection.digest_retention


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("memory", MemoryStore),
        ("cache", CacheStore),
        ("database", DatabaseStore),
        ("tests.site.stores.Fragile", Fragile),
    ],
)
def test_a_store_is_chosen_by_name_or_path(configure, name: str, kind: type):
    """And by True, which is the default."""
    assert kind is type(configure(REPLAY=name).protection.store)


def test_the_settings_say_otherwise(configure):
    """Each reaches its place."""
    protection = configure(REPLAY="database", DATABASE="other", RETENTION=1_000_000, LEASE=5).protection
    assert ("other", "other", 1_000_000, 1_000_000, 5) == (
        protection.store.alias,
        protection.store.database,
        protection.event_retention,
        protection.digest_retention,
        protection.lease,
    )


def test_replay_false_protects_from_nothing(configure):
    """Nothing is claimed, nothing is computed."""
    assert configure(REPLAY=False).protection is None


@pytest.mark.parametrize(
    ("alias", "choice", "open_"),
    [
        ("github", "auto", True),
        ("stripe", "auto", False),
        ("mailtrap", "auto", False),
        ("github", False, False),
        ("stripe", True, True),
    ],
)
def test_T25_who_never_retries_is_not_refused(configure, alias: str, choice: object, *, open_: bool):
    """By default; where it is not known whether the sender retries, it is asked to."""
    assert open_ == configure(alias, REPLAY_FAIL_OPEN=choice).protection.fails_open


@pytest.mark.parametrize(
    ("alias", "entry", "expected"),
    [
        ("stripe", {}, []),
        ("stripe", {"REPLAY": True}, []),
        ("stripe", {"REPLAY": False}, [("W013", "REPLAY")]),
        ("stripe", {"REPLAY_FAIL_OPEN": True}, [("W013", "REPLAY_FAIL_OPEN")]),
        ("github", {"REPLAY_FAIL_OPEN": True}, []),
        ("stripe", {"RETENTION": 259_199}, [("W013", "RETENTION")]),
        ("stripe", {"RETENTION": 259_200}, []),
        ("stripe", {"LEASE": 64_801}, [("W019", "LEASE")]),
        ("stripe", {"LEASE": 64_800}, []),
        ("stripe", {"CACHE": "defualt"}, [("E006", "CACHE")]),
        ("stripe", {"REPLAY": "database", "DATABASE": "mine"}, [("E006", "DATABASE")]),
        ("stripe", {"REPLAY": "cash"}, [("E006", "REPLAY")]),
        ("stripe", {"REPLAY": "hookseal.replay.base.Done"}, [("E006", "REPLAY")]),
    ],
)
def test_what_weakens_or_breaks_it_is_said(configure, alias: str, entry: dict, expected: list):
    """Of the setting that does so, with a hint."""
    built = configure(alias, **entry)
    assert expected == findings(built)
    assert all(each.hint for each in (*built.errors, *built.warnings))


def test_W013_replay_true_where_nothing_tells_deliveries_apart(configure):
    """The owner should know that only `fresh()` is left."""
    built = configure("partner", PROVIDER="basic", SECRETS=["user:" + SECRET], REPLAY=True)
    assert [("W013", "REPLAY")] == findings(built)


def test_E006_the_database_store_without_its_app(configure, settings):
    """The hint says which line is missing, and which command."""
    settings.INSTALLED_APPS = ["hookseal"]
    built = configure(REPLAY="database")
    assert [("E006", "REPLAY")] == findings(built)
    assert "hookseal.replay.database" in built.errors[0].hint
    assert "migrate" in built.errors[0].hint
