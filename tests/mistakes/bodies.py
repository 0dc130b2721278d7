"""Bodies that something changed on their way."""
# ruff: noqa: D103 - the names say it

from __future__ import annotations

import gzip
import json
from dataclasses import replace

from hookseal.explain import endpoint_of
from hookseal.signing import key_pair
from tests.mistakes.made import FORM, JSON, PLAIN, PRETTY, WHSEC, arrived, mistake, with_header


@mistake("body_newline", ("github", "\n"), ("stripe", "\r\n"), ("svix", "\n"))
def a_newline_at_the_end(provider: str, end: str):
    secret = WHSEC if provider == "svix" else PLAIN
    captured = arrived(provider, secret)
    return replace(captured, body=captured.body + end.encode()), endpoint_of(provider, secret)


@mistake("body_newline")
def a_newline_where_the_key_is_published():
    private, _ = key_pair("plaid")
    captured = arrived("plaid", private)
    return replace(captured, body=captured.body + b"\n"), endpoint_of("plaid")


@mistake("body_newline")
def a_newline_lost():
    captured = arrived("shopify", PLAIN, JSON + "\n")
    return replace(captured, body=captured.body[:-1]), endpoint_of("shopify", PLAIN)


@mistake("body_newline")
def a_newline_under_a_public_key():
    private, public = key_pair("discord")
    captured = arrived("discord", private)
    return replace(captured, body=captured.body + b"\n"), endpoint_of("discord", public)


@mistake("body_crlf", ("github", "\n", "\r\n"), ("stripe", "\r\n", "\n"))
def line_ends_changed(provider: str, sent: str, received: str):
    captured = arrived(provider, PLAIN, PRETTY.replace("\n", sent))
    return replace(captured, body=PRETTY.replace("\n", received).encode()), endpoint_of(provider, PLAIN)


@mistake("body_bom", ("github",), ("paddle",))
def a_mark_in_front(provider: str):
    captured = arrived(provider, PLAIN)
    return replace(captured, body=b"\xef\xbb\xbf" + captured.body), endpoint_of(provider, PLAIN)


_COMPACT = json.dumps(json.loads(JSON), separators=(",", ":"), ensure_ascii=False)


@mistake(
    "body_reserialised",
    ("github", _COMPACT),
    ("stripe", PRETTY),
    ("svix", json.dumps(json.loads(JSON), separators=(",", ":")).replace("/", "\\/")),
    ("razorpay", json.dumps(json.loads(JSON), separators=(",", ":"), sort_keys=True)),
    ("shopify", _COMPACT.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")),
    ("paddle", json.dumps(json.loads(JSON), indent="\t")),
)
def json_written_again(provider: str, sent: str):
    secret = WHSEC if provider == "svix" else PLAIN
    captured = arrived(provider, secret, sent)
    return replace(captured, body=json.dumps(json.loads(sent)).encode() + b" "), endpoint_of(provider, secret)


@mistake("body_reserialised")
def a_form_written_again():
    captured = arrived("slack", PLAIN, "text=a%20b&user=%C3%A9", content_type=FORM)
    return replace(captured, body=b"text=a+b&user=%C3%A9"), endpoint_of("slack", PLAIN)


@mistake("body_charset")
def text_in_another_charset():
    captured = arrived("github", PLAIN, '{"name": "Zoë"}'.encode("latin-1"))
    return replace(captured, body='{"name": "Zoë"}'.encode()), endpoint_of("github", PLAIN)


@mistake("body_compressed")
def a_body_that_a_proxy_packed():
    captured = arrived("github", PLAIN)
    packed = replace(captured, body=gzip.compress(captured.body))
    return with_header(packed, "Content-Encoding", "gzip"), endpoint_of("github", PLAIN)


@mistake("body_empty")
def a_body_that_was_lost():
    return replace(arrived("github", PLAIN, b""), body=JSON.encode()), endpoint_of("github", PLAIN)
