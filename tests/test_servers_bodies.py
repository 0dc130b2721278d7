"""Bodies as they come over the wire, under every server: genuine, chunked, compressed, cut off, too large, unsent."""

from __future__ import annotations

import gzip
import socket
import struct
import time
from contextlib import suppress
from hashlib import sha256

import pytest
import stripe

from tests.live import exchange, message, on_every_server, proof
from tests.served.settings import SECRETS_OF

pytestmark = pytest.mark.servers

BODY = b'{"action": "opened"}'
BODIES = {"nothing": b"", "text": BODY, "any byte": bytes(range(256)), "2 MB": b"\0\xff" * 1_000_000}
CHUNKED = ("Transfer-Encoding", "chunked")
ASKS_LATE = {"gunicorn", "gunicorn-preload", "granian-wsgi", "runserver"}
"""Servers that call the view before the body is there; the others read it first, as ASGI demands."""


def digest(body):
    """What the view answers when it was handed this body."""
    return (200, sha256(body).hexdigest().encode())


def in_chunks(*chunks):
    """Write chunks as they go over the wire, without the last, empty one."""
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)


def everything(client):
    """Read until the server hangs up."""
    with suppress(ConnectionResetError):
        while chunk := client.recv(65_536):
            yield chunk


@on_every_server
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("path", ["/github/", "/async/github/"])
def test_a_genuine_body_arrives_whole(server, path, body):
    """Whatever its bytes, and though Django's own limit is far below; the view gets what was verified."""
    answer = server.exchange(message(path, *proof("github", body), body=body))
    assert digest(body) == (answer.status, answer.body)


@on_every_server
@pytest.mark.parametrize("path", ["/stripe/", "/async/stripe/"])
def test_what_the_stripe_sdk_signed_is_accepted(server, path):
    """By the header that Stripe's own code makes; one changed byte is refused."""
    signature = stripe.WebhookSignature.generate_signature_header(BODY.decode(), SECRETS_OF["stripe"], int(time.time()))
    accepted = server.exchange(message(path, ("Stripe-Signature", signature), body=BODY))
    assert digest(BODY) == (accepted.status, accepted.body)
    refused = server.exchange(message(path, ("Stripe-Signature", signature), body=BODY.replace(b"o", b"0")))
    assert (400, "signature_mismatch") == (refused.status, refused.reason)


@on_every_server
@pytest.mark.parametrize("path", ["/partner/", "/async/partner/"])
def test_credentials_are_accepted(server, path):
    """And the body is read where the view asks for it."""
    answer = server.exchange(message(path, *proof("partner"), body=BODY))
    assert digest(BODY) == (answer.status, answer.body)


@on_every_server
@pytest.mark.parametrize("sender", ["github", "partner"])
@pytest.mark.parametrize("prefix", ["", "/async"])
def test_T30_a_chunked_body_arrives_whole_or_is_put_off(server, sender, prefix):
    """Never does the view see an empty event; the one server that cannot read chunks makes the sender try again."""
    head = message(f"{prefix}/{sender}/", *proof(sender, BODY), CHUNKED)
    answer = server.exchange(head, in_chunks(BODY[:5], BODY[5:]) + b"0\r\n\r\n")
    if server.name == "runserver":
        assert (503, "chunked_unsupported") == (answer.status, answer.reason)
        assert int(answer.headers["retry-after"]) > 0
    else:
        assert digest(BODY) == (answer.status, answer.body)


LOST = {"all": b"", "within": in_chunks(BODY)[:9], "the end": in_chunks(BODY)}


@on_every_server
@pytest.mark.parametrize("arrived", LOST.values(), ids=LOST)
@pytest.mark.parametrize("sender", ["github", "partner"])
def test_T30_a_chunked_body_that_breaks_off_is_refused(server, sender, arrived):
    """Also where nothing signs the body; granian's own answer to that is 500."""
    if (server.name, sender) == ("granian-wsgi", "partner"):
        pytest.skip("granian tells a WSGI application that a chunked body which broke off is complete")
    answer = server.exchange(message(f"/{sender}/", *proof(sender, BODY), CHUNKED), arrived, closing=True)
    accepted = digest(BODY) == (answer.status, answer.body)  # all that was signed arrived before it broke off
    assert accepted or answer.status in {0, 400, 503} or (server.name, answer.status) == ("granian-asgi", 500)


@on_every_server
@pytest.mark.parametrize("length", [0, 7])
@pytest.mark.parametrize("path", ["/partner/", "/async/partner/"])
def test_T30_two_framings_never_make_another_body(server, path, length):
    """Transfer-Encoding beside Content-Length: the whole body, or a refusal."""
    head = message(path, *proof("partner"), CHUNKED, ("Content-Length", str(length)))
    answer = server.exchange(head, in_chunks(BODY) + b"0\r\n\r\n")
    assert answer.status == 400 or digest(BODY) == (answer.status, answer.body)


@on_every_server
def test_T31_a_compressed_body_is_verified_as_it_is(server):
    """Nothing on the way unpacks it."""
    body = gzip.compress(b"0" * 100_000)
    answer = server.exchange(message("/github/", *proof("github", body), ("Content-Encoding", "gzip"), body=body))
    assert digest(body) == (answer.status, answer.body)


@on_every_server
def test_T32_max_body_is_the_last_size_that_is_taken(server):
    """One byte more is refused, whether its length is declared or found out."""
    fits, over = b"x" * 1000, b"x" * 1001
    accepted = server.exchange(message("/small/", *proof("github", fits), body=fits))
    assert digest(fits) == (accepted.status, accepted.body)
    refused = server.exchange(message("/small/", *proof("github", over), body=over))
    assert (413, "too_large") == (refused.status, refused.reason)
    chunked = server.exchange(message("/small/", *proof("github", over), CHUNKED), in_chunks(over) + b"0\r\n\r\n")
    assert (chunked.status, chunked.reason) in {(413, "too_large"), (503, "chunked_unsupported")}


@on_every_server
@pytest.mark.parametrize("sender", ["github", "partner"])
def test_T32_a_body_shorter_than_declared_is_refused(server, sender):
    """By us, or by the server, some of which only hang up."""
    head = message(f"/{sender}/", *proof(sender, BODY), ("Content-Length", str(len(BODY) + 1)))
    answer = server.exchange(head, BODY, closing=True)
    assert answer.status in {0, 400} or server.name == "granian-asgi"
    assert answer.reason in {"", "unreadable"}
    assert not 200 <= answer.status < 300


@on_every_server
def test_T32_a_body_longer_than_declared_is_refused(server):
    """Only what was declared belongs to the delivery."""
    head = message("/github/", *proof("github", BODY), ("Content-Length", str(len(BODY) - 1)))
    answer = server.exchange(head, BODY)
    assert 400 == answer.status
    assert answer.reason in {"", "signature_mismatch"}


@on_every_server
@pytest.mark.parametrize("length", ["", "x", "-1", "+20", "2_0", "0x14", "9" * 30, "20, 21"])
def test_T32_a_length_that_is_none_is_refused(server, length):
    """By the server or by us, and never by failing."""
    answer = server.exchange(
        message("/github/", *proof("github", BODY), ("Content-Length", length)), BODY, closing=True
    )
    assert answer.status in {0, 400, 413}


EARLY = {
    "unsigned": ("/github/", [], (400, "missing_signature")),
    "malformed": ("/github/", [("X-Hub-Signature-256", "junk")], (400, "malformed_signature")),
    "old": ("/stripe/", [("Stripe-Signature", f"t=1,v1={'0' * 64}")], (400, "timestamp_out_of_range")),
    "wrong password": ("/partner/", [("Authorization", "Basic YTpi")], (400, "bad_credentials")),
    "too large": ("/small/", proof("github", BODY), (413, "too_large")),
    "over http": ("/github/", [*proof("github", BODY), ("X-Forwarded-Proto", "http")], (503, "insecure_transport")),
}


@on_every_server
@pytest.mark.parametrize(("path", "headers", "refusal"), EARLY.values(), ids=EARLY)
@pytest.mark.parametrize("prefix", ["", "/async"])
def test_T33_a_bad_head_is_refused_before_the_body_is_read(server, prefix, path, headers, refusal):
    """The answer comes though not one byte of the body was sent, unless the server reads it before it asks anybody."""
    parts = [message(prefix + path, *headers, ("Content-Length", "2000"))]
    if server.name not in ASKS_LATE:
        parts.append(b"x" * 2000)
    answer = server.exchange(*parts)
    assert refusal == (answer.status, answer.reason)


@on_every_server
@pytest.mark.parametrize("chunked", [False, True])
def test_T33_the_unread_body_of_a_refusal_is_no_request(server, chunked):
    """What a refused delivery leaves unread is never served as the next request of its connection."""
    smuggled = message("/callers/", method="GET")
    head = [("X-Hub-Signature-256", "junk"), ("Connection", "keep-alive")]
    refused = message("/github/", *head, body=smuggled)
    if chunked:
        refused = message("/github/", *head, CHUNKED) + in_chunks(smuggled) + b"0\r\n\r\n"
    with server.connect() as client:
        client.sendall(refused + message("/up/", method="GET"))
        answers = b"".join(everything(client))
    assert answers.lower().startswith((b"http/1.1 400", b"http/1.1 503"))
    assert b"tests.served.urls" not in answers


@on_every_server
@pytest.mark.parametrize("path", ["/github/", "/async/github/", "/partner/"])
def test_deliveries_may_share_a_connection(server, path):
    """Genuine ones follow each other, where the server keeps connections open, each with its own verdict."""
    sender = "partner" if "partner" in path else "github"
    bodies = [b"{}", BODY, b""]
    kept = [message(path, *proof(sender, body), ("Connection", "keep-alive"), body=body) for body in bodies]
    with server.connect() as client:
        answers = [exchange(client, kept[0])]
        while len(answers) < len(kept) and not answers[-1].closed:
            answers.append(exchange(client, kept[len(answers)]))
    assert [digest(body) for body in bodies[: len(answers)]] == [(answer.status, answer.body) for answer in answers]


@on_every_server
@pytest.mark.parametrize("sender", ["github", "partner"])
def test_T34_a_sender_that_goes_away_harms_nobody(server, sender):
    """It is refused as unreadable, where the view was called at all, and the next delivery is accepted."""
    before = len(server.log)
    with server.connect() as client:
        client.sendall(message(f"/{sender}/", *proof(sender, BODY), ("Content-Length", "2000")) + BODY)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if server.name in ASKS_LATE:
        server.wait_for_line("noted unreadable", before)
    answer = server.exchange(message(f"/{sender}/", *proof(sender, BODY), body=BODY))
    assert digest(BODY) == (answer.status, answer.body)
    assert "Traceback" not in server.log[before:]


@on_every_server
def test_T97_a_sender_that_waits_for_100_continue_is_refused_at_once(server):
    """It never sends a body for which nobody asked."""
    head = message("/github/", ("X-Hub-Signature-256", "junk"), ("Content-Length", "7"), ("Expect", "100-continue"))
    with server.connect() as client:
        answer = exchange(client, head) if server.name in ASKS_LATE else exchange(client, head, b"{}     ")
    assert (400, "malformed_signature") == (answer.status, answer.reason)
