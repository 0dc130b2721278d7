"""What is read of a Django request beside its body: headers, client address, transport, and the URL as it was sent.

Headers are looked up in META by keys made once per endpoint; `request.headers` costs ten times the whole check.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.request import HttpHeaders, split_domain_port

from hookseal._engine import Networks, client_address
from hookseal.exceptions import WebhookRejected
from hookseal.reasons import Reason

__all__ = [
    "Head",
    "Headers",
    "address_of",
    "basic_user",
    "is_local",
    "public_form",
    "received_url",
    "safe_text",
    "safe_url",
    "sent_url",
]

Head: TypeAlias = "tuple[tuple[str | None, ...], str | None, tuple[tuple[str, str], ...] | None]"
"""What the engine judges before the body: the headers it asked for, the URL where it is needed, and every header where
the sender chooses which of them it signs."""

_LOOPBACK = Networks(["127.0.0.0/8", "::1"])
# What proxies add: with one of these, a loopback Host says nothing about where the request came from.
_FORWARDING = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED", "HTTP_X_REAL_IP")


class Headers(Mapping[str, str]):
    """The headers of a request by name, in any case, read from META when asked.

    Args:
        meta: the request's META.
    """

    __slots__ = ("_meta",)

    def __init__(self, meta: Mapping[str, Any]) -> None:
        self._meta = meta

    def __getitem__(self, name: str) -> str:
        return str(self._meta[HttpHeaders.to_wsgi_name(name)])

    def __iter__(self) -> Iterator[str]:
        return (name for name in map(HttpHeaders.parse_header_name, self._meta) if name)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def address_of(request: HttpRequest, hops: int = 0, proxies: Networks | None = None) -> str | None:
    """Find the client's address, in canonical form.

    Args:
        request: the request.
        hops: how many trusted proxies stand in front of this server.
        proxies: or their addresses.

    Returns:
        The address; None where there is none that can be trusted.
    """
    meta = request.META
    return client_address(meta.get("REMOTE_ADDR") or "", meta.get("HTTP_X_FORWARDED_FOR"), hops=hops, proxies=proxies)


def is_local(meta: Mapping[str, Any]) -> bool:
    """Whether a request with this META was sent to a loopback host and passed no proxy, as by a developer's tunnel."""
    host, _ = split_domain_port(meta.get("HTTP_HOST") or "")
    if host != "localhost" and host.strip("[]") not in _LOOPBACK:
        return False
    return not any(key.startswith(_FORWARDING) for key in meta)


def sent_url(request: HttpRequest, public_url: str | None, *, with_credentials: bool = False) -> str:
    """Say the URL as the sender wrote it, path and query byte for byte as they arrived.

    Args:
        request: the request.
        public_url: the setting PUBLIC_URL. Only scheme and host: the path and query of the request are added. With a
            path, it is the URL, and only the query of the request is added, if it has none of its own. Its userinfo
            stays, as senders that sign the URL sign that too.
        with_credentials: whether user and password, which the sender took out of the URL to show them in a header, are
            put back where they stood, unless `public_url` is a whole URL.

    Raises:
        WebhookRejected: without `public_url`, the Host header is not one of ALLOWED_HOSTS; or the URL is not UTF-8.
    """
    path, query = _target(request)
    user = basic_user(request.META.get("HTTP_AUTHORIZATION", "")) if with_credentials else ""
    if public_url is None:
        return f"{request.scheme}://{user}{_host(request)}{path}{query}"
    return public_form(user, path, query, public_url)


def public_form(user: str, path: str, query: str, public_url: str) -> str:
    """Say a URL as the sender wrote it, by the setting PUBLIC_URL.

    Args:
        user: "user:password@", where the sender signs it; else empty.
        path: the path as it was received.
        query: the query as it was received, with its "?".
        public_url: the setting; see `sent_url`.
    """
    public = urlsplit(public_url)
    if public.path.strip("/"):
        path, user = public.path, ""
    if "@" in public.netloc:
        user = ""
    return f"{public.scheme}://{user}{public.netloc}{path}" + (f"?{public.query}" if public.query else query)


def basic_user(authorization: str) -> str:
    """Read "user:password@" from the credentials of HTTP Basic; nothing, where they are none."""
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return f"{a2b_base64(encoded.strip()).decode()}@"
    except ValueError:
        return ""


def received_url(request: HttpRequest) -> str:
    """Say the URL as this server received it, its host unjudged: for looking at, never for a verdict."""
    try:
        path, query = _target(request)
    except WebhookRejected:
        path, query = quote(request.path), ""
    return f"{request.scheme}://{request._get_raw_host()}{path}{query}"  # type: ignore[attr-defined]  # noqa: SLF001


def safe_text(text: str, length: int = 64) -> str:
    """Make text of the sender fit for a log line: ASCII, no control characters, short."""
    return ascii(text)[1:-1][:length]


def safe_url(url: str) -> str:
    """Make a URL fit for a log line: without userinfo, and without its query, which may hold a secret."""
    scheme, _, rest = url.partition("?")[0].partition("://")
    authority, slash, path = rest.partition("/")
    return safe_text(f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}", 200)


def _target(request: HttpRequest) -> tuple[str, str]:
    """Split path and query (with its "?") from the target of the request line, before anything decoded it."""
    meta = request.META
    raw = meta.get("RAW_URI") or meta.get("REQUEST_URI")
    if raw:
        path, mark, query = _text(raw).partition("?")
        return _without_origin(path), mark + query
    query = _text(meta.get("QUERY_STRING", "")) if "wsgi.input" in meta else meta.get("QUERY_STRING", "")
    query = query and f"?{query}"
    raw_path = getattr(request, "scope", {}).get("raw_path")
    if raw_path:
        return _without_origin(_text(raw_path.partition(b"?")[0].decode("latin-1"))), query
    # The server decoded it: what a path may hold as it is, most senders write as it is (RFC 3986, section 3.3).
    return quote(request.path, safe="/:@!$&'()*+,;=~"), query


def _text(raw: str) -> str:
    """Read what is bytes by nature: WSGI hands them over as latin-1 (PEP 3333), senders sign them as they are."""
    if raw.isascii():
        return raw
    try:
        return raw.encode("latin-1").decode()
    except UnicodeError:
        raise WebhookRejected(Reason.MALFORMED_HEADER, detail="the URL is not UTF-8") from None


def _without_origin(target: str) -> str:
    """Cut scheme and host from a target in absolute form, as proxies send it."""
    if target.startswith("/"):
        return target
    _, _, rest = target.partition("://")
    return "/" + rest.partition("/")[2]


def _host(request: HttpRequest) -> str:
    try:
        return request.get_host()
    except DisallowedHost:
        raise WebhookRejected(Reason.MALFORMED_HEADER, detail="Host is not one of ALLOWED_HOSTS") from None
