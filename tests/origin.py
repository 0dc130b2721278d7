"""A server of somebody else, on the loopback address: real TLS under an authority of the tests, answers on demand."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import trustme

from hookseal.https import Https

AUTHORITY = trustme.CA()


class Origin:
    """Answers each connection with what `answer` makes of the request, and remembers the requests.

    Args:
        names: the hosts that its certificate names.
        authority: who signed it.
    """

    def __init__(self, *names: str, authority: trustme.CA = AUTHORITY) -> None:
        self.requests: list[bytes] = []
        self.answer: Callable[[bytes], bytes | Iterator[bytes]] = lambda _request: respond(b"hello")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(self._context)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address: tuple[str, int] = self._listener.getsockname()
        Thread(target=self._serve, daemon=True).start()

    @property
    def lines(self) -> list[str]:
        """The request lines so far."""
        return [request.split(b"\r\n")[0].decode() for request in self.requests]

    def https(self, **changes) -> Https:
        """Fetch from here whatever host is named, trusting the tests' authority."""
        context = ssl.create_default_context()
        AUTHORITY.configure_trust(context)
        return Https(**{"context": context, "resolve": lambda _host, _port: [self.address], "seconds": 2.0, **changes})

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                Thread(target=self._speak, args=(client,), daemon=True).start()

    def _speak(self, client: socket.socket) -> None:
        # What the client thinks of the certificate, and when it goes away, is its own affair.
        with suppress(OSError), self._context.wrap_socket(client, server_side=True) as wire:
            self.requests.append(request := _read(wire))
            answer = self.answer(request)
            for chunk in [answer] if isinstance(answer, bytes) else answer:
                wire.sendall(chunk)
            with suppress(OSError):
                wire.unwrap()


@contextmanager
def origin(*names: str, **arguments) -> Iterator[Origin]:
    """Run a server for a while."""
    server = Origin(*names, **arguments)
    try:
        yield server
    finally:
        server.close()


def respond(body: bytes = b"", status: str = "200 OK", *headers: str) -> bytes:
    """Write an answer with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _read(wire: ssl.SSLSocket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += wire.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")), 0)
    while len(body) < length:
        body += wire.recv(65_536)
    return head + b"\r\n\r\n" + body
