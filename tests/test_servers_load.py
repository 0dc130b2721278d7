"""Many deliveries at once, in forked workers and threads; and what a server's log and its owner's mail hold of junk."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from hookseal import Reason
from hookseal.logging import LINES_PER_MINUTE, LOGGER
from tests.live import message, on_every_server, proof, starting
from tests.served.settings import MIDDLEWARE, SECRETS_OF

pytestmark = pytest.mark.servers

CLIENTS = 16
FLOOD = 2000
JUNK = ("X-Hub-Signature-256", f"sha256={'0' * 64}")
REFUSAL = re.compile(rf"^(ERROR|WARNING) {re.escape(LOGGER)}: (.*)$", re.MULTILINE)


def mixed():
    """Genuine deliveries of each kind and size, and forgeries of each, with the verdict that each must get."""
    for size in (0, 700, 1_200_000):
        body = bytes(size)
        genuine = (200, "", sha256(body).hexdigest().encode())
        for path in ("/github/", "/async/github/"):
            yield message(path, *proof("github", body), body=body), genuine
            yield message(path, *proof("github", body), body=body + b"1"), (400, "signature_mismatch", None)
    body = b'{"type": "ping"}'
    genuine = (200, "", sha256(body).hexdigest().encode())
    for path in ("/partner/", "/async/partner/"):
        yield message(path, *proof("partner"), body=body), genuine
        yield message(path, ("Authorization", "Basic cGFydG5lcjpndWVzcw=="), body=body), (400, "bad_credentials", None)
    for path in ("/stripe/", "/async/stripe/"):
        yield message(path, *proof("stripe", body), body=body), genuine
        yield message(path, *proof("stripe", body), body=b"{}"), (400, "signature_mismatch", None)


@on_every_server
def test_T52_each_of_many_deliveries_at_once_gets_its_own_verdict(server):
    """Sixteen clients, genuine and forged mixed, some of them large enough that the engine lets other threads run."""
    kinds = list(mixed())
    deliveries = [delivery for start in range(CLIENTS) for delivery in kinds[start:] + kinds[:start]]
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(server.exchange, [request for request, _ in deliveries]))
    wrong = [
        (answer, expected)
        for answer, (_, expected) in zip(answers, deliveries, strict=True)
        if expected != (answer.status, answer.reason, answer.body if answer.status == 200 else None)
    ]
    assert not wrong
    workers = {answer.headers["x-process"] for answer in answers}
    assert len(workers) == (2 if server.name == "gunicorn-preload" else 1)


@pytest.mark.parametrize(
    ("name", "workers", "path"), [("gunicorn-preload", 2, "/github/"), ("uvicorn", 1, "/async/github/")]
)
def test_T46_a_flood_of_junk_makes_one_mail_and_few_lines(name, workers, path, tmp_path):
    """In each worker; all are refused, and a genuine delivery is accepted after them."""
    junk = message(path, JUNK, body=b"{}")
    changes = {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": str(tmp_path)}
    changes["MIDDLEWARE"] = MIDDLEWARE[:2]  # Django's own would take longer than all else
    began = time.time()
    with starting(name, **changes) as [server], ThreadPoolExecutor(CLIENTS) as clients:
        statuses = {answer.status for answer in clients.map(server.exchange, [junk] * FLOOD)}
        genuine = server.exchange(message(path, *proof("github", b"{}"), body=b"{}"))
        log, mails = server.log, "".join(mail.read_text() for mail in tmp_path.iterdir())
    assert ({400}, 200) == (statuses, genuine.status)
    assert log.count("noted signature_mismatch") == FLOOD
    levels = [level for level, _ in REFUSAL.findall(log)]
    minutes = 1 + time.time() // 60 - began // 60  # lines are counted by the minute of the clock
    assert 1 <= mails.count("Subject:") == levels.count("ERROR") <= workers
    assert 1 <= levels.count("WARNING") <= workers * LINES_PER_MINUTE * minutes
    assert SECRETS_OF["github"] not in mails


REFUSALS = {
    "signature_mismatch": message("/github/", JUNK, body=b"{}"),
    "missing_signature": message("/async/stripe/?token=canary-query", body=b"{}"),
    "bad_credentials": message("/partner/", ("Authorization", "Basic cGFydG5lcjpjYW5hcnktZ3Vlc3M="), body=b"{}"),
    "method_not_allowed": message("/github/", *proof("github"), method="PUT"),
    "too_large": message("/small/", *proof("github", bytes(1001)), body=bytes(1001)),
    "insecure_transport": message("/github/", *proof("github"), host="hooks.example.com"),
    "malformed_signature": message("/github/%1b[31m%E2%80%A8ERROR%20forged", ("X-Hub-Signature-256", "junk%s")),
}
WHERE = [
    "github refused [signature_mismatch] POST /github/",
    "stripe refused [missing_signature] POST /async/stripe/",
    "partner (basic) refused [bad_credentials] POST /partner/",
    "github refused [method_not_allowed] PUT /github/",
    "small (github) refused [too_large] POST /small/",
    "github refused [insecure_transport] POST /github/",
    r"github refused [malformed_signature] POST /github/\x1b[31m\u2028ERROR forged",
]


@pytest.mark.parametrize("name", ["gunicorn", "granian-wsgi", "uvicorn"])
def test_T44_T47_a_refusal_is_one_line_that_says_who_what_where_and_why(name):
    """Endpoint, code, method, path, address and fix; no secret, no query, and no text that writes lines of its own."""
    with starting(name) as [server]:
        for reason, request in REFUSALS.items():
            assert reason == server.exchange(request).reason
        log = server.log
    lines = [line for _, line in REFUSAL.findall(log)]
    assert WHERE == [line.partition(" from 127.0.0.1: ")[0] for line in lines]
    assert [f"Fix: {Reason(code).fix}." for code in REFUSALS] == [re.search("Fix: .*", line)[0] for line in lines]
    # A signed message proves itself by its URL, too, and none of these requests is one.
    proofs = [proof(sender)[0][1] for sender in SECRETS_OF.keys() - {"messages"}]
    assert not [text for text in (*SECRETS_OF.values(), *proofs, "cGFydG5lcj", "Traceback") if text in log]
    assert not [line for line in lines if "canary" in line or not line.isprintable()]
