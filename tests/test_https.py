"""The one place that opens connections, against real servers under an authority of the tests' own."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import repeat
from threading import Thread

import pytest
import trustme

from hookseal import https
from hookseal.https import LARGEST_ANSWER, Https, Unreachable, every_address, post, public_addresses
from tests.origin import AUTHORITY, Origin, origin, respond

HOST = "keys.example.com"
URL = f"https://{HOST}/key.pem"


@pytest.fixture
def server():
    """Run a server that is who it says."""
    with origin(HOST) as running:
        yield running


def what_happened(fetch: Https, url: str = URL) -> str:
    """Fetch a URL that gives nothing, and give what was said about that."""
    with pytest.raises(Unreachable) as failed:
        fetch(url)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__ or failed.value.__context__ is None
    return str(failed.value)


def test_a_url_is_fetched(server: Origin):
    """With GET, for its host, and without anything that tells of the site."""
    assert server.https()(f"{URL}?a=1") == b"hello"
    head = server.requests[0].decode().split("\r\n")
    assert head[0] == "GET /key.pem?a=1 HTTP/1.1"
    assert head[1:-2] == [f"Host: {HOST}", "User-Agent: hookseal", "Accept-Encoding: identity", "Connection: close"]


def test_a_body_is_posted_as_json(server: Origin):
    """And arrives as it was given."""
    assert server.https()(f"https://{HOST}", b'{"a": 1}') == b"hello"
    head, body = server.requests[0].decode().split("\r\n\r\n")
    assert head.startswith("POST / HTTP/1.1\r\n")
    assert "Content-Type: application/json\r\nContent-Length: 8" in head
    assert body == '{"a": 1}'


def test_an_answer_in_chunks_is_put_together(server: Origin):
    """As HTTP/1.1 allows any server."""
    server.answer = lambda _: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert server.https()(URL) == b"abcde"


def test_T42_a_server_with_anothers_certificate_is_not_asked(server: Origin):
    """The certificate must name the host that the URL names; nothing is sent before it did."""
    assert what_happened(server.https(), "https://other.example.com/") == "the server's certificate is not trusted"
    assert server.requests == []


def test_T42_a_server_under_an_unknown_authority_is_not_asked():
    """Whoever answers at the address must have been vouched for."""
    with origin(HOST, authority=trustme.CA()) as impostor:
        assert what_happened(impostor.https()) == "the server's certificate is not trusted"
        assert impostor.requests == []


def test_T42_by_default_the_systems_authorities_are_trusted(server: Origin):
    """And nobody else: the tests' own authority is none of them."""
    assert what_happened(Https(resolve=lambda *_: [server.address])) == "the server's certificate is not trusted"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_T42_a_redirect_is_not_followed(server: Origin, status: str):
    """The rule was held against the first location, and would be worth nothing."""
    server.answer = lambda _: respond(b"", status, f"Location: https://{HOST}/elsewhere")
    assert what_happened(server.https()) == f"status {status[:3]}"
    assert server.lines == ["GET /key.pem HTTP/1.1"]


@pytest.mark.parametrize(
    "status", ["204 No Content", "206 Partial Content", "403 Forbidden", "404 Not Found", "500 Oh"]
)
def test_only_status_200_is_an_answer(server: Origin, status: str):
    """Whatever stands in the body of another."""
    server.answer = lambda _: respond(b"" if status[:3] == "204" else b"hello", status)
    assert what_happened(server.https()) == f"status {status[:3]}"


@pytest.mark.parametrize("more", [0, 1, 10_000_000])
def test_T42_an_answer_is_cut_off_where_it_grows_too_long(server: Origin, more: int):
    """With a length that is declared, and without."""
    body = b"a" * (LARGEST_ANSWER + more)
    for answer in (respond(body), b"HTTP/1.1 200 OK\r\n\r\n" + body):
        server.answer = lambda _, answer=answer: answer
        if more:
            assert what_happened(server.https()) == f"the answer has more than {LARGEST_ANSWER} bytes"
        else:
            assert server.https()(URL) == body


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5",
        b"SSH-2.0-OpenSSH\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
    ids=["short", "short chunk", "headers alone", "no http", "nothing", "many headers", "long header"],
)
def test_T42_what_is_no_whole_answer_is_none(server: Origin, answer: bytes):
    """It ends early, is no HTTP, or goes beyond all measure."""
    server.answer = lambda _: answer
    assert what_happened(server.https())


def test_T42_a_server_that_trickles_meets_the_deadline(server: Origin):
    """A byte now and then keeps no connection open beyond the deadline, which is for the whole of it."""
    server.answer = lambda _: (time.sleep(0.02) or byte for byte in repeat(b"H"))
    assert what_happened(server.https(seconds=0.3)) == "no answer in time"


def test_T42_a_server_that_says_nothing_meets_the_deadline():
    """One that takes the connection, and does not even speak TLS."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fetch = Https(resolve=lambda *_: [silent.getsockname()], seconds=0.2)
        assert what_happened(fetch) == "no answer in time"


def test_an_address_that_does_not_answer_leaves_time_for_the_next(server: Origin):
    """A host with an unreachable IPv6 address, for instance."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        closed = gone.getsockname()
    assert server.https(resolve=lambda *_: [closed, server.address])(URL) == b"hello"
    assert what_happened(server.https(resolve=lambda *_: [closed, closed])) == "ConnectionRefusedError"


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.example.com/",
        "ftp://keys.example.com/",
        "file:///etc/passwd",
        "//keys.example.com/",
        "https:///key.pem",
        "https://user@keys.example.com/",
        "https://user:pass@keys.example.com/",
        "https://keys.example.com/#a",
        "https://keys.example.com:0/",
        "https://keys.example.com:99999/",
        "https://keys.example.com/a b",
        "https://keys.example.com/\r\nX: y",
        "https://keys.example.com/é",
        "https://[::1",
        "https://keys.example.com/" + "a" * 2048,
        "",
    ],
)
def test_T41_a_url_that_is_not_plain_https_is_not_fetched(server: Origin, url: str):
    """Whatever the engine's rules let through."""
    assert what_happened(server.https(), url) == "the URL is not one to be fetched"
    assert server.requests == []


PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",  # noqa: S104 - not bound to, but refused
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:7f00:1::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_T42_a_name_that_leads_into_the_sites_own_network_is_not_followed(monkeypatch, address: str):
    """Nor one that leads there in disguise: mapped, translated, tunnelled."""
    _resolve_to(monkeypatch, address)
    assert public_addresses(HOST, 443) == []
    assert what_happened(Https()) == "the host has no public address"


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"])
def test_a_public_address_is_followed(monkeypatch, address: str):
    """Written in any way."""
    _resolve_to(monkeypatch, "10.0.0.1", address, address)
    assert public_addresses(HOST, 443) == [(address, 443)]
    assert every_address(HOST, 443) == [("10.0.0.1", 443), (address, 443)]


def test_T42_the_address_that_was_judged_is_the_one_connected_to(server: Origin, monkeypatch):
    """A name is looked up once; what it resolves to a moment later is never asked."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[tuple[str, int]]:
        asked.append(host)
        return [server.address]

    assert server.https(resolve=resolve)(URL) == b"hello"
    assert asked == [HOST]


def test_T42_no_proxy_of_the_environment_is_used(server: Origin, monkeypatch):
    """What the environment of the process says of proxies holds for other programs."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert server.https()(URL) == b"hello"


def test_a_name_that_does_not_resolve_is_unreachable(monkeypatch):
    """Nothing of the resolver's text is repeated."""

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "evil\r\ntext")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert what_happened(Https()) == "gaierror"


def test_TLS_is_1_2_or_newer():
    """Older versions are not spoken."""
    fetch = Https()
    assert fetch._trust().minimum_version >= ssl.TLSVersion.TLSv1_2
    assert fetch._trust().verify_mode == ssl.CERT_REQUIRED
    assert fetch._trust().check_hostname


@pytest.fixture
def listener():
    """Serve http on the loopback address, and keep what came."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            server.seen.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
            self.send_response(server.status)
            self.send_header("Location", "/elsewhere/")
            self.end_headers()
            self.wfile.write(server.reply)

        do_PUT = do_POST  # noqa: N815 - as the standard library calls it

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.status, server.reply = [], 200, b"hello"
    server.url = f"http://127.0.0.1:{server.server_port}/hook/?a=1"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("status", [200, 204, 302, 400, 503])
def test_the_owners_request_is_posted_and_any_status_is_an_answer(listener, status: int):
    """To his own machine, over http; a redirect is an answer like others."""
    listener.status = status
    answered = post(listener.url, [("X-Signature", "a=1"), ("Content-Type", "text/plain")], b"body")
    ((method, path, headers, body),) = listener.seen
    assert ("POST", "/hook/?a=1", b"body", "a=1", "text/plain") == (
        method,
        path,
        body,
        headers["X-Signature"],
        headers["Content-Type"],
    )
    assert status == answered.status
    assert ("Location", "/elsewhere/") in answered.headers
    assert 0 < answered.seconds < 5


def test_the_owners_request_has_the_method_that_he_wants(listener):
    """Some senders use another than POST."""
    assert b"hello" == post(listener.url, [], b"", method="PUT").body
    assert "PUT" == listener.seen[0][0]


def test_a_long_answer_to_the_owner_is_cut_off(listener):
    """A page of errors is longer than anybody needs, and its status counts all the same."""
    listener.status, listener.reply = 500, b"a" * (LARGEST_ANSWER + 1)
    answered = post(listener.url, [], b"")
    assert (500, LARGEST_ANSWER) == (answered.status, len(answered.body))


def test_a_server_that_hangs_up_early_is_heard():
    """It refuses a large body before it has read it."""
    with socket.create_server(("127.0.0.1", 0)) as early:

        def refuse() -> None:
            client, _ = early.accept()
            with client:
                client.recv(10)
                client.sendall(respond(b"", "413 Too Large"))

        thread = Thread(target=refuse)
        thread.start()
        with suppress(Unreachable):  # whether the answer outlives the reset is up to the kernel
            assert 413 == post(f"http://127.0.0.1:{early.getsockname()[1]}/", [], b"a" * 1_000_000).status
        thread.join()


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "::ffff:192.0.2.1"])
def test_http_goes_to_this_machine_alone(monkeypatch, address: str):
    """Whoever listens in between would learn a signature, or a password."""
    _resolve_to(monkeypatch, address)
    with pytest.raises(Unreachable, match="http goes to this machine alone"):
        post("http://hooks.example.com/", [], b"")


def test_the_owners_request_goes_to_any_address_over_https():
    """His own network included; the certificate is judged as any."""
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    with origin("localhost") as server:
        url = f"https://localhost:{server.address[1]}/hook/"
        assert b"hello" == post(url, [], b"{}", context=context).body
        assert ["POST /hook/ HTTP/1.1"] == server.lines
        with pytest.raises(Unreachable, match="the server's certificate is not trusted"):
            post(url, [], b"{}")


def test_a_header_with_a_line_break_is_not_sent(listener):
    """It would be two headers, or two requests."""
    for value in ("a\r\nX: y", "a\nb", "a\0b", "a\u20ac"):
        with pytest.raises(ValueError):  # noqa: PT011 - its text differs
            post(listener.url, [("X-A", value)], b"")
    assert [] == listener.seen


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://user:pass@127.0.0.1/", "http:///", "http://127.0.0.1/ a"])
def test_the_owners_url_is_one_of_the_web(url: str):
    """Without credentials, which belong in a header."""
    with pytest.raises(Unreachable, match="the URL is not one to be fetched"):
        post(url, [], b"")


def test_the_owners_request_has_a_deadline():
    """A server that says nothing is no answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(Unreachable, match="no answer in time"):
            post(f"http://127.0.0.1:{silent.getsockname()[1]}/", [], b"", seconds=0.2)
        with pytest.raises(Unreachable, match="ConnectionRefusedError"):
            post("http://127.0.0.1:1/", [], b"")


def _resolve_to(monkeypatch, *addresses: str) -> None:
    """Have the system's resolver give these addresses."""

    def found(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, port)) for address in addresses]

    monkeypatch.setattr(https.socket, "getaddrinfo", found)
