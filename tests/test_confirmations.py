"""Subscriptions that are confirmed: by the view, or by a visit where the owner says so, and only after the proof."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.http import HttpResponse

from hookseal import WebhookRejected, webhook
from hookseal.signals import webhook_confirmed
from tests.conftest import names
from tests.origin import respond
from tests.published import AMAZON, CONFIRM, SNS, TOPIC, arequest_of, confirmation, provider, request_of, sns

HANDED_OVER: list[str | None] = []


@pytest.fixture(autouse=True)
def configured(settings):
    """Two endpoints for one topic, of which one confirms by itself."""
    HANDED_OVER.clear()
    settings.MIDDLEWARE = []
    settings.HOOKSEAL = {
        "*": {"REPLAY": False, "PROVIDER": AMAZON, "TOPICS": [TOPIC]},
        "amazon-sns": {},
        "confirming": {"AUTO_CONFIRM": True},
    }


@pytest.fixture
def server():
    """Run the provider's server."""
    with provider() as running:
        yield running


@pytest.fixture
def confirmed():
    """Collect what was confirmed."""
    receipts = []

    def receive(receipt, **_):
        receipts.append(receipt)

    webhook_confirmed.connect(receive)
    yield receipts
    webhook_confirmed.disconnect(receive)


def view(request) -> HttpResponse:
    """Keep the URL that confirms."""
    HANDED_OVER.append(request.webhook.visit)
    return HttpResponse()


async def aview(request) -> HttpResponse:
    """Keep the URL that confirms, in the event loop."""
    return view(request)


def visits(server) -> list[str]:
    """List what was visited beside certificates."""
    return [line for line in server.lines if "SimpleNotificationService" not in line]


VISIT = f"GET {CONFIRM.partition(SNS)[2]} HTTP/1.1"


def test_T43_a_confirmation_is_the_views_affair(server):
    """By default nothing is visited; the view sees where."""
    assert webhook("amazon-sns")(view)(request_of(sns(confirmation()))).status_code == 200
    assert (HANDED_OVER, visits(server)) == ([CONFIRM], [])


def test_T43_a_confirmation_is_visited_where_the_owner_says_so(server, told, confirmed):
    """After the proof, once; no view hears of it, but a signal tells."""
    for _ in range(2):
        assert webhook("confirming")(view)(request_of(sns(confirmation()))).status_code == 200
    assert (HANDED_OVER, visits(server)) == ([], [VISIT])
    assert ([receipt.endpoint for receipt in confirmed], names(told)) == (["confirming"] * 2, [])


async def test_T43_a_confirmation_is_visited_in_the_event_loop(server, confirmed):
    """By the async twin."""
    response = await webhook("confirming")(aview)(arequest_of(sns(confirmation())))
    assert (response.status_code, HANDED_OVER, visits(server), len(confirmed)) == (200, [], [VISIT], 1)


def test_T43_a_confirmation_that_fails_is_asked_for_again(server, lines, confirmed):
    """503, so that the sender comes back; and a line for the owner."""
    published = server.answer
    server.answer = lambda request: respond(b"", "400 No") if b"Confirm" in request else published(request)
    assert webhook("confirming")(view)(request_of(sns(confirmation()))).status_code == 503
    assert "confirmation: status 400" in lines[0].getMessage()
    assert confirmed == []


@pytest.mark.parametrize("url", ["https://evil.example/", "https://169.254.169.254/latest/", "http://localhost/"])
def test_T43_a_confirmation_elsewhere_is_never_visited(server, url):
    """Though it is proven: whoever publishes to the topic must not make this site call anybody."""
    with suppress(WebhookRejected):
        webhook("confirming")(view)(request_of(sns(confirmation(url))))
    assert (visits(server), HANDED_OVER) in [([], []), ([], [None])]


def test_T43_a_forged_confirmation_is_never_visited(server):
    """One byte changed in the signed part."""
    request = request_of(sns(confirmation()))
    request._body = request.body.replace(b"2336412f", b"3336412f")
    with pytest.raises(WebhookRejected):
        webhook("confirming")(view)(request)
    assert visits(server) == []
