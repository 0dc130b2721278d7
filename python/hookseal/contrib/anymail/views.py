"""A view of Anymail behind hookseal: the same class, the same events, but hookseal has checked who sends."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from functools import partial, update_wrapper
from http import HTTPStatus
from pathlib import PurePath
from traceback import walk_tb
from typing import Any, TypeAlias, cast

from anymail.exceptions import AnymailAPIError
from anymail.signals import inbound
from anymail.webhooks.base import AnymailCoreWebhookView
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from hookseal._engine import Secret
from hookseal.conf import endpoint as find_endpoint
from hookseal.contrib.anymail.origin import AnymailOrigin, alias_of, setting_of
from hookseal.contrib.anymail.turns import delivery
from hookseal.decorators import webhook
from hookseal.exceptions import WebhookRejected
from hookseal.logging import DELIVERIES
from hookseal.origins import origin_of
from hookseal.pipeline import bare
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
    keywords = _keywords(view, origin)
    checked = webhook(alias, **keywords)(_unchecked(view, origin))

    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        _write_out(request.META, find_endpoint(alias).meta_keys)
        with delivery() as current:
            try:
                response = checked(request, *args, **kwargs)
            except WebhookRejected as rejection:
                if origin.esp.challenges and rejection.reason is Reason.MISSING_CREDENTIALS:
                    return bare(HTTPStatus.UNAUTHORIZED, _CHALLENGE)
                if rejection.reason is Reason.SIGNATURE_MISMATCH and origin.options:
                    rejection.detail = ", ".join(filter(None, [rejection.detail, _setting_to_check(origin, request)]))
                raise
            if origin.esp.challenges and response.status_code == HTTPStatus.UNAUTHORIZED:
                response["WWW-Authenticate"] = _CHALLENGE["WWW-Authenticate"]
            current.delivered = counts_as_delivered(response, ())
            return response

    return update_wrapper(guarded, checked)


def _keywords(view: View, origin: AnymailOrigin) -> dict[str, object]:
    """Take what was given to `as_view` rather than set: an empty value is a finding."""
    given = view.view_initkwargs  # type: ignore[attr-defined]  # set by as_view
    secrets = [given[option.name] for option in origin.options if option.name in given][:1]
    keywords: dict[str, object] = {"secrets": secrets[0]} if secrets else {}
    if "basic_auth" in given:
        keywords["basic_auth" if origin.options else "secrets"] = given["basic_auth"]
    return {name: value if isinstance(value, list | tuple) else Secret(value) for name, value in keywords.items()}


def _write_out(meta: dict[str, Any], keys: Iterable[str]) -> None:
    """Make text of what a test client was given for a header: bytes, or the seconds of a clock."""
    for key in keys:
        value = meta.get(key)
        if value is not None and not isinstance(value, str):
            meta[key] = value.decode("latin-1") if isinstance(value, bytes) else str(int(value))


def _setting_to_check(origin: AnymailOrigin, request: HttpRequest) -> str:
    """Name the setting of the key, and the project it has to be of, where the ESP has a key for each."""
    project = _PROJECT.search(request.__dict__.get("_body", b"")[:_SEARCHED])
    whose = f" is for Project ID {project[1].decode()}" if project else ""
    return f"check Anymail {setting_of(origin.name, origin.options[0])} setting{whose}"


# As Anymail asks for them: Amazon SNS shows its credentials only after this.
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Anymail WEBHOOK_SECRET"'}
_PROJECT = re.compile(rb'"project_id"\s{0,9}:\s{0,9}"?([0-9]{1,20})')
_SEARCHED = 65_536


def _unchecked(view: View, origin: AnymailOrigin) -> View:
    """Make Anymail's view of each request without its keys, which may be lists, and without its check."""
    kind: Any = view.view_class  # type: ignore[attr-defined]  # set by as_view
    stand_ins = {option.name: option.stand_in for option in origin.options[:1]}
    given = view.view_initkwargs  # type: ignore[attr-defined]  # set by as_view
    arguments = {**given, "webhook_secret": "verified by hookseal", **stand_ins}

    def unchecked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        made = kind(**arguments)
        made.validators = [each for each in made.validators if not each.__module__.startswith("anymail.")]
        made.parse_events = partial(_parse, made.parse_events)
        if origin.esp.challenges:  # its own challenge would come again, where no credentials are due
            made.post = partial(AnymailCoreWebhookView.post, made)
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
    except (AnymailAPIError, *_FALLEN_OVER) as error:
        fallen = error.__cause__ if isinstance(error, AnymailAPIError) else error
        if not isinstance(fallen, _FALLEN_OVER) or isinstance(fallen, OSError):  # of Anymail's requests to the ESP
            raise
        receipt = request.webhook  # type: ignore[attr-defined]  # set by @webhook
        record = find_endpoint(receipt.endpoint).record
        signed = record is not None and record.body_authenticated in {"yes", "fields"}
        frame, line = list(walk_tb(error.__traceback__))[-1]
        place = f"{PurePath(frame.f_code.co_filename).name}:{line}"
        if signed:
            logging.getLogger(DELIVERIES).exception("%s: Anymail cannot read what its ESP signed", receipt.endpoint)
        reason = Reason.INTERNAL_ERROR if signed else Reason.MALFORMED_BODY
        raise WebhookRejected(reason, detail=f"Anymail cannot read it: {type(error).__name__} at {place}") from None


_FALLEN_OVER = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
