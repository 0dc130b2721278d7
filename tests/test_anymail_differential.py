"""Anymail as its own yardstick: what it accepts and is genuine we accept, what it refuses or falls over we refuse."""

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from anymail.exceptions import AnymailConfigurationError
from anymail.urls import urlpatterns
from django.core.exceptions import SuspiciousOperation
from django.test import RequestFactory

from hookseal.contrib.anymail import urls
from hookseal.signals import webhook_rejected
from tests.esps import ANYMAIL, FORM, WEBHOOKS, Post, genuine
from tests.test_totality import BAD_BODIES, BAD_CREDENTIALS, BAD_HEADERS, FURTHER_BODIES

EXAMPLES = int(os.environ.get("HOOKSEAL_EXAMPLES", "60")) * 5
"""Requests for each webhook; raised for long runs."""

pytestmark = [
    pytest.mark.filterwarnings("ignore:Anymail's SendinBlue webhook URLs:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailInsecureWebhookWarning"),
]

THEIRS = {each.name: each.callback for each in urlpatterns}
OURS = {each.name: each.callback for each in urls.urlpatterns}

STRICTER = {"duplicate_header", "malformed_body", "malformed_credentials", "malformed_header", "malformed_signature"}
"""Why we may refuse what Anymail accepts; `DIFFERENCES` has an example of each."""

UNCHECKED = {"sendgrid.inbound"}
"""Webhooks whose signature Anymail does not look at."""


@pytest.fixture(autouse=True)
def _site(settings) -> None:
    settings.ANYMAIL = ANYMAIL
    settings.HOOKSEAL = {"anymail": {"REPLAY": False}}


@pytest.fixture
def refused() -> Iterator[list[str]]:
    """Collect why we refuse."""
    seen: list[str] = []

    def receive(rejection, **_):
        seen.append(rejection.reason.value)

    webhook_rejected.connect(receive)
    yield seen
    webhook_rejected.disconnect(receive)


def named(webhook: str) -> str:
    """Name the URL of a webhook."""
    return webhook.replace(".", "_") + "_webhook"


def request_of(post: Post):
    """Make the request."""
    return RequestFactory().generic(
        "POST", f"/anymail/{post.path}", post.body, post.kind, headers=post.headers, secure=True
    )


def verdict(view: Callable, post: Post) -> str:
    """Say what a view makes of a request: a word."""
    try:
        status = view(request_of(post)).status_code
    except SuspiciousOperation:
        return "refuses"
    except AnymailConfigurationError:  # the body is another webhook's, the URL is set wrongly
        return "complains"
    except Exception as error:  # noqa: BLE001 - whatever it falls over
        return f"crashes: {type(error).__name__}"
    return "accepts" if status == 200 else "refuses"


def bent(chance: random.Random, post: Post) -> Post:
    """Change something about a genuine request."""
    return chance.choice(BENDS)(chance, post)


def _header(chance: random.Random, post: Post) -> Post:
    name = chance.choice([*post.headers, "Authorization"])
    values = BAD_CREDENTIALS if name == "Authorization" else BAD_HEADERS
    value = chance.choice([*values, *(_edited(chance, post.headers.get(name, "")) for _ in range(9))])
    return replace(post, headers={**post.headers, name: value})


def _without_header(chance: random.Random, post: Post) -> Post:
    gone = chance.choice([*post.headers, ""])
    return replace(post, headers={name: value for name, value in post.headers.items() if name != gone})


def _body(chance: random.Random, post: Post) -> Post:
    if chance.random() < 0.5:
        return replace(post, body=chance.choice([*BAD_BODIES, *FURTHER_BODIES]))
    return replace(post, body=_edited(chance, post.body.decode("latin-1")).encode("latin-1", "replace"))


def _kind(chance: random.Random, post: Post) -> Post:
    kinds = [
        "application/json",
        FORM,
        "multipart/form-data; boundary=x",
        "text/plain",
        "",
        "text/json",
        "Application/JSON;a=b",
    ]
    return replace(post, kind=chance.choice(kinds))


def _both(chance: random.Random, post: Post) -> Post:
    return bent(chance, bent(chance, post))


BENDS: tuple[Callable[[random.Random, Post], Post], ...] = (
    _header,
    _header,
    _without_header,
    _body,
    _body,
    _kind,
    _both,
)
SNIPPETS = [
    *(" ", "\t", "  ", "=", "==", "\xe9", "0", "A", "-", "_", ",", "v1,", "Basic ", "{", "}", '"', ":", "\\", "\0")
]


def _edited(chance: random.Random, text: str) -> str:
    at, more = chance.randint(0, len(text)), chance.choice(SNIPPETS)
    return chance.choice(
        [
            text[:at] + more + text[at:],
            text[:at] + text[at + 1 :],
            text[:at] + more + text[at + len(more) :],
            text.swapcase(),
            text[:at],
            text + more,
            more + text,
        ]
    )


def respelled(post: Post) -> Post:
    """Write hexadecimal digits and white space as Anymail wants them; see the table of other spellings in the docs."""
    headers = {name: value.strip(" \t") for name, value in post.headers.items()}
    for name in {"Signature", "Mailtrap-Signature"} & set(headers):
        headers[name] = headers[name].lower()
    if "svix-signature" in headers:
        entries = re.findall(r"(?:^|(?<=[ ,\t]))v1,([A-Za-z0-9+/]{43}=)(?=$|[ ,\t])", headers["svix-signature"])
        headers["svix-signature"] = " ".join(f"v1,{entry}" for entry in entries)
    body = re.sub(rb'signature(=|": ")[0-9A-Fa-f]{64}', lambda found: found[0].lower(), post.body)
    return replace(post, headers=headers, body=body)


@pytest.mark.parametrize("webhook", WEBHOOKS)
def test_anymail_and_we_agree(webhook: str, refused):
    """On requests that are genuine but for a change or two; every difference is one that the docs name."""
    chance = random.Random(webhook)  # noqa: S311 - the same requests in each run
    theirs, ours = THEIRS[named(webhook)], OURS[named(webhook)]
    post = genuine(webhook)
    assert (verdict(theirs, post), verdict(ours, post)) == ("accepts", "accepts")
    pairs: Counter[tuple[str, ...]] = Counter()
    for _ in range(EXAMPLES):
        changed = bent(chance, post)
        refused.clear()
        his, mine = verdict(theirs, changed), verdict(ours, changed)
        pairs[(his, mine, *refused)] += 1
        if mine == "accepts":
            assert verdict(theirs, respelled(changed)) == "accepts", changed
        elif mine == "complains":
            assert his == "complains", changed
        else:
            assert mine == "refuses", changed
            assert his != "accepts" or refused[0] in STRICTER or webhook in UNCHECKED, (changed, refused)
    assert {"accepts", "refuses"} <= {mine for _, mine, *_ in pairs}


def _credentials(write: Callable[[str], str]) -> Callable[[Post], Post]:
    return lambda post: replace(post, headers={**post.headers, "Authorization": write(post.headers["Authorization"])})


def _proof(name: str, write: Callable[[str], str]) -> Callable[[Post], Post]:
    return lambda post: replace(post, headers={**post.headers, name: write(post.headers[name])})


def _sent(body: bytes) -> Callable[[Post], Post]:
    return lambda post: replace(post, body=body)


def _block(**fields: object) -> Callable[[Post], Post]:
    def change(post: Post) -> Post:
        told = json.loads(post.body)
        return replace(post, body=json.dumps({**told, "signature": {**told["signature"], **fields}}).encode())

    return change


def _form(write: Callable[[bytes], bytes]) -> Callable[[Post], Post]:
    return lambda post: replace(post, body=write(post.body))


DIFFERENCES: dict[str, tuple[str, Callable[[Post], Post], str, str]] = {
    "credentials with foreign characters within their base64": (
        "postmark.tracking",
        _credentials(lambda text: f"{text[:12]}!{text[12:]}"),
        "accepts",
        "malformed_credentials",
    ),
    "credentials with a comma within their base64": (
        "postmark.tracking",
        _credentials(lambda text: f"{text[:12]},{text[12:]}"),
        "accepts",
        "duplicate_header",
    ),
    "credentials with more padding than base64 has": (
        "brevo.tracking",
        _credentials("{}====".format),
        "accepts",
        "malformed_credentials",
    ),
    "a tab between `Basic` and the credentials": (
        "brevo.tracking",
        _credentials(lambda text: text.replace(" ", "\t")),
        "accepts",
        "malformed_credentials",
    ),
    "a body that is no JSON": ("postmark.tracking", _sent(b"{"), "crashes: JSONDecodeError", "malformed_body"),
    "an empty body": ("mailjet.tracking", _sent(b""), "crashes: JSONDecodeError", "malformed_body"),
    "a body that is no UTF-8": ("brevo.tracking", _sent(b"\xff"), "crashes: UnicodeDecodeError", "malformed_body"),
    "JSON of another shape: a list, a number, `null`": (
        "postmark.tracking",
        _sent(b"[1]"),
        "crashes: TypeError",
        "malformed_body",
    ),
    "JSON nested 100,000 deep": (
        "sparkpost.tracking",
        _sent(b"[" * 100_000),
        "crashes: RecursionError",
        "malformed_body",
    ),
    "Mailgun: `signature` is a text, a number or `null`": (
        "mailgun.tracking",
        _sent(b'{"signature":"x"}'),
        "crashes: TypeError",
        "missing_signature",
    ),
    "Mailgun: a token that is no ASCII": (
        "mailgun.tracking",
        _block(token="\xe9"),
        "crashes: UnicodeEncodeError",
        "signature_mismatch",
    ),
    "Mailgun: a token that is half a character": (
        "mailgun.tracking",
        _block(token="\ud800"),
        "crashes: UnicodeEncodeError",
        "malformed_body",
    ),
    "Mailgun: the same key twice in the JSON": (
        "mailgun.tracking",
        _form(lambda body: b'{"event-data":{},' + body[1:]),
        "accepts",
        "malformed_body",
    ),
    "Mailgun: a form with broken percent signs": (
        "mailgun.inbound",
        _form(lambda body: body + b"&x=%zz"),
        "accepts",
        "malformed_body",
    ),
    "Resend: a signature that is no base64": (
        "resend.tracking",
        _proof("svix-signature", lambda _: "v1,A"),
        "crashes: Error",
        "malformed_signature",
    ),
    "Resend: an entry of the list without a comma, or with two": (
        "resend.tracking",
        _proof("svix-signature", lambda _: "v1,a,b"),
        "crashes: ValueError",
        "malformed_signature",
    ),
    "Resend: a body that is no UTF-8": (
        "resend.tracking",
        _sent(b"\xff"),
        "crashes: UnicodeDecodeError",
        "signature_mismatch",
    ),
    "Postal: a signature with foreign characters within its base64": (
        "postal.tracking",
        _proof("X-Postal-Signature", lambda text: f"{text[:9]}!{text[9:]}"),
        "accepts",
        "malformed_signature",
    ),
    "Postal: a signature that is no ASCII": (
        "postal.tracking",
        _proof("X-Postal-Signature", lambda text: f"\xe9{text}"),
        "crashes: ValueError",
        "malformed_header",
    ),
    "SendGrid: a signature that is no ASCII": (
        "sendgrid.tracking",
        _proof("X-Twilio-Email-Event-Webhook-Signature", lambda text: f"\xe9{text}"),
        "crashes: ValueError",
        "malformed_header",
    ),
    "SendGrid inbound: another mail than was signed": (
        "sendgrid.inbound",
        _form(lambda body: body.replace(b"hello", b"hullo")),
        "accepts",
        "signature_mismatch",
    ),
    "Unisender Go: a list": ("unisender_go.tracking", _sent(b"[]"), "crashes: TypeError", "missing_signature"),
    "Unisender Go: a wrong digest, and `events_by_user` is `null`": (
        "unisender_go.tracking",
        _sent(b'{"auth":"0","events_by_user":null}'),
        "crashes: TypeError",
        "malformed_signature",
    ),
    "Unisender Go: a digest of one letter, in 2 MB of that letter (Anymail hashes 70 MB)": (
        "unisender_go.tracking",
        _sent(b'{"auth":"a","x":"' + b"a" * 2_000_000 + b'"}'),
        "refuses",
        "malformed_signature",
    ),
}
"""What Anymail accepts or falls over, and we refuse: the webhook, the change, what Anymail does, and our reason."""


@pytest.mark.parametrize("name", DIFFERENCES)
def test_where_we_are_stricter(name: str, refused):
    """Each such place is named."""
    webhook, change, his, reason = DIFFERENCES[name]
    changed = change(genuine(webhook))
    assert (verdict(THEIRS[named(webhook)], changed), verdict(OURS[named(webhook)], changed)) == (his, "refuses")
    assert refused == [reason]


def test_the_docs_name_each_difference():
    """The page's table has these rows, in this order."""
    page = (Path(__file__).resolve().parent.parent / "docs" / "anymail.md").read_text()
    rows = re.findall(r"(?m)^\| (.+?) \| (accepts|crashes|refuses) \| `(\w+)` \|$", page)
    assert rows == [(name, his.partition(":")[0], reason) for name, (_, _, his, reason) in DIFFERENCES.items()]
