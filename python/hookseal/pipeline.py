"""The way of a request, step by step: transport, source, admit, body, verify; and what becomes of a refusal.

Cheap before dear: each step uses only what the steps before it let through. The steps are plain functions, used by sync
and async views alike; only the steps that may do I/O are awaited where the view is async: a rate that all processes
count together and the search for a request's secrets, both opt-in, and the fetching of a key that the sender publishes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import PurePath
from traceback import walk_tb
from typing import Any, TypeAlias
from weakref import ref

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse

from hookseal._engine import RemoteKey, Verifier, Wanted
from hookseal.body import arrives_undelimited, check_framing, read_body, read_fields
from hookseal.conf import Endpoint, RateLimit
from hookseal.confirmations import Confirmation
from hookseal.exceptions import WebhookRejected
from hookseal.handshakes import Greeting, asks, closed, greet
from hookseal.keysource import process_keys
from hookseal.logging import log_refusal
from hookseal.rate import limiter
from hookseal.reasons import Reason
from hookseal.receipt import Receipt
from hookseal.requests import Head, Headers, address_of, is_local, safe_text, safe_url, sent_url

__all__ = ["RETRY_AFTER", "Verdict", "acheck", "answer", "bare", "check", "describe", "status_of"]

RETRY_AFTER = 60
"""Seconds after which a sender may try again where the site is at fault."""

Verdict: TypeAlias = Receipt | Confirmation | Greeting
"""A proven delivery for the view; or what answers by itself."""


def check(request: HttpRequest, endpoint: Endpoint, url_kwargs: Mapping[str, Any], now: float | None = None) -> Verdict:
    """Judge a delivery, or find that it asks for nothing but an answer; at another moment than now, if one is given.

    Raises:
        WebhookRejected: it is refused; the first step that finds a reason decides. Nothing else is raised.
    """
    if request.method in endpoint.probes:
        return Greeting(request, endpoint.alias)
    try:
        verifier, head = approach(request, endpoint)
        if endpoint.rate_cache is not None:
            judge_shared_rate(request, endpoint)
        is_handshake = bool(endpoint.greets) and asks(request, endpoint, verifier, head)
        if endpoint.secret_source is not None:
            if not is_handshake:
                verifier.admit(head[0], "POST", head[1], head[2])
            verifier = endpoint.secret_source.verifier(Headers(request.META), url_kwargs)
        if is_handshake:
            return greet(request, endpoint, verifier, head, now)
        outcome = verify(request, endpoint, verifier, head, now=now)
        if isinstance(outcome, Wanted):
            key = process_keys().key(outcome, endpoint.particulars.account)
            outcome = verify(request, endpoint, verifier, head, key, now=now)
        return _concluded(request, endpoint, outcome)
    except Exception as error:  # noqa: BLE001 - a mistake of ours is a refusal as well
        raise _rejection(error) from None


async def acheck(request: HttpRequest, endpoint: Endpoint, url_kwargs: Mapping[str, Any]) -> Verdict:
    """Judge a delivery in the event loop, inline but for the steps that may do I/O; raises as `check`."""
    if request.method in endpoint.probes:
        return Greeting(request, endpoint.alias)
    try:
        verifier, head = approach(request, endpoint)
        if endpoint.rate_cache is not None:
            await sync_to_async(judge_shared_rate)(request, endpoint)
        is_handshake = bool(endpoint.greets) and asks(request, endpoint, verifier, head)
        if endpoint.secret_source is not None:
            if not is_handshake:
                verifier.admit(head[0], "POST", head[1], head[2])
            verifier = await endpoint.secret_source.averifier(Headers(request.META), url_kwargs)
        if is_handshake:
            return greet(request, endpoint, verifier, head)
        outcome = verify(request, endpoint, verifier, head)
        if isinstance(outcome, Wanted):
            key = await process_keys().akey(outcome, endpoint.particulars.account)
            outcome = verify(request, endpoint, verifier, head, key)
        return _concluded(request, endpoint, outcome)
    except Exception as error:  # noqa: BLE001 - a mistake of ours is a refusal as well
        raise _rejection(error) from None


def approach(request: HttpRequest, endpoint: Endpoint) -> tuple[Verifier, Head]:
    """Judge transport (method, https, framing, declared size) and source (address, rate).

    One function for both steps, since every accepted delivery pays for each call.

    Returns:
        The endpoint's verifier, and what it judges next.
    """
    meta, verifier = request.META, endpoint.verifier
    is_delivery = request.method == "POST"
    if not is_delivery and request.method not in endpoint.greets:
        raise WebhookRejected(Reason.METHOD_NOT_ALLOWED, detail=closed(endpoint, request.method))
    if verifier is None:
        raise _unready(endpoint)
    if endpoint.https and request.scheme != "https" and not is_local(meta):
        raise WebhookRejected(Reason.INSECURE_TRANSPORT)
    check_framing(meta, endpoint.max_body if endpoint.reads_body else None)
    if endpoint.allow_ips is not None or endpoint.rate_limit is not None:
        _judge_address(request, endpoint)
    parts = tuple(map(meta.get, endpoint.meta_keys))
    url = _url(request, endpoint) if endpoint.needs_url or not is_delivery else None
    return verifier, (parts, url, tuple(Headers(meta).items()) if endpoint.needs_headers else None)


def judge_shared_rate(request: HttpRequest, endpoint: Endpoint) -> None:
    """Judge the rate over all processes, in the cache that they share; waits for it."""
    limit = endpoint.rate_limit
    address = address_of(request, endpoint.trusted_hops, endpoint.trusted_proxies)
    if limit is not None and limiter(endpoint, limit).exceeded_together(address, time.time()):
        raise _over(limit)


def verify(
    request: HttpRequest,
    endpoint: Endpoint,
    verifier: Verifier,
    head: Head,
    key: RemoteKey | None = None,
    *,
    now: float | None = None,
) -> Receipt | Wanted:
    """Read the body, if a proof needs it, and let the engine decide.

    Args:
        request: the request.
        endpoint: what it was sent to.
        verifier: judges it.
        head: what it judges before the body.
        key: what the engine wanted the first time, if anything.
        now: the clock in Unix seconds; `time.time()` where left out.
    """
    parts, url, every = head
    content_type = request.META.get("CONTENT_TYPE", "")
    body: bytes | Callable[[], bytes]
    fields = None
    need = verifier.admit(parts, "POST", url, every) if endpoint.reads_body else "nothing"
    if need == "body":
        body = read_body(request, endpoint.max_body)
        accepted = verifier.verify(parts, body, _moment(now), "POST", url, None, every, key)
    elif need == "fields":
        form = read_fields(request, endpoint.max_body)
        pairs = [(name, value) for name, values in form.items() for value in values]
        accepted = verifier.verify(parts, None, _moment(now), "POST", url, pairs, every, key)
        body, fields = _read_later(request, endpoint.max_body), form.copy
    else:
        accepted = verifier.verify(parts, None, _moment(now), "POST", url, None, every, key)
        undelimited = arrives_undelimited(request.META)
        body = read_body(request, endpoint.max_body) if undelimited else _read_later(request, endpoint.max_body)
    if isinstance(accepted, Wanted):
        return accepted
    if fields is None and content_type != _USUAL and content_type[:10].lower() == "multipart/":
        fields = _fields_later(request, endpoint.max_body)
    return Receipt(accepted, endpoint.alias, endpoint.provider, body, content_type, fields=fields)


def describe(request: HttpRequest, endpoint: Endpoint, rejection: WebhookRejected) -> WebhookRejected:
    """Tell a rejection what it refused: endpoint, provider, method, path and address, as text that is safe to log."""
    rejection.endpoint = rejection.endpoint or endpoint.alias
    if endpoint.record is not None:
        rejection.provider = rejection.provider or endpoint.record.name
    rejection.method = safe_text(request.method or "")
    rejection.path = safe_text(request.path)
    rejection.address = address_of(request, endpoint.trusted_hops, endpoint.trusted_proxies) or ""
    if rejection.reason is Reason.SIGNATURE_MISMATCH and endpoint.needs_url:
        judged = f"its URL was taken to be {safe_url(_url(request, endpoint))}"
        rejection.detail = ", ".join(filter(None, [rejection.detail, judged]))
    return rejection


def answer(endpoint: Endpoint, rejection: WebhookRejected) -> HttpResponse:
    """Answer the sender with a bare status where one is due.

    Raises:
        WebhookRejected: the rejection itself, so that Django answers 400, the same for each reason of fault `sender`.
    """
    status, headers = status_of(endpoint, rejection.reason)
    if status is None:
        rejection.__context__ = None  # which `from None` would only hide
        raise rejection.with_traceback(None) from None
    if _is_worth_a_line(endpoint, rejection.reason):
        log_refusal(rejection, status)
    return bare(status, headers)


def status_of(endpoint: Endpoint, reason: Reason) -> tuple[int | None, dict[str, str]]:
    """Say the bare status of a refusal, with its headers; None where Django shall answer, which is 400."""
    if reason.fault == "site":
        return 503, {"Retry-After": str(RETRY_AFTER)}
    if reason is Reason.TOO_LARGE:
        return 413, {}
    if reason is Reason.METHOD_NOT_ALLOWED:
        return 405, {"Allow": ", ".join(dict.fromkeys(["POST", *sorted(endpoint.greets | endpoint.probes)]))}
    if reason is Reason.RATE_LIMITED and endpoint.rate_limit is not None:
        return 429, {"Retry-After": str(limiter(endpoint, endpoint.rate_limit).retry_after(time.time()))}
    if _is_challenged(endpoint, reason):
        return HTTPStatus.UNAUTHORIZED, _CHALLENGE
    return endpoint.refusal_status, {}


def bare(status: int, headers: Mapping[str, str]) -> HttpResponse:
    """Make an empty response whose status Django does not log: it would do so a second time, and mail each 503."""
    response = HttpResponse(status=status, headers=dict(headers))
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - what django.utils.log sets
    return response


def _moment(now: float | None) -> float:
    return time.time() if now is None else now


def _concluded(request: HttpRequest, endpoint: Endpoint, outcome: Receipt | Wanted) -> Verdict:
    if isinstance(outcome, Wanted):
        raise TypeError("the engine wants what it was given")
    if not endpoint.may_conclude:
        return outcome
    if outcome.reply is not None:
        return Greeting(request, endpoint.alias, outcome.provider, outcome.reply)
    if endpoint.particulars.auto_confirm and outcome.visit is not None:
        return Confirmation(request, outcome, outcome.visit)
    return outcome


def _url(request: HttpRequest, endpoint: Endpoint) -> str:
    return sent_url(request, endpoint.public_url, with_credentials=endpoint.signs_credentials)


def _unready(endpoint: Endpoint) -> WebhookRejected:
    if not endpoint.enabled:
        return WebhookRejected(Reason.DISABLED)
    errors = ", ".join(error.id for error in endpoint.errors)
    return WebhookRejected(Reason.NOT_CONFIGURED, detail=errors or endpoint.lacks)


def _judge_address(request: HttpRequest, endpoint: Endpoint) -> None:
    address = address_of(request, endpoint.trusted_hops, endpoint.trusted_proxies)
    if endpoint.allow_ips is not None:
        if address is None:
            raise WebhookRejected(Reason.ADDRESS_UNKNOWN, detail=f"{endpoint.trusted_hops} trusted proxies")
        if address not in endpoint.allow_ips:
            raise WebhookRejected(Reason.ADDRESS_DENIED)
    limit = endpoint.rate_limit
    if limit is not None and limiter(endpoint, limit).exceeded(address, time.time()):
        raise _over(limit)


def _over(limit: RateLimit) -> WebhookRejected:
    return WebhookRejected(Reason.RATE_LIMITED, detail=f"more than {limit.count} in {limit.seconds} s")


def _read_later(request: HttpRequest, max_body: int) -> Callable[[], bytes]:
    """Read the body if somebody asks for it; a weak reference, because the request holds the receipt."""
    reference = ref(request)

    def read() -> bytes:
        return read_body(_alive(reference()), max_body)

    return read


def _fields_later(request: HttpRequest, max_body: int) -> Callable[[], dict[str, list[str]]]:
    reference = ref(request)

    def read() -> dict[str, list[str]]:
        return read_fields(_alive(reference()), max_body)

    return read


def _alive(request: HttpRequest | None) -> HttpRequest:
    if request is None:
        raise WebhookRejected(Reason.BODY_CONSUMED, detail="the request is over")
    return request


def _rejection(error: Exception) -> WebhookRejected:
    """Turn any error into a rejection. Where it happened is told; what it said is not, as that may be sender's text."""
    if isinstance(error, WebhookRejected):
        return error
    frame, line = list(walk_tb(error.__traceback__))[-1]
    place = f"{PurePath(frame.f_code.co_filename).name}:{line}"
    return WebhookRejected(Reason.INTERNAL_ERROR, detail=f"{type(error).__name__} at {place}")


def _is_challenged(endpoint: Endpoint, reason: Reason) -> bool:
    """Whether the sender is asked for credentials: SNS, as some others, gives them only then."""
    if reason is Reason.MISSING_CREDENTIALS and endpoint.record is not None and endpoint.record.needs_topics:
        return True
    return endpoint.refusal_status == HTTPStatus.UNAUTHORIZED and "HTTP_AUTHORIZATION" in endpoint.meta_keys


def _is_worth_a_line(endpoint: Endpoint, reason: Reason) -> bool:
    """Whether a refusal is logged: of those by the rate, the first in each window."""
    limit = endpoint.rate_limit
    return reason is not Reason.RATE_LIMITED or limit is None or limiter(endpoint, limit).announce(time.time())


_USUAL = "application/json"
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="webhooks"'}
