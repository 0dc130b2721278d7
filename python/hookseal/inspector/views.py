"""The pages that show: the list and its live rows, one delivery and its body, and the catch address."""

from __future__ import annotations

import logging
from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from hookseal.inspector.access import Visitor
from hookseal.inspector.assets import CONTENTS, TYPES, VERSION
from hookseal.inspector.catch import catch_address
from hookseal.inspector.detail import detail_of
from hookseal.inspector.listing import Filter, known_endpoints, page_of, version_of
from hookseal.inspector.models import Delivery, Verdict
from hookseal.inspector.page import page, render, root_of
from hookseal.inspector.recorder import LOGGER

__all__ = ["asset", "body", "catching", "deliveries", "delivery", "reveal", "rows"]

logger = logging.getLogger(LOGGER)
"""Where it is told who saw what is redacted, and who sent what again."""


@page()
def deliveries(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show the newest deliveries, or those that are searched for."""
    wanted = Filter.of(request.GET)
    live = f"{root_of(request)}rows/?{wanted.query}"
    context = {
        "tab": "list",
        "filter": wanted,
        "page": page_of(wanted),
        "endpoints": known_endpoints(),
        "verdicts": Verdict.choices,
        "newest": replace(wanted, before=None).query,
        "rows_path": "" if wanted.before else live,
    }
    return render(request, visitor, "list.html", context)


@page()
def rows(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Give the rows of the list anew; 204 where they are as the script knows them."""
    wanted = Filter.of(request.GET)
    if request.GET.get("version") == version_of(wanted):
        return HttpResponse(status=204)
    return render(request, visitor, "rows.html", {"page": page_of(wanted)})


@page()
def delivery(request: HttpRequest, visitor: Visitor, number: int) -> HttpResponse:
    """Show one delivery, its secrets hidden."""
    row = get_object_or_404(Delivery, pk=number)
    return render(request, visitor, "detail.html", detail_of(row, request.GET.get("show", "pretty"), revealed=False))


@page(methods=("POST",), needs="reveal")
def reveal(request: HttpRequest, visitor: Visitor, number: int) -> HttpResponse:
    """Show one delivery with all that is hidden otherwise, and log who looked."""
    row = get_object_or_404(Delivery, pk=number)
    logger.warning("%s looked at the secrets of delivery %s", visitor.name, row.pk)
    return render(request, visitor, "detail.html", detail_of(row, "pretty", revealed=True))


@page()
def body(request: HttpRequest, visitor: Visitor, number: int) -> HttpResponse:  # noqa: ARG001
    """Give a body as a file, byte for byte, such that no browser opens it."""
    row = get_object_or_404(Delivery, pk=number)
    response = HttpResponse(bytes(row.body), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="delivery-{row.pk}.bin"'
    return response


@page()
def catching(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show the catch address, where the site has one."""
    context = {"tab": "catch", "address": catch_address(request)}
    return render(request, visitor, "catch.html", context)


@page()
def asset(request: HttpRequest, visitor: Visitor, name: str) -> HttpResponse:  # noqa: ARG001
    """Serve one of the files that the pages need."""
    if name not in CONTENTS:
        raise Http404
    response = HttpResponse(CONTENTS[name], content_type=f"{TYPES[name]}; charset=utf-8")
    if request.GET.get("v") == VERSION:
        response.headers["Cache-Control"] = "private, max-age=86400"
    return response
