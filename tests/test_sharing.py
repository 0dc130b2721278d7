"""Which caches other processes see, and which of them count."""

from __future__ import annotations

import pytest
from django.core.cache.backends.locmem import LocMemCache

from hookseal import conf
from hookseal.sharing import counts_atomically, is_shared
from tests.site.settings import SECRETS_OF

BACKENDS = "django.core.cache.backends."


class Counting(LocMemCache):
    """A local-memory cache of a site's own."""


@pytest.mark.parametrize(
    ("backend", "shared", "counts"),
    [
        (f"{BACKENDS}redis.RedisCache", True, True),
        (f"{BACKENDS}memcached.PyMemcacheCache", True, True),
        (f"{BACKENDS}memcached.PyLibMCCache", True, True),
        (f"{BACKENDS}db.DatabaseCache", True, False),
        (f"{BACKENDS}filebased.FileBasedCache", True, False),
        (f"{BACKENDS}locmem.LocMemCache", False, False),
        (f"{BACKENDS}dummy.DummyCache", False, False),
        (f"{__name__}.Counting", False, False),
        ("nowhere.Cache", False, False),
    ],
)
def test_a_cache_is_judged_by_what_its_backend_does(settings, *, backend: str, shared: bool, counts: bool):
    """Shared where other processes see it; counting where its increment is one step, and no write to a database."""
    settings.CACHES = {"default": {"BACKEND": backend}}
    assert (shared, counts) == (is_shared("default"), counts_atomically("default"))


@pytest.mark.parametrize(
    ("hookseal", "alias"),
    [
        ({"code": {"RATE_LIMIT": "1/m", "CACHE": "fast"}}, "fast"),
        ({"*": {"CACHE": "fast"}, "code": {"RATE_LIMIT": "1/m"}}, "fast"),
        ({"*": {"CACHE": "fast"}, "code": {}}, None),
        ({"code": {"RATE_LIMIT": "1/m", "CACHE": "default"}}, None),
        ({"code": {"RATE_LIMIT": "1/m"}}, None),
    ],
    ids=["named", "named for all", "no limit", "not shared", "not named"],
)
def test_requests_are_counted_in_a_cache_that_is_named_and_shared(settings, hookseal, alias):
    """A shared default cache alone is not asked: junk would reach it though nobody said so."""
    entry = {"PROVIDER": "github", "SECRETS": [SECRETS_OF["github"]]}
    settings.CACHES = {
        "default": {"BACKEND": f"{BACKENDS}locmem.LocMemCache"},
        "fast": {"BACKEND": f"{BACKENDS}redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"},
    }
    settings.HOOKSEAL = hookseal | {"code": entry | hookseal["code"]}
    built = conf.endpoint("code")
    assert (alias, ()) == (built.rate_cache, built.errors)


def test_a_cache_that_the_site_lacks_is_an_error_once(settings):
    """Whichever store is used, and however many settings would use the cache."""
    settings.MIDDLEWARE = []
    entry = {"PROVIDER": "github", "SECRETS": [SECRETS_OF["github"]], "CACHE": "fats", "RATE_LIMIT": "1/m"}
    for replay in ("cache", "memory", False):
        settings.HOOKSEAL = {"code": entry | {"REPLAY": replay}}
        assert [('HOOKSEAL["code"]["CACHE"]', "E006")] == [
            (found.path, found.id) for found in conf.endpoint("code").errors
        ]


def test_an_endpoint_follows_the_caches(settings):
    """What was decided about a cache is decided anew when CACHES changes."""
    settings.HOOKSEAL = {"code": {"PROVIDER": "github", "SECRETS": [SECRETS_OF["github"]]}}
    assert conf.endpoint("code").uses_cache is None
    settings.CACHES = {"default": {"BACKEND": f"{BACKENDS}filebased.FileBasedCache", "LOCATION": "/nowhere"}}
    assert "default" == conf.endpoint("code").uses_cache
