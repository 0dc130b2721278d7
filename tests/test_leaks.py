"""No secret of the site is ever seen: not on the DEBUG page, in a mail, a log or a frame of a refused delivery."""

from __future__ import annotations

import logging
import sys
from base64 import b64encode
from urllib.parse import quote

import pytest
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils.log import AdminEmailHandler
from django.views.debug import ExceptionReporter

from hookseal import WebhookRejected, sign, webhook
from tests.site import views
from tests.site.settings import SECRETS_OF

FORGED = {"X-Hub-Signature-256": "sha256=" + "0" * 64}
KINDS = ["function", "class", "stacked", "api", "async-function", "async-class", "async-stacked"]


@pytest.mark.parametrize("kind", KINDS)
def test_T44_T56_no_secret_is_on_the_debug_page(client: Client, send, settings, kind: str):
    """The page that Django shows to anybody under DEBUG holds locals and settings, and none of our secrets."""
    settings.DEBUG = True
    response = send(client, f"/{kind}/", "github", headers=FORGED)
    assert response.status_code == 400
    assert b"signature_mismatch" in response.content
    assert canaries_in(response.content.decode()) == []


@pytest.mark.parametrize("alias", ["stripe", "github", "partner", "mailgun", "challenged", "addressed"])
def test_T44_no_secret_is_in_a_mail_or_a_line(client: Client, send, caplog, alias: str):
    """Neither the admins' HTML mail nor a log at DEBUG level shows a secret."""
    handler = AdminEmailHandler(include_html=True)
    logging.getLogger("django").addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG):
            client.post(f"/to/{alias}/", b"{}", "application/json", secure=True)
    finally:
        logging.getLogger("django").removeHandler(handler)
    told = [f"{sent.body} {sent.alternatives}" for sent in mail.outbox]
    assert canaries_in(caplog.text + "".join(told) + "".join(str(vars(record)) for record in caplog.records)) == []


def test_T44_no_keyword_of_the_decorator_is_in_the_report_of_a_failing_view(rf: RequestFactory, send):
    """A view that raises shows the frames around it, where a secret given to `@webhook` must not be readable."""
    canary = "canary-" * 4 + "end"  # put together here, so that no line of source shows it

    @webhook("keywords", provider="github", secrets=[canary])
    def failing(request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError

    signed = sign("github", secret=canary, body=b"{}")
    request = rf.post("/", b"{}", "application/json", headers=signed.headers, secure=True)
    with pytest.raises(ZeroDivisionError) as failed:
        failing(request)
    frames = failed.value.__traceback__.tb_next  # the test's own frame knows the canary
    report = ExceptionReporter(request, failed.type, failed.value, frames).get_traceback_html()
    assert "keywords" in report
    assert canary not in report


@pytest.mark.parametrize("alias", ["stripe", "github", "partner", "mailgun", "tenants"])
def test_T44_no_frame_holds_a_secret_when_a_delivery_is_refused(rf: RequestFactory, alias: str):
    """Error trackers collect the locals of every frame; the traceback ends with the first frame of ours."""
    view = webhook(alias)(views.plain)
    with pytest.raises(WebhookRejected) as refused:
        view(rf.post("/", b"{}", "application/json", secure=True), **({"tenant": "acme"} if alias == "tenants" else {}))
    frames = []
    trace = refused.value.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code is not sys._getframe().f_code:
            frames.append(trace.tb_frame)
        trace = trace.tb_next
    assert [frame.f_code.co_name for frame in frames] == ["guarded", "_refuse", "answer"]
    assert canaries_in("".join(repr(frame.f_locals) for frame in frames)) == []
    assert (refused.value.__cause__, refused.value.__context__) == (None, None)


def canaries_in(text: str) -> list[str]:
    """Find secrets of the test project in a text, as they stand and as they are often written."""
    spelled = {
        spelling
        for secret in SECRETS_OF.values()
        for spelling in (secret, quote(secret), secret.encode().hex(), b64encode(secret.encode()).decode())
    }
    return [spelling for spelling in spelled if spelling in text]
