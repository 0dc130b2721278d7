"""What is shown of a kept request: all but its secrets. The row itself keeps every byte, so that it can be sent again.

Headers are judged by their names, those of the endpoint's provider more strictly than others; queries by the names of
their parameters. A body is shown as it is: what is secret in it only its reader knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import unquote_plus

from hookseal._engine import Record
from hookseal.captured import Captured
from hookseal.conf import aliases, endpoint

__all__ = ["REDACTED", "is_secret_header", "record_for", "redact_headers", "redact_url", "redacted"]

REDACTED = "[redacted]"
"""What stands for a secret."""


def redacted(captured: Captured) -> Captured:
    """Give a request whose headers and URL hold no secret."""
    headers = redact_headers(captured.headers, record_for(captured.endpoint))
    return replace(captured, url=redact_url(captured.url), headers=headers)


def redact_headers(headers: Iterable[tuple[str, str]], record: Record | None = None) -> tuple[tuple[str, str], ...]:
    """Replace the values of headers that hold secrets or signatures; the scheme of credentials stays.

    Args:
        headers: names and values.
        record: what is known of the sender.
    """
    return tuple((name, _header(name, value, record)) for name, value in headers)


def redact_url(url: str) -> str:
    """Replace user and password of a URL, and the values of parameters whose names say that they are secret."""
    front, mark, rest = url.partition("?")
    query, fence, fragment = rest.partition("#")
    shown = "".join(map(_parameter, re.split("([&;])", query)))
    return "".join([_USER.sub(rf"\1{REDACTED}@", front), mark, shown, fence, fragment])


def is_secret_header(name: str, record: Record | None = None) -> bool:
    """Whether a header of that name holds a secret or a signature, as far as its name tells."""
    name = name.lower()
    if record is not None and name in record.signature_headers:
        return True
    if name.rpartition("-")[2] in _HARMLESS_ENDS:
        return False
    return _SECRET_NAME.search(name) is not None or (record is not None and name in record.headers)


def record_for(alias: str) -> Record | None:
    """Find what is known of the sender of an endpoint, if the settings still have it."""
    return endpoint(alias).record if alias in aliases() else None


_SECRET_NAME = re.compile(
    r"sig|hmac|sha\d|token|secret|passw|auth|jwt|jws|credential|cookie|session|csrf|xsrf|verification|(?:^|[-_.])key|apikey"
)
# The last word of names like X-Slack-Signature-Timestamp: what is signed, and not the signature.
_HARMLESS_ENDS = frozenset(
    {"timestamp", "time", "id", "version", "algorithm", "algo", "type", "arn", "url", "headers", "input", "nonce"}
)
_SECRET_PARAMETER = re.compile(rf"{_SECRET_NAME.pattern}|^(?:code|hash|key|mac|pass|pw|pwd)$")
_USER = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*://|//)[^/@]*(?:@[^/@]*)*@")
_LINK = re.compile(r"^(?:[a-zA-Z][a-zA-Z0-9+.-]*:/)?/\S*[?@]")
_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})


def _header(name: str, value: str, record: Record | None) -> str:
    if not is_secret_header(name, record):
        # Proxies write the target into headers of their own, and browsers the page that they come from.
        return redact_url(value) if _LINK.match(value) else value
    scheme, space, _ = value.partition(" ")
    shows_scheme = name.lower() in _CREDENTIALS and space and scheme.isalpha()
    return f"{scheme} {REDACTED}" if shows_scheme else REDACTED


def _parameter(text: str) -> str:
    name, equals, value = text.partition("=")
    is_secret = value and _SECRET_PARAMETER.search(unquote_plus(name).lower())
    return f"{name}{equals}{REDACTED}" if is_secret else text
