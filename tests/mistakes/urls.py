"""URLs and forms as the site sees them, and the sender does not."""
# ruff: noqa: D103 - the names say it

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import replace
from urllib.parse import urlencode

from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.explain import endpoint_of
from tests.mistakes.made import FORM, NOW, PLAIN, URL, arrived, mistake, with_header


def _behind(captured: Captured, url: str, **headers: str) -> Captured:
    for name, value in headers.items():
        captured = with_header(captured, name.replace("_", "-"), value)
    return replace(captured, url=url)


@mistake("url_scheme", ("square",), ("hubspot",), ("twilio",))
def tls_that_ends_at_a_proxy(provider: str):
    captured = arrived(provider, PLAIN, "a=1", content_type=FORM)
    return _behind(captured, URL.replace("https", "http"), X_Forwarded_Proto="https"), _unsecured(provider)


def _unsecured(provider: str) -> Endpoint:
    return replace(endpoint_of(provider, PLAIN), https=False)


@mistake("url_host", ("square",), ("mandrill",), ("plivo",))
def the_host_of_a_proxy(provider: str):
    captured = arrived(provider, PLAIN, "a=1", content_type=FORM)
    inner = captured.url.replace("hooks.example.com", "app.internal")
    return _behind(captured, inner, X_Forwarded_Host="hooks.example.com"), endpoint_of(provider, PLAIN)


@mistake("url_port", ("square",), ("hubspot",))
def a_port_that_the_sender_does_not_see(provider: str):
    captured = arrived(provider, PLAIN)
    return _behind(captured, captured.url.replace(".com", ".com:8443")), endpoint_of(provider, PLAIN)


@mistake("url_path", ("square", "/in/sender"), ("mandrill", "/in/sender/?a=1"), ("twilio", "/sender/"))
def another_path(provider: str, path: str):
    captured = arrived(provider, PLAIN, "a=1", content_type=FORM)
    url = captured.url.replace("/in/sender/", path)
    return _behind(captured, url, X_Forwarded_Prefix="/in"), endpoint_of(provider, PLAIN)


@mistake("url_path")
def credentials_in_the_url():
    captured = arrived("mandrill", PLAIN, "a=1", content_type=FORM, url=URL.replace("://", "://user:pass@"))
    stripped = with_header(captured, "Authorization", "Basic " + b64encode(b"user:pass").decode())
    return replace(stripped, url=URL), endpoint_of("mandrill", PLAIN)


@mistake("form_order")
def the_first_value_of_a_repeated_field():
    captured = arrived("mandrill", PLAIN, "a=1", content_type=FORM)
    return replace(captured, body=b"a=1&a=2"), endpoint_of("mandrill", PLAIN)


@mistake("form_order")
def fields_that_were_not_sorted():
    made = hmac.new(PLAIN.encode(), f"{URL}b2a1".encode(), hashlib.sha1).digest()
    captured = arrived("twilio", PLAIN, "b=2&a=1", content_type=FORM)
    return with_header(captured, "X-Twilio-Signature", b64encode(made).decode()), endpoint_of("twilio", PLAIN)


@mistake("fields_changed")
def signature_fields_taken_out_of_their_group():
    signed = json.loads(arrived("mailgun", PLAIN, '{"event-data": {"id": "1"}}').body)
    flat = {**signed["signature"], "id": "1"}
    headers = (("Content-Type", "application/json"),)
    return Captured("POST", URL, headers, json.dumps(flat).encode(), NOW), endpoint_of("mailgun", PLAIN)


@mistake("fields_changed")
def a_form_decoded_twice():
    captured = arrived("mandrill", PLAIN, urlencode({"a": "1+1"}), content_type=FORM)
    return replace(captured, body=b"a=1+1"), endpoint_of("mandrill", PLAIN)
