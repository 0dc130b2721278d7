"""`webhooks sign ENDPOINT [BODY]`: a delivery as its sender would sign it, to be looked at, kept or sent by curl.

It is signed with the endpoint's own secret, which stays in the engine; nothing is sent. Of senders that share their
secret with each delivery (Basic, tokens), the answer holds it.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from hookseal._engine import Record
from hookseal.conf import Endpoint
from hookseal.management.answer import Answer, known_endpoint
from hookseal.management.keys import add_key_words, make_pair, signing_key
from hookseal.management.outgoing import (
    add_body_words,
    add_form_words,
    as_sent,
    body_of,
    credentials,
    own_url,
    signed_url,
    signing_of,
    written,
)

__all__ = ["HELP", "add_words", "ready_endpoint", "run"]

HELP = "sign a delivery as the sender would"


def add_words(parser: ArgumentParser) -> None:
    """Name the endpoint, the body and the form of the answer."""
    parser.add_argument("endpoint", metavar="ENDPOINT", help="an endpoint of HOOKSEAL")
    parser.add_argument("body", nargs="?", metavar="BODY", help="a file, or - for stdin; left out: a made-up body")
    parser.add_argument("--to", metavar="URL", help="where it is meant to go; a URL without a path gets the endpoint's")
    add_body_words(parser)
    add_form_words(parser)
    add_key_words(parser, what="sign with this secret, or private key")
    parser.add_argument(
        "--new-key", metavar="FILE", help="make a pair of keys: the private one into this file, the public one is shown"
    )


def run(words: Mapping[str, Any]) -> Answer:
    """Sign it.

    Raises:
        CommandError: the endpoint is unknown or has errors, there is no key to sign with, or the sender does not sign
            such a body.
    """
    known, record = ready_endpoint(words["endpoint"])
    target, options, more = own_url(known, words["to"]), known.particulars.options, credentials(known)
    if words["new_key"] is not None:
        key, public = make_pair(record, words["new_key"])
    else:
        key, public = signing_key(words, record, known), None
    try:
        made = body_of(words, record, key, options)
        url = signed_url(known, target, more)
        signed = signing_of(record, key, made, url, event_id=words["event_id"], options=options).sign()
    except ValueError as error:
        raise CommandError(f"This cannot be signed: {' '.join(map(str, error.args))}") from None
    return written(as_sent(signed, target, {**made.headers, **more}, known.alias), words, public)


def ready_endpoint(alias: str) -> tuple[Endpoint, Record]:
    """Find an endpoint that works, and its provider.

    Raises:
        CommandError: it is unknown, or has errors.
    """
    known = known_endpoint(alias)
    if known.errors or known.record is None:
        raise CommandError(f'"{alias}" has errors: see `manage.py check`.')
    if not known.enabled:
        raise CommandError(f'"{alias}" is switched off (ENABLED).')
    return known, known.record
