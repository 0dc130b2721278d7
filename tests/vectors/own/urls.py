"""Cases of senders that sign the URL: each part of it counts, and so does the method where it is signed."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from senders.clocks import MILLIS, NOW
from senders.model import FORM, URL, Delivery, Sender, b64, mac

from .case import BODY, Cases


def url(sender: Sender) -> Cases:
    """The URL is signed as the sender wrote it, byte for byte."""
    good = sender.sign(BODY)
    others = {
        "http": good.url.replace("https:", "http:"),
        "host": good.url.replace("example.com", "example.org"),
        "port": good.url.replace("example.com", "example.com:8443"),
        "path": good.url.replace("hooks", "hook"),
        "case": good.url.replace("hooks", "Hooks"),
        "without-slash": good.url.replace("hooks/", "hooks"),
        "query": f"{good.url}{'&' if '?' in good.url else '?'}x=1",
        "userinfo": good.url.replace("https://", "https://user:password@"),
    }
    return {f"other-url-{name}": (replace(good, url=text), "signature_mismatch") for name, text in others.items()}


def hubspot(sender: Sender) -> Cases:
    """HubSpot signs the method, too, and its older versions are no HMAC."""
    good, (header, clock) = sender.sign(BODY), sender.needed
    time, key = str(good.headers[clock]), sender.secret.encode()
    other = b64(mac(key, URL.encode() + BODY + time.encode()))
    return {
        **url(sender),
        "other-method": (replace(good, method="PUT"), "signature_mismatch"),
        "method-not-signed": (good.but(**{header: other}), "signature_mismatch"),
        "other-time-than-signed": (good.but(**{clock: MILLIS.spell(NOW - 1)}), "signature_mismatch"),
        "version-2-beside": (good.but(X_HubSpot_Signature="0" * 64, X_HubSpot_Signature_Version="v2"), None),
    }


def any_port(sender: Sender) -> Cases:
    """Twilio signs the URL with its port or without."""
    cases = url(sender)
    return {**cases, "other-url-port": (cases["other-url-port"][0], None)}


def twilio_json(sender: Sender) -> Cases:
    """Twilio covers a body that is no form by a digest in the URL."""
    good, key = sender.sign(BODY), sender.secret.encode()
    bare = b64(mac(key, URL.encode(), "sha1"))
    upper = good.url.replace(good.url[-64:], good.url[-64:].upper())
    return {
        **{name: row for name, row in any_port(sender).items() if name != "other-url-query"},
        "digest-left-out": (replace(good.but(X_Twilio_Signature=bare), url=URL), "body_not_covered"),
        "digest-changed": (replace(good, url=good.url[:-1] + "x"), "body_not_covered"),
        "digest-in-upper-case": (replace(good, url=upper), "body_not_covered"),
        "form-sent-as-json": (replace(good, body=b"a=1"), "body_not_covered"),
        "sent-as-an-empty-form": (replace(good.but(Content_Type=FORM), body=b""), "body_not_covered"),
        "with-the-default-port": (replace(good, url=good.url.replace("example.com", "example.com:443")), None),
    }


def form(sender: Sender) -> Cases:
    """The fields are signed, whatever their order in the body."""
    good = sender.sign(BODY)
    fields = parse_qsl(good.body.decode())

    def sent(*changed: tuple[str, str]) -> Delivery:
        return replace(good, body=urlencode(changed).encode())

    return {
        **url(sender),
        "fields-in-another-order": (sent(*reversed(fields)), None),
        "field-more": (sent(*fields, ("x", "1")), "signature_mismatch"),
        "field-less": (sent(*fields[1:]), "signature_mismatch"),
        "field-without-a-value": (sent(*fields, ("x", "")), "signature_mismatch"),
        "names-escaped": (replace(good, body=good.body.replace(b"text=", b"%74ext=")), None),
        "value-moved-to-another-field": (sent(("id", "evt_"), ("text", "1fine"), *fields[2:]), "signature_mismatch"),
        "percent-sign-alone": (replace(good, body=good.body + b"&x=100%"), "malformed_body"),
        "empty-body": (replace(good, body=b""), "signature_mismatch"),
    }


def twilio_form(sender: Sender) -> Cases:
    """Twilio signs every value of a name, each once, and the URL with its port or without."""
    several = sender.sign(b"a=2&a=1&a=2&b=")
    return {
        **form(sender),
        **any_port(sender),
        "several-values": (several, None),
        "equal-values-once": (replace(several, body=b"a=1&a=2&b="), None),
        "value-less": (replace(several, body=b"a=2&b="), "signature_mismatch"),
        "with-the-default-port": (replace(sender.sign(BODY), url=URL.replace("example.com", "example.com:443")), None),
    }


def mandrill(sender: Sender) -> Cases:
    """Mandrill signs the last value of a name."""
    several = sender.sign(b"a=1&a=2")
    return {
        **form(sender),
        "last-value-of-a-name": (several, None),
        "other-last-value": (replace(several, body=b"a=2&a=1"), "signature_mismatch"),
    }


def plivo(sender: Sender) -> Cases:
    """Plivo signs a nonce with URL and fields."""
    good = sender.sign(BODY)
    return {
        **form(sender),
        "other-nonce": (good.but(**{sender.needed[1]: "other"}), "signature_mismatch"),
        "without-fields": (sender.sign(b""), None),
    }


def contentful(sender: Sender) -> Cases:
    """Contentful says itself which headers it signs: the time and the list have to be among them."""
    good, (header, clock, listed) = sender.sign(BODY), sender.needed
    time, key = str(good.headers[clock]), sender.secret.encode()

    def listing(*names: str, **beside: str) -> Delivery:
        headers = {**good.headers, **beside, listed: ",".join(names)}
        text = ";".join(f"{name}:{headers.get(name, '')}" for name in sorted(names))
        signature = mac(key, f"POST\n/hooks/\n{text}\n".encode() + BODY).hex()
        return replace(good, headers={**headers, header: signature})

    return {
        **url_without_host(sender),
        "other-method": (replace(good, method="PUT"), "signature_mismatch"),
        "list-without-the-time": (listing("content-type", listed), "malformed_header"),
        "list-without-itself": (listing("content-type", clock), "malformed_header"),
        "list-of-the-two-alone": (listing(listed, clock), None),
        "list-with-another-header": (listing(listed, clock, "x-topic", **{"x-topic": "Entry.save"}), None),
        "list-with-a-header-that-did-not-come": (listing(listed, clock, "x-topic"), "malformed_header"),
        "list-with-a-name-twice": (listing(listed, clock, clock), "malformed_header"),
        "signed-header-changed": (good.but(content_type="text/plain"), "signature_mismatch"),
        "other-time-than-signed": (good.but(**{clock: f"{int(time) - 1}"}), "signature_mismatch"),
    }


def url_without_host(sender: Sender) -> Cases:
    """Path and query are signed; scheme, host and port are not."""
    good = sender.sign(BODY)
    return {
        "other-url-path": (replace(good, url=good.url.replace("hooks", "hook")), "signature_mismatch"),
        "other-url-query": (replace(good, url=f"{good.url}?x=1"), "signature_mismatch"),
        "other-url-host": (replace(good, url=good.url.replace("example.com", "example.org")), None),
    }


def square(sender: Sender) -> Cases:
    """Square signs the URL and then the body, with nothing between them."""
    good, key = sender.sign(BODY), sender.secret.encode()
    return {
        **url(sender),
        "body-before-url": (good.but(**{sender.header: b64(mac(key, BODY + URL.encode()))}), "signature_mismatch"),
        "url-not-signed": (good.but(**{sender.header: b64(mac(key, BODY))}), "signature_mismatch"),
        "no-event-id-in-the-body": (sender.sign(json.dumps({}).encode()), None),
    }
