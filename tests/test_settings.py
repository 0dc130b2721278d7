"""Settings: what each may hold, and what the package makes of it."""

from __future__ import annotations

import pytest

from hookseal.schemes import Json, token
from hookseal.settings import SETTINGS, Proxies, RateLimit, Unfit


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=lambda setting: setting.name)
def test_a_setting_has_one_home(setting):
    """The table knows it by its own name, and the name is a key as Django writes them."""
    assert SETTINGS[setting.name] is setting
    assert setting.name.isupper()


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("PROVIDER", "stripe", "stripe"),
        ("PROVIDER", token(), token()),
        ("ENABLED", False, False),
        ("HTTPS", True, True),
        ("PUBLIC_URL", "https://example.com:8443/hooks?a=1", "https://example.com:8443/hooks?a=1"),
        ("PUBLIC_URL", None, None),
        ("MAX_BODY", 1, 1),
        ("TOLERANCE", 0, 0),
        ("TOLERANCE", None, None),
        ("TRUSTED_PROXIES", 2, Proxies(hops=2)),
        ("TRUSTED_PROXIES", None, None),
        ("RATE_LIMIT", "50/s", RateLimit(50, 1)),
        ("RATE_LIMIT", "600/m", RateLimit(600, 60)),
        ("RATE_LIMIT", "10000/h", RateLimit(10_000, 3600)),
        ("REFUSAL_STATUS", 406, 406),
        ("REPLAY", True, True),
        ("REPLAY", "database", "database"),
        ("REPLAY_FAIL_OPEN", "auto", "auto"),
        ("REPLAY_FAIL_OPEN", False, False),
        ("EVENT_ID", Json("/id"), Json("/id")),
        ("EVENT_ID", "/id", "/id"),
        ("TOPICS", ["arn:aws:sns:us-east-1:123456789012:ses"], ("arn:aws:sns:us-east-1:123456789012:ses",)),
        ("AUTO_CONFIRM", True, True),
        ("CAPTURE", "refused", "refused"),
    ],
)
def test_a_value_is_read(name, value, read):
    """Into what the rest of the package works with."""
    result = SETTINGS[name].read(value)
    assert (type(read), read) == (type(result), result)


def test_address_ranges_are_read():
    """A bare address is a range of one."""
    networks = SETTINGS["ALLOW_IPS"].read(["203.0.113.0/24", "2001:db8::7"])
    assert ("203.0.113.9" in networks, "2001:db8::7" in networks, "198.51.100.1" in networks) == (True, True, False)
    assert "10.1.2.3" in SETTINGS["TRUSTED_PROXIES"].read(["10.0.0.0/8"]).networks


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROVIDER", None),
        ("PROVIDER", 7),
        ("PROVIDER", "strip\u00e9"),
        ("PROVIDER", "\ud800"),
        ("ENABLED", 1),
        ("ENABLED", "no"),
        ("HTTPS", None),
        ("PUBLIC_URL", "/hooks/"),
        ("PUBLIC_URL", "ftp://example.com/"),
        ("PUBLIC_URL", "https:///hooks"),
        ("PUBLIC_URL", "https://example.com/a b"),
        ("PUBLIC_URL", "https://example.com/#top"),
        ("PUBLIC_URL", "https://[::1"),
        ("PUBLIC_URL", "https://example.com:99999/"),
        ("PUBLIC_URL", ""),
        ("MAX_BODY", 1.5),
        ("MAX_BODY", True),
        ("TOLERANCE", "300"),
        ("ALLOW_IPS", ["nonsense"]),
        ("ALLOW_IPS", [7]),
        ("ALLOW_IPS", {"203.0.113.0/24"}),
        ("TRUSTED_PROXIES", True),
        ("TRUSTED_PROXIES", []),
        ("TRUSTED_PROXIES", ["nonsense"]),
        ("RATE_LIMIT", 50),
        ("RATE_LIMIT", "0/s"),
        ("RATE_LIMIT", "50/d"),
        ("RATE_LIMIT", "50/s\n"),
        ("RATE_LIMIT", "\u0665\u0660/s"),
        ("REFUSAL_STATUS", 399),
        ("REFUSAL_STATUS", 500),
        ("REPLAY", ""),
        ("REPLAY", None),
        ("CACHE", 1),
        ("RETENTION", 0),
        ("LEASE", "30"),
        ("REPLAY_FAIL_OPEN", 1),
        ("REPLAY_FAIL_OPEN", "yes"),
        ("EVENT_ID", 1),
        ("MAX_AGE", -1),
        ("TOPICS", "arn:aws:sns:us-east-1:123456789012:ses"),
        ("TOPICS", []),
        ("TOPICS", ["mail"]),
        ("OPTIONS", ["webhook_id"]),
        ("OPTIONS", {"webhook_id": None}),
        ("OPTIONS", {"webhook_id": ""}),
        ("AUTO_CONFIRM", 1),
        ("CAPTURE", True),
        ("CAPTURE", ["all"]),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_a_hint(name, value):
    """What is wrong, and what may stand there; never the value itself."""
    with pytest.raises(Unfit) as unfit:
        SETTINGS[name].read(value)
    assert unfit.value.message
    assert unfit.value.hint.startswith(("Use ", "Name ", "Fill ", "Write "))


def test_T44_options_show_names_alone():
    """What they hold may be an account's secret."""
    options = SETTINGS["OPTIONS"].read({"client_id": "7", "secret": "canary 9d2f4b6a8c0e1357"})
    assert (repr(options), options["client_id"], len(options)) == ("<Options client_id, secret>", "7", 2)


@pytest.mark.parametrize(
    "name", [name for name in SETTINGS if name not in {"SECRETS", "BASIC_AUTH", "ALLOW_IPS", "OPTIONS"}]
)
def test_T44_no_reader_repeats_its_value(name):
    """A secret may stand in the wrong place; only address ranges, which are none, are named."""
    canary = "canary 9d2f4b6a8c0e1357"
    with pytest.raises(Unfit) as unfit:
        SETTINGS[name].read({canary: canary})
    assert canary not in unfit.value.message + unfit.value.hint
