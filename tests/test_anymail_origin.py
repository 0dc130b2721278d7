"""Anymail's settings as endpoints' settings: each way to write them, each mistake, and what HOOKSEAL adds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from django.utils.functional import lazystr

from hookseal import Secret, conf, origins
from hookseal.audit import audit
from hookseal.conf import Endpoint, aliases, endpoint
from hookseal.contrib.anymail import urls
from hookseal.contrib.anymail.esps import ESPS
from hookseal.contrib.anymail.origin import alias_of
from hookseal.entry import Entry
from hookseal.middleware import Guard

KEY = "mailgun-made-up-7c5e3a1b9d8f6042"
CREDENTIALS = "anymail:made-up-3e5a7c9b1d2f4068"
TRACKING = "anymail.mailgun.tracking"

assert urls.urlpatterns, "imported here, so that the endpoints are known"


@pytest.fixture(autouse=True)
def _bare(settings) -> None:
    settings.HOOKSEAL = {}
    settings.MIDDLEWARE = []


def built(alias: str = TRACKING, hookseal: dict | None = None, /, **site: Any) -> Endpoint:
    """Build an endpoint under settings of Anymail's, and what HOOKSEAL says."""
    with override_settings(HOOKSEAL=hookseal or {}, **site):
        return endpoint(alias)


def ids(found: Endpoint) -> list[str]:
    """Name what is wrong with an endpoint."""
    return sorted({finding.id for finding in found.errors})


@pytest.mark.parametrize(
    ("site", "path"),
    [
        ({"ANYMAIL": {"MAILGUN_WEBHOOK_SIGNING_KEY": "short"}}, 'ANYMAIL["MAILGUN_WEBHOOK_SIGNING_KEY"]'),
        ({"ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY": "short"}, "ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY"),
        ({"ANYMAIL": {"MAILGUN_API_KEY": "short"}}, 'ANYMAIL["MAILGUN_API_KEY"]'),
        ({"ANYMAIL_MAILGUN_API_KEY": "short"}, "ANYMAIL_MAILGUN_API_KEY"),
        ({"MAILGUN_API_KEY": "short"}, "MAILGUN_API_KEY"),
        (
            {"MAILGUN_API_KEY": "other", "ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY": "short"},
            "ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY",
        ),
        (
            {"ANYMAIL_MAILGUN_API_KEY": "other", "ANYMAIL": {"MAILGUN_API_KEY": "short"}},
            'ANYMAIL["MAILGUN_API_KEY"]',
        ),
    ],
)
def test_a_key_is_found_where_anymail_finds_it(site: dict, path: str):
    """In ANYMAIL, as ANYMAIL_..., bare where Anymail takes it so; the nearer comes first, and a finding names it."""
    found = built(**site)
    assert (found.verifier is not None, ids(found)) == (True, [])
    assert [finding.path for finding in found.warnings if finding.id == "W014"] == [path]


def test_a_bare_setting_counts_only_where_anymail_takes_it():
    """MAILERSEND_SIGNING_SECRET alone is nobody's setting."""
    found = built("anymail.mailersend.tracking", MAILERSEND_SIGNING_SECRET=KEY)
    assert (found.verifier, found.lacks) == (None, "ANYMAIL has no MAILERSEND_SIGNING_SECRET")


@pytest.mark.parametrize(
    "value", [KEY, Secret(KEY, label="2026"), [KEY], (KEY, KEY + "2"), {KEY, KEY + "2"}, [Secret(KEY, label="2026")]]
)
def test_a_key_may_be_a_str_a_secret_or_several(value: Any):
    """So keys rotate, which Anymail's own settings did not allow."""
    found = built(ANYMAIL={"MAILGUN_WEBHOOK_SIGNING_KEY": value})
    assert (found.verifier is not None, ids(found)) == (True, [])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ["E002"]),
        ([], ["E002"]),
        ((), ["E002"]),
        (None, ["E002"]),
        ("None", ["E002"]),
        ("null", ["E002"]),
        ("changeme", ["E002"]),
        (" ", ["E002"]),
        ("a" * 20 + "\n", ["E002"]),
        ("b'abcdefghijklmnop'", ["E002"]),
        ([KEY, ""], ["E002"]),
        ([KEY, None], ["E002"]),
        (["None"], ["E002"]),
        (b"abcdefghijklmnop", ["E006"]),
        ([b"abcdefghijklmnop"], ["E006"]),
        (bytearray(b"abcdefghijklmnop"), ["E006"]),
        (False, ["E006"]),
        (7, ["E006"]),
        ({"a": 1}, ["E006"]),
        ((each for each in [KEY]), ["E006"]),
        (lazystr(KEY), ["E006"]),
        (lambda: KEY, ["E006"]),
        ([("u", "p")], ["E006"]),
        ("\ud800", ["E003"]),
    ],
    ids=repr,
)
def test_T2_T68_a_key_that_opens_or_breaks_anymail_is_an_error(value: Any, expected: list[str]):
    """Empty keys can be guessed by anybody; the others never match, or raise on each request."""
    found = built(ANYMAIL={"MAILGUN_WEBHOOK_SIGNING_KEY": value})
    assert found.verifier is None
    assert [each for each in ids(found) if each in expected] == expected


@pytest.mark.parametrize(
    "value",
    [
        *("", [], (), None, "None", "null", "undefined", "changeme", ":", " ", "b'user:pass'", [""], ["a:1", ""]),
        *([None], ["a:1", None], False, b"user:pass", 7, {"user": "pass"}, {"user": "pass"}.items(), [("u", "p")]),
        *(lazystr("user:pass"), "no-colon-in-it", " user:pass", "user:pass\n", "\ud800:x", bytearray(b"user:pass")),
    ],
    ids=repr,
)
@pytest.mark.parametrize("alias", ["anymail.brevo.tracking", "anymail.postmark.inbound", TRACKING])
def test_T2_T68_credentials_that_let_everybody_in_are_an_error(value: Any, alias: str):
    """Beside a signature as well, where Anymail would silently not look at them."""
    found = built(alias, ANYMAIL={"WEBHOOK_SECRET": value, "MAILGUN_WEBHOOK_SIGNING_KEY": KEY})
    assert (found.verifier, bool(found.errors)) == (None, True)
    paths = {finding.path.partition("[0]")[0].partition("[1]")[0] for finding in found.errors}
    assert paths == {'ANYMAIL["WEBHOOK_SECRET"]'}


def test_what_anymail_sends_with_may_be_none():
    """A site on which MAILGUN_API_KEY is None does not send; it has no webhooks either, and no error."""
    found = built(ANYMAIL={"MAILGUN_API_KEY": None})
    assert (found.errors, found.lacks) == ((), "ANYMAIL has no MAILGUN_WEBHOOK_SIGNING_KEY")


def test_T50_nobody_uses_every_esp():
    """Without any setting no endpoint accepts anything, and none is an error."""
    for alias in origins.registered():
        found = built(alias)
        assert (found.verifier, found.errors, found.warnings) == (None, (), ())
        assert re.match('ANYMAIL has no |HOOKSEAL\\["anymail"\\] has no TOPICS|this version', found.lacks), alias
    assert aliases() == ()


def test_hookseals_settings_come_before_anymails():
    """The endpoint's own entry, then the one of all, then Anymail's, then "*"."""
    anymail = {"MAILGUN_WEBHOOK_SIGNING_KEY": "short", "WEBHOOK_SECRET": CREDENTIALS}
    hookseal = {
        "*": {"TOLERANCE": 1, "LEASE": 1, "MAX_BODY": 1_000_000},
        "anymail": {"TOLERANCE": 2, "LEASE": 2},
        TRACKING: {"TOLERANCE": 3, "SECRETS": [KEY]},
    }
    found = built(TRACKING, hookseal, ANYMAIL=anymail)
    assert (found.tolerance, found.protection.lease, found.max_body) == (3, 2, 1_000_000)
    assert (len(found.secrets), len(found.basic_auth)) == (1, 1)
    assert not [finding for finding in found.warnings if finding.id == "W014"]


@pytest.mark.parametrize("name", ["SECRETS", "PROVIDER"])
def test_what_tells_senders_apart_is_an_error_in_the_entry_of_all(name: str):
    """One key for every ESP is a mistake whatever it is."""
    hookseal = {"anymail": {name: "mailgun"}}
    found = built(TRACKING, hookseal, ANYMAIL={"MAILGUN_WEBHOOK_SIGNING_KEY": KEY})
    assert [finding.path for finding in found.errors] == [f'HOOKSEAL["anymail"]["{name}"]']


def test_an_entry_of_its_own_says_that_an_endpoint_is_used():
    """Without a key it is then an error, as anywhere in HOOKSEAL."""
    found = built(TRACKING, {TRACKING: {"ALLOW_IPS": ["203.0.113.0/24"]}})
    assert ids(found) == ["E002"]


def test_the_record_may_be_another():
    """A site may trust credentials alone, where it says so by name."""
    anymail = {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY, "WEBHOOK_SECRET": CREDENTIALS}
    found = built(TRACKING, {TRACKING: {"PROVIDER": "basic"}}, ANYMAIL=anymail)
    assert (found.record.name, len(found.secrets), found.basic_auth) == ("basic", 1, ())


def test_inbound_mail_may_be_large():
    """Where a signature covers the body, it is read up to what ESPs let through, not to Django's 2.5 MB."""
    found = built("anymail.mailersend.inbound", ANYMAIL={"MAILERSEND_INBOUND_SECRET": KEY})
    assert found.max_body == 52_428_800


def test_changed_settings_hold_at_once():
    """Tests override settings, ANYMAIL, ANYMAIL_... and bare ones alike."""
    with override_settings(ANYMAIL={"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}):
        assert endpoint(TRACKING).verifier
        with override_settings(ANYMAIL={}):
            assert endpoint(TRACKING).verifier is None
            with override_settings(MAILGUN_API_KEY=KEY):
                assert endpoint(TRACKING).verifier
            with override_settings(ANYMAIL_MAILGUN_API_KEY=KEY):
                assert endpoint(TRACKING).verifier


@override_settings(ANYMAIL={"WEBHOOK_SECRET": CREDENTIALS}, ROOT_URLCONF="tests.site.anymail_urls")
def test_one_mistake_is_reported_once():
    """Sixteen endpoints share WEBHOOK_SECRET; a finding about it, or about the site, stands there once."""
    with override_settings(ANYMAIL={"WEBHOOK_SECRET": "a:b"}):
        found = [finding for finding in audit() if finding.path != "MIDDLEWARE" and finding.id not in {"W002", "W003"}]
    told = [(finding.id, finding.path) for finding in found if "nymail" in finding.path or "ANYMAIL" in finding.path]
    assert sorted(told) == [("W001", 'HOOKSEAL["anymail"]'), ("W014", 'ANYMAIL["WEBHOOK_SECRET"]')]


@pytest.mark.parametrize("name", ESPS)
def test_every_esp_has_a_record(name: str):
    """Each line of the table names a record of the catalog, for each of its webhooks."""
    esp = ESPS[name]
    assert {conf._record(Entry(esp.record(each), {"secrets": "x"}, {})) is not None for each in esp.webhooks} == {True}


def test_an_esp_that_anymail_has_and_hookseal_does_not_know_is_refused():
    """A new release of Anymail opens no door: its new webhook answers 503 until somebody says how it proves itself."""
    alias = alias_of("Brand New", inbound=False)
    try:
        found = built(alias, ANYMAIL={"WEBHOOK_SECRET": CREDENTIALS})
        assert (found.verifier, found.lacks) == (None, "this version of hookseal does not know brand_new")
        said = built(alias, {alias: {"PROVIDER": "github", "SECRETS": [KEY]}}, ANYMAIL={"WEBHOOK_SECRET": CREDENTIALS})
        assert (said.verifier is not None, len(said.basic_auth)) == (True, 1)
    finally:
        del origins._origins[alias]


@pytest.fixture
def _guarded() -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.site.anymail_urls"):
        yield


@pytest.mark.usefixtures("_guarded")
def test_T68_a_door_left_open_keeps_the_site_from_serving():
    """The Guard reads Anymail's settings too."""
    from hookseal import WebhookConfigurationError

    with override_settings(ANYMAIL={"WEBHOOK_SECRET": ""}), pytest.raises(WebhookConfigurationError) as wrong:
        Guard(lambda _: None)
    assert 'ANYMAIL["WEBHOOK_SECRET"]' in str(wrong.value)
