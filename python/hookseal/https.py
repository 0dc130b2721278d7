"""One bounded request over https: the only place of the package that opens a connection.

Whoever sends a delivery has a say in where a key is fetched, so little is left to chance in `Https`: TLS with the
server's certificate verified, no redirects, no proxy of the environment, addresses of the public internet only, a
deadline for all of it, and an answer that is cut off when it grows too long. The address that was judged is the one
connected to, so a name that resolves differently the second time gains nothing.

`post` is for commands, which are given their URL by the owner of the site: it differs in nothing but the addresses.
"""

from __future__ import annotations

import io
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

__all__ = [
    "LARGEST_ANSWER",
    "SECONDS",
    "Answered",
    "Https",
    "Unreachable",
    "every_address",
    "post",
    "public_addresses",
]

SECONDS = 5.0
"""How long one request may take, from the look-up of the name to the last byte."""

LARGEST_ANSWER = 65_536
"""The largest answer in bytes; a chain of certificates has a tenth of it."""

Address: TypeAlias = tuple[str, int]
"""An IP address and a port."""


class Unreachable(OSError):
    """Nothing usable came back. Its text names what happened, and repeats nothing that a stranger wrote."""


def public_addresses(host: str, port: int) -> list[Address]:
    """Look up a host, and leave out what is not reached over the public internet."""
    return [(address, port) for address, port in every_address(host, port) if _is_public(address)]


def every_address(host: str, port: int) -> list[Address]:
    """Look up a host; private addresses included, for sites that reach a provider within their own network."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(address[0]), port) for *_, address in found))


class Https:
    """Fetches URLs, one connection each.

    Args:
        context: what certificates of servers are judged by; left out: those of the system, as Python finds them.
        resolve: finds the addresses of a host and port; left out: public ones alone.
        seconds: the deadline of one request.
    """

    def __init__(
        self,
        *,
        context: ssl.SSLContext | None = None,
        resolve: Callable[[str, int], Iterable[Address]] = public_addresses,
        seconds: float = SECONDS,
    ) -> None:
        self._context = context
        self._resolve = resolve
        self._seconds = seconds

    def __call__(self, url: str, body: bytes | None = None) -> bytes:
        """Fetch a URL: GET, or POST where there is a body, which is JSON.

        Raises:
            Unreachable: there was no answer with status 200, in time and within the bounds.
        """
        target = _target(url)
        try:
            with self._connect(str(target.hostname), target.port or 443, time.monotonic() + self._seconds) as wire:
                wire.send(_request("GET" if body is None else "POST", target, () if body is None else _JSON, body))
                return _answer(wire)
        except Unreachable:
            raise
        except (OSError, HTTPException, ValueError) as error:
            raise Unreachable(_what_happened(error)) from None

    def _connect(self, host: str, port: int, deadline: float) -> _Wire:
        addresses = list(self._resolve(host, port))
        if not addresses:
            raise Unreachable("the host has no public address")
        return _secured(_opened(addresses, deadline), self._trust(), host, deadline)

    def _trust(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context


@dataclass(frozen=True)
class Answered:
    """What came back from a URL that the owner gave.

    Attributes:
        status: the HTTP status.
        headers: names and values, in their order.
        body: its first `LARGEST_ANSWER` bytes.
        seconds: from the look-up of the name to the last byte.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float


def post(
    url: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    *,
    method: str = "POST",
    seconds: float = SECONDS,
    context: ssl.SSLContext | None = None,
) -> Answered:
    """Send a request to where the owner of this process wants it, at any address; for his commands alone.

    Args:
        url: https; or http where the host is this machine, as nobody listens in there.
        headers: names and values, beside those that HTTP itself needs.
        body: the body.
        method: the HTTP method.
        seconds: the deadline of all of it.
        context: what certificates of servers are judged by; left out: those of the system, as Python finds them.

    Raises:
        Unreachable: there was no answer in time. Any status is an answer; no redirect is followed.
        ValueError: a header holds what no header can.
    """
    target = _target(url, ("https", "http"))
    request = _request(method, target, headers, body)
    start = time.monotonic()
    try:
        with _reached(target, context, start + seconds) as wire:
            # A server that refuses a large body answers before it has read all of it, and hangs up.
            with suppress(ConnectionError):
                wire.send(request)
            with HTTPResponse(wire, method=method) as response:  # type: ignore[arg-type]  # as in `_answer`
                response.begin()
                found = response.read(LARGEST_ANSWER)
                return Answered(response.status, tuple(response.getheaders()), found, time.monotonic() - start)
    except Unreachable:
        raise
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(_what_happened(error)) from None


_JSON = (("Content-Type", "application/json"),)
# Public by the registry, but it leads to the IPv4 address in its last bits, which need not be (NAT64, RFC 6052).
_TRANSLATED = IPv6Network("64:ff9b::/96")
# The same within one network (RFC 8215); and Teredo, which leads wherever its relay does.
_PRIVATE = (IPv6Network("64:ff9b:1::/48"), IPv6Network("2001::/32"))
_LAST_32_BITS = 0xFFFF_FFFF


class _Wire(io.RawIOBase):
    """A connection with a deadline for everything that is read from it, however slowly it trickles."""

    def __init__(self, opened: socket.socket, deadline: float) -> None:
        self._opened = opened
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._opened.settimeout(_left(self._deadline))
        return self._opened.recv_into(buffer)

    def send(self, request: bytes) -> None:
        self._opened.settimeout(_left(self._deadline))
        self._opened.sendall(request)

    def makefile(self, *_: object) -> io.BufferedReader:
        """Be read by HTTPResponse, as a socket is."""
        return io.BufferedReader(self)

    def close(self) -> None:
        self._opened.close()
        super().close()


def _opened(addresses: list[Address], deadline: float) -> socket.socket:
    """Connect to the first address that answers; each gets its share of the time that is left."""
    first, *others = addresses
    try:
        return socket.create_connection(first, _left(deadline) / len(addresses))
    except OSError:
        if not others:
            raise
        return _opened(others, deadline)


def _reached(target: SplitResult, context: ssl.SSLContext | None, deadline: float) -> _Wire:
    """Connect to where the owner wants it; in the clear to nobody but this machine."""
    host = str(target.hostname)
    if target.scheme == "https":
        addresses = every_address(host, target.port or 443)
        return _secured(_opened(addresses, deadline), context or ssl.create_default_context(), host, deadline)
    addresses = [each for each in every_address(host, target.port or 80) if ip_address(each[0]).is_loopback]
    if not addresses:
        raise Unreachable("http goes to this machine alone: a signed delivery is worth as much as a password")
    return _Wire(_opened(addresses, deadline), deadline)


def _secured(plain: socket.socket, trust: ssl.SSLContext, host: str, deadline: float) -> _Wire:
    try:
        plain.settimeout(_left(deadline))
        # An end that is no end of TLS is an error: what came is not the whole answer.
        return _Wire(trust.wrap_socket(plain, server_hostname=host, suppress_ragged_eofs=False), deadline)
    except BaseException:
        plain.close()
        raise


def _target(url: str, schemes: tuple[str, ...] = ("https",)) -> SplitResult:
    refusal = Unreachable("the URL is not one to be fetched")
    if not re.fullmatch(r"[!-~]{1,2048}", url):
        raise refusal
    try:
        target = urlsplit(url)
        sound = target.scheme in schemes and bool(target.hostname) and target.port != 0
    except ValueError:
        raise refusal from None
    if not sound or target.username is not None or target.fragment:
        raise refusal
    return target


def _request(method: str, target: SplitResult, headers: Iterable[tuple[str, str]], body: bytes | None) -> bytes:
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {target.netloc}",
        "User-Agent: hookseal",
        "Accept-Encoding: identity",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers),
    ]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    if any(re.search(r"[\0\r\n]", line) for line in lines):
        raise ValueError("a header holds a line break")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def _answer(wire: _Wire) -> bytes:
    # Closed while the connection still stands: collected later, a response would complain that it is gone.
    with HTTPResponse(wire) as response:  # type: ignore[arg-type]  # of a socket it takes `makefile` alone
        response.begin()
        if response.status != HTTPStatus.OK:
            raise Unreachable(f"status {response.status}")
        declared = response.length
        body = response.read(LARGEST_ANSWER + 1)
    if len(body) > LARGEST_ANSWER:
        raise Unreachable(f"the answer has more than {LARGEST_ANSWER} bytes")
    if declared is not None and len(body) < declared:
        raise Unreachable("the answer was cut short")
    return body


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _is_public(text: str) -> bool:
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inner = IPv4Address(int(address) & _LAST_32_BITS)
        if inner is not None:
            return _is_public(str(inner))
    return address.is_global and not address.is_multicast and not any(address in range_ for range_ in _PRIVATE)


def _what_happened(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the server's certificate is not trusted"
    return type(error).__name__
