"""Refusals as JSON, for frameworks whose every other error is JSON: the same few words for each reason."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec, TypeVar, cast

from asgiref.sync import iscoroutinefunction
from django.http import JsonResponse

from hookseal.exceptions import WebhookRejected
from hookseal.logging import LOGGER

__all__ = ["answering_json"]

P = ParamSpec("P")
R = TypeVar("R")


def answering_json(view: Callable[P, R]) -> Callable[P, R]:
    """Answer what a guarded view refuses, where Django would answer 400 with a page, with 400 and JSON.

    Statuses that say something to a sender (401, 405, 413, 429, 503) stay bare, with their headers. The refusal is
    logged as Django logs it, and DEBUG changes nothing.
    """

    @wraps(view)
    def answered(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return view(*args, **kwargs)
        except WebhookRejected as rejection:
            return _refusal(rejection)

    @wraps(view)
    async def aanswered(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return await cast(Any, view)(*args, **kwargs)
        except WebhookRejected as rejection:
            return _refusal(rejection)

    return cast(Callable[P, R], aanswered if iscoroutinefunction(view) else answered)


def _refusal(rejection: WebhookRejected) -> JsonResponse:
    status = HTTPStatus.BAD_REQUEST
    logging.getLogger(LOGGER).error(str(rejection), extra={"rejection": rejection, "status_code": status.value})
    response = JsonResponse({"detail": f"{status.phrase}."}, status=status)
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - what django.utils.log sets
    return response
