"""Sign a delivery as its provider would, and print it as a .http file, as a curl command, or its headers alone."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from hookseal.management.answer import Answer
from hookseal.management.keys import make_pair, signing_key
from hookseal.management.outgoing import (
    LOCAL,
    add_body_words,
    add_form_words,
    as_sent,
    body_of,
    signing_of,
    written,
)
from hookseal.shell.subject import add_subject_words, options_of, record_named

__all__ = ["add_words", "run"]


def add_words(parser: ArgumentParser) -> None:
    """Name the provider, the body and the form of the answer."""
    parser.add_argument("body", nargs="?", metavar="BODY", help="a file, or - for stdin; left out: a made-up body")
    add_subject_words(parser, what="sign with this secret, or private key")
    add_body_words(parser)
    add_form_words(parser)
    parser.add_argument(
        "--new-key", metavar="FILE", help="make a pair of keys: the private one into this file, the public one is shown"
    )


def run(words: Mapping[str, Any]) -> Answer:
    """Sign it.

    Raises:
        CommandError: the provider is unknown, there is no key to sign with, or it does not sign such a body.
    """
    record = record_named(words["provider"])
    options, url = options_of(words, record), words["url"] or f"{LOCAL}/"
    if words["new_key"] is not None:
        key, public = make_pair(record, words["new_key"])
    else:
        key, public = signing_key(words, record), None
    try:
        made = body_of(words, record, key, options)
        signed = signing_of(record, key, made, url, event_id=words["event_id"], options=options).sign()
    except ValueError as error:
        raise CommandError(f"This cannot be signed: {' '.join(map(str, error.args))}") from None
    return written(as_sent(signed, url, made.headers, record.name), words, public)
