"""Views of the test project: each kind of view that Django knows, behind `@webhook`, noting what reached it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hookseal import Receipt, webhook
from tests.site.settings import SECRETS_OF

handled: list[Receipt] = []
"""The receipts of what reached a view; emptied before each test."""

asked: list[dict[str, object]] = []
"""What the functions that find secrets were asked for; emptied before each test."""


def handle(request: HttpRequest | Request) -> HttpResponse:
    """Note the receipt and answer with the number of bytes."""
    handled.append(request.webhook)
    return HttpResponse(str(len(request.webhook.body)))


def plain(request: HttpRequest, **url_kwargs: object) -> HttpResponse:
    """Handle a delivery in a function; guarded in the URLconf, once for each endpoint."""
    return handle(request)


async def awaited(request: HttpRequest, **url_kwargs: object) -> HttpResponse:
    """Handle a delivery in an async function; guarded in the URLconf, once for each endpoint."""
    return handle(request)


@webhook("github")
def function(request: HttpRequest) -> HttpResponse:
    """Handle a delivery in a function."""
    return handle(request)


@webhook("github")
async def async_function(request: HttpRequest) -> HttpResponse:
    """Handle a delivery in an async function."""
    return handle(request)


@method_decorator(webhook("github"), name="dispatch")
class ClassBased(View):
    """Handles a delivery in a class-based view."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Handle a delivery."""
        return handle(request)


@method_decorator(webhook("github"), name="dispatch")
class AsyncClassBased(View):
    """Handles a delivery in an async class-based view."""

    async def post(self, request: HttpRequest) -> HttpResponse:
        """Handle a delivery."""
        return handle(request)


@method_decorator(webhook("github"), name="dispatch")
@method_decorator(never_cache, name="dispatch")
@method_decorator([never_cache], name="dispatch")
class Stacked(ClassBased):
    """Handles a delivery in a class-based view under several decorators."""


def careful(view):
    """Wrap a view as decorators should."""
    return wraps(view)(forgetful(view))


def forgetful(view):
    """Wrap a view as careless decorators do, hiding what it wraps."""

    def wrapper(*args, **kwargs):
        return view(*args, **kwargs)

    return wrapper


@method_decorator([webhook("github"), careful, careful], name="dispatch")
class AsyncStacked(View):
    """Handles a delivery in an async class-based view under several decorators."""

    async def post(self, request: HttpRequest) -> HttpResponse:
        """Handle a delivery."""
        return handle(request)


@method_decorator([webhook("github"), forgetful], name="dispatch")
class AsyncHidden(View):
    """Handles a delivery in an async class-based view that nothing gives away as such."""

    async def post(self, request: HttpRequest) -> HttpResponse:
        """Handle a delivery."""
        return handle(request)


@method_decorator(webhook("github"), name="dispatch")
class Api(APIView):
    """Handles a delivery in a view of Django REST framework."""

    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        """Handle a delivery; DRF's request hands the receipt through."""
        handle(request)
        return Response({"parsed": request.data})


class ApiMethod(APIView):
    """Guards one method of a view of Django REST framework, which is exempt from CSRF by itself."""

    authentication_classes = ()
    permission_classes = ()

    @webhook("github")
    def post(self, request: Request) -> HttpResponseBase:
        """Handle a delivery."""
        return handle(request)


def secrets_for_request(headers: Mapping[str, str], **url_kwargs: object) -> list[str]:
    """Find the secrets of a tenant by the URL."""
    asked.append({"hook": headers.get("X-GitHub-Hook-ID"), **url_kwargs})
    return [{"acme": SECRETS_OF["tenants"]}[str(url_kwargs["tenant"])]]


async def asecrets_for_request(headers: Mapping[str, str], **url_kwargs: object) -> list[str]:
    """Find the secrets of a tenant by the URL, without blocking."""
    return secrets_for_request(headers, **url_kwargs)


@webhook("partner")
def uploads(request: HttpRequest) -> HttpResponse:
    """Answer with the size of the file that was uploaded."""
    return HttpResponse(str(request.FILES["file"].size))


@webhook("mailgun")
def forms(request: HttpRequest) -> JsonResponse:
    """Answer with the subject of a form and the number of its files."""
    return JsonResponse({"subject": request.webhook.form["subject"][0], "files": len(request.FILES)})


@webhook("github")
def events(request: HttpRequest) -> HttpResponse:
    """Answer with the keys of the event."""
    return HttpResponse(" ".join(request.webhook.json()))


@webhook("partner")
def fields(request: HttpRequest) -> JsonResponse:
    """Answer with the fields of a form."""
    return JsonResponse(request.webhook.form)
