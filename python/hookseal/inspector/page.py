"""How every page of the inspector is made: for whom, by which method, from which template, with which headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeAlias

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template import Engine, RequestContext
from django.urls import Resolver404, reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_protect

from hookseal.inspector.access import Visitor, visitor_of
from hookseal.inspector.assets import VERSION
from hookseal.transactions import EveryDatabase

__all__ = ["HEADERS", "View", "conceal", "namespace_of", "page", "render", "root_of", "unguarded"]

P = ParamSpec("P")
View: TypeAlias = Callable[..., HttpResponse]

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: browsers then send `Origin: null` with forms, which Django's CSRF check must refuse.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""The headers of each answer. There is no inline code, so no nonce is needed; a site's own CSP middleware, Django's
included, leaves a policy that is there alone."""


def page(
    *, methods: tuple[str, ...] = ("GET", "HEAD"), needs: str = ""
) -> Callable[[Callable[Concatenate[HttpRequest, Visitor, P], HttpResponse]], View]:
    """Make a view of the inspector: the visitor is known before anything else, then method, permission and CSRF token.

    Args:
        methods: the methods that it answers.
        needs: "replay", "reveal" or "delete": the permission that it asks for beside the one to look.
    """

    def decorate(view: Callable[Concatenate[HttpRequest, Visitor, P], HttpResponse]) -> View:
        protected = csrf_protect(view)

        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            visitor = visitor_of(request)
            if visitor is None:
                raise conceal(request)
            try:
                if request.method not in methods:
                    response: HttpResponse = HttpResponseNotAllowed(methods)
                elif needs and not getattr(visitor, f"may_{needs}"):
                    raise PermissionDenied  # noqa: TRY301 (as a view does that finds it out itself)
                else:
                    response = protected(request, visitor, *args, **kwargs)
            except (Http404, PermissionDenied) as error:
                response = _message(request, visitor, error)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return unguarded(guarded)

    return decorate


def unguarded(view: View) -> View:
    """Take a view out of what the site's middleware does by itself, as it would tell strangers that the view exists."""
    # CSRF is checked by `page`, after the visitor is known; so is the login.
    view.csrf_exempt = True  # type: ignore[attr-defined]
    view.login_required = False  # type: ignore[attr-defined]
    view.should_append_slash = False  # type: ignore[attr-defined]
    # What is sent again runs within the view, and must find no transaction open.
    view._non_atomic_requests = EveryDatabase()  # type: ignore[attr-defined]  # noqa: SLF001
    return view


def conceal(request: HttpRequest) -> Http404:
    """Make the error that Django itself raises where no view is found; under DEBUG, one that tells a developer more."""
    if settings.DEBUG:
        return Http404("The inspector is for this machine and INTERNAL_IPS, unforwarded, or for staff with permission.")
    if hasattr(request, "session") and _LOGIN_REQUIRED in settings.MIDDLEWARE:
        request.session.accessed = False  # it asks who is there, but only where there is a view
    return Resolver404({"tried": [], "path": request.path_info.removeprefix("/")})


def root_of(request: HttpRequest) -> str:
    """Say the path of the inspector's first page, wherever the site has put it."""
    return reverse(f"{namespace_of(request)}:list")


def namespace_of(request: HttpRequest) -> str:
    """Say under which namespace the site's URLconf holds the inspector, within others perhaps."""
    match = request.resolver_match
    return match.namespace if match else "hookseal"


def render(
    request: HttpRequest, visitor: Visitor, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Render one of the inspector's templates; whatever the site's own engine does, everything is escaped."""
    known = {"root": root_of(request), "visitor": visitor, "version": VERSION, **context}
    text = _ENGINE.get_template(template).render(RequestContext(request, known))
    return HttpResponse(text, status=status, content_type="text/html; charset=utf-8")


_LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"
_ENGINE = Engine(
    dirs=[str(Path(__file__).parent / "templates")],
    libraries={"i18n": "django.templatetags.i18n"},
    builtins=["hookseal.inspector.filters"],
)


def _message(request: HttpRequest, visitor: Visitor, error: Http404 | PermissionDenied) -> HttpResponse:
    """Say why there is nothing to see, to somebody who may see the inspector."""
    if isinstance(error, Http404):
        text, status = gettext("There is no such page, or the delivery was removed since."), 404
    else:
        text, status = (
            str(error) or gettext("Your account may look at deliveries, but lacks the permission for this."),
            403,
        )
    return render(request, visitor, "message.html", {"message": text}, status=status)
