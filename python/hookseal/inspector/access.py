"""Who may see the inspector: a developer at this machine under DEBUG, or staff with permission; nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest

from hookseal._engine import Networks
from hookseal.requests import address_of

__all__ = ["APP_LABEL", "Visitor", "visitor_of"]

APP_LABEL = "hookseal_inspector"
"""The label of the app, under which its permissions are known: "hookseal_inspector.view_delivery"."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who may see the inspector.

    Attributes:
        name: as the log names who looked at secrets or sent something again.
        may_replay: may send deliveries to this site's views again.
        may_reveal: may see what is redacted.
        may_delete: may remove deliveries.
    """

    name: str
    may_replay: bool
    may_reveal: bool
    may_delete: bool

    @property
    def may_sign(self) -> bool:
        """Whether a delivery may be signed afresh: never on a site that others use, as it would prove anything."""
        return self.may_replay and settings.DEBUG


def visitor_of(request: HttpRequest) -> Visitor | None:
    """Find out who asks; None: the request must look like one for a page that does not exist."""
    if not _is_own_page(request):
        return None
    if settings.DEBUG and _is_here(request):
        return Visitor("a developer at this machine", may_replay=True, may_reveal=True, may_delete=True)
    user = _staff(request)
    if user is None:
        return None
    return Visitor(
        f"user {user.pk}",
        may_replay=user.has_perm(f"{APP_LABEL}.replay_delivery"),
        may_reveal=user.has_perm(f"{APP_LABEL}.reveal_secrets"),
        may_delete=user.has_perm(f"{APP_LABEL}.delete_delivery"),
    )


def _staff(request: HttpRequest) -> Any:
    """Find the user, if it is one of the staff who may look; else leave no trace of having asked.

    Whoever asks for the user has read the session; the answer then says `Vary: Cookie`, as that for no page does not.
    """
    session = getattr(request, "session", None)
    was_read = getattr(session, "accessed", False)
    user = getattr(request, "user", None)
    if user is not None and user.is_active and user.is_staff and user.has_perm(f"{APP_LABEL}.view_delivery"):
        return user
    if session is not None:
        session.accessed = was_read
    return None


_LOOPBACK = Networks(["127.0.0.0/8", "::1"])
# What proxies and tunnels add: with one of these, a loopback address says nothing about who asks.
_FORWARDING = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED", "HTTP_X_REAL_IP")


def _is_here(request: HttpRequest) -> bool:
    """Whether the request comes from this machine or an internal address, by a name of this site, and not forwarded."""
    if any(key.startswith(_FORWARDING) for key in request.META):
        return False
    try:
        request.get_host()  # a stranger's name that was made to lead here (DNS rebinding) is none of ALLOWED_HOSTS
    except DisallowedHost:
        return False
    address = address_of(request)
    return address is not None and (address in _LOOPBACK or address in settings.INTERNAL_IPS)


def _is_own_page(request: HttpRequest) -> bool:
    """Whether a browser asks for this page itself, or for the inspector: not for the script of somebody else's page.

    A site that lets every origin read it, as many do under DEBUG, would hand the inspector to any page that the
    developer has open. Following a link from elsewhere is no harm: the page stays unread, and a form needs its token.
    """
    origin = request.headers.get("Origin")  # of a form, CSRF judges it
    if origin and request.method != "POST" and origin.partition("://")[2] != request.META.get("HTTP_HOST"):
        return False
    if request.headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"}:
        return True
    return request.headers.get("Sec-Fetch-Mode") == "navigate" and request.headers.get("Sec-Fetch-Dest") == "document"
