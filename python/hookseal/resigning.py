"""A recorded request, signed afresh: at the present time, for the same event, with whatever signs now."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from secrets import token_hex
from urllib.parse import parse_qsl, urlsplit

from hookseal._engine import Record, Secret
from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.exceptions import WebhookRejected
from hookseal.requests import sent_url
from hookseal.signing import Signed, sign
from hookseal.trial import request_of

__all__ = ["signed_afresh"]


def signed_afresh(captured: Captured, endpoint: Endpoint, record: Record, secret: str | Secret) -> Captured:
    """Sign a request as the sender of an endpoint would, now. What is neither signature nor time stays as it is.

    Args:
        captured: the request.
        endpoint: what it is for.
        record: the endpoint's.
        secret: what signs; a private key where the sender has one.

    Raises:
        ValueError: it cannot be signed; the text says why.
    """
    signing = partial(
        sign,
        record,
        secret=secret,
        body=captured.body,
        now=time.time(),
        method=captured.method,
        content_type=captured.header("Content-Type") or "application/octet-stream",
        options=endpoint.particulars.options,
    )
    url = _bare_url(_sent_url(captured, endpoint), signing) if record.needs_url else None
    # An id that stands in a header is found by writing another one there.
    mark = token_hex(16)
    marked = signing(url=url, event_id=mark).headers
    event = next((captured.header(name) for name, value in marked.items() if value == mark), None)
    return _merged(captured, url, signing(url=url, event_id=event))


def _sent_url(captured: Captured, known: Endpoint) -> str:
    """Say the URL as the check will see it."""
    try:
        return sent_url(request_of(captured), known.public_url, with_credentials=known.signs_credentials)
    except WebhookRejected as rejection:
        raise ValueError(f"the URL cannot be signed: {rejection.detail}") from None


def _bare_url(url: str, signing: partial[Signed]) -> str:
    """Take out of a query what signing puts into it."""
    target = urlsplit(url)
    bare = target._replace(query="").geturl()
    added = {name for name, _ in parse_qsl(urlsplit(signing(url=bare).url or "").query)}
    kept = "&".join(pair for pair in target.query.split("&") if pair.partition("=")[0] not in added)
    return target._replace(query=kept).geturl() if added else url


def _merged(captured: Captured, url: str | None, signed: Signed) -> Captured:
    """Put what was signed in the place of what had been; all other headers keep theirs."""
    written: Mapping[str, str] = {name.lower(): name for name in signed.headers}
    kept = [(name, value) for name, value in captured.headers if name.lower() not in {*written, "content-length"}]
    headers = [*kept, *signed.headers.items(), ("Content-Length", str(len(signed.body)))]
    target = captured.url
    if url is not None and signed.url not in {None, url}:
        target = f"{target.partition('?')[0]}?{urlsplit(str(signed.url)).query}"
    return replace(captured, url=target, headers=tuple(headers), body=signed.body, received_at=time.time())
