"""A delivery that a tool signs as its sender would: what it is made of, where it goes, and how it is written down."""

from __future__ import annotations

import json
import secrets
import sys
import time
from argparse import ArgumentParser
from binascii import b2a_base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import CommandError

from hookseal._engine import Record, Secret
from hookseal.captured import Captured, to_http
from hookseal.conf import Endpoint
from hookseal.curl import curl
from hookseal.exceptions import WebhookRejected
from hookseal.management.answer import Answer
from hookseal.requests import sent_url
from hookseal.routes import guarded_paths
from hookseal.samples import Keys, Sample, sample
from hookseal.signing import Signed, sign
from hookseal.testing.tampering import Signing
from hookseal.trial import request_of

__all__ = [
    "LOCAL",
    "add_body_words",
    "add_form_words",
    "as_sent",
    "body_of",
    "credentials",
    "own_url",
    "signed_url",
    "signing_of",
    "written",
]

LOCAL = "http://127.0.0.1:8000"
"""Where `manage.py runserver` listens."""


def add_body_words(parser: ArgumentParser) -> None:
    """Name what is signed."""
    parser.add_argument("--template", metavar="TYPE", help='a made-up body of this type of event: "invoice.paid"')
    parser.add_argument("--content-type", metavar="TYPE", default="application/json", help="the type of a given body")
    parser.add_argument("--event-id", metavar="ID", help="the event's id, where the sender writes it into a header")


def add_form_words(parser: ArgumentParser) -> None:
    """Name how a signed delivery is written down."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--http", action="store_true", help="as the text of a .http file (this is what is done anyway)")
    form.add_argument("--curl", action="store_true", help="as a curl command")
    form.add_argument("--header-only", action="store_true", help="its headers alone")


def body_of(words: Mapping[str, Any], record: Record, key: Secret, options: Mapping[str, str]) -> Sample:
    """Read the body from a file or stdin; without one, make it up.

    Raises:
        CommandError: it cannot be read; or the sender signs bodies of a shape that cannot be made up.
    """
    file = words["body"]
    if file is None:
        try:
            return sample(record, Keys(key, key), options, words["template"])
        except ValueError as error:
            raise CommandError(f"{error}. Give a body.") from None
    if words["template"] is not None:
        raise CommandError("A body is given or made up: --template makes one up.")
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
    return Sample(content, words["content_type"])


def signing_of(
    record: Record, key: Secret, made: Sample, url: str, *, event_id: str | None, options: Mapping[str, str]
) -> Signing:
    """Put together what is signed, at this moment; an event id that is not given is a new one."""
    return Signing(
        provider=record,
        secret=key,
        body=made.body,
        now=time.time(),
        event_id=event_id or f"evt_{secrets.token_hex(8)}",
        url=url,
        content_type=made.content_type,
        options=options,
        tolerance=record.tolerance,
    )


def own_url(known: Endpoint, to: str | None) -> str:
    """Say where an endpoint is reached: at the given URL, and where that has no path, or there is none, at its own.

    Raises:
        CommandError: the URLconf does not tell the path.
    """
    base = urlsplit(to or LOCAL)
    if base.path:
        return str(to)
    paths = [path for path in guarded_paths().get(known.alias, ()) if "<" not in path and "(" not in path]
    if not paths:
        raise CommandError(f'The URLconf has no fixed path for "{known.alias}": say the whole URL with --to.')
    return base._replace(path=paths[0]).geturl()


def signed_url(known: Endpoint, target: str, headers: Mapping[str, str]) -> str:
    """Say which URL the endpoint will take for the one that was called, when a request reaches it at the target."""
    request = request_of(Captured("POST", target, tuple(headers.items()), b"", 0))
    try:
        return sent_url(request, known.public_url, with_credentials=known.signs_credentials)
    except WebhookRejected:  # these settings do not know the host, so others will judge
        return target


def credentials(known: Endpoint) -> Mapping[str, str]:
    """Make the header in which a sender shows what BASIC_AUTH demands beside the proof, if it demands anything."""
    if not known.basic_auth:
        return {}
    return {"Authorization": sign("basic", secret=known.basic_auth[0], body=b"").headers["Authorization"]}


def as_sent(signed: Signed, target: str, more: Mapping[str, str], alias: str = "") -> Captured:
    """Turn what was signed into the request that goes to the target; what was signed into the query goes with it."""
    query = urlsplit(signed.url or "").query
    url = urlsplit(target)._replace(query=query).geturl() if query else target
    headers = (("Host", urlsplit(url).netloc), *signed.headers.items(), *more.items())
    return Captured(signed.method, url, headers, signed.body, time.time(), alias)


def written(request: Captured, words: Mapping[str, Any], public_key: str | None = None) -> Answer:
    """Write a signed delivery down in the form that is asked for.

    Raises:
        CommandError: its body is no text, and the form is one.
    """
    facts: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "headers": [list(pair) for pair in request.headers],
        "body": _text(request.body),
        "body_base64": b2a_base64(request.body, newline=False).decode(),
        "curl": curl(request),
    }
    note = ""
    if public_key is not None:
        facts["public_key"] = public_key
        note = f"# SECRETS: [{json.dumps(public_key)}]\n"
    if words["curl"]:
        return Answer(facts, note + facts["curl"])
    if words["header_only"]:
        return Answer(facts, note + "\n".join(f"{name}: {value}" for name, value in request.headers[1:]))
    if facts["body"] is None and not words["json"]:
        raise CommandError("The body is no text: use --curl or --json.")
    return Answer(facts, note + to_http(request).decode("utf-8", "replace"), is_file=True)


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
