"""W009: handlers of the site that would mail each refusal, and so as often as strangers like."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from logging.handlers import SMTPHandler

from django.conf import settings
from django.utils.log import AdminEmailHandler, RequireDebugFalse

from hookseal.findings import Finding
from hookseal.logging import LOGGER, RefusalFilter

__all__ = ["judge_mails"]


def judge_mails() -> Iterator[Finding]:
    """Report each handler that mails what the refusals' logger says, more often than at doubling intervals.

    A handler with a filter of the site's own is taken to be limited by that.
    """
    logger = logging.getLogger(LOGGER)
    is_limited = any(isinstance(each, RefusalFilter) for each in logger.filters)
    for owner, handler in _handlers(logger):
        if not _mails(handler) or (is_limited and handler.level > logging.WARNING):
            continue
        message = f"mails each refusal: its {type(handler).__name__} takes WARNINGs, as most refusals are"
        hint = 'Set the handler\'s level to "ERROR": of those there are few.'
        if not is_limited:
            message = f"mails each refusal: the filter that hookseal put on {LOGGER} is gone"
            hint = 'Leave that logger its filter. "No mail at all" in docs/logging.md shows how to have none.'
        yield Finding("W009", f'the logger "{owner.name}"', message, hint)


def _handlers(logger: logging.Logger) -> Iterator[tuple[logging.Logger, logging.Handler]]:
    """Every handler that a record of a logger reaches, with the logger that has it."""
    step: logging.Logger | None = logger
    while step is not None:
        for handler in step.handlers:
            yield step, handler
        step = step.parent if step.propagate else None


def _mails(handler: logging.Handler) -> bool:
    own_filters = [each for each in handler.filters if not isinstance(each, RequireDebugFalse)]
    to_somebody = isinstance(handler, SMTPHandler) or (isinstance(handler, AdminEmailHandler) and settings.ADMINS)
    return bool(to_somebody) and not own_filters and handler.level <= logging.ERROR
