"""Headers as they come over the wire, under every server: repeated, misspelt, not ASCII, padded, far too long."""

from __future__ import annotations

from hashlib import sha256

import pytest

from tests.live import message, on_every_server, proof

pytestmark = pytest.mark.servers

NAME = "X-Hub-Signature-256"
BODY = b'{"action": "opened"}'
GOOD = dict(proof("github", BODY))[NAME]
BAD = f"sha256={'0' * 64}"
BASIC = proof("partner")[0]
HANDLED = sha256(BODY).hexdigest().encode()


def deliver(server, *headers, path="/github/", **line):
    """Send the body under these headers."""
    return server.exchange(message(path, *headers, body=BODY, **line))


@on_every_server
@pytest.mark.parametrize("values", [(GOOD, GOOD), (GOOD, BAD), (BAD, GOOD)], ids=["same", "good first", "good last"])
@pytest.mark.parametrize("path", ["/github/", "/async/github/"])
def test_T10_a_repeated_signature_is_refused(server, path, values):
    """However the server joins the two: which of them a proxy looked at is not known."""
    answer = deliver(server, *((NAME, value) for value in values), path=path)
    assert (400, "duplicate_header") == (answer.status, answer.reason)


@on_every_server
def test_T10_a_repeated_list_of_signatures_is_refused(server):
    """Stripe's header holds several signatures and one time; two such headers hold two times."""
    answer = deliver(server, *proof("stripe", BODY), *proof("stripe", BODY), path="/stripe/")
    assert (400, "duplicate_header") == (answer.status, answer.reason)


@on_every_server
@pytest.mark.parametrize("other", [BASIC[1], "Basic YTpi", "Bearer x"])
def test_T10_repeated_credentials_are_refused(server, other):
    """There is one Authorization header, or nobody is authorised."""
    answer = deliver(server, BASIC, ("Authorization", other), path="/partner/")
    assert (400, "duplicate_header") == (answer.status, answer.reason)


@on_every_server
def test_T11_an_underscore_never_makes_a_forgery_genuine(server):
    """At worst, where a server prefers the misspelt name, a genuine delivery is refused."""
    answer = deliver(server, (NAME, GOOD), (NAME.replace("-", "_"), BAD))
    expected = (400, "signature_mismatch") if server.name == "granian-wsgi" else (200, "")
    assert expected == (answer.status, answer.reason)


@on_every_server
@pytest.mark.parametrize(
    ("path", "name"), [("/github/", NAME), ("/async/github/", NAME), ("/partner/", "Authorization")]
)
@pytest.mark.parametrize(
    "value",
    [b"\xc3\xa9\xff", GOOD.encode() + b"\xff", GOOD.encode() + b"\0", b"\x1b[31m" + GOOD.encode(), b"Basic \xff"],
    ids=["latin", "tail", "nul", "escape", "basic"],
)
def test_T13_T17_bytes_that_are_no_text_are_refused(server, path, name, value):
    """By the server or by us, and always as the sender's mistake; one server hands over an empty value."""
    answer = deliver(server, (name, value), path=path)
    assert 400 == answer.status
    empty = {"missing_signature", "missing_credentials"} if server.name == "granian-wsgi" else set()
    assert answer.reason in {"", "malformed_header", *empty}


@on_every_server
@pytest.mark.parametrize("value", [f"   {GOOD}", f"{GOOD}   ", f"\t{GOOD} \t"], ids=["before", "after", "tabs"])
def test_T14_whitespace_around_a_signature_is_no_part_of_it(server, value):
    """Whether the server or we cut it off."""
    answer = deliver(server, (NAME, value))
    assert (200, HANDLED) == (answer.status, answer.body)


@on_every_server
@pytest.mark.parametrize("value", [GOOD.replace("=", "= "), GOOD.replace("=", "=\r\n ")], ids=["space", "fold"])
def test_T14_whitespace_within_a_signature_is_refused(server, value):
    """A folded line is either refused or unfolded, which leaves a space."""
    answer = deliver(server, (NAME, value))
    assert 400 == answer.status
    assert answer.reason in {"", "malformed_signature", "malformed_header"}


@on_every_server
@pytest.mark.parametrize("size", [9_000, 66_000])
def test_T13_a_header_beyond_all_measure_is_refused(server, size):
    """Some servers hand 66 KB over; we take 8."""
    answer = deliver(server, (NAME, "a" * size))
    assert answer.status in {400, 431} or (server.name, size, answer.status) == ("daphne", 66_000, 0)
    assert answer.reason in {"", "malformed_header"}


@on_every_server
@pytest.mark.parametrize("path", ["/github/", "/async/github/"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_T50_only_post_delivers(server, path, method):
    """Other methods are told so, even with a genuine signature."""
    answer = deliver(server, (NAME, GOOD), path=path, method=method)
    assert (405, "POST", "method_not_allowed") == (answer.status, answer.headers["allow"], answer.reason)


@on_every_server
def test_T50_an_unknown_method_is_refused(server):
    """By the server or by us."""
    assert deliver(server, (NAME, GOOD), method="DELIVER").status in {400, 405}


@on_every_server
@pytest.mark.parametrize("path", ["/challenged/", "/async/challenged/"])
def test_T104_a_sender_that_waits_for_a_challenge_gets_one(server, path):
    """It asks with HEAD, is told to prove itself, and then does."""
    assert 200 == deliver(server, path=path, method="HEAD").status
    challenge = deliver(server, path=path)
    assert (401, "missing_credentials") == (challenge.status, challenge.reason)
    assert challenge.headers["www-authenticate"].startswith("Basic ")
    assert (200, HANDLED) == ((answer := deliver(server, BASIC, path=path)).status, answer.body)


@on_every_server
def test_T45_refusals_are_alike(server):
    """Status, length and bytes of the answer do not tell what was wrong."""
    answers = {
        (answer.status, answer.body)
        for answer in [
            deliver(server),
            deliver(server, (NAME, BAD)),
            deliver(server, (NAME, "junk")),
            deliver(server, (NAME, GOOD), (NAME, GOOD)),
            deliver(server, path="/partner/"),
            deliver(server, ("Authorization", "Basic YTpi"), path="/partner/"),
        ]
    }
    assert 1 == len(answers)
