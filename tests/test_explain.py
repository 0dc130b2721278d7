"""`explain`: the contract of what it answers."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from django.test import override_settings

from hookseal import Reason, sign
from hookseal._engine import Networks
from hookseal.captured import Captured
from hookseal.conf import endpoint
from hookseal.explain import CAUSES, Cause, Explanation, Past, endpoint_of, explain
from hookseal.explain.report import report
from tests.site.settings import SECRETS_OF

NOW = 1_800_000_000
SECRET = "whsec_6aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u"


def stripe(**changes: object) -> Captured:
    """Capture a delivery that Stripe signed, bent as told."""
    signed = sign("stripe", secret=SECRET, body=b'{"id": "evt_1"}', now=NOW)
    values = {"method": "POST", "url": "https://hooks.example.com/", "body": signed.body, "received_at": NOW}
    return Captured(**{**values, "headers": tuple(signed.headers.items()), **changes})


def test_a_right_delivery_has_no_cause():
    """What the endpoint accepts needs no explanation."""
    assert explain(stripe(), endpoint_of("stripe", SECRET)) == Explanation(None, (), 2, bounded=False)


def test_what_fits_nothing_is_unknown():
    """A stranger's signature is told apart from every mistake, and nothing more is said of it."""
    explained = explain(stripe(), endpoint_of("stripe", "another-secret-of-this-site"))
    assert explained.reason is Reason.SIGNATURE_MISMATCH
    assert [cause.code for cause in explained.causes] == ["unknown"]
    assert f"{explained.tried} combinations" in explained.causes[0].sentence


def test_a_delivery_is_judged_at_its_arrival():
    """Years later it is explained as it was refused then."""
    assert explain(stripe(received_at=NOW + 412.0), endpoint_of("stripe", SECRET)).causes == (
        Cause("stale", *_row("stale", seconds=412, tolerance=300)),
    )
    assert explain(stripe(received_at=NOW - 412.0), endpoint_of("stripe", SECRET)).causes[0].code == "future"


@pytest.mark.parametrize("code", CAUSES)
def test_a_row_is_a_sentence_and_a_fix(code: str):
    """Every row of the table reads as sentences."""
    assert all(text.endswith((".", "?")) for text in CAUSES[code])


def test_a_clock_that_is_off_is_told_from_other_deliveries():
    """Where accepted deliveries, too, arrive late, the clock is named beside the age."""
    others = [Past(NOW - 60.0 * age, "accepted", signed_at=NOW - 60.0 * age - 280) for age in range(1, 5)]
    explained = explain(stripe(received_at=NOW + 312.0), endpoint_of("stripe", SECRET), history=others)
    assert [cause.code for cause in explained.causes] == ["stale", "clock_skew"]
    assert "280 s" in explained.causes[1].sentence


def test_another_count_of_proxies_would_allow_the_address():
    """An address that one proxy more would have shown is named with the setting."""
    forwarded = ("X-Forwarded-For", "203.0.113.9, 10.0.0.1")
    captured = stripe()
    captured = replace(captured, headers=(*captured.headers, forwarded))
    allowed = replace(endpoint_of("stripe", SECRET), allow_ips=Networks(["203.0.113.0/24"]), trusted_hops=1)
    explained = explain(captured, allowed)
    assert explained.reason is Reason.ADDRESS_DENIED
    assert [cause.code for cause in explained.causes] == ["proxy_hops"]
    assert "TRUSTED_PROXIES = 2; it is 1 now" in explained.causes[0].sentence


def test_an_unknown_provider_is_named_by_what_came():
    """Where PROVIDER names nothing, the delivery itself says as whose it is valid."""
    with override_settings(HOOKSEAL={"hub": {"PROVIDER": "strip", "SECRETS": [SECRET]}}):
        explained = explain(stripe(), endpoint("hub"))
    assert (explained.reason, [cause.code for cause in explained.causes]) == (Reason.NOT_CONFIGURED, ["wrong_provider"])
    assert explained.causes[0].fix == 'Set HOOKSEAL["hub"]["PROVIDER"] to "stripe".'


@pytest.mark.parametrize(
    ("provider", "method", "url", "reason"),
    [
        ("mandrill", "HEAD", "https://h/", None),
        ("stripe", "GET", "https://h/", Reason.METHOD_NOT_ALLOWED),
        ("dropbox", "GET", "https://h/?challenge=abc", None),
        ("dropbox", "GET", "https://h/?challenged=abc", Reason.MALFORMED_CHALLENGE),
    ],
)
def test_a_handshake_is_no_delivery(provider: str, method: str, url: str, reason: Reason | None):
    """Probes and challenges are judged as such, and no signature is looked for in them."""
    explained = explain(Captured(method, url, (), b"", NOW), endpoint_of(provider, SECRET))
    assert (explained.reason, explained.causes) == (reason, ())


def test_the_fix_names_the_setting_of_the_endpoint():
    """For an endpoint of HOOKSEAL the fix names its own setting, path and all."""
    captured = stripe(body=b'{"id": "evt_1"}')
    secrets = {
        "stripe": {"SECRETS": ["whsec_another-secret-here"]},
        "live": {"PROVIDER": "stripe", "SECRETS": [SECRET]},
    }
    with override_settings(HOOKSEAL=secrets):
        explained = explain(captured, endpoint("stripe"), siblings=[endpoint("live")])
    assert [cause.code for cause in explained.causes] == ["other_endpoint_secret"]
    assert 'HOOKSEAL["stripe"]["SECRETS"]' in explained.causes[0].fix


def test_a_scheme_that_a_proxy_hides_is_told_once():
    """Where http is refused, and the URL is signed as https, that is one cause."""
    signed = sign("square", secret=SECRET, body=b"{}", url="https://h.example/")
    headers = (*signed.headers.items(), ("X-Forwarded-Proto", "https"))
    explained = explain(Captured("POST", "http://h.example/", headers, b"{}", NOW), endpoint_of("square", SECRET))
    assert explained.reason is Reason.INSECURE_TRANSPORT
    assert [cause.code for cause in explained.causes] == ["url_scheme"]


def test_an_endpoint_without_a_secret_needs_no_search():
    """Its reason says all there is."""
    with override_settings(HOOKSEAL={"stripe": {"SECRETS": []}}):
        explained = explain(stripe(), endpoint("stripe"))
    assert (explained.reason, explained.causes) == (Reason.NOT_CONFIGURED, ())


def test_a_secret_with_a_flaw_is_explained_though_the_endpoint_answers_503():
    """An endpoint that is not configured right has a cause, too."""
    with override_settings(HOOKSEAL={"stripe": {"SECRETS": [SECRET + "\n"]}}):
        explained = explain(stripe(), endpoint("stripe"))
    assert explained.reason is Reason.NOT_CONFIGURED
    assert [cause.code for cause in explained.causes] == ["secret_whitespace"]


def test_secrets_that_a_function_finds_are_those_of_the_request():
    """Where SECRETS is a function, it is asked for the sender of the captured request."""
    signed = sign("github", secret=SECRETS_OF["tenants"], body=b"{}\n")
    headers = (*signed.headers.items(), ("X-Tenant", "acme"))
    captured = Captured("POST", "https://testserver/tenants/acme/", headers, b"{}", NOW)
    assert [cause.code for cause in explain(captured, endpoint("tenants")).causes] == ["body_newline"]


def test_the_request_path_never_imports_it():
    """Serving deliveries, and the package itself, load nothing of it."""
    code = "import sys, hookseal, hookseal.decorators, hookseal.middleware, hookseal.urls; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in loaded if name.startswith(("hookseal.explain", "hookseal.fingerprints"))] == []


def test_without_settings_it_works_all_the_same():
    """A process without Django's settings can explain."""
    code = (
        "from hookseal.captured import Captured; from hookseal.explain import endpoint_of, explain\n"
        "captured = Captured('POST', 'https://h/', (('X-Hub-Signature-256', 'sha256=' + '0' * 64),), b'{}', 1.8e9)\n"
        f"print(explain(captured, endpoint_of('github', {SECRET!r})).causes[0].code)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert done.stdout.split() == ["unknown"], done.stderr


def test_what_it_prints_is_what_the_documentation_shows():
    """The lines of `webhooks explain` name endpoint, reason, moment, path, size, cause, fix and effort."""
    captured = stripe(url="https://user:pass@hooks.example.com/hooks/stripe/?token=canary")
    sibling = endpoint_of("stripe", SECRET, alias="stripe-test")
    known = endpoint_of("stripe", "another-secret-of-this-site")
    explained = explain(captured, known, siblings=[sibling])
    head, sentence, *_, end = report(explained, captured, known, 0.0031).splitlines()
    assert head == "stripe  signature_mismatch  2027-01-15 08:00:00 UTC  POST /hooks/stripe/  15 bytes"
    assert sentence.startswith('  Signed with the secret of endpoint "stripe-test"')
    assert end == f"  {explained.tried:,} combinations tried in 3 ms. The expected signature is never shown."


def _row(code: str, **values: object) -> tuple[str, str]:
    return CAUSES[code].sentence.format(**values), CAUSES[code].fix.format(**values)
