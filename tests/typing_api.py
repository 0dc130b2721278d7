"""What a type checker must know of the paved path: mypy reads this file strictly, nobody runs it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.test import TestCase
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from typing_extensions import assert_type

from hookseal import Reason, Receipt, Secret, Verifier, WebhookRejected, providers, sign, webhook
from hookseal._engine import RemoteKey, Wanted
from hookseal.https import Https
from hookseal.keysource import KeySource
from hookseal.reasons import Fault
from hookseal.schemes import Claim, Header, Json, Require, Scheme, asymmetric, basic, http_signature, jwt, mac, token
from hookseal.signing import Signed
from hookseal.testing import TAMPERINGS, AsyncWebhookClient, Delivery, WebhookBattery, WebhookClient


@webhook("stripe")
def view(request: HttpRequest, order: int) -> HttpResponse:
    """A view keeps its own type under the decorator."""
    return HttpResponse(str(order))


@webhook("stripe", max_body=65_536)
async def async_view(request: HttpRequest) -> HttpResponse:
    """So does an async one."""
    return HttpResponse()


class WebhookRequest(HttpRequest):
    """What the documentation advises for views under a type checker."""

    webhook: Receipt


@webhook("stripe")
def typed_view(request: WebhookRequest) -> HttpResponse:
    """A view that names its receipt."""
    assert_type(request.webhook, Receipt)
    return HttpResponse(request.webhook.body)


@method_decorator(webhook("stripe"), name="dispatch")
class ClassView(View):
    """A class keeps its type too."""


assert_type(view(HttpRequest(), 7), HttpResponse)
plain_async_view: Callable[[HttpRequest], Coroutine[Any, Any, HttpResponse]] = async_view
urlpatterns = [path("typed/", typed_view), path("async/", async_view), path("class/", ClassView.as_view())]
assert_type(ClassView(), ClassView)
plain_view: Callable[[HttpRequest, int], HttpResponse] = view
view(HttpRequest(), "seven")  # type: ignore[arg-type]  # the view's own parameters are checked
webhook(7)  # type: ignore[arg-type]  # an alias is a str

verifier = Verifier("stripe", secrets=["whsec", Secret("old", label="2025")], tolerance=None)
receipt = verifier.verify(headers={"Stripe-Signature": "t=1"}, body=b"{}", now=1.0)
verifier.verify(headers=[(b"stripe-signature", b"t=1")], body=b"{}")
assert_type(receipt.visit, str | None)


async def averified() -> Receipt:
    """The twin for event loops, with a key source of the site's own."""
    topics = ["arn:aws:sns:us-east-1:123456789012:mail"]
    sns = Verifier("amazon-sns", topics=topics, keysource=KeySource(fetch=Https(seconds=2.0)))
    return await sns.averify(headers={}, body=b"{}")


def find_key(wanted: Wanted) -> RemoteKey:
    """Find a key without the network."""
    return RemoteKey(wanted.source, wanted.location, b"{}")


Verifier("plaid", options={"client_id": "7", "secret": "s"}, keysource=find_key)
verifier.verify(headers={}, body="{}")  # type: ignore[arg-type]  # a body is bytes
assert_type(receipt, Receipt)
assert_type(receipt.event_id, str | None)
assert_type(receipt.timestamp, float | None)
assert_type(receipt.body, bytes)
assert_type(receipt.form, dict[str, list[str]])
assert_type(receipt.secret, str)
assert_type(receipt.replay_key, bytes | None)
assert_type(receipt.fresh(["evt_1"]), list[str])
assert_type(receipt.extend(60), None)

signed = sign("stripe", secret="whsec", body=b"{}", now=1.0)
assert_type(signed, Signed)
assert_type(signed.headers, dict[str, str])
assert_type(providers(), list[str])

rejection = WebhookRejected(Reason.STALE, "stripe")
assert_type(rejection.reason, Reason)
assert_type(rejection.reason.fault, Fault)
assert_type(rejection.hint, str)

assert_type(basic(), Scheme)
assert_type(token(header="X-Token"), Scheme)
assert_type(mac(header="X-Sig", digest="sha256", encoding="hex", parts={"ts": Header("X-Time")}), Scheme)
mac(header="X-Sig", digest="md5", encoding="hex")  # type: ignore[arg-type]  # a digest of the list
mac(header="X-Sig", digest="sha1", encoding="hex", event=Json("/id"), time_of="event")
assert_type(asymmetric(algorithm="ed25519", header="X-Sig", encoding="hex", key="hex-32"), Scheme)
asymmetric(algorithm="rsa-md5", header="X-Sig", encoding="hex")  # type: ignore[arg-type]  # an algorithm of the list
assert_type(jwt(algorithm=["hs256", "hs512"], require=[Require(Claim("sha256"), "{sha256-hex:body}")]), Scheme)
assert_type(http_signature(algorithm="hmac-sha256", covers=["content-digest"]), Scheme)


def uses_webhook_client(webhook_client: WebhookClient) -> None:
    """What the fixture gives, as a test is written."""
    response = webhook_client.send("stripe", "/hooks/stripe/", {"id": "evt_1"}, tamper="body", now=1.5)
    assert_type(response, HttpResponse)
    delivery = webhook_client.sign("stripe", b"{}", url="/hooks/stripe/")
    assert_type(delivery, Delivery)
    assert_type(webhook_client.deliver(delivery, "/hooks/stripe/", headers={"X-Event": "push"}), HttpResponse)
    assert_type(webhook_client.replay(Path("recorded.http"), resign=True), HttpResponse)
    with webhook_client.expect_rejection(Reason.STALE) as refused:
        webhook_client.send("stripe", "/hooks/stripe/", tamper="stale")
    assert_type(refused.rejections, list[WebhookRejected])
    webhook_client.send("stripe")  # type: ignore[call-arg]  # where to is asked for


async def uses_async_webhook_client(async_webhook_client: AsyncWebhookClient) -> None:
    """The same, awaited."""
    assert_type(await async_webhook_client.send("stripe", "/hooks/stripe/"), HttpResponse)
    assert_type(await async_webhook_client.sign("stripe"), Delivery)
    async with async_webhook_client.expect_rejection("stale"):
        await async_webhook_client.replay("recorded.http")


class StripeTests(WebhookBattery, TestCase):
    """A battery as a site inherits it."""

    endpoint = "stripe"
    url = "/hooks/stripe/"
    payload = {"id": "evt_1"}  # noqa: RUF012 - as a site would write it


assert_type([way.name for way in TAMPERINGS], list[str])
