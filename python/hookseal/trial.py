"""How a captured request would be judged now: by the settings of today, at the moment when it was received.

It takes the same steps as a request does. Left out is what depends on other deliveries: rates and replays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.exceptions import WebhookRejected
from hookseal.pipeline import Verdict, check, describe

__all__ = ["judge", "request_of"]


def judge(captured: Captured, endpoint: Endpoint, *, address: str = "", now: float | None = None) -> Verdict:
    """Judge a captured request as a delivery to an endpoint.

    Args:
        captured: the request, with its whole body.
        endpoint: what it is judged for, whatever it was sent to.
        address: the client's address; left out: ALLOW_IPS is not judged.
        now: the clock in Unix seconds; left out: when the request was received.

    Returns:
        The verdict. Where no proof needed the body, a receipt has none: the request is gone.

    Raises:
        WebhookRejected: it would be refused; `str()` of it is the line that would be logged.
    """
    request = request_of(captured, address)
    alone = replace(endpoint, rate_limit=None, rate_cache=None, allow_ips=endpoint.allow_ips if address else None)
    moment = captured.received_at if now is None else now
    try:
        return check(request, alone, _url_kwargs(request), moment)
    except WebhookRejected as rejection:
        raise describe(request, alone, rejection) from None


def request_of(captured: Captured, address: str = "") -> HttpRequest:
    """Build Django's request from a captured one, with the scheme, host and port that this server saw."""
    url = urlsplit(captured.url)
    target = url.path + (f"?{url.query}" if url.query else "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": captured.method,
        "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
        "QUERY_STRING": url.query,
        "RAW_URI": target,
        "SERVER_NAME": url.hostname or "localhost",
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "REMOTE_ADDR": address,
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(captured.body),
        **_headers(captured),
        "CONTENT_LENGTH": str(len(captured.body)),
    }
    environ.setdefault("HTTP_HOST", url.netloc.rpartition("@")[2])
    return WSGIRequest(environ)


# How the body came is no matter any more: all of it is here.
_FRAMING = frozenset({"CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"})


def _headers(captured: Captured) -> Mapping[str, str]:
    """The headers as WSGI hands them over: repeated ones are joined."""
    found: dict[str, str] = {}
    for name, value in captured.headers:
        word = name.upper().replace("-", "_")
        key = word if word in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{word}"
        if key not in _FRAMING:
            found[key] = f"{found[key]},{value}" if key in found else value
    return found


def _url_kwargs(request: HttpRequest) -> Mapping[str, Any]:
    """What the URLconf takes from the path, as functions that find secrets are given it."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return {}
    try:
        return resolve(request.path_info).kwargs
    except Resolver404:
        return {}
