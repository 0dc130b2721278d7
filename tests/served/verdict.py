"""Tells a test why its delivery was refused, in a header and on stderr: senders learn nothing, the log is bounded."""

from __future__ import annotations

import os
import sys

from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware

from hookseal.signals import webhook_rejected


def note(request, rejection, **_):
    """Keep the reason where the middleware finds it, and print it, as a sender may be gone."""
    request.reason = rejection.reason.value
    sys.stderr.write(f"noted {request.reason}\n")


webhook_rejected.connect(note)


@sync_and_async_middleware
def tell(get_response):
    """Put the reason into the answer, and the process that gave it."""

    def mark(request, response):
        response["X-Process"] = os.getpid()
        if hasattr(request, "reason"):
            response["X-Reason"] = request.reason
        return response

    if iscoroutinefunction(get_response):

        async def middleware(request):
            return mark(request, await get_response(request))
    else:

        def middleware(request):
            return mark(request, get_response(request))

    return middleware
