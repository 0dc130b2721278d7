"""What is handed to Django's test client, and recordings that are read for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.test import AsyncClient, override_settings
from django.urls import Resolver404, resolve

from hookseal.captured import Captured, from_http
from hookseal.routes import endpoints_of
from hookseal.testing.deliveries import Delivery, resigned
from hookseal.testing.stand_ins import standing_in

__all__ = ["Addressed", "Recorded", "Wire", "recording", "wire_of"]

Recorded: TypeAlias = Captured | str | Path
"""A captured request, or the path of a `.http` file."""


@dataclass(frozen=True)
class Wire:
    """One request.

    Attributes:
        method: the HTTP method.
        url: a path of the site, or a whole URL.
        headers: names and values, Content-Type included.
        body: the raw body.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def arguments(self) -> dict[str, Any]:
        """What `generic` of Django's clients takes."""
        target = urlsplit(self.url)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "content-type"}
        types = [value for name, value in self.headers.items() if name.lower() == "content-type"]
        if target.netloc:
            headers = {name: value for name, value in headers.items() if name.lower() != "host"}
            headers["Host"] = target.netloc.rpartition("@")[2]
        return {
            "method": self.method,
            "path": target._replace(scheme="", netloc="").geturl() or "/",
            "data": self.body,
            "content_type": (types or ["application/octet-stream"])[0],
            "secure": target.scheme != "http",
            "headers": headers,
        }


def wire_of(delivery: Delivery, url: str, headers: Mapping[str, str] | None = None) -> Wire:
    """Address a delivery; what signing added to its query is added here."""
    mark = "&" if urlsplit(url).query else "?"
    to = f"{url}{mark}{delivery.query}" if delivery.query else url
    return Wire(delivery.signed.method, to, {**(headers or {}), **delivery.headers}, delivery.body)


@contextmanager
def recording(recorded: Recorded, url: str | None, *, resign: bool) -> Iterator[Wire]:
    """Read a recording and make ready what it takes to be judged, while this lasts.

    Its host is one of ALLOWED_HOSTS meanwhile. Signed anew, it is judged by the keys that stand in for the site's.

    Raises:
        OSError: the file cannot be read.
        LookupError, ValueError: it is no request, or cannot be signed anew.
    """
    captured = recorded if isinstance(recorded, Captured) else from_http(Path(recorded).read_bytes())
    if url is not None:
        elsewhere = tuple((name, value) for name, value in captured.headers if name.lower() != "host")
        whole = url if urlsplit(url).netloc else f"https://testserver{url}"
        captured = replace(captured, url=whole, headers=elsewhere)
    with _allowed(captured.url):
        if not resign:
            yield _wire(captured)
            return
        with standing_in():
            yield _wire(resigned(captured, _endpoint_of(captured)))


class Addressed(AsyncClient):
    """Django's asynchronous client, at an address, and sending one Host."""

    def __init__(self, address: str, **defaults: Any) -> None:
        super().__init__(**defaults)
        self._address = address

    def _base_scope(self, **request: Any) -> dict[str, Any]:
        scope: dict[str, Any] = super()._base_scope(**request)  # type: ignore[misc]  # Django's stubs leave it out
        *_, host = (value for name, value in scope["headers"] if name == b"host")
        others = [header for header in scope["headers"] if header[0] != b"host"]
        return {**scope, "client": [self._address, 0], "headers": [*others, (b"host", host)]}


# What the test client writes itself, or has no wire to need it for.
_FRAMING = {"content-length", "transfer-encoding", "connection"}


def _wire(captured: Captured) -> Wire:
    """Address a recording to where it was sent; headers that are repeated are joined as WSGI does."""
    joined: dict[str, str] = {}
    for name, value in captured.headers:
        if name.lower() not in _FRAMING:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
    return Wire(captured.method, captured.url, joined, captured.body)


def _endpoint_of(captured: Captured) -> str:
    path = urlsplit(captured.url).path
    try:
        found = () if captured.endpoint else endpoints_of(resolve(path).func)
    except Resolver404:
        found = ()
    if not found and not captured.endpoint:
        raise LookupError(f"no endpoint is at {path!a}: name it in the file, as in `# endpoint: stripe`")
    return captured.endpoint or found[0]


@contextmanager
def _allowed(url: str) -> Iterator[None]:
    host, _ = split_domain_port(urlsplit(url).netloc)
    if not host or validate_host(host, settings.ALLOWED_HOSTS):
        yield
        return
    with override_settings(ALLOWED_HOSTS=[*settings.ALLOWED_HOSTS, host]):
        yield
