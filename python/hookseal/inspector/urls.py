"""`inspector_urls`: the pages of the inspector, for a site's URLconf."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from hookseal.inspector import actions, sources, views
from hookseal.inspector.catch import catch as caught

__all__ = ["inspector_urls"]


def inspector_urls(
    prefix: str = "hookseal/", *, enabled: bool = False, catch: bool = False
) -> list[URLPattern | URLResolver]:
    """Give the inspector's URLs: none, unless DEBUG is on or the site enables it.

    Under DEBUG the pages are shown to this machine and to INTERNAL_IPS. Everybody else, and everybody where DEBUG is
    off, must be logged in as staff and hold the permission `hookseal_inspector.view_delivery`; all others get a 404.

    Example:
        urlpatterns = [..., *inspector_urls()]

    Args:
        prefix: where the pages are.
        enabled: whether they are there where DEBUG is off, too.
        catch: whether there is an address, behind a name that cannot be guessed, that keeps whatever is sent to it.
            Unlike the pages it is open to everybody who knows it.
    """
    if not (settings.DEBUG or enabled):
        return []
    catching = [path("catch/<str:token>/", caught, name="caught")] if catch else []
    pages = [
        path("", views.deliveries, name="list"),
        path("rows/", views.rows, name="rows"),
        path("types/", sources.types, name="types"),
        path("catch/", views.catching, name="catch"),
        *catching,
        path("assets/<str:name>", views.asset, name="asset"),
        path("<int:number>/", views.delivery, name="delivery"),
        path("<int:number>/body/", views.body, name="body"),
        path("<int:number>/reveal/", views.reveal, name="reveal"),
        path("<int:number>/export/<str:form>/", sources.export, name="export"),
        path("<int:number>/resend/", actions.resend, name="resend"),
        path("<int:number>/edit/", actions.edit, name="edit"),
        path("<int:number>/delete/", actions.delete, name="delete"),
    ]
    return [path(prefix, include((pages, "hookseal")))]
