"""The way of a request: which step refuses it, what the sender is told, and what a later step is spared."""

from __future__ import annotations

import gc
import weakref
from io import BytesIO

import pytest
import time_machine
from asgiref.testing import ApplicationCommunicator
from django.core.handlers.asgi import ASGIHandler
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from hookseal import WebhookRejected, sign
from hookseal.conf import endpoint
from hookseal.pipeline import check
from tests.conftest import headers_of, reasons
from tests.site import views
from tests.site.settings import HOOKSEAL, SECRETS_OF
from tests.site.streams import Stream

SIGNATURE = "X-Hub-Signature-256"
JUNK = [
    "",
    " ",
    "x",
    "sha256=",
    "sha256=\x00",
    "sha256=\xe9",
    "sha256=\ud800",
    "\u2028",
    "a\r\nb",
    "sha256=" + "0" * 65,
]


def in_meta(headers: dict[str, str]) -> dict[str, str]:
    """Spell headers as META does."""
    return {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}


def test_a_genuine_delivery_reaches_the_view(client: Client, send):
    """What was proven is handed over with the bytes that were verified."""
    response = send(client, "/to/stripe/", "stripe", b'{"id":"evt_1"}')
    receipt = views.handled[0]
    assert (response.status_code, response.content) == (200, b"14")
    assert (receipt.endpoint, receipt.provider, receipt.secret) == ("stripe", "stripe", "stripe[0]")
    assert (receipt.body, receipt.json(), receipt.event_id) == (b'{"id":"evt_1"}', {"id": "evt_1"}, "evt_1")


def test_T97_each_step_spares_the_steps_after_it(posted, settings, lines):
    """With everything wrong at once, mending one step after the other shows the order of all of them."""
    settings.HOOKSEAL = {
        "tenants": {
            "PROVIDER": "github",
            "SECRETS": "tests.site.views.secrets_for_request",
            "ALLOW_IPS": ["203.0.113.7"],
            "RATE_LIMIT": "1/h",
            "MAX_BODY": 10,
        }
    }
    settings.MIDDLEWARE = []
    wrong = {"REQUEST_METHOD": "PUT", "wsgi.url_scheme": "http", "CONTENT_LENGTH": "11", "REMOTE_ADDR": "192.0.2.1"}
    mendings = [
        ("method_not_allowed", {}),
        ("insecure_transport", {"REQUEST_METHOD": "POST"}),
        ("too_large", {"wsgi.url_scheme": "https"}),
        ("address_denied", {"CONTENT_LENGTH": "10"}),
        ("missing_signature", {"REMOTE_ADDR": "203.0.113.7"}),
        ("rate_limited", {}),
    ]
    seen = []
    with time_machine.travel(1_800_000_000, tick=False):
        for _, mended in mendings:
            stream = Stream(b"x" * 9)
            wrong |= mended
            posted("/tenants/acme/", stream, **wrong)
            seen.append((reasons(lines)[-1], stream.taken, len(views.asked)))
    assert seen == [(reason, 0, 0) for reason, _ in mendings]


def test_T97_the_signature_comes_after_the_secrets_and_the_body(posted, lines):
    """Only what is admitted costs a search for secrets; only then is the body read."""
    cut, forged = Stream(b"x" * 9), Stream(b"x" * 10)
    signed = {"HTTP_X_HUB_SIGNATURE_256": "sha256=" + "0" * 64}
    posted("/tenants/acme/", cut, 10, **signed)
    posted("/tenants/acme/", forged, 10, **signed)
    assert reasons(lines) == ["unreadable", "signature_mismatch"]
    assert (cut.taken, forged.taken, len(views.asked)) == (9, 10, 1)


@pytest.mark.parametrize("value", [None, *JUNK])
def test_T33_a_bad_header_costs_no_byte_of_the_body(posted, value: str | None):
    """Under WSGI, a delivery whose headers are wrong is refused unread."""
    stream = Stream(b"{}")
    headers = {} if value is None else {"HTTP_X_HUB_SIGNATURE_256": value}
    assert posted("/to/github/", stream, 2, **headers).status_code == 400
    assert stream.taken == 0


@pytest.mark.parametrize("alias", ["stripe", "github", "partner", "mailgun", "exact", "addressed"])
@pytest.mark.parametrize("junk", JUNK)
def test_T13_T17_junk_in_any_header_is_400(client: Client, settings, alias: str, junk: str):
    """No bytes in a header raise anything but a refusal."""
    names = endpoint(alias).verifier.headers
    for name in names:
        response = client.post(f"/to/{alias}/", b"{}", "application/json", secure=True, headers={name: junk})
        assert response.status_code == 400
    assert views.handled == []


@pytest.mark.parametrize("sender", ["stripe", "github", "partner"])
def test_T83_every_prefix_of_a_genuine_header_is_refused(client: Client, send, sender: str):
    """A header cut short anywhere is malformed or wrong, never an error."""
    (name, value) = next(
        (name, value)
        for name, value in headers_of(sender, b"{}").items()
        if "signature" in name.lower() or name == "Authorization"
    )
    for length in range(len(value)):
        assert send(client, f"/to/{sender}/", sender, headers={name: value[:length]}).status_code == 400
    assert views.handled == []


@pytest.mark.parametrize("sender", ["stripe", "github", "partner"])
def test_T06_without_its_proof_a_delivery_is_refused(client: Client, send, sender: str):
    """Dropping each header a record looks at either refuses the delivery or proves the header needless."""
    proofs = {"stripe": "stripe-signature", "github": "x-hub-signature-256", "partner": "authorization"}
    assert send(client, f"/to/{sender}/", sender).status_code == 200
    headers = {name: None for name in headers_of(sender, b"{}") if name.lower() == proofs[sender]}
    assert send(client, f"/to/{sender}/", sender, headers=headers).status_code == 400
    assert len(views.handled) == 1


@pytest.mark.parametrize("joint", [",", ", "])
@pytest.mark.parametrize("sender", ["github", "partner"])
def test_T10_a_header_that_came_twice_is_refused(client: Client, send, lines, sender: str, joint: str):
    """Servers join repeated headers; a sender of one signature never sends two."""
    for name, value in headers_of(sender, b"{}").items():
        if name.lower() in {"x-hub-signature-256", "authorization"}:
            assert send(client, f"/to/{sender}/", sender, headers={name: value + joint + value}).status_code == 400
    assert reasons(lines) == ["duplicate_header"]


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("hooks.example.com", {}, 503),
        ("localhost", {}, 200),
        ("localhost:8000", {}, 200),
        ("localhost", {"X-Forwarded-For": "192.0.2.1"}, 503),
        ("localhost", {"X-Forwarded-Proto": "https"}, 503),
    ],
)
def test_T40_http_is_refused_but_on_loopback(client: Client, send, host: str, headers: dict, status: int):
    """Only a developer's tunnel may send over http."""
    response = send(client, "/to/github/", "github", secure=False, headers={"Host": host, **headers})
    assert response.status_code == status


def test_T40_a_trusted_proxy_says_that_it_is_https(client: Client, send, settings):
    """SECURE_PROXY_SSL_HEADER is believed as Django believes it."""
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    headers = {"X-Forwarded-Proto": "https"}
    assert send(client, "/to/github/", "github", secure=False, headers=headers).status_code == 200


def test_T40_https_false_accepts_http(client: Client, send, settings):
    """A site may choose otherwise, in its settings only."""
    settings.HOOKSEAL = {"github": HOOKSEAL["github"] | {"HTTPS": False}}
    settings.MIDDLEWARE = []
    assert send(client, "/to/github/", "github", secure=False).status_code == 200


@pytest.mark.parametrize(
    ("remote", "status"),
    [
        ("203.0.113.7", 200),
        ("::ffff:203.0.113.7", 200),
        ("2001:db8::7", 200),
        ("203.0.113.6", 400),
        ("2001:db8::6", 400),
        ("2001:db8::8007", 400),
        ("", 503),
        ("unix:", 503),
        ("010.0.0.1", 503),
    ],
)
def test_T80_T82_only_listed_addresses_may_send(client: Client, send, remote: str, status: int):
    """A bare address is a range of one; without a usable address nobody is let in, and the site is told."""
    assert send(client, "/to/nearby/", "github", REMOTE_ADDR=remote).status_code == status


def test_T81_a_listed_address_in_the_left_most_place_is_refused(client: Client, send):
    """X-Forwarded-For is not believed without TRUSTED_PROXIES."""
    headers = {"X-Forwarded-For": "203.0.113.7"}
    assert send(client, "/to/nearby/", "github", REMOTE_ADDR="192.0.2.1", headers=headers).status_code == 400


@pytest.mark.parametrize(("length", "status"), [(999, 200), (1000, 200), (1001, 413)])
@pytest.mark.parametrize("limit", [10, 10_000])
def test_T32_max_body_is_the_cap(client: Client, send, settings, *, limit: int, length: int, status: int):
    """One byte over MAX_BODY is 413, whatever DATA_UPLOAD_MAX_MEMORY_SIZE is."""
    settings.HOOKSEAL = {"github": HOOKSEAL["github"] | {"MAX_BODY": 1000}}
    settings.MIDDLEWARE = []
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = limit
    response = send(client, "/to/github/", "github", b"x" * length)
    assert response.status_code == status
    assert (response.content == b"") == (status == 413)


def test_T103_a_body_that_proves_nothing_is_not_read(client: Client, send):
    """Three megabytes of attachments under Basic stream to Django's upload handlers as ever."""
    upload = encode_multipart(BOUNDARY, {"file": BytesIO(b"x" * 3_000_000)})
    response = send(client, "/uploads/", "partner", data=upload, content_type=MULTIPART_CONTENT)
    assert (response.status_code, response.content) == (200, b"3000000")


def test_T103_the_view_may_still_ask_for_the_body(client: Client, send):
    """`receipt.body` is read at first use, where the proof did not need it."""
    assert send(client, "/to/partner/", "partner", b"hello").content == b"5"
    assert views.handled[0].body == b"hello"


def test_T103_the_view_may_still_ask_for_the_fields(client: Client, send):
    """`receipt.form` parses a multipart form at first use."""
    upload = encode_multipart(BOUNDARY, {"a": ["1", "2"]})
    response = send(client, "/fields/", "partner", data=upload, content_type=MULTIPART_CONTENT)
    assert response.json() == {"a": ["1", "2"]}


def test_T103_a_receipt_keeps_no_request_alive(rf: RequestFactory):
    """The request holds the receipt, so the receipt must not hold the request."""
    request = rf.post("/", b"{}", "application/json", secure=True, headers=headers_of("partner", b"{}"))
    receipt = request.webhook = check(request, endpoint("partner"), {})
    gone = weakref.ref(request)
    gc.disable()
    try:
        del request
        assert gone() is None
    finally:
        gc.enable()
    with pytest.raises(WebhookRejected, match="the request is over"):
        receipt.body  # noqa: B018 - reading is what fails


def test_T30_a_chunked_delivery_is_refused_or_read_never_lost(posted):
    """Under WSGI a chunked body arrives empty, unless the server ends the stream."""
    proof = in_meta(headers_of("partner", b"{}"))
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", **proof}
    assert posted("/to/partner/", Stream(b"{}"), **chunked).status_code == 503
    response = posted("/to/partner/", Stream(b"{}"), **chunked, **{"wsgi.input_terminated": True})
    assert (response.status_code, response.content) == (200, b"2")


def test_T31_a_compressed_body_is_verified_as_it_came(client: Client, send):
    """Nothing is decompressed behind the sender's back."""
    response = send(client, "/to/github/", "github", b"\x1f\x8b\x08\x00", headers={"Content-Encoding": "gzip"})
    assert response.status_code == 200
    assert views.handled[0].body == b"\x1f\x8b\x08\x00"


@pytest.mark.parametrize(
    ("middleware", "content_type", "status"),
    [
        ("reads_stream", "application/json", 503),
        ("reads_post", MULTIPART_CONTENT, 503),
        ("reads_post", "application/x-www-form-urlencoded", 200),
        ("reads_body", "application/json", 200),
    ],
)
def test_T29_a_body_that_was_read_before_us(
    client: Client, send, settings, lines, *, middleware: str, content_type: str, status: int
):
    """What Django kept serves; what is gone is the site's fault, and the middleware is named."""
    settings.MIDDLEWARE = [f"tests.site.middleware.{middleware}"]
    body = encode_multipart(BOUNDARY, {"a": "1"}) if content_type == MULTIPART_CONTENT else b"a=1"
    assert send(client, "/to/github/", "github", body, content_type=content_type).status_code == status
    if status == 503:
        assert reasons(lines) == ["body_consumed"]
        assert f"tests.site.middleware.{middleware}" in lines[0].getMessage()


def form_of_mailgun() -> bytes:
    """Make a form with an attachment, signed by its fields."""
    form_type = "application/x-www-form-urlencoded"
    signed = sign("mailgun", secret=SECRETS_OF["mailgun"], body=b"subject=hello", content_type=form_type)
    fields = dict(pair.split("=", 1) for pair in signed.body.decode().split("&"))
    return encode_multipart(BOUNDARY, {**fields, "attachment-1": BytesIO(b"x" * 1_000_000)})


def test_T35_the_fields_of_a_multipart_form_can_be_the_proof(client: Client):
    """A form with attachments is verified by its fields, and its files reach the view."""
    response = client.generic("POST", "/forms/", form_of_mailgun(), MULTIPART_CONTENT, secure=True)
    assert (response.status_code, response.json()) == (200, {"subject": "hello", "files": 1})


async def test_T35_a_multipart_form_is_read_under_asgi(async_client: AsyncClient):
    """Likewise, and the server's temporary file is closed in the end."""
    response = await async_client.generic("POST", "/forms/", form_of_mailgun(), MULTIPART_CONTENT, secure=True)
    assert (response.status_code, response.json()) == (200, {"subject": "hello", "files": 1})
    stream = response.asgi_request._stream
    response.asgi_request.close()
    assert stream._stream.closed


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_T35_a_broken_multipart_form_is_400(client: Client, lines, content_type: str):
    """Django's complaint about a boundary is a refusal of ours."""
    assert client.generic("POST", "/to/mailgun/", b"--x", content_type, secure=True).status_code == 400
    assert reasons(lines) == ["malformed_body"]


@pytest.mark.parametrize("error", [OSError("reset"), None])
def test_T34_a_client_that_goes_away_is_400(posted, lines, error: Exception | None):
    """A body that breaks off is refused, and nothing is handled."""
    response = posted("/to/github/", Stream(b"{", error=error), 2, **in_meta(headers_of("github", b"{}")))
    assert (response.status_code, reasons(lines), views.handled) == (400, ["unreadable"], [])


async def test_T34_an_asgi_client_that_goes_away_reaches_no_view(send):
    """Under ASGI Django receives the body first, and drops the request when its client has gone."""
    scope = AsyncRequestFactory()._base_scope(method="POST", path="/async-function/")
    server = ApplicationCommunicator(ASGIHandler(), scope)
    await server.send_input({"type": "http.request", "body": b"{", "more_body": True})
    await server.send_input({"type": "http.disconnect"})
    await server.wait()
    assert views.handled == []


def test_T37_a_signed_url_is_the_one_the_sender_called(client: Client, settings):
    """The signature covers the public URL, though Django sees another one."""
    public = "https://public.example.com"
    settings.HOOKSEAL = {"addressed": HOOKSEAL["addressed"] | {"PUBLIC_URL": public}}
    settings.MIDDLEWARE = []
    for url, status in ((f"{public}/to/addressed/?a=%41", 200), ("https://testserver/to/addressed/?a=%41", 400)):
        record = HOOKSEAL["addressed"]["PROVIDER"]
        signed = sign(record, secret=SECRETS_OF["github"], body=b"{}", url=url)
        response = client.post("/to/addressed/?a=%41", b"{}", "application/json", secure=True, headers=signed.headers)
        assert response.status_code == status


def test_T46_a_mismatch_tells_the_owner_which_url_was_judged(client: Client, settings, lines):
    """The usual mistake behind a proxy; without the password in it, and without the query."""
    public = "https://user:password-canary@public.example.com/hook"
    settings.HOOKSEAL = {"addressed": HOOKSEAL["addressed"] | {"PUBLIC_URL": public}}
    settings.MIDDLEWARE = []
    headers = {"X-Signature": "0" * 64}
    client.post("/to/addressed/?key=query-canary", b"{}", "application/json", secure=True, headers=headers)
    [line] = lines
    assert line.rejection.detail == "tried 1, its URL was taken to be https://public.example.com/hook"
    assert "canary" not in line.getMessage()


def test_T91_an_unknown_tenant_is_refused_like_a_forger(client: Client, send):
    """Nobody learns which tenants exist; the search for one is done once, found or not."""
    forged = [send(client, "/tenants/acme/", "github", headers={SIGNATURE: "sha256=" + "0" * 64}) for _ in range(3)]
    unknown = [send(client, "/tenants/nobody/", "github") for _ in range(3)]
    answers = {(each.status_code, each.content, tuple(each.items())) for each in (*forged, *unknown)}
    assert len(answers) == 1
    assert [question["tenant"] for question in views.asked] == ["acme", "nobody"]


@pytest.mark.parametrize("path", ["/tenants/acme/", "/async-tenants/acme/"])
def test_a_tenants_own_secret_is_found_by_the_url(client: Client, send, path: str):
    """The function in SECRETS gets the URL's arguments, and may be async in a sync view."""
    assert send(client, path, "tenants").status_code == 200
    assert views.asked == [{"hook": None, "tenant": "acme"}]


def test_a_search_for_secrets_that_fails_is_the_sites_fault(client: Client, send, monkeypatch, lines):
    """An outage of the function's source loses no delivery, and what it said is not repeated."""

    def fail(headers, **url_kwargs):
        raise ConnectionError("password-canary")

    monkeypatch.setattr(endpoint("tenants").secret_source, "_lookup", fail)
    assert send(client, "/tenants/acme/", "tenants").status_code == 503
    assert reasons(lines) == ["not_configured"]
    assert "canary" not in lines[0].getMessage()
