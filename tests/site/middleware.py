"""Middleware that reads the body before any view does, as some sites have it."""

from __future__ import annotations


def reads_post(get_response):
    """Parse the form, as a middleware that looks for a field does."""

    def middleware(request):
        request.POST.get("locale")
        return get_response(request)

    return middleware


def reads_stream(get_response):
    """Read the stream, as a middleware that logs requests does."""

    def middleware(request):
        request.read(1)
        return get_response(request)

    return middleware


def reads_body(get_response):
    """Read the body where Django keeps it, which harms nobody."""

    def middleware(request):
        assert request.body is not None
        return get_response(request)

    return middleware
