"""System checks: the audit's findings as `manage.py check` prints them."""

from __future__ import annotations

from collections.abc import Callable

from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register  # noqa: A004 - Django's name for it

from hookseal.audit import audit, endpoints
from hookseal.findings import DEPLOY, Finding, Level
from hookseal.rotation import judge_uses

__all__ = ["check_configuration", "check_deployment", "register_checks"]


def register_checks() -> None:
    """Register the checks; doing so again changes nothing."""
    register(check_configuration, Tags.security)
    register(check_deployment, Tags.security, deploy=True)


def check_configuration(**_: object) -> list[CheckMessage]:
    """Report what is wrong wherever the site runs."""
    return [_message(finding) for finding in audit() if finding.id not in DEPLOY]


def check_deployment(**_: object) -> list[CheckMessage]:
    """Report what is wrong where the site serves senders (`manage.py check --deploy`).

    This asks the caches that know when secrets were last used; no other check does, and neither does the Guard.
    """
    return [_message(finding) for finding in (*audit(), *judge_uses(endpoints())) if finding.id in DEPLOY]


_KINDS: dict[Level, Callable[..., CheckMessage]] = {"error": Error, "warning": Warning, "info": Info}


def _message(finding: Finding) -> CheckMessage:
    return _KINDS[finding.level](f"{finding.sentence}.", hint=finding.hint, id=finding.check_id)
