"""W009: a logging configuration that would mail each refusal is found; Django's own, which does not, is none."""

from __future__ import annotations

import logging
from logging.handlers import SMTPHandler

import pytest
from django.utils.log import AdminEmailHandler, CallbackFilter, RequireDebugFalse

from hookseal.audit import audit
from hookseal.logging import LOGGER


@pytest.fixture
def reconfigured():
    """Give handlers to a logger until the test is over: `reconfigured(handler, "django")`."""
    given = []

    def give(handler: logging.Handler, name: str = LOGGER) -> logging.Handler:
        logging.getLogger(name).addHandler(handler)
        given.append((logging.getLogger(name), handler))
        return handler

    yield give
    for logger, handler in given:
        logger.removeHandler(handler)
    logging.getLogger(LOGGER).propagate = True


def found() -> list[str]:
    """Name the loggers that W009 is about."""
    return [finding.path for finding in audit() if finding.id == "W009"]


def test_W009_djangos_own_configuration_is_fine():
    """It mails ERRORs to ADMINS, of which there are few."""
    assert any(isinstance(each, AdminEmailHandler) for each in logging.getLogger("django").handlers)
    assert found() == []


@pytest.mark.parametrize("name", [LOGGER, "django.security", "django", ""])
@pytest.mark.parametrize("handler", [AdminEmailHandler, lambda: SMTPHandler("localhost", "a@b.c", ["d@e.f"], "x")])
def test_W009_a_handler_that_mails_warnings(reconfigured, handler, name):
    """On the logger itself or any above it; a level says that ERRORs are enough."""
    given = reconfigured(handler(), name)
    assert found() == [f'the logger "{name or "root"}"']
    given.setLevel(logging.ERROR)
    assert found() == []


def test_W009_the_filter_is_gone(settings):
    """Django's own handler would then mail each refusal."""
    logging.getLogger(LOGGER).filters.clear()
    assert found() == ['the logger "django"']
    settings.ADMINS = []
    assert found() == []


def test_W009_a_logger_that_does_not_propagate_reaches_no_handler_above(reconfigured):
    """The recipe of the documentation against all mails."""
    logging.getLogger(LOGGER).filters.clear()
    logging.getLogger(LOGGER).propagate = False
    reconfigured(logging.StreamHandler())
    assert found() == []


def test_W009_a_filter_of_the_sites_own_is_trusted(reconfigured):
    """It may be what limits the mails; Django's for DEBUG limits nothing."""
    given = reconfigured(AdminEmailHandler())
    given.addFilter(RequireDebugFalse())
    assert found() == [f'the logger "{LOGGER}"']
    given.addFilter(CallbackFilter(lambda record: False))
    assert found() == []
