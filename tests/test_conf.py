"""Endpoints: built late from the settings, once, and always fit to be asked."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from django.test import override_settings

from hookseal import Secret, conf, origins
from hookseal._engine import LIMITS
from hookseal.conf import aliases, endpoint
from hookseal.schemes import Http, Json, basic, mac, token

CANARY = "canary-9d2f4b6a8c0e1357"
WHSEC = "whsec_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u"
CREDENTIALS = "user:canary-7c5e3a1b9d8f6042"


@pytest.fixture
def configure(settings):
    """Set HOOKSEAL to one endpoint and build it."""

    def build(alias: str = "stripe", **entry: object):
        settings.HOOKSEAL = {alias: {"SECRETS": [WHSEC]} | entry}
        return endpoint(alias)

    return build


def test_an_endpoint_has_the_providers_defaults(configure):
    """What is not set comes from the record, and from the table of settings."""
    built = configure()
    assert ("stripe", "stripe", 300, True, True) == (
        built.alias,
        built.record.name,
        built.tolerance,
        built.enabled,
        built.https,
    )
    assert (None, LIMITS["body_bytes"], None, 0, None) == (
        built.public_url,
        built.max_body,
        built.allow_ips,
        built.trusted_hops,
        built.trusted_proxies,
    )
    assert (None, None, None, frozenset(), frozenset()) == (
        built.rate_limit,
        built.refusal_status,
        built.handshake,
        built.greets,
        built.probes,
    )
    assert ((), (), None) == (built.errors, built.warnings, built.secret_source)
    assert (True, False) == (built.reads_body, built.needs_url)


def test_an_endpoint_has_what_is_set(configure):
    """Each setting reaches its attribute."""
    built = configure(
        HTTPS=False,
        PUBLIC_URL="https://hooks.example.com/",
        MAX_BODY=1000,
        TOLERANCE=60,
        ALLOW_IPS=["203.0.113.0/24"],
        TRUSTED_PROXIES=2,
        RATE_LIMIT="50/s",
        REFUSAL_STATUS=406,
        BASIC_AUTH=[CREDENTIALS],
    )
    assert (False, "https://hooks.example.com/", 1000, 60) == (
        built.https,
        built.public_url,
        built.max_body,
        built.tolerance,
    )
    assert "203.0.113.9" in built.allow_ips
    assert (2, 50, 1, 406) == (
        built.trusted_hops,
        built.rate_limit.count,
        built.rate_limit.seconds,
        built.refusal_status,
    )
    assert (1, 1, ()) == (len(built.basic_auth), len(built.secrets), built.errors)


def test_proxies_may_be_ranges(configure):
    """Instead of a number of hops."""
    built = configure(TRUSTED_PROXIES=["10.0.0.0/8"])
    assert (0, True) == (built.trusted_hops, "10.1.2.3" in built.trusted_proxies)


def test_a_record_says_how_its_sender_talks_http(configure):
    """Refusal, probes and size are the record's, unless a setting says otherwise."""
    scheme = basic(http=Http(refusal=401, probes=("HEAD",), max_body=1000))
    built = configure("acme", PROVIDER=scheme, SECRETS=[CREDENTIALS])
    assert (401, frozenset({"HEAD"}), 1000) == (built.refusal_status, built.probes, built.max_body)
    assert "acme" == built.record.name
    assert 406 == configure("acme", PROVIDER=scheme, SECRETS=[CREDENTIALS], REFUSAL_STATUS=406).refusal_status


def test_meta_keys_follow_the_verifiers_headers(configure):
    """One key of request.META for each header, in the order in which the engine wants their values."""
    built = configure("mail", PROVIDER="mailgun", SECRETS=[CANARY], BASIC_AUTH=[CREDENTIALS])
    expected = {"content-type": "CONTENT_TYPE", "authorization": "HTTP_AUTHORIZATION"}
    assert tuple(expected[name] for name in built.verifier.headers) == built.meta_keys
    assert ("HTTP_STRIPE_SIGNATURE",) == configure().meta_keys


def test_a_function_makes_a_source_and_a_verifier_without_keys(configure):
    """The verifier still judges the headers, before the function is asked."""
    built = configure(SECRETS=lambda headers: [WHSEC])
    assert built.secret_source.verifier({}, {}).record.name == "stripe"
    assert (True, ()) == (built.verifier is not None, built.secrets)


def test_an_endpoint_that_is_switched_off_needs_no_secrets(settings):
    """It answers 503 to everything, and that is no error."""
    settings.HOOKSEAL = {"stripe": {"ENABLED": False}}
    built = endpoint("stripe")
    assert (False, None, (), ()) == (built.enabled, built.verifier, built.errors, built.warnings)


def test_T99_an_endpoint_with_errors_has_no_verifier(configure):
    """Whatever else is right with it."""
    built = configure(MAX_BODY=0)
    assert (None, ["E006"]) == (built.verifier, [finding.id for finding in built.errors])


def test_every_finding_is_gathered_at_once(configure):
    """Mending a configuration is one round, not one for each mistake."""
    built = configure(
        "acme",
        PROVIDER="strpe",
        SECRETS=["", CANARY],
        TOLERANCE=-1,
        ALLOW_IPS="203.0.113.7",
        REPLY=True,
        CAPTURE="some",
    )
    assert ["E001", "E001", "E002", "E006", "E006", "E006"] == sorted(finding.id for finding in built.errors)


def test_an_unknown_provider_is_named_with_the_nearest(configure):
    """T58: the owner sees what was read and what was meant."""
    (finding,) = configure("acme", PROVIDER="Stripe").errors
    assert 'HOOKSEAL["acme"]["PROVIDER"]' == finding.path
    assert "'Stripe'" in finding.message
    assert 'Did you mean "stripe"?' in finding.hint


def test_T44_a_secret_in_place_of_a_provider_is_not_repeated(configure):
    """Only what may be a name is."""
    (finding,) = configure("acme", PROVIDER=WHSEC).errors
    assert "E001" == finding.id
    assert WHSEC not in str(finding)


def test_an_alias_that_is_no_provider_says_so(configure):
    """The alias is the default of PROVIDER, so a new endpoint usually fails here first."""
    (finding,) = configure("shop-events").errors
    assert ("E001", 'HOOKSEAL["shop-events"]["PROVIDER"]') == (finding.id, finding.path)
    assert finding.message.startswith("is not set")


def test_T58_a_record_that_does_not_compile_says_why(configure):
    """The engine's own words reach the owner."""
    (finding,) = configure("acme", PROVIDER=mac(header="X-Sig", digest="sha256", encoding="hex", signed="{ts}")).errors
    assert "E001" == finding.id
    assert "ts" in finding.message


def test_a_tolerance_above_a_day_needs_a_record_that_says_so(configure):
    """Some senders retry for longer with the first signature."""
    assert ["E006"] == [finding.id for finding in configure(TOLERANCE=86_401).errors]
    slow = mac(header="X-Sig", digest="sha256", encoding="hex", signed="{ts}{body}", parts=PARTS, tolerance=172_800)
    assert (172_800, ()) == (
        configure("acme", PROVIDER=slow, TOLERANCE=172_800).tolerance,
        configure("acme", PROVIDER=slow, TOLERANCE=172_800).errors,
    )
    assert ["E006"] == [finding.id for finding in configure("acme", PROVIDER=slow, TOLERANCE=172_801).errors]


def test_a_tolerance_for_everybody_is_nothing_to_a_sender_without_time(settings):
    """The defaults may set one although GitHub signs none."""
    settings.HOOKSEAL = {"*": {"TOLERANCE": 60}, "github": {"SECRETS": [CANARY]}, "stripe": {"SECRETS": [WHSEC]}}
    assert (None, 60) == (endpoint("github").tolerance, endpoint("stripe").tolerance)
    assert () == endpoint("github").errors


def test_no_tolerance_is_a_warning(configure):
    """W013: an explicit opt-out."""
    built = configure(TOLERANCE=None)
    assert (None, ["W013"]) == (built.tolerance, [finding.id for finding in built.warnings])


def test_a_cap_below_what_the_sender_sends_is_a_warning(configure):
    """W006: its large deliveries would be lost."""
    scheme = token(http=Http(max_body=1000))
    ids = [finding.id for finding in configure("acme", PROVIDER=scheme, SECRETS=[CANARY], MAX_BODY=999).warnings]
    assert ["W006"] == ids
    assert () == configure("acme", PROVIDER=scheme, SECRETS=[CANARY], MAX_BODY=1000).warnings


def test_T95_a_signature_that_leaves_the_body_out_is_told(configure):
    """I002: Mailgun signs a time and a token, not the event."""
    (finding,) = configure("mailgun", SECRETS=[CANARY]).warnings
    assert ("I002", "info") == (finding.id, finding.level)


def test_keywords_override_the_settings(configure):
    """For one view only."""
    configure(MAX_BODY=1000)
    keywords = {"max_body": 5}
    assert (5, 1000) == (endpoint("stripe", keywords).max_body, endpoint("stripe").max_body)


def test_an_endpoint_is_built_once(configure):
    """For the same alias and the same keywords; no keywords are all alike."""
    built = configure()
    keywords = {"max_body": 5}
    assert built is endpoint("stripe") is endpoint("stripe", {}) is endpoint("stripe", MappingProxyType({}))
    assert endpoint("stripe", keywords) is endpoint("stripe", keywords)


def test_keywords_made_anew_do_not_fill_the_memory(configure):
    """A decorator that is applied for each request brings a new dict each time, and always its own endpoint."""
    configure()
    for size in range(1, 3000):
        assert size == endpoint("stripe", {"max_body": size}).max_body
    assert len(conf._built) <= 1024


def test_endpoints_follow_override_settings():
    """As tests expect: nothing is remembered of HOOKSEAL when it changes."""
    with override_settings(HOOKSEAL={"stripe": {"SECRETS": [WHSEC], "MAX_BODY": 1}}):
        assert 1 == endpoint("stripe").max_body
        with override_settings(HOOKSEAL={"stripe": {"SECRETS": [WHSEC], "MAX_BODY": 2}}):
            assert 2 == endpoint("stripe").max_body
        assert 1 == endpoint("stripe").max_body


def test_a_site_without_the_setting_has_no_endpoints(settings):
    """The package may be installed before it is configured."""
    del settings.HOOKSEAL
    assert () == aliases()
    assert ["E004"] == [finding.id for finding in endpoint("stripe").errors]


def test_aliases_are_those_of_the_settings(settings, monkeypatch):
    """Without "*", and none where HOOKSEAL is no dict; where no other package brought endpoints of its own."""
    monkeypatch.setattr(origins, "_origins", {})
    settings.HOOKSEAL = {"*": {}, "stripe": {}, "github": {}}
    assert ("stripe", "github") == aliases()
    settings.HOOKSEAL = ["stripe"]
    assert () == aliases()


def test_an_alias_that_is_no_text_is_an_error(settings):
    """It cannot be named anywhere else."""
    settings.HOOKSEAL = {7: {"SECRETS": [CANARY]}, "github": {"SECRETS": [CANARY]}}
    assert ["E004"] == [finding.id for finding in endpoint(aliases()[0]).errors]


@pytest.mark.parametrize("alias", [None, "", "*", "Stripe", "stripe "])
def test_T58_an_endpoint_that_does_not_exist_refuses(configure, alias):
    """It has an error and no verifier, and asking for it raises nothing."""
    configure()
    built = endpoint(alias)
    assert (None, ["E004"]) == (built.verifier, [finding.id for finding in built.errors])


@pytest.mark.parametrize("debug", [True, False])
def test_T70_DEBUG_changes_nothing(configure, settings, debug):
    """The endpoint of a developer's machine is that of the server."""
    settings.DEBUG = debug
    built = configure(SECRETS=[Secret(WHSEC, label="a")], BASIC_AUTH=[CREDENTIALS])
    assert (300, True, 1) == (built.tolerance, built.https, len(built.basic_auth))


PARTS = {"ts": Json("/ts")}
