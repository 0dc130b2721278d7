"""A view of Anymail behind hookseal: the same class, the same events, but hookseal has checked who sends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial, update_wrapper
from pathlib import PurePath
from traceback import walk_tb
from typing import Any, TypeAlias, cast

from anymail.signals import inbound
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from hookseal._engine import Secret
from hookseal.conf import endpoint as find_endpoint
from hookseal.contrib.anymail.esps import ESPS, Option
from hookseal.contrib.anymail.origin import AnymailOrigin, alias_of, setting_of
from hookseal.contrib.anymail.turns import delivery
from hookseal.decorators import webhook
from hookseal.exceptions import WebhookRejected
from hookseal.logging import DELIVERIES
from hookseal.origins import origin_of
from hookseal.reasons import Reason
from hookseal.transactions import counts_as_delivered

__all__ = ["guard"]

View: TypeAlias = Callable[..., HttpResponse]


def guard(view: View) -> View:
    """Put hookseal in front of a view of Anymail, made by `as_view()`, and take Anymail's own check out.

    Anymail's classes are not changed. A check that a subclass of yours adds still runs.

    Args:
        view: what `as_view()` of one of Anymail's webhook views gave.
    """
    kind: Any = view.view_class  # type: ignore[attr-defined]  # set by as_view
    alias = alias_of(kind.esp_name, inbound=kind.signal is inbound)
    origin = cast(AnymailOrigin, origin_of(alias))
    options = ESPS[origin.name].options(origin.direction) if origin.name in ESPS else ()
    checked = webhook(alias, **_keywords(view, options))(_unchecked(view, options))

    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with delivery() as current:
            try:
                response = checked(request, *args, **kwargs)
            except WebhookRejected as rejection:
                if rejection.reason is Reason.SIGNATURE_MISMATCH and options:
                    hint = f"check Anymail {setting_of(origin.name, options[0])} setting"
                    rejection.detail = ", ".join(filter(None, [rejection.detail, hint]))
                raise
            current.delivered = counts_as_delivered(response, ())
            return response

    return update_wrapper(guarded, checked)


def _keywords(view: View, options: tuple[Option, ...]) -> dict[str, object]:
    """Take keys and credentials that were given to `as_view` rather than set: an empty value is a finding."""
    given = view.view_initkwargs  # type: ignore[attr-defined]  # set by as_view
    keywords: dict[str, object] = {}
    for option in (option for option in reversed(options) if option.name in given):
        keywords["secrets"] = given[option.name]
    if "basic_auth" in given:
        keywords["basic_auth" if options else "secrets"] = given["basic_auth"]
    return {name: value if isinstance(value, list | tuple) else Secret(value) for name, value in keywords.items()}


def _unchecked(view: View, options: tuple[Option, ...]) -> View:
    """Make Anymail's view of each request without its keys, which may be lists, and without its check."""
    kind: Any = view.view_class  # type: ignore[attr-defined]  # set by as_view
    stand_ins = {option.name: option.stand_in for option in options[:1]}
    arguments = {"webhook_secret": "verified by hookseal", **stand_ins, **view.view_initkwargs}  # type: ignore[attr-defined]

    def unchecked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        made = kind(**arguments)
        made.validators = [each for each in made.validators if not each.__module__.startswith("anymail.")]
        made.parse_events = partial(_parse, made.parse_events)
        made.setup(request, *args, **kwargs)
        response: HttpResponse = made.dispatch(request, *args, **kwargs)
        return response

    update_wrapper(unchecked, view)
    unchecked.__qualname__ = kind.__qualname__
    return unchecked


def _parse(parse_events: Callable[[HttpRequest], list[Any]], request: HttpRequest) -> list[Any]:
    """Let Anymail read the events; a body that it falls over is refused.

    Where the sender has signed the body, something is wrong with the site, and the sender shall try again. What Anymail
    says itself, of a wrong URL for instance, is raised as before.
    """
    try:
        return parse_events(request)
    except UnreadablePostError:
        raise WebhookRejected(Reason.UNREADABLE) from None
    except _FALLEN_OVER as error:
        if isinstance(error, OSError):  # of Anymail's requests to the ESP
            raise
        receipt = request.webhook  # type: ignore[attr-defined]  # set by @webhook
        record = find_endpoint(receipt.endpoint).record
        signed = record is not None and record.body_authenticated == "yes"
        frame, line = list(walk_tb(error.__traceback__))[-1]
        place = f"{PurePath(frame.f_code.co_filename).name}:{line}"
        if signed:
            logging.getLogger(DELIVERIES).exception("%s: Anymail cannot read what its ESP signed", receipt.endpoint)
        reason = Reason.INTERNAL_ERROR if signed else Reason.MALFORMED_BODY
        raise WebhookRejected(reason, detail=f"Anymail cannot read it: {type(error).__name__} at {place}") from None


_FALLEN_OVER = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
