"""URLs of the served project: /<endpoint>/ and /async/<endpoint>/ for each endpoint, /up/, and /callers/."""

from __future__ import annotations

from hashlib import sha256
from traceback import walk_stack

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from hookseal import webhook


def handle(request: HttpRequest, **_: object) -> HttpResponse:
    """Answer with the digest of the body that was verified."""
    return HttpResponse(sha256(request.webhook.body).hexdigest())


async def ahandle(request: HttpRequest, **_: object) -> HttpResponse:
    """Answer with the digest of the body that was verified."""
    return handle(request)


def up(_request: HttpRequest) -> HttpResponse:
    """Answer, so that a test knows that the server serves."""
    return HttpResponse()


def callers(_request: HttpRequest) -> HttpResponse:
    """Name the modules through which a request came here."""
    return HttpResponse("\n".join(frame.f_globals["__name__"] for frame, _ in walk_stack(None)))


async def acallers(request: HttpRequest) -> HttpResponse:
    """Name the modules through which a request came here, as far as they run in the event loop."""
    return callers(request)


urlpatterns = [
    path("up/", up),
    path("callers/", callers),
    path("async/callers/", acallers),
    *(path(f"{alias}/", webhook(alias)(handle)) for alias in settings.ENDPOINTS),
    *(path(f"async/{alias}/", webhook(alias)(ahandle)) for alias in settings.ENDPOINTS),
    *(path(f"{alias}/<path:rest>", webhook(alias)(handle)) for alias in settings.ENDPOINTS),
]
