"""A captured request is judged as it would be now: by the same steps, at the moment when it was received."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hookseal import Reason, Receipt, WebhookRejected, conf, sign
from hookseal.captured import Captured, capture
from hookseal.handshakes import Greeting
from hookseal.trial import judge, request_of
from tests.site.settings import SECRETS_OF

THEN = 1_790_000_000
BODY = b'{"id": "evt_1"}'
URL = "https://hooks.example.com/to/stripe/"


def delivery(sender: str = "stripe", url: str = URL, **changes: object) -> Captured:
    """Capture a delivery as its sender signed it."""
    signed = sign(sender, secret=SECRETS_OF[sender], body=BODY, now=THEN, url=url)
    headers = (("Host", "hooks.example.com"), *signed.headers.items())
    return replace(Captured("POST", url, headers, signed.body, THEN, sender), **changes)


def refusal(captured: Captured, alias: str = "stripe", **changes: object) -> Reason:
    """Say why a captured request would be refused."""
    with pytest.raises(WebhookRejected) as refused:
        judge(captured, conf.endpoint(alias), **changes)
    return refused.value.reason


def test_a_delivery_is_judged_at_the_moment_it_was_received():
    """It was fresh then, and is not now."""
    receipt = judge(delivery(), conf.endpoint("stripe"))
    assert isinstance(receipt, Receipt)
    assert ("evt_1", BODY) == (receipt.event_id, receipt.body)
    assert Reason.STALE == refusal(delivery(), now=THEN + 301)


def test_a_refusal_is_the_line_that_would_be_logged():
    """With endpoint, method, path and fix."""
    with pytest.raises(WebhookRejected, match=r"stripe refused \[signature_mismatch\] POST /to/stripe/.*Fix: "):
        judge(delivery(body=b"{}"), conf.endpoint("stripe"))


def test_every_step_before_the_signature_is_taken():
    """Method, transport, framing and size as well."""
    assert Reason.METHOD_NOT_ALLOWED == refusal(delivery(method="GET"))
    assert Reason.INSECURE_TRANSPORT == refusal(delivery(url=URL.replace("https", "http")))
    assert Reason.TOO_LARGE == refusal(delivery(body=b"a" * (conf.endpoint("stripe").max_body + 1)))
    assert Reason.DISABLED == refusal(delivery(), "off")


def test_a_rate_is_not_counted():
    """Deliveries of days are judged in a second."""
    judged = delivery("github")
    for _ in range(3):
        assert isinstance(judge(judged, conf.endpoint("limited"), address="203.0.113.7"), Receipt)


def test_the_address_is_judged_where_it_is_known():
    """A request from a file has none."""
    judged = delivery("github")
    assert Reason.ADDRESS_DENIED == refusal(judged, "nearby", address="192.0.2.1")
    assert isinstance(judge(judged, conf.endpoint("nearby"), address="203.0.113.7"), Receipt)
    assert isinstance(judge(judged, conf.endpoint("nearby")), Receipt)


@pytest.mark.parametrize(("tenant", "reason"), [("acme", None), ("nobody", Reason.SIGNATURE_MISMATCH)])
def test_secrets_that_a_function_finds_are_found_by_the_path(tenant: str, reason: Reason | None):
    """The function is given what the URLconf takes from it."""
    signed = sign("github", secret=SECRETS_OF["tenants"], body=BODY)
    headers = (("Host", "hooks.example.com"), *signed.headers.items())
    judged = Captured("POST", f"https://hooks.example.com/tenants/{tenant}/", headers, BODY, THEN)
    if reason is None:
        assert isinstance(judge(judged, conf.endpoint("tenants")), Receipt)
    else:
        assert reason == refusal(judged, "tenants")


def test_a_form_of_parts_is_read():
    """Mailgun signs fields of a multipart form."""
    signed = json.loads(sign("mailgun", secret=SECRETS_OF["mailgun"], body=b'{"event-data": {}}', now=THEN).body)
    fields = signed["signature"]
    body = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    kind = ("Content-Type", "multipart/form-data; boundary=b")
    judged = Captured("POST", URL, (("Host", "hooks.example.com"), kind), body + b"--b--\r\n", THEN)
    receipt = judge(judged, conf.endpoint("mailgun"))
    assert [fields["token"]] == receipt.form["token"]


def test_a_probe_is_no_delivery():
    """Senders ask by HEAD whether anybody is there."""
    assert isinstance(judge(delivery(method="HEAD"), conf.endpoint("challenged")), Greeting)


def test_a_request_is_what_was_captured():
    """Scheme, host, port, path as it was written, and headers."""
    headers = (("Host", "hooks.example.com:8443"), ("X-A", "1"), ("X-A", "2"), ("Transfer-Encoding", "chunked"))
    url = "https://hooks.example.com:8443/a%2Fb/%C3%A9?x=%20"
    captured = Captured("POST", url, headers, b"body", THEN)
    request = request_of(captured, "192.0.2.1")
    again = capture(request, request.body)
    assert (url, b"body", "1,2") == (again.url, again.body, again.header("x-a"))
    assert again.header("transfer-encoding") is None
    assert ("/a/b/é", "192.0.2.1", "hooks.example.com:8443") == (
        request.path_info,
        request.META["REMOTE_ADDR"],
        request.get_host(),
    )
