"""`webhooks secret [NAME]`: makes a strong secret in the form that a provider takes.

For Basic credentials it prints the URL to paste as well. The sender must let its customer choose the secret; one that
makes secrets itself, or signs with a key pair of its own, has to be asked for a new one where it shows them.
"""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from django.core.management.base import CommandError

from hookseal._engine import Record, provider_names
from hookseal.conf import aliases, endpoint
from hookseal.findings import nearest
from hookseal.management.answer import Answer
from hookseal.routes import guarded_paths
from hookseal.samples import new_secret, takes

__all__ = ["HELP", "add_words", "credential_url", "run"]

HELP = "make a strong secret in the form that a provider takes"


def add_words(parser: ArgumentParser) -> None:
    """Name whom the secret is for."""
    parser.add_argument("name", nargs="?", default="", help="an endpoint of HOOKSEAL, or a provider of the catalog")


def run(words: Mapping[str, Any]) -> Answer:
    """Make one.

    Raises:
        CommandError: nothing has that name, or nobody but the provider can make its keys.
    """
    name = words["name"]
    record = _record(name)
    secret = secrets.token_hex(_BYTES) if record is None else _new_secret(record, name)
    facts = {"secret": secret}
    if record is not None and _takes_credentials(record):
        facts["url"] = credential_url(name, secret)
    return Answer(facts, "\n".join(facts.values()))


def credential_url(name: str, credentials: str) -> str:
    """Write Basic credentials into the URL that a sender is given: the endpoint's, as far as it is known."""
    public = urlsplit((endpoint(name).public_url if name in aliases() else None) or "https://HOST")
    paths = guarded_paths().get(name, ())
    path = public.path if public.path.strip("/") else paths[0] if len(paths) == 1 else "/PATH/"
    user, _, password = credentials.partition(":")
    return f"{public.scheme}://{quote(user, safe='')}:{password}@{public.netloc}{path}"


_BYTES = 32


def _record(name: str) -> Record | None:
    if not name:
        return None
    if name in aliases():
        record = endpoint(name).record
        if record is None:
            raise CommandError(f'"{name}" names no provider: see `manage.py check`.')
        return record
    try:
        return Record.named(name)
    except LookupError:
        known = (*aliases(), *provider_names())
        raise CommandError(f"Neither HOOKSEAL nor the catalog has {name!a}. {nearest(name, known)}") from None


def _new_secret(record: Record, name: str) -> str:
    """The first of the usual forms that the record takes as a strong key."""
    if (secret := new_secret(record, name)) is None:
        raise CommandError(f"{record.title} makes its own keys: copy the one that it shows for this URL.")
    return secret


def _takes_credentials(record: Record) -> bool:
    """Whether the keys of a record are a user and a password, and nothing else."""
    return takes(record, "user:made-up-password") and not takes(record, "made-up-password")
