"""What the owner hears of refusals: one line each, and few of them as ERROR, which Django mails to ADMINS.

Django logs each SuspiciousOperation as ERROR, so without this anybody who finds the URL could send a mail per request.
The first refusal of an endpoint stays an ERROR, then one at doubling intervals up to a day, which says how many there
were in between; the others become WARNINGs, a bounded number of lines for each address. Nothing here refuses anybody.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timezone
from threading import Lock

from hookseal.exceptions import WebhookRejected
from hookseal.reasons import Fault
from hookseal.tally import Tally

__all__ = ["DELIVERIES", "LINES_PER_MINUTE", "LOGGER", "RefusalFilter", "install", "log_refusal"]

LOGGER = "django.security.WebhookRejected"
"""The one logger of refusals; Django makes the name from the exception's class."""

DELIVERIES = "hookseal.deliveries"
"""The logger of what becomes of proven deliveries: INFO for a duplicate, DEBUG for one that is being handled elsewhere,
ERROR for one that was handled without protection."""

LINES_PER_MINUTE = 10
"""Lines below ERROR that one address can cause in a minute."""


def install() -> None:
    """Attach the filter to the logger; calling it again changes nothing."""
    logger = logging.getLogger(LOGGER)
    if not any(isinstance(known, RefusalFilter) for known in logger.filters):
        logger.addFilter(RefusalFilter())


def log_refusal(rejection: WebhookRejected, status: int) -> None:
    """Log a refusal that is answered without Django's hearing of it: ERROR where the site is at fault, else WARNING."""
    level = logging.ERROR if rejection.reason.fault == "site" else logging.WARNING
    logging.getLogger(LOGGER).log(level, str(rejection), extra={"rejection": rejection, "status_code": status})


class RefusalFilter(logging.Filter):
    """Keeps the lines of refusals few and short. A record's `rejection` is the `WebhookRejected`, for structured logs.

    The record loses its traceback, which says nothing here, and its request: the mail that Django makes of one would
    parse the body, look up the session's user, and print the query string.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._reports: dict[tuple[str, Fault], _Report] = {}
        self._lines = Tally(60)

    def filter(self, record: logging.LogRecord) -> bool:
        """Decide level and text of a refusal's line, and whether there is one."""
        rejection = _rejection_of(record)
        if rejection is None:
            return True
        record.rejection = rejection
        record.request = record.exc_info = record.exc_text = None
        now = time.time()
        if record.levelno >= logging.ERROR:
            if self._report_is_due(record, rejection, now):
                return True
            record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        in_bounds = self._lines.count(rejection.address, now) <= LINES_PER_MINUTE
        return in_bounds and logging.getLogger(record.name).isEnabledFor(record.levelno)

    def _report_is_due(self, record: logging.LogRecord, rejection: WebhookRejected, now: float) -> bool:
        key = (rejection.endpoint, rejection.reason.fault)
        with self._lock:
            report = self._reports.setdefault(key, _Report())
            if not report.is_due(now):
                report.missed += 1
                return False
            if report.missed:
                since = datetime.fromtimestamp(report.since, tz=timezone.utc).isoformat(timespec="seconds")
                record.msg = f"{record.msg} And {report.missed} more since {since}."
            report.open(now)
        return True


_FIRST_INTERVAL = 60.0
_DAY = 86_400.0


class _Report:
    """When an endpoint was last reported, how long it is silent after that, and what was not reported since."""

    __slots__ = ("interval", "missed", "since")

    def __init__(self) -> None:
        self.since = 0.0
        self.interval = _FIRST_INTERVAL / 2
        self.missed = 0

    def is_due(self, now: float) -> bool:
        """Whether the silence is over; a clock that was set back ends it too."""
        return not self.since <= now < self.since + self.interval

    def open(self, now: float) -> None:
        """Report now, and be silent for twice as long as before; after a day of quiet, as for the first time."""
        quiet = now - self.since > self.interval + _DAY
        self.interval = _FIRST_INTERVAL if quiet else min(2 * self.interval, _DAY)
        self.since = now
        self.missed = 0


def _rejection_of(record: logging.LogRecord) -> WebhookRejected | None:
    known = getattr(record, "rejection", None) or (record.exc_info or (None, None))[1]
    return known if isinstance(known, WebhookRejected) else None
