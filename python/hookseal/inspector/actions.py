"""The pages that act: send a delivery to its view again, as it was, signed afresh or edited; or remove it."""

from __future__ import annotations

import logging
from urllib.parse import unquote, urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import Resolver404, resolve
from django.utils.translation import gettext, gettext_lazy

from hookseal.captured import Captured
from hookseal.inspector.access import Visitor
from hookseal.inspector.editing import Draft
from hookseal.inspector.models import Delivery
from hookseal.inspector.page import page, render, root_of
from hookseal.inspector.recorder import LOGGER
from hookseal.inspector.redaction import redacted
from hookseal.inspector.replays import replay
from hookseal.routes import endpoints_of

__all__ = ["delete", "edit", "resend"]

logger = logging.getLogger(LOGGER)


@page(methods=("POST",), needs="replay")
def resend(request: HttpRequest, visitor: Visitor, number: int) -> HttpResponse:
    """Send a delivery again, as it was or signed afresh, and show what became of it."""
    row = get_object_or_404(Delivery, pk=number)
    resign = request.POST.get("resign") == "1"
    if resign and not visitor.may_sign:
        raise PermissionDenied(_SIGNING)
    try:
        return _sent(request, visitor, row, row, resign=resign)
    except ValueError as error:
        return render(request, visitor, "message.html", {"message": str(error)}, status=422)


@page(methods=("GET", "HEAD", "POST"), needs="replay")
def edit(request: HttpRequest, visitor: Visitor, number: int) -> HttpResponse:
    """Show a delivery as a form; send what the visitor made of it."""
    row = get_object_or_404(Delivery, pk=number)
    original = row.captured()
    shown = redacted(original)
    draft = Draft.of(shown)
    if request.method != "POST":
        return render(request, visitor, "edit.html", {"row": row, "draft": draft})
    draft = draft.filled(request.POST)
    if draft.resign and not visitor.may_sign:
        raise PermissionDenied(_SIGNING)
    try:
        wanted = draft.applied(original, shown)
        _check_target(original, wanted)
        return _sent(request, visitor, row, wanted, resign=draft.resign)
    except ValueError as error:
        return render(request, visitor, "edit.html", {"row": row, "draft": draft, "mistake": str(error)})


@page(methods=("POST",), needs="delete")
def delete(request: HttpRequest, visitor: Visitor, number: int) -> HttpResponse:
    """Remove a delivery from the table."""
    get_object_or_404(Delivery, pk=number).delete()
    logger.info("%s removed delivery %s", visitor.name, number)
    return HttpResponseRedirect(root_of(request))


_SIGNING = gettext_lazy("Only where DEBUG is on may a delivery be signed afresh: it proves whatever it says.")


def _sent(
    request: HttpRequest, visitor: Visitor, row: Delivery, sent: Delivery | Captured, *, resign: bool
) -> HttpResponse:
    """Send a request to the view it is for, and lead to its row.

    Raises:
        ValueError: it cannot be sent; the text says why.
    """
    logger.info("%s sent delivery %s again%s", visitor.name, row.pk, ", signed afresh" if resign else "")
    made = replay(sent, resign=resign, replay_of=row).delivery
    return HttpResponseRedirect(f"{root_of(request)}{made.pk}/")


def _check_target(original: Captured, wanted: Captured) -> None:
    """Let nobody reach by an edited path what is no webhook: the request comes from within, with headers of his choice.

    Raises:
        ValueError: the view at the new path is not guarded.
    """
    if wanted.url == original.url:
        return
    try:
        view = resolve(unquote(urlsplit(wanted.url).path)).func
    except Resolver404:
        view = None
    if view is None or not endpoints_of(view):
        raise ValueError(gettext("There is no view behind @webhook at that path."))
