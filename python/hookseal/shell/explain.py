"""Say why a request in a .http file is refused, by trying what usually goes wrong; nothing leaves this machine.

The exit code is 0 where it is accepted, 3 where it is refused. An expected signature is never shown.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from hookseal.explain import endpoint_of, explain
from hookseal.management.answer import Answer
from hookseal.management.explanations import explained
from hookseal.management.keys import given_keys
from hookseal.management.tasks.verify import read_http
from hookseal.shell.subject import options_of, record_named
from hookseal.shell.verify import add_request_words

__all__ = ["add_words", "run"]


def add_words(parser: ArgumentParser) -> None:
    """Name the request, and all that an endpoint would say."""
    add_request_words(parser)


def run(words: Mapping[str, Any]) -> Answer:
    """Explain it. A secret with a flaw is no error here, for it may be the cause.

    Raises:
        CommandError: the file holds no request, or the provider, its secrets or options are wrong.
    """
    captured, record, keys = read_http(words["request"]), record_named(words["provider"]), given_keys(words)
    if record.needs_secrets and not keys:
        raise CommandError("Name the secret: --secret-env, --secret-file or --secret-prompt.")
    known = endpoint_of(
        record.name,
        list(keys),
        tolerance=... if words["tolerance"] is None else words["tolerance"],
        public_url=words["url"],
        options=options_of(words, record),
        topics=words["topic"],
    )
    start = time.perf_counter()
    explanation = explain(captured, known)
    return explained(captured, known, explanation, time.perf_counter() - start)
