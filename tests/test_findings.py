"""Findings: their catalogue, and every bad configuration with the finding it gets."""

from __future__ import annotations

from datetime import date

import pytest

from hookseal import Secret
from hookseal.conf import endpoint
from hookseal.findings import CATALOGUE, DEPLOY, Finding, nearest
from hookseal.schemes import basic, mac
from tests.ids import shown

CANARY = "canary-9d2f4b6a8c0e1357"
OTHER = "canary-7c5e3a1b9d8f6042"
WHSEC = "whsec_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u"


def found(settings, entry: object, alias: str = "github") -> list[str]:
    """Configure one endpoint and list the ids of what is wrong with it."""
    settings.HOOKSEAL = {alias: entry}
    built = endpoint(alias)
    return [finding.id for finding in built.errors + built.warnings]


def test_an_id_that_the_catalogue_lacks_is_an_error_of_ours():
    """So the catalogue is complete by construction."""
    with pytest.raises(KeyError):
        Finding("E999", "HOOKSEAL", "is wrong", "Mend it.")


@pytest.mark.parametrize(("identifier", "level"), [("E001", "error"), ("W004", "warning"), ("I002", "info")])
def test_the_id_tells_the_level(identifier, level):
    """One letter, one level; they cannot disagree."""
    finding = Finding(identifier, "HOOKSEAL", "is wrong", "Mend it.")
    assert (level, f"hookseal.{identifier}") == (finding.level, finding.check_id)


def test_ids_are_sorted_and_deploy_ids_exist():
    """The catalogue reads as a table."""
    assert list(CATALOGUE) == sorted(CATALOGUE, key=lambda identifier: ("EWI".index(identifier[0]), identifier))
    assert DEPLOY <= CATALOGUE.keys()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("strpe", 'Did you mean "stripe"?'),
        ("Stripe ", 'Did you mean "stripe"?'),
        ("zzz", "Known: basic, stripe."),
        (None, "Known: basic, stripe."),
        (7, "Known: basic, stripe."),
    ],
)
def test_the_nearest_spelling_is_offered(name, hint):
    """Else all of them."""
    assert hint == nearest(name, ["stripe", "basic"])


ABSENT = [None, "", [], (), {}]
EMPTY_INSIDE = [[""], ["", ""], [CANARY, ""], [""] * 3]
MISSING_VARIABLE = ["None", [None], [CANARY, None], "null", "none"]
WRONG_TYPE = [7, True, [7], [[CANARY]], [("user", "password")], {CANARY}, {"a": CANARY}, str(CANARY.encode())]
PLACEHOLDER = ["changeme", "secret", "   ", f" {CANARY}", f"{CANARY}\n", f"{CANARY} ", f'"{CANARY}"', f"'{CANARY}'"]
BAD_SECRETS = [*ABSENT, *EMPTY_INSIDE, *MISSING_VARIABLE, *WRONG_TYPE, *PLACEHOLDER]


@pytest.mark.parametrize("provider", ["github", "basic", "stripe", "standard-webhooks"])
@pytest.mark.parametrize("secrets", BAD_SECRETS, ids=shown)
def test_T05_a_secret_that_can_never_be_right_is_an_error(settings, provider, secrets):
    """Whatever the provider; and the endpoint has no verifier that could accept anything."""
    ids = found(settings, {"PROVIDER": provider, "SECRETS": secrets})
    assert {"E002", "E003", "E006"} & set(ids)
    assert endpoint("github").verifier is None


def test_T05_secrets_that_are_left_out_are_an_error(settings):
    """The key may be missing altogether."""
    assert ["E002"] == found(settings, {})


def test_T98_a_generator_is_an_error(settings):
    """It would be empty at the second look."""
    assert ["E006"] == found(settings, {"SECRETS": (part for part in [CANARY])})


@pytest.mark.parametrize("credentials", [*BAD_SECRETS[1:], "no-colon-0123456789", [":"], [CANARY]], ids=shown)
def test_T05_basic_credentials_that_can_never_be_right_are_an_error(settings, credentials):
    """BASIC_AUTH is judged like the secrets of `basic`; only None means that none are demanded."""
    ids = found(settings, {"SECRETS": [CANARY], "BASIC_AUTH": credentials})
    assert {"E002", "E003", "E006"} & set(ids)
    assert endpoint("github").verifier is None


@pytest.mark.parametrize(
    ("provider", "secret"),
    [
        ("basic", "no-colon-in-this-one"),
        ("basic", "user-without-password:"),
        ("basic", ":password-without-user"),
        ("standard-webhooks", "polar_whs_abcdefghijkl"),
        ("standard-webhooks", f"v1,{WHSEC}"),
        ("standard-webhooks", "whsec_not base64!"),
        ("token", "ein-geheimnis-mit-ä"),
        ("github", "lone \ud800 surrogate here"),
    ],
)
def test_T67_a_secret_of_the_wrong_form_is_an_error(settings, provider, secret):
    """It is decoded strictly or not at all."""
    assert ["E003"] == found(settings, {"PROVIDER": provider, "SECRETS": [secret]})


@pytest.mark.parametrize("secret", ["short", "fifteen-bytes!!", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"])
def test_T05_a_weak_secret_is_a_warning(settings, secret):
    """Some providers give out nothing better, so it works."""
    assert ["W014"] == found(settings, {"SECRETS": [secret]})
    assert endpoint("github").verifier is not None


def test_T67_a_key_that_decodes_to_a_byte_is_a_warning(settings):
    """What counts is the key, not its text."""
    assert ["W014"] == found(settings, {"PROVIDER": "standard-webhooks", "SECRETS": ["whsec_AA=="]})


def test_too_many_secrets_are_an_error(settings):
    """32 are tried; more would be bounded work no longer."""
    assert [] == found(settings, {"SECRETS": [f"{CANARY}{number}" for number in range(32)]})
    assert ["E006"] == found(settings, {"SECRETS": [f"{CANARY}{number}" for number in range(33)]})


def test_a_window_that_ends_before_it_begins_is_an_error(settings):
    """It contradicts itself."""
    secret = Secret(CANARY, not_before=date(2026, 2, 1), not_after=date(2026, 1, 1))
    assert ["E006"] == found(settings, {"SECRETS": [secret]})


@pytest.mark.parametrize(
    "secrets", [[CANARY, CANARY], [Secret(CANARY, label="a"), Secret(OTHER, label="a")]], ids=["value", "label"]
)
def test_copies_are_a_warning(settings, secrets):
    """They do no harm, but say that a rotation was not done."""
    assert ["W017"] == found(settings, {"SECRETS": secrets})


def test_secrets_that_are_all_expired_are_a_warning(settings):
    """Every delivery is refused, but what depends on the time stops no process."""
    assert ["W004"] == found(settings, {"SECRETS": [Secret(CANARY, not_after=date(2020, 1, 1))]})
    assert endpoint("github").verifier is not None


@pytest.mark.parametrize(
    ("entry", "identifier"),
    [
        ({"TOLERANCE": -1}, "E006"),
        ({"TOLERANCE": 86_401}, "E006"),
        ({"TOLERANCE": "300"}, "E006"),
        ({"TOLERANCE": True}, "E006"),
        ({"TOLERANCE": None}, "W013"),
        ({"PROVIDER": "strpe"}, "E001"),
        ({"PROVIDER": "Stripe"}, "E001"),
        ({"PROVIDER": "stripe "}, "E001"),
        ({"PROVIDER": ""}, "E001"),
        ({"PROVIDER": None}, "E006"),
        ({"PROVIDER": "hmac-sha512x"}, "E001"),
        ({"PROVIDER": mac(header="X-Sig", digest="sha257", encoding="hex")}, "E001"),  # type: ignore[arg-type]
        ({"SECRET": [WHSEC]}, "E001"),
        ({"secrets": [WHSEC]}, "E001"),
        ({"ALLOW_IPS": ["203.0.113.0/33"]}, "E006"),
        ({"ALLOW_IPS": ["203.0.113.1/24"]}, "E006"),
        ({"ALLOW_IPS": ["010.0.0.1"]}, "E006"),
        ({"ALLOW_IPS": "203.0.113.0/24"}, "E006"),
        ({"ALLOW_IPS": []}, "E006"),
        ({"TRUSTED_PROXIES": -1}, "E006"),
        ({"TRUSTED_PROXIES": "1"}, "E006"),
        ({"MAX_BODY": 0}, "E006"),
        ({"RATE_LIMIT": "50"}, "E006"),
        ({"REFUSAL_STATUS": 200}, "E006"),
        ({"REFUSAL_STATUS": 503}, "E006"),
        ({"PUBLIC_URL": "example.com/hooks"}, "E006"),
        ({"ENABLED": "false"}, "E006"),
        ({"HTTPS": 0}, "E006"),
    ],
    ids=shown,
)
def test_a_neighbouring_setting_that_is_wrong_has_its_finding(settings, entry, identifier):
    """Of the right id, and nothing else with it."""
    assert [identifier] == found(settings, {"SECRETS": [WHSEC]} | entry, alias="stripe")


@pytest.mark.parametrize("entry", [CANARY, [CANARY], None, 7, Secret(CANARY)], ids=shown)
def test_T56_the_short_form_is_an_error(settings, entry):
    """A secret under the name of a provider would stand open on Django's error page."""
    assert ["E006"] == found(settings, entry)


@pytest.mark.parametrize(
    "entry",
    [
        {"SECRETS": (CANARY, OTHER)},
        {"SECRETS": CANARY.encode()},
        {"SECRETS": "geheimnis-mit-umläuten-äöü"},
        {"SECRETS": [Secret(CANARY, not_before=date(2400, 1, 1)), OTHER]},
        {"SECRETS": [CANARY, Secret(OTHER, label="old", not_after=date(2020, 1, 1))]},
        {"SECRETS": [CANARY], "BASIC_AUTH": None, "PUBLIC_URL": None, "ALLOW_IPS": None, "RATE_LIMIT": None},
        {"PROVIDER": basic(), "SECRETS": ["user:pass:with:colons"]},
        {"ENABLED": False},
        {"ENABLED": False, "SECRETS": [""]},
    ],
    ids=shown,
)
def test_a_correct_but_unusual_configuration_is_silent(settings, entry):
    """What works is not nagged about."""
    assert [] == found(settings, entry)


@pytest.mark.parametrize("secrets", [*PLACEHOLDER, [CANARY, ""], (CANARY, CANARY), [[CANARY]]], ids=shown)
def test_T44_no_finding_repeats_a_secret(settings, secrets):
    """Findings are printed, logged and mailed."""
    settings.HOOKSEAL = {"github": {"SECRETS": secrets}}
    built = endpoint("github")
    assert built.errors + built.warnings
    assert CANARY not in "".join(map(str, built.errors + built.warnings))
