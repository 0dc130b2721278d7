"""`@webhook`: one line in front of a view, and only genuine, fresh deliveries reach it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache, partial, wraps
from inspect import isawaitable
from typing import Any, ParamSpec, TypeVar, cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse

from hookseal.conf import NO_KEYWORDS, Endpoint, finder
from hookseal.deliveries import Delivery
from hookseal.entry import Keywords
from hookseal.exceptions import WebhookRejected
from hookseal.guards import lives_for_one_request, record_guard
from hookseal.logging import install
from hookseal.pipeline import acheck, answer, check, describe
from hookseal.receipt import Receipt
from hookseal.recording import akeep_refusal, begin, is_recorded, keep_refusal
from hookseal.signals import webhook_accepted, webhook_rejected
from hookseal.transactions import EveryDatabase, atomic_databases, in_event_loop, run_atomically
from hookseal.uses import note_refusal, note_use

__all__ = ["webhook"]

P = ParamSpec("P")
R = TypeVar("R")


def webhook(alias: str, **overrides: object) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only genuine deliveries of an endpoint reach a view, which finds what was proven at `request.webhook`.

    Works on functions and async functions; on class-based views, DRF's included, decorate `dispatch`:
    `@method_decorator(webhook("stripe"), name="dispatch")`. The view is exempt from CSRF and login, and a refused
    delivery opens no transaction. Nothing is raised when a view is decorated: what is wrong with an endpoint is said by
    `manage.py check`, and until it is mended the endpoint answers 503.

    Example:
        @webhook("stripe")
        def stripe_events(request):
            event = request.webhook.json()
            return HttpResponse()

    Args:
        alias: the endpoint's name in the setting HOOKSEAL.
        **overrides: its settings for this view, in lower case: `max_body=65536`.
    """
    install()
    keywords = Keywords(overrides) if overrides else NO_KEYWORDS

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        shell = _async_shell if record_guard(alias, view, keywords).is_async else _sync_shell
        opted_out = EveryDatabase(getattr(view, "_non_atomic_requests", ()))
        guarded: Any = shell(view, alias, keywords, opted_out)
        if not lives_for_one_request(view):
            wraps(view)(guarded)
            guarded.webhook_endpoints = (alias, *getattr(view, "webhook_endpoints", ()))
            guarded.csrf_exempt = True
            guarded.login_required = False
            guarded._non_atomic_requests = opted_out  # noqa: SLF001 - what `transaction.non_atomic_requests` sets
        return cast(Callable[P, R], guarded)

    return decorate


def _sync_shell(
    view: Callable[..., Any], alias: str, keywords: Mapping[str, object], opted_out: EveryDatabase
) -> Callable[..., Any]:
    find = finder(alias, keywords)

    def guarded(first: Any, /, *args: Any, **kwargs: Any) -> Any:
        request = first if isinstance(first, HttpRequest) else _request_in(first, args)
        endpoint = find()
        if endpoint.may_wait and _is_awaited(request):
            return guarded_in_loop(first, *args, **kwargs)
        if endpoint.capture != "none" and (recording := begin(request, endpoint)):
            return recording.run(partial(guarded, first, *args, **kwargs))
        try:
            receipt = check(request, endpoint, kwargs)
            if not isinstance(receipt, Receipt):
                return receipt.answer()
            run = partial(view, first, *args, **kwargs)
            delivery = _delivery(request, endpoint, receipt, run)
            if delivery is not None:
                home = delivery.protection.store.database
                shared = None if home is None or opted_out.excludes(home) else home
                return delivery.handle(atomic_databases(opted_out), shared)
            if webhook_accepted.receivers:
                webhook_accepted.send_robust(sender=Receipt, request=request, receipt=receipt)
            return _run(run, atomic_databases(opted_out), endpoint)
        except WebhookRejected as rejection:
            return _refuse(request, endpoint, rejection)

    # An async view that nothing gave away until now: all it can be handed is something to await.
    guarded_in_loop = _async_shell(view, alias, keywords, opted_out)
    return guarded


def _async_shell(
    view: Callable[..., Any], alias: str, keywords: Mapping[str, object], _opted_out: EveryDatabase
) -> Callable[..., Awaitable[Any]]:
    find = finder(alias, keywords)

    async def guarded(first: Any, /, *args: Any, **kwargs: Any) -> Any:
        request = first if isinstance(first, HttpRequest) else _request_in(first, args)
        endpoint = find()
        if endpoint.capture != "none" and (recording := begin(request, endpoint)):
            return await recording.arun(guarded(first, *args, **kwargs))
        try:
            receipt = await acheck(request, endpoint, kwargs)
            if not isinstance(receipt, Receipt):
                return await receipt.aanswer()
            delivery = _delivery(request, endpoint, receipt, partial(view, first, *args, **kwargs))
            if delivery is not None:
                return await delivery.ahandle()
            if webhook_accepted.receivers:
                await webhook_accepted.asend_robust(sender=Receipt, request=request, receipt=receipt)
            response = view(first, *args, **kwargs)
            return await response if isawaitable(response) else response
        except WebhookRejected as rejection:
            return await _arefuse(request, endpoint, rejection)

    return guarded


def _delivery(request: HttpRequest, endpoint: Endpoint, receipt: Receipt, view: Callable[[], Any]) -> Delivery | None:
    """Hand the receipt to the view, and say what is to be claimed: nothing where a guard further out did so."""
    if endpoint.uses_cache is not None:
        note_use(endpoint, receipt.secret)
    outer = getattr(request, "webhook", None)
    request.webhook = receipt  # type: ignore[attr-defined]  # views read it
    if endpoint.protection is None:
        return None
    if isinstance(outer, Receipt) and outer.claims is not None and outer.claims.holds(receipt.replay_key):
        receipt.claims = outer.claims
        return None
    return Delivery(request, endpoint, receipt, endpoint.protection, view)


def _run(view: Callable[[], Any], databases: list[str], endpoint: Endpoint) -> Any:
    if not databases or in_event_loop():
        return view()
    return run_atomically(view, databases, endpoint.record.success if endpoint.record is not None else ())


def _is_awaited(request: HttpRequest) -> bool:
    """Whether the caller awaits what it gets; Django knows an async class-based view behind any decorator."""
    return in_event_loop() or _is_async(getattr(request.resolver_match, "func", None))


def _is_async(view: object) -> bool:
    """As `iscoroutinefunction`, which takes longer than the rest of the way together, but asked once for each view."""
    try:
        return _asked_once(view)
    except TypeError:  # an object that has no hash
        return iscoroutinefunction(view)


_asked_once = lru_cache(maxsize=256)(iscoroutinefunction)


def _refuse(request: HttpRequest, endpoint: Endpoint, rejection: WebhookRejected) -> HttpResponse:
    if rejection.method:  # a second guard, further in, has told of it already
        raise rejection
    describe(request, endpoint, rejection)
    note_refusal(endpoint, rejection)
    if is_recorded(request):
        keep_refusal(request, endpoint, rejection)
    if webhook_rejected.receivers:
        webhook_rejected.send_robust(sender=WebhookRejected, request=request, rejection=rejection)
    return answer(endpoint, rejection)


async def _arefuse(request: HttpRequest, endpoint: Endpoint, rejection: WebhookRejected) -> HttpResponse:
    if rejection.method:
        raise rejection
    describe(request, endpoint, rejection)
    note_refusal(endpoint, rejection)
    if is_recorded(request):
        await akeep_refusal(request, endpoint, rejection)
    if webhook_rejected.receivers:
        await webhook_rejected.asend_robust(sender=WebhookRejected, request=request, rejection=rejection)
    return answer(endpoint, rejection)


def _request_in(first: Any, args: tuple[Any, ...]) -> HttpRequest:
    """Find Django's request: DRF wraps it, and a bare decorator on a method gets the view before it."""
    for candidate in (first, *args[:1]):
        request = getattr(candidate, "_request", candidate)
        if isinstance(request, HttpRequest):
            return request
    raise TypeError("@webhook guards views: the first argument is no request")
