"""How far a rotation has come: told from the order of the secrets and from when each was last used."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
import time_machine

from hookseal import Secret, conf
from hookseal.rotation import QUIET_DAYS, judge_uses, quiet_days, rotation_of, utc
from hookseal.uses import Use, flush, note_use
from tests.backends import REDIS_CACHE

DAY = 86_400
NOW = 1_800_000_000.0
WATCHED = NOW - 100 * DAY
SECRETS = [
    Secret("new-canary-7c5e3a1b9d8f6042", label="new"),
    Secret("old-canary-9d2f4b6a8c0e1357", label="old"),
    Secret("oldest-canary-1b3d5f7a9c2e", label="oldest"),
]


@pytest.fixture
def configure(settings, tmp_path):
    """Set HOOKSEAL to one endpoint with so many secrets, whose cache is in files."""
    settings.MIDDLEWARE = []
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path)}}

    def build(count: int, alias: str = "github", secrets: list[Secret] = SECRETS):
        settings.HOOKSEAL = {alias: {"SECRETS": secrets[:count]}}
        return conf.endpoint(alias)

    return build


def used(days_ago: float | None, since: float = WATCHED) -> Use:
    """Say when a secret was last used."""
    return Use(since, None if days_ago is None else NOW - days_ago * DAY, 0 if days_ago is None else 1)


@pytest.mark.parametrize(
    ("uses", "step", "fresh", "spent"),
    [
        ({"new": used(0)}, "add", None, ()),
        ({}, "add", None, ()),
        ({"new": used(None), "old": used(0)}, "switch", "new", ()),
        ({"old": used(0)}, "switch", "new", ()),
        ({}, "switch", None, ()),
        ({"new": used(8), "old": used(9)}, "switch", None, ()),
        ({"new": used(0), "old": used(1)}, "wait", None, ()),
        ({"new": used(0), "old": used(6.9)}, "wait", None, ()),
        ({"new": used(0), "old": used(7)}, "remove", None, ("old",)),
        ({"new": used(0), "old": used(None)}, "remove", None, ("old",)),
        ({"new": used(0), "old": used(None, since=NOW - 6 * DAY)}, "wait", None, ()),
        ({"new": used(0)}, "wait", None, ()),
        ({"new": used(9), "old": used(0)}, "remove", None, ("new",)),
        ({"new": used(0), "old": used(2), "oldest": used(30)}, "remove", None, ("oldest",)),
        ({"new": used(None), "old": used(0), "oldest": used(30)}, "remove", "new", ("oldest",)),
        ({"new": used(0), "old": used(30), "oldest": used(30)}, "remove", None, ("old", "oldest")),
    ],
)
def test_the_next_step_follows_from_what_was_used(configure, uses, step, fresh, spent):
    """A new secret waits for its first use in front; an old one can go when it was quiet, and was looked for."""
    count = 3 if "oldest" in uses else 1 if step == "add" else 2
    rotation = rotation_of(configure(count), uses, NOW)
    assert (step, fresh, spent) == (rotation.step, rotation.fresh, rotation.spent)


def test_while_it_waits_it_says_how_long(configure):
    """A week after the last use of the old one, if it is not used again."""
    rotation = rotation_of(configure(2), {"new": used(0), "old": used(2)}, NOW)
    assert NOW + 5 * DAY == rotation.ready


def test_a_sender_that_retries_for_longer_is_waited_for_longer(configure):
    """The last attempt of a delivery may be signed with the secret of its first."""
    known = configure(2)
    assert QUIET_DAYS == quiet_days(known)
    slow = conf.endpoint("github", {"provider": "mailgun"})
    assert slow.record.retry is None or quiet_days(slow) >= slow.record.retry / DAY


def test_W020_a_secret_can_go(configure):
    """Only the one that nobody used, and only while another is used."""
    known = configure(2)
    with time_machine.travel(NOW, tick=False) as clock:
        note_use(known, "new")
        flush()
        clock.shift(8 * DAY)
        assert [] == judge_uses([known])
        note_use(known, "new")
        (finding,) = judge_uses([known])
    assert ("W020", 'HOOKSEAL["github"]["SECRETS"] ("old")') == (finding.id, finding.path)
    assert "not used for 7 days" in finding.message


def test_W021_an_expired_secret_is_still_used(configure):
    """Until the sender was switched over its deliveries are refused, and the owner hears of it."""
    ended = datetime.fromtimestamp(NOW - DAY, tz=timezone.utc)
    known = configure(2, secrets=[SECRETS[0], Secret("old-canary-9d2f4b6a8c0e1357", label="old", not_after=ended)])
    with time_machine.travel(NOW, tick=False) as clock:
        note_use(known, "old")
        (finding,) = judge_uses([known])
        assert ("W021", 'HOOKSEAL["github"]["SECRETS"] ("old")') == (finding.id, finding.path)
        assert f"expired on {utc(NOW - DAY)[:10]} and is still used" in finding.message
        clock.shift(30 * DAY)
        assert [] == judge_uses([known])


def test_a_secret_that_was_used_before_it_expired_is_no_finding(configure):
    """As it should be."""
    ended = datetime.fromtimestamp(NOW + DAY, tz=timezone.utc)
    known = configure(2, secrets=[SECRETS[0], Secret("old-canary-9d2f4b6a8c0e1357", label="old", not_after=ended)])
    with time_machine.travel(NOW, tick=False) as clock:
        note_use(known, "old")
        flush()
        clock.shift(2 * DAY)
        assert [] == judge_uses([known])


def test_I003_the_cache_does_not_answer(settings):
    """Then nobody knows, and the finding names neither a secret nor an address."""
    settings.CACHES = {"default": {"BACKEND": REDIS_CACHE, "LOCATION": "redis://:canary@127.0.0.1:1"}}
    settings.HOOKSEAL = {"github": {"SECRETS": SECRETS[:2]}}
    (finding,) = judge_uses([conf.endpoint("github")])
    assert "I003" == finding.id
    assert "canary" not in str(finding)


def test_without_a_shared_cache_there_is_nothing_to_judge(settings):
    """The local-memory cache asks nobody."""
    settings.HOOKSEAL = {"github": {"SECRETS": SECRETS[:2]}}
    assert [] == judge_uses([conf.endpoint("github")])
