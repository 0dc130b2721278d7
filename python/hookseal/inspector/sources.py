"""The pages that give source to take along: exports of one delivery, and the types of what an endpoint receives."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, ngettext

from hookseal.inspector.access import Visitor
from hookseal.inspector.exports import curl_of, facts_of, http_of, pytest_of
from hookseal.inspector.listing import known_endpoints
from hookseal.inspector.models import Delivery, Verdict
from hookseal.inspector.page import page, render
from hookseal.inspector.pretty import coloured, visible
from hookseal.inspector.recorder import LOGGER
from hookseal.inspector.shapes import parsed
from hookseal.inspector.written import types_of

__all__ = ["export", "types"]

logger = logging.getLogger(LOGGER)


@page(methods=("GET", "HEAD", "POST"))
def export(request: HttpRequest, visitor: Visitor, number: int, form: str) -> HttpResponse:
    """Show a delivery in another form; with what is hidden otherwise only to who posts for it, which is logged."""
    row = get_object_or_404(Delivery, pk=number)
    if form not in _FORMS:
        raise Http404
    revealed = request.method == "POST"
    if revealed and not visitor.may_reveal:
        raise PermissionDenied
    if revealed:
        logger.warning("%s exported delivery %s with its secrets", visitor.name, row.pk)
    try:
        name, text, note = _exported(row, form, reveal=revealed)
    except ValueError as error:
        return render(request, visitor, "message.html", {"message": str(error)}, status=422)
    if "download" in request.GET:
        response = HttpResponse(text, content_type="application/octet-stream")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    shown = visible(text if isinstance(text, str) else text.decode("utf-8", "backslashreplace"))
    context = {
        "row": row,
        "form": form,
        "forms": list(_FORMS),
        "name": name,
        "note": note,
        "revealed": revealed,
        "tokens": coloured(shown, _FORMS[form]),
    }
    return render(request, visitor, "export.html", context)


@page()
def types(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show the types of what an endpoint has accepted, in one of the languages."""
    known = known_endpoints()
    endpoint = request.GET.get("endpoint", known[0] if known else "")
    form = request.GET.get("form", "")
    form = form if form in _LANGUAGES else next(iter(_LANGUAGES))
    samples = _samples(endpoint)
    text, note = "", gettext("They are made of accepted deliveries with a JSON body or a form; none is kept yet.")
    if samples:
        note = ngettext("From %(count)s delivery.", "From %(count)s deliveries.", len(samples)) % {
            "count": len(samples)
        }
        try:
            text = types_of(samples, endpoint, form)
        except ImportError as error:
            note = str(error)
    context = {
        "tab": "types",
        "endpoints": known,
        "endpoint": endpoint,
        "forms": [(name, label) for name, (label, _) in _LANGUAGES.items()],
        "form": form,
        "note": note,
        "tokens": coloured(text, _LANGUAGES[form][1]) if text else (),
    }
    return render(request, visitor, "types.html", context)


_FORMS = {"curl": "bash", "http": "http", "json": "json", "pytest": "python"}
_LANGUAGES = {
    "typeddict": ("Python: TypedDict", "python"),
    "dataclass": ("Python: dataclass", "python"),
    "pydantic": ("Python: pydantic", "python"),
    "ts": ("TypeScript", "typescript"),
    "jsonschema": ("JSON Schema", "json"),
}
_MOST_SAMPLES = 100


def _samples(endpoint: str) -> list[Any]:
    """Read the newest bodies that an endpoint has accepted, as far as they can be read."""
    accepted = Delivery.objects.filter(endpoint=endpoint, verdict=Verdict.ACCEPTED).order_by("-pk")
    samples = []
    for row in accepted[:_MOST_SAMPLES]:
        with suppress(ValueError):
            samples.append(parsed(row.captured()))
    return samples


def _exported(row: Delivery, form: str, *, reveal: bool) -> tuple[str, str | bytes, str]:
    """Give the name of a file, its content, and what is to be said of it.

    Raises:
        ValueError: it cannot be made; the text says why.
    """
    if form == "curl":
        note = gettext("Sends it again, from a shell. What is hidden is left out.")
        return f"delivery-{row.pk}.sh", curl_of(row, reveal=reveal), note
    if form == "json":
        facts = json.dumps(facts_of(row, reveal=reveal), indent=2, ensure_ascii=False)
        return f"delivery-{row.pk}.json", facts, gettext("All that is kept of it.")
    if form == "http":
        note = gettext("A recording: `webhooks explain --file` reads it, and so do the clients of hookseal.testing.")
        return f"delivery-{row.pk}.http", http_of(row, reveal=reveal), note
    made = pytest_of(row, reveal=reveal)
    note = gettext("A test, which sends the recording (http) signed afresh. Save that as tests/hooks/%(name)s.")
    return f"test_{made.name.removesuffix('.http')}.py", made.test, note % {"name": made.name}
