"""Whose deliveries a task without a project is about: a provider, its secrets, and what else an endpoint would say."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from hookseal._engine import Record, provider_names
from hookseal.conf import Endpoint, endpoint
from hookseal.findings import Finding, nearest
from hookseal.management.keys import add_key_words, given_keys

__all__ = ["add_subject_words", "configured_endpoint", "options_of", "record_named"]


def add_subject_words(parser: ArgumentParser, *, what: str) -> None:
    """Name the provider and its keys.

    Args:
        parser: of the task.
        what: what the keys do, for `--help`.
    """
    parser.add_argument("--provider", required=True, metavar="NAME", help="a name of the catalog")
    parser.add_argument("--url", metavar="URL", help="the whole URL as the sender calls it, where that is signed")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        type=_option,
        metavar="NAME=VALUE",
        help="what the provider's record takes beside the secret",
    )
    add_key_words(parser, what=what)


def record_named(name: str) -> Record:
    """Find a provider of the catalog.

    Raises:
        CommandError: there is none of that name; the nearest one is offered.
    """
    try:
        return Record.named(name)
    except LookupError:
        raise CommandError(f"The catalog has no provider {name!a}. {nearest(name, provider_names())}") from None


def options_of(words: Mapping[str, Any], record: Record) -> dict[str, str]:
    """Read what the record takes beside the secret.

    Raises:
        CommandError: one of them is missing, or is none.
    """
    options = dict(words["option"])
    if missing := [name for name in record.options if name not in options]:
        raise CommandError(f"{record.title} needs --option {missing[0]}=...")
    if unknown := [name for name in options if name not in record.options]:
        raise CommandError(f"{record.title} has no option {unknown[0]!a}.")
    return options


def configured_endpoint(words: Mapping[str, Any]) -> Endpoint:
    """Make settings of one endpoint, and read them as any site's are read; only transport is left unjudged.

    Raises:
        CommandError: what is wrong with them.
    """
    record = record_named(words["provider"])
    keys = given_keys(words)
    if record.needs_secrets and not keys:
        raise CommandError("Name the secret: --secret-env, --secret-file or --secret-prompt.")
    entry: dict[str, object] = {"PROVIDER": record.name, "HTTPS": False, "REPLAY": False}
    entry |= {"SECRETS": list(keys)} if record.needs_secrets else {}
    entry |= {"PUBLIC_URL": words["url"]} if words["url"] is not None else {}
    entry |= {"TOPICS": words["topic"]} if record.needs_topics else {}
    entry |= {"OPTIONS": dict(words["option"])} if words["option"] else {}
    if words["tolerance"] is not None:
        entry["TOLERANCE"] = words["tolerance"]
    settings.configure(HOOKSEAL={record.name: entry}, ALLOWED_HOSTS=["*"])
    known = endpoint(record.name)
    if known.errors:
        raise CommandError("\n".join(map(_told, known.errors)))
    return known


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ArgumentTypeError("it is written NAME=VALUE")
    return name, value


def _told(finding: Finding) -> str:
    """Say what is wrong, naming where it was read, and not a setting that nobody wrote."""
    label = re.search(r'\("(.+)"\)$', finding.path)
    subject = label[1] if label else re.sub(r'^HOOKSEAL\["[^"]*"\]', "", finding.path).strip('[]"').lower()
    return f"{subject} {finding.message}. {finding.hint}"
