"""Exceptions: what the owner reads, and what a refusal carries."""

from __future__ import annotations

import pickle

import pytest
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation

from hookseal import Reason, WebhookConfigurationError, WebhookRejected
from hookseal.findings import Finding


def refused(**request: str) -> WebhookRejected:
    """Make a rejection as the pipeline leaves it."""
    rejection = WebhookRejected("stale", "stripe", "stripe", "412 s, tolerance 300 s")
    for name, value in request.items():
        setattr(rejection, name, value)
    return rejection


def test_the_text_is_the_whole_log_line():
    """Django logs nothing but `str(exc)`, so it says who, why, what, from where, and what to do."""
    line = str(refused(method="POST", path="/hooks/stripe/", address="3.18.12.63"))
    expected = (
        "stripe refused [stale] POST /hooks/stripe/ from 3.18.12.63: "
        f"{Reason.STALE.sentence} (412 s, tolerance 300 s). Fix: {Reason.STALE.fix}."
    )
    assert expected == line


def test_the_line_names_a_provider_that_goes_by_another_name():
    """An endpoint "partner" with the provider "basic" shows both."""
    line = str(WebhookRejected(Reason.BAD_CREDENTIALS, "partner", "basic"))
    assert line.startswith("partner (basic) refused [bad_credentials]: ")


@pytest.mark.parametrize("reason", Reason)
def test_T57_a_rejection_without_context_still_has_its_line(reason):
    """Whatever is not known yet is left out; nothing raises."""
    assert f"hookseal refused [{reason}]: {reason.sentence}. Fix: {reason.fix}." == str(WebhookRejected(reason))


def test_a_rejection_carries_what_programs_need():
    """Reason, endpoint, provider, detail and hint are attributes."""
    rejection = WebhookRejected("stale", "live", "stripe", "412 s")
    assert rejection.reason is Reason.STALE
    assert ("live", "stripe", "412 s") == (rejection.endpoint, rejection.provider, rejection.detail)
    assert Reason.STALE.fix == rejection.hint


def test_a_rejection_is_a_suspicious_operation():
    """Django answers it with 400 and logs it under the name of the class."""
    assert issubclass(WebhookRejected, SuspiciousOperation)


def test_a_rejection_survives_pickling():
    """Task queues and parallel test runners hand exceptions to other processes."""
    rejection = refused(method="POST", path="/", address="3.18.12.63")
    assert str(rejection) == str(pickle.loads(pickle.dumps(rejection)))  # noqa: S301 - our own bytes


def test_an_unknown_reason_is_an_error_of_the_caller():
    """The enum is closed: no rejection without a row in the table."""
    with pytest.raises(ValueError, match="no_such_reason"):
        WebhookRejected("no_such_reason")


def test_a_configuration_error_lists_every_finding():
    """Id, path, message and hint of each finding stand on lines of their own."""
    findings = [
        Finding("E002", 'HOOKSEAL["github"]["SECRETS"]', "is empty", "Give the secret."),
        Finding("E004", '@webhook("strpe")', "names an endpoint that HOOKSEAL lacks", 'Did you mean "stripe"?'),
    ]
    error = WebhookConfigurationError(findings)
    assert isinstance(error, ImproperlyConfigured)
    assert tuple(findings) == error.findings
    assert (
        "hookseal found 2 errors in the configuration:\n"
        '(hookseal.E002) HOOKSEAL["github"]["SECRETS"] is empty\n'
        "    HINT: Give the secret.\n"
        '(hookseal.E004) @webhook("strpe") names an endpoint that HOOKSEAL lacks\n'
        '    HINT: Did you mean "stripe"?'
    ) == str(error)
