"""Forms and signature fields as they may have been sent: with repeated fields, regrouped, or decoded once less."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote, urlencode

from hookseal import _engine
from hookseal.explain.case import Case
from hookseal.explain.trials import Sent

__all__ = ["fields"]

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_MOST_LEAVES = 1_000


def fields(case: Case) -> Iterator[Sent]:
    """Make the same request with the fields of its form, or of its JSON, as they may have been sent."""
    sent, name = case.sent, case.naming.cause
    is_form = "form-urlencoded" in sent.header("content-type").lower()
    try:
        pairs = _engine.parse_form(sent.body) if is_form else []
        document = None if is_form else json.loads(sent.body)
    except (ValueError, RecursionError):
        return
    if is_form:
        for what, kept in (("first", dict(reversed(pairs))), ("last", dict(pairs))):
            told = name("form_order", what=f"with the {what} value of a repeated field alone")
            yield sent.changed(told, body=urlencode(list(kept.items())).encode())
        yield from _decoded(sent, pairs, name)
    yield from _regrouped(sent, pairs, document, name)


def _decoded(sent: Sent, pairs: list[tuple[str, str]], name: Callable[..., Any]) -> Iterator[Sent]:
    told = name("fields_changed", what="decoded once less")
    plus = [(field, value.replace(" ", "+")) for field, value in pairs]
    yield sent.changed(told, body=urlencode(plus).encode())
    yield sent.changed(told, body=urlencode([(field, quote(value, safe="")) for field, value in pairs]).encode())
    more = name("fields_changed", what="decoded once more")
    yield sent.changed(more, body=urlencode([(field, unquote(value)) for field, value in pairs]).encode())


def _regrouped(sent: Sent, pairs: list[tuple[str, str]], document: Any, name: Callable[..., Any]) -> Iterator[Sent]:
    """Put the fields of a signature where senders put them: side by side in a form, or in an object of their own."""
    leaves = dict(pairs) if pairs else dict(_leaves(document))
    told = name("fields_changed", what="grouped as the sender groups them")
    if not {"timestamp", "token", "signature"} <= leaves.keys():
        return
    form = urlencode(list(leaves.items())).encode()
    grouped = {key: leaves[key] for key in ("timestamp", "token", "signature")}
    yield sent.changed(told, body=form).with_header("content-type", _FORM)
    yield sent.changed(told, body=json.dumps({"signature": grouped}).encode()).with_header("content-type", _JSON)


def _leaves(value: Any) -> Iterator[tuple[str, str]]:
    """The scalars of a document by the last name of their path, at any depth, within bounds."""
    stack, seen = [("", value)], 0
    while stack and seen < _MOST_LEAVES:
        key, found = stack.pop()
        seen += 1
        if isinstance(found, dict):
            stack.extend((str(name), inner) for name, inner in found.items())
        elif isinstance(found, list):
            stack.extend(("", inner) for inner in found)
        elif key and isinstance(found, str | int | float):
            yield key, str(found)
