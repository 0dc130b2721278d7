"""With which key a tool signs: the endpoint's own secret, or one that its owner names; never one in the command line.

What stands in a command line is seen by every user of the machine, and kept by the shell: so a secret is read from the
environment, from a file, or from the keyboard.
"""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from hookseal._engine import Record, Secret, SecretError
from hookseal.conf import Endpoint

__all__ = ["add_key_words", "given_keys", "make_pair", "signing_key"]


def add_key_words(parser: ArgumentParser, *, what: str) -> None:
    """Name where keys are read from.

    Args:
        parser: of the task.
        what: what the keys are, for `--help`.
    """
    parser.add_argument(
        "--secret-env", action="append", default=[], metavar="NAME", help=f"{what}, in this environment variable"
    )
    file = f"{what}, in this file; a line break at its end is not part of it"
    parser.add_argument("--secret-file", action="append", default=[], metavar="FILE", help=file)
    parser.add_argument("--secret-prompt", action="store_true", help=f"{what}, asked for at the keyboard")


def given_keys(words: Mapping[str, Any]) -> tuple[Secret, ...]:
    """Read the keys that are named, each labelled by where it comes from.

    Raises:
        CommandError: one of them is not there.
    """
    return tuple(_read(words))


def signing_key(words: Mapping[str, Any], record: Record, known: Endpoint | None = None) -> Secret:
    """Find the one key to sign with: the named one, else the endpoint's first that is valid now.

    Raises:
        CommandError: several are named; or none is, and the endpoint has none with which one can sign.
    """
    given = given_keys(words)
    if len(given) > 1:
        raise CommandError("One key signs: name one.")
    return given[0] if given else _own_key(record, known)


def make_pair(record: Record, file: str) -> tuple[Secret, str]:
    """Make a pair of keys; the private one goes into a new file that nobody else reads.

    Returns:
        The private key, to sign with; and the public one, as SECRETS takes it.

    Raises:
        CommandError: the provider has no such pair, or its keys are fetched from itself; the file exists.
    """
    try:
        pair = record.key_pair()
    except SecretError as error:
        raise CommandError(f"{record.title}: its key {' '.join(map(str, error.args))}") from None
    if pair is None:
        raise CommandError(f"{record.title} signs with a shared secret: make one with `webhooks secret`.")
    if record.source is not None:
        raise CommandError(_own_keys(record))
    private, public = pair
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(f"{private}\n")
    except OSError as error:
        raise CommandError(f"The private key cannot be written to {file}: {error.strerror}.") from None
    return Secret(private), public


def _read(words: Mapping[str, Any]) -> Iterator[Secret]:
    for name in words["secret_env"]:
        if name not in os.environ:
            raise CommandError(f"The environment has no variable {name}.")
        yield Secret(os.environ[name], label=name)
    yield from map(_in_file, words["secret_file"])
    if words["secret_prompt"]:
        yield _typed()


def _typed() -> Secret:
    try:
        return Secret(getpass("Secret: "), label="prompt")
    except EOFError:
        raise CommandError("No secret was typed.") from None


def _in_file(file: str) -> Secret:
    try:
        return Secret(Path(file).read_bytes().removesuffix(b"\n").removesuffix(b"\r"), label=Path(file).name)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from None


def _own_key(record: Record, known: Endpoint | None) -> Secret:
    if record.source is not None:
        raise CommandError(_own_keys(record))
    if record.key_kind == "public":
        way_out = (
            "name its private key with --secret-env or --secret-file, or make a pair of keys with `sign --new-key`"
        )
        raise CommandError(f"{record.title} signs with a private key that no site has: {way_out}.")
    if known is None:
        raise CommandError("Name the secret: --secret-env, --secret-file or --secret-prompt.")
    now = time.time()
    usable = [secret for secret in known.secrets if _signs_now(record, secret, now)]
    if not usable:
        why = "are found by a function for each request" if known.secret_source is not None else "cannot sign now"
        raise CommandError(f'The secrets of "{known.alias}" {why}: name one with --secret-env or --secret-file.')
    return usable[0]


def _signs_now(record: Record, secret: Secret, now: float) -> bool:
    begun = secret.not_before is None or secret.not_before <= now
    valid = begun and (secret.not_after is None or now <= secret.not_after)
    return valid and secret.flaw is None and secret.slot not in record.token_slots


def _own_keys(record: Record) -> str:
    return f"{record.title} signs with keys that it publishes itself, so nothing signed here would be accepted."
