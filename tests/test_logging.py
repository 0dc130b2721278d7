"""What the owner hears of refusals, at which level and how often. Mails are those of Django's default LOGGING."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
import time_machine
from django.test import Client

from hookseal import Reason, WebhookRejected
from hookseal.logging import LINES_PER_MINUTE, LOGGER, RefusalFilter, install, log_refusal

NOON = datetime(2027, 1, 15, 12, tzinfo=timezone.utc)
FORGED = {"X-Hub-Signature-256": "sha256=" + "0" * 64}


def rejection(reason: Reason = Reason.SIGNATURE_MISMATCH, endpoint: str = "stripe", address: str = "192.0.2.1"):
    """Make a rejection as the pipeline describes it."""
    made = WebhookRejected(reason, endpoint, endpoint)
    made.method, made.path, made.address = "POST", "/hooks/", address
    return made


def logged(refusal: WebhookRejected, times: int = 1) -> None:
    """Log a refusal as Django does when it is raised."""
    for _ in range(times):
        logging.getLogger(LOGGER).error(str(refusal), exc_info=refusal, extra={"request": object()})


def levels(lines: list[logging.LogRecord]) -> list[str]:
    """Name the levels of the lines."""
    return [record.levelname for record in lines]


def test_the_first_refusal_of_an_endpoint_is_an_error_and_the_next_are_warnings(lines):
    """The owner is woken once."""
    logged(rejection(), times=3)
    assert levels(lines) == ["ERROR", "WARNING", "WARNING"]


def test_each_endpoint_is_reported_for_itself(lines):
    """A flood at one endpoint hides nothing of another."""
    logged(rejection(), times=2)
    logged(rejection(endpoint="github"))
    assert levels(lines) == ["ERROR", "WARNING", "ERROR"]


def test_a_fault_of_the_site_is_not_lost_among_forgeries(lines):
    """The site's own faults have their own intervals."""
    logged(rejection(), times=2)
    log_refusal(rejection(Reason.NOT_CONFIGURED), 503)
    log_refusal(rejection(Reason.NOT_CONFIGURED), 503)
    assert levels(lines) == ["ERROR", "WARNING", "ERROR", "WARNING"]


def test_a_refusal_that_we_answer_is_a_warning_where_the_sender_is_at_fault(lines):
    """A bare status never mails."""
    log_refusal(rejection(Reason.TOO_LARGE), 413)
    assert levels(lines) == ["WARNING"]
    assert lines[0].status_code == 413


def test_T46_errors_come_at_doubling_intervals_up_to_a_day(lines):
    """Under a steady flood the silence doubles from a minute to a day."""
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3 * 24 * 60):
            logged(rejection())
            clock.shift(timedelta(minutes=1))
    errors = [record.created for record in lines if record.levelno == logging.ERROR]
    minutes = [round((later - first) / 60) for first, later in pairwise(errors)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440]


def test_T46_the_next_error_says_how_many_there_were(lines):
    """No refusal is lost from the count, whether or not it had a line."""
    with time_machine.travel(NOON, tick=False) as clock:
        logged(rejection(), times=1000)
        clock.shift(61)
        logged(rejection())
    assert lines[-1].levelname == "ERROR"
    assert lines[-1].getMessage().endswith(" And 999 more since 2027-01-15T12:00:00+00:00.")


def test_T46_one_address_causes_a_bounded_number_of_lines(lines):
    """A thousand refusals at once are an error and a few warnings."""
    with time_machine.travel(NOON, tick=False):
        logged(rejection(), times=1000)
    assert len(lines) == 1 + LINES_PER_MINUTE


def test_another_addresss_flood_hides_no_line(lines):
    """Lines are bounded for each address, so a genuine sender's refusal is still seen."""
    with time_machine.travel(NOON, tick=False):
        logged(rejection(), times=1000)
        logged(rejection(address="198.51.100.1"))
    assert lines[-1].rejection.address == "198.51.100.1"


def test_a_day_of_quiet_starts_the_intervals_afresh(lines):
    """Yesterday's flood does not delay today's second error."""
    with time_machine.travel(NOON, tick=False) as clock:
        for pause in (61, 121, 3 * 86_400, 61, 0):
            logged(rejection())
            clock.shift(pause)
    assert levels(lines) == ["ERROR", "ERROR", "ERROR", "ERROR", "ERROR"]


def test_a_clock_that_is_set_back_silences_nothing(lines):
    """An hour back is reported, not waited for."""
    with time_machine.travel(NOON, tick=False) as clock:
        logged(rejection())
        clock.move_to(NOON - timedelta(hours=1))
        logged(rejection())
    assert levels(lines) == ["ERROR", "ERROR"]


def test_a_line_has_no_traceback_and_no_request(lines):
    """A refusal is one line; its mail parses no body and asks for no user."""
    logged(rejection())
    assert (lines[0].exc_info, lines[0].request) == (None, None)
    assert logging.Formatter().format(lines[0]).count("\n") == 0


def test_a_line_carries_the_rejection_for_structured_logs(lines):
    """Handlers find the values beside the text."""
    refused = rejection()
    logged(refused)
    assert lines[0].rejection is refused


def test_a_logger_set_to_error_shows_no_warnings(lines):
    """What was made a warning obeys the level that the site chose."""
    logger = logging.getLogger(LOGGER)
    logger.setLevel(logging.ERROR)
    try:
        logged(rejection(), times=3)
    finally:
        logger.setLevel(logging.NOTSET)
    assert levels(lines) == ["ERROR"]


def test_other_records_of_the_logger_pass_untouched(lines):
    """Whatever a site logs there itself is none of our business."""
    logging.getLogger(LOGGER).error("something else", exc_info=ValueError("kept"))
    assert lines[0].exc_info[0] is ValueError


def test_installing_twice_filters_once():
    """The app and each decorator install it."""
    install()
    install()
    assert [type(known) for known in logging.getLogger(LOGGER).filters] == [RefusalFilter]


def test_T46_a_thousand_forgeries_are_one_mail(client: Client, send, mailoutbox, lines):
    """Nobody can mail the admins by the thousand through a webhook's URL."""
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(1000):
            assert send(client, "/to/github/", "github", headers=FORGED).status_code == 400
        assert len(mailoutbox) == 1
        clock.shift(61)
        send(client, "/to/github/", "github", headers=FORGED)
    assert len(mailoutbox) == 2
    assert "And 999 more since" in mailoutbox[1].body
    assert len(lines) == 2 + LINES_PER_MINUTE


def test_T46_a_thousand_faults_of_the_site_are_one_mail(client: Client, send, mailoutbox):
    """Nor through an endpoint that is switched off: Django does not log the 503 on its own."""
    for _ in range(1000):
        assert send(client, "/to/off/", "github").status_code == 503
    assert len(mailoutbox) == 1


def test_T46_mails_of_three_days_come_at_doubling_intervals(client: Client, send, mailoutbox):
    """A flood that lasts is a handful of mails."""
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3 * 24 * 6):
            send(client, "/to/github/", "github", headers=FORGED)
            clock.shift(timedelta(minutes=10))
    assert len(mailoutbox) == 13


def test_T46_a_mail_parses_no_body_and_prints_no_query(client: Client, send, mailoutbox):
    """The report that Django makes of a request is left out."""
    send(client, "/to/github/?token=query-canary", "github", b'{"body": "body-canary"}', headers=FORGED)
    assert "refused [signature_mismatch]" in mailoutbox[0].subject
    assert "canary" not in mailoutbox[0].subject + mailoutbox[0].body


@pytest.mark.parametrize("path", ["/to/github/%0AERROR%20forged", "/to/github/%1b[31m", "/to/github/\u2028x"])
def test_T47_no_path_forges_a_line(rf, path: str):
    """Control characters of a path are escaped before they are logged."""
    from hookseal.conf import endpoint
    from hookseal.pipeline import describe

    described = describe(rf.post(path), endpoint("github"), WebhookRejected(Reason.STALE))
    assert str(described).isascii()
    assert str(described).isprintable()
