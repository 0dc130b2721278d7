"""The catch address: it keeps what a sender sends, before there is a view for it, and answers nothing.

Anybody who knows the address may write to it. So its name cannot be guessed, and what it keeps is bounded by the
recorder: bytes of a body, requests of one address and of all in a minute, rows and days.
"""

from __future__ import annotations

from django.core.signing import Signer
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import NoReverseMatch, reverse
from django.utils.crypto import constant_time_compare

from hookseal.body import arrives_undelimited
from hookseal.captured import capture
from hookseal.inspector.models import Verdict
from hookseal.inspector.page import conceal, namespace_of, unguarded
from hookseal.inspector.recorder import TableRecorder
from hookseal.recording import MOST_BODY, Kept
from hookseal.requests import address_of

__all__ = ["catch", "catch_address", "catch_token"]


def catch_token() -> str:
    """Name the address: the same in each process, and unknown to whoever does not know SECRET_KEY."""
    return Signer(salt="hookseal.inspector.catch").signature("catch")


def catch_address(request: HttpRequest) -> str | None:
    """Say the whole URL of the catch address, as the visitor of a page would reach it; None: there is none."""
    try:
        path = reverse(f"{namespace_of(request)}:caught", args=[catch_token()])
    except NoReverseMatch:
        return None
    return request.build_absolute_uri(path)


@unguarded
def catch(request: HttpRequest, token: str) -> HttpResponse:
    """Keep a request of whatever method, and answer 200 with nothing; 429 where it was not kept: too many of late."""
    if not constant_time_compare(token, catch_token()):
        raise conceal(request)
    address = address_of(request) or ""
    number = _recorder.keep("", Verdict.CAUGHT, address, lambda: _kept(request, address))
    return HttpResponse(headers={"Cache-Control": "no-store"}) if number else HttpResponse(status=429)


_recorder = TableRecorder()


def _kept(request: HttpRequest, address: str) -> Kept:
    body, whole = _read(request)
    declared = request.META.get("CONTENT_LENGTH") or ""
    size = len(body) if whole else None
    if not whole and declared.isascii() and declared.isdigit():
        size = int(declared)
    return Kept(capture(request, body), size, Verdict.CAUGHT, address=address, status=200)


def _read(request: HttpRequest) -> tuple[bytes, bool]:
    """Read as much of the body as is kept; and whether that is all of it."""
    stream = request.META["wsgi.input"] if arrives_undelimited(request.META) else request
    body = b""
    try:
        while len(body) <= MOST_BODY and (chunk := stream.read(MOST_BODY + 1 - len(body))):
            body += chunk
    except (UnreadablePostError, OSError):
        return body[:MOST_BODY], False
    return body[:MOST_BODY], len(body) <= MOST_BODY
