"""Deliveries to the endpoints of a site: signed as their senders would, bent, or signed anew from a recording."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

from django.test import RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.requests import sent_url
from hookseal.resigning import signed_afresh
from hookseal.routes import guarded_paths
from hookseal.samples import FORM, Sample, as_body, sample
from hookseal.signing import Signed, sign
from hookseal.testing.stand_ins import credentials_of, find
from hookseal.testing.tampering import Signing, tamper
from hookseal.testing.topics import of_topic

__all__ = ["Delivery", "resigned", "signed"]

MULTIPART = "multipart/form-data"


@dataclass(frozen=True)
class Delivery:
    """A delivery, ready to be sent, as often as one likes.

    Attributes:
        endpoint: the alias of what it is for.
        signing: how it was signed.
        signed: method, headers and body, as they go over the wire unless `is_multipart`.
        query: what signing added to the query of the URL.
        credentials: the headers that are demanded beside the signature.
        is_multipart: whether the form in the body is sent as multipart, whose fields are signed, not its bytes.
    """

    endpoint: str
    signing: Signing
    signed: Signed
    query: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_multipart: bool = False

    def tampered(self, way: str) -> Iterator[Delivery]:
        """Bend it: see `hookseal.testing.TAMPERINGS`.

        Raises:
            LookupError: there is no such way.
            Untamperable: there is nothing of this kind in deliveries of this provider.
        """
        for bent in tamper(way, self.signing, self.signed):
            # What the endpoint demands beside the signature, nobody signed.
            yield replace(self, signed=replace(bent, headers={**bent.headers, **self.credentials}))

    @property
    def body(self) -> bytes:
        """The body as it goes over the wire."""
        if not self.is_multipart:
            return self.signed.body
        return encode_multipart(BOUNDARY, parse_qs(self.signed.body.decode(), keep_blank_values=True))

    @property
    def headers(self) -> dict[str, str]:
        """The headers as they go over the wire."""
        return {**self.signed.headers, **({"Content-Type": MULTIPART_CONTENT} if self.is_multipart else {})}


def signed(
    alias: str,
    payload: object = None,
    *,
    url: str | None = None,
    event_id: str | None = None,
    now: float | None = None,
    content_type: str | None = None,
    method: str = "POST",
) -> Delivery:
    """Sign a delivery for an endpoint, with the keys that stand in for its own.

    Args:
        alias: the endpoint.
        payload: bytes or str as they are, anything else as JSON, or as a form where `content_type` says so; left out:
            a sample of the shape that the provider sends.
        url: a path of the site, or a whole URL; left out: the endpoint's only path, where its provider signs the URL.
        event_id: the id of the event; left out: that of the payload, or one that is made up.
        now: the time of signing, Unix seconds; left out: `time.time()`.
        content_type: the type of the body.
        method: the HTTP method.

    Raises:
        LookupError, ValueError: the endpoint is not configured, its provider cannot be signed for, or the payload is
            not of the shape that it signs; the text says which.
    """
    found = find(alias)
    endpoint, record, keys = found.endpoint, found.record, found.keys
    options = endpoint.particulars.options
    fields = payload if (content_type or "").startswith(MULTIPART) and isinstance(payload, Mapping) else None
    if payload is None:
        body = sample(record, keys, options)
    elif fields is not None and record.body_authenticated == "yes":
        body = Sample(encode_multipart(BOUNDARY, dict(fields)), MULTIPART_CONTENT)
    else:
        body = as_body(payload, content_type if fields is None else FORM)
    signing = Signing(
        record,
        keys.signs,
        of_topic(body.body, endpoint.particulars.topics),
        time.time() if now is None else now,
        event_id=event_id,
        method=method,
        url=_url(endpoint, url) if endpoint.needs_url else None,
        content_type=body.content_type,
        options=options,
        tolerance=endpoint.tolerance,
    )
    return replace(_made(endpoint, signing), is_multipart=fields is not None and body.content_type == FORM)


def resigned(captured: Captured, alias: str) -> Captured:
    """Sign a recorded delivery anew, with the keys that stand in and the present time; its event stays the same.

    Raises:
        LookupError, ValueError: as `signed`.
    """
    found = find(alias)
    credentials = _credentials(found.endpoint)
    kept = [(name, value) for name, value in captured.headers if not credentials or name.lower() != "authorization"]
    shown = replace(captured, headers=(*kept, *credentials.items()))
    return signed_afresh(shown, found.endpoint, found.record, found.keys.signs)


def _made(endpoint: Endpoint, signing: Signing) -> Delivery:
    made, credentials = signing.sign(), _credentials(endpoint)
    query = (made.url or "")[len(signing.url or "") :].lstrip("?&")
    headers = {**made.headers, **credentials}
    return Delivery(endpoint.alias, signing, replace(made, headers=headers), query, credentials)


def _credentials(endpoint: Endpoint) -> dict[str, str]:
    if not endpoint.basic_auth:
        return {}
    shown = sign("basic", secret=credentials_of(endpoint.alias), body=b"")
    return {"Authorization": shown.headers["Authorization"]}


def _url(endpoint: Endpoint, url: str | None) -> str:
    """Say the URL as the sender would write it."""
    paths = guarded_paths().get(endpoint.alias, ())
    if url is None and (len(paths) != 1 or "<" in paths[0]):
        raise ValueError(f'"{endpoint.alias}" is signed with its URL: give url')
    target = urlsplit(url or paths[0])
    request = RequestFactory().generic(
        "POST",
        target._replace(scheme="", netloc="").geturl(),
        secure=target.scheme != "http",
        headers={"Host": target.netloc or "testserver", **_credentials(endpoint)},
    )
    return sent_url(request, endpoint.public_url, with_credentials=endpoint.signs_credentials)
