"""Everything that is wrong with a site's configuration, at once: endpoints, guarded views, and the settings around."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain, combinations

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.views.debug import get_exception_reporter_filter

from hookseal.conf import Endpoint, aliases, endpoint
from hookseal.entry import misshapen
from hookseal.findings import Finding
from hookseal.guards import Guarded, guards
from hookseal.mails import judge_mails
from hookseal.replay.cache import CacheStore
from hookseal.replay.memory import MemoryStore
from hookseal.routes import routes
from hookseal.transactions import EveryDatabase
from hookseal.unguarded import judge_unguarded

__all__ = ["GUARD", "audit", "endpoints", "judge_also"]

GUARD = "hookseal.middleware.Guard"
"""The line in MIDDLEWARE that keeps a process with a wrong configuration from serving."""


def audit() -> tuple[Finding, ...]:
    """List every finding of the site, each once, errors first.

    Imports the root URLconf, so that the views under `@webhook` are known. What that raises is not caught: Django fails
    on it as well.
    """
    hookseal = getattr(settings, "HOOKSEAL", {})
    classes = {each.view: each for each in _guarded_classes()}
    known = endpoints()
    views = {each.view: each for each in guards()} | classes
    found = [
        *(() if isinstance(hookseal, Mapping) else (misshapen("HOOKSEAL", hookseal),)),
        *chain.from_iterable((*each.errors, *each.warnings, *_judge_surroundings(each)) for each in known),
        *_judge_sharing(known),
        *_judge_stores(known),
        *_judge_inheritance(known),
        *_judge_capture(known),
        *chain.from_iterable(_judge_view(each) for each in views.values()),
        *_judge_visible(hookseal),
        *(chain(_judge_guard(), judge_mails()) if known else ()),
        *judge_unguarded(),
        *chain.from_iterable(judge() for judge in _judges),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: _GRAVITY.index(finding.level)))


def judge_also(judge: Callable[[], Iterable[Finding]]) -> None:
    """Let a part of the package that stands above this one add its findings; doing so again changes nothing."""
    if judge not in _judges:
        _judges.append(judge)


def endpoints() -> list[Endpoint]:
    """List the endpoints as the views that are known by now use them, and those of the settings that no view uses."""
    used = [endpoint(each.alias, each.overrides) for each in guards()]
    names = {each.alias for each in used}
    unused = [endpoint(alias) for alias in aliases() if alias not in names]
    return list({id(each): each for each in (*used, *unused)}.values())


_judges: list[Callable[[], Iterable[Finding]]] = []
_GRAVITY = ("error", "warning", "info")


def _guarded_classes() -> Iterator[Guarded]:
    """The guarded class-based views of the URLconf.

    Django decorates their methods anew for each request, so before the first one only the class tells what is guarded.
    """
    for callback in (route.callback for route in routes()):
        view = getattr(callback, "view_class", None)
        if view is None:
            continue
        name, is_async = f"{view.__module__}.{view.__qualname__}", bool(view.view_is_async)
        if _is_guarded(view.dispatch):
            yield Guarded("", name, is_async)
        # Django REST framework exempts its views by itself.
        exempt = getattr(callback, "csrf_exempt", False) and not getattr(callback, "login_required", True)
        for method in filter(partial(_has_guarded, view), view.http_method_names):
            yield Guarded("", f"{name}.{method}", is_async, method_only=not exempt)


def _has_guarded(view: type, method: str) -> bool:
    return _is_guarded(getattr(view, method, None))


def _is_guarded(method: object) -> bool:
    return isinstance(getattr(method, "_non_atomic_requests", None), EveryDatabase)


def _judge_surroundings(each: Endpoint) -> Iterator[Finding]:
    """Judge an endpoint against the settings of Django that say how requests reach the site."""
    if not each.enabled:
        return
    path = f'HOOKSEAL["{each.parent or each.alias}"]'
    behind_proxy = bool(settings.SECURE_PROXY_SSL_HEADER)
    shares_secret = each.record is not None and each.record.shares_secret
    if (shares_secret or each.basic_auth) and not behind_proxy and not settings.SECURE_SSL_REDIRECT:
        message = "gets its secret with each delivery, and nothing says how https reaches this site"
        hint = "Only TLS protects such a secret: set SECURE_PROXY_SSL_HEADER, or SECURE_SSL_REDIRECT."
        yield Finding("W001", path, message, hint)
    no_proxies = not each.trusted_hops and each.trusted_proxies is None
    looked_at = {"ALLOW_IPS": each.allow_ips, "RATE_LIMIT": each.rate_limit}
    by_address = " and ".join(name for name, value in looked_at.items() if value is not None)
    if by_address and no_proxies and (behind_proxy or settings.USE_X_FORWARDED_HOST):
        message = f"has {by_address} without TRUSTED_PROXIES, though a proxy stands in front of this site"
        yield Finding("W005", path, message, "Set TRUSTED_PROXIES to the number of proxies, or to their ranges.")
    if each.needs_url and each.public_url is None and not behind_proxy:
        message = "has a provider that signs the URL, and nothing says what it looks like from outside"
        hint = "Set PUBLIC_URL; or SECURE_PROXY_SSL_HEADER, and USE_X_FORWARDED_HOST, if a proxy ends TLS."
        if settings.USE_X_FORWARDED_HOST:
            message = "has a provider that signs the URL: a proxy says its host, and nothing its scheme"
            hint = "Set SECURE_PROXY_SSL_HEADER to the header in which the proxy says https; or set PUBLIC_URL."
        yield Finding("W007", path, message, hint)


def _judge_sharing(endpoints: Iterable[Endpoint]) -> Iterator[Finding]:
    for first, second in combinations(endpoints, 2):
        if first.record is None or second.record is None or first.record.name == second.record.name:
            continue
        if first.parent is not None and first.parent == second.parent:
            continue
        if any(one.same_value(other) for one in first.secrets for other in second.secrets):
            message = f'shares a secret with HOOKSEAL["{first.alias}"], which is another provider\'s'
            yield Finding("W015", f'HOOKSEAL["{second.alias}"]', message, "Give each sender a secret of its own.")


def _judge_inheritance(endpoints: Iterable[Endpoint]) -> Iterator[Finding]:
    """Judge what another package's settings configure: of all its views, one should have a sender."""
    used = {each.parent for each in endpoints if each.parent is not None and not each.lacks}
    for parent in {each.parent for each in endpoints if each.parent is not None} - used:
        hint = "Set the keys or credentials of the senders that you use; until then every view answers 503."
        yield Finding("W011", f'HOOKSEAL["{parent}"]', "has views, but none of their senders can prove itself", hint)


def _judge_capture(endpoints: Iterable[Endpoint]) -> Iterator[Finding]:
    """Judge whether there is anybody who keeps what is to be kept."""
    for each in endpoints:
        if each.capture != "none" and not apps.is_installed("hookseal.inspector"):
            path = f'HOOKSEAL["{each.parent or each.alias}"]'
            hint = 'Add "hookseal.inspector" to INSTALLED_APPS and migrate, or remove CAPTURE.'
            yield Finding("W022", path, "has CAPTURE, but there is no inspector that keeps anything", hint)


def _judge_stores(endpoints: Iterable[Endpoint]) -> Iterator[Finding]:
    """Judge what remembers deliveries, each store once."""
    stores = dict.fromkeys(each.protection.store for each in endpoints if each.protection is not None)
    for store in stores:
        if isinstance(store, MemoryStore):
            yield Finding("W002", 'the replay store "memory"', "knows one process alone", _SHARED_STORE)
        elif isinstance(store, CacheStore):
            cache = settings.CACHES[str(store.alias)]
            kind = cache["BACKEND"].rpartition(".")[2]
            bounded = kind == "DatabaseCache" and "MAX_ENTRIES" not in cache.get("OPTIONS", {})
            flaw = "keeps no more than 300 entries" if bounded else _FORGETFUL.get(kind)
            if flaw is not None:
                message = f"remembers handled deliveries, but {flaw}"
                yield Finding("W002", f'CACHES["{store.alias}"]', message, _SHARED_STORE)


_SHARED_STORE = 'Use Redis, Valkey or Memcached, a DatabaseCache with MAX_ENTRIES, or "REPLAY": "database".'
_FORGETFUL = {
    "LocMemCache": "knows one process alone",
    "DummyCache": "keeps nothing",
    "FileBasedCache": "has no atomic add",
}


def _judge_view(each: Guarded) -> Iterator[Finding]:
    if each.method_only:
        hint = 'Use @method_decorator(webhook(...), name="dispatch") on the class.'
        yield Finding("W003", each.view, "is a guarded method: its view is not exempt from CSRF and login", hint)
    if each.is_async and any(database.get("ATOMIC_REQUESTS") for database in connections.settings.values()):
        hint = "Open transactions in the view's synchronous parts, where they are due."
        yield Finding("W010", each.view, "is async, so ATOMIC_REQUESTS opens no transaction for it", hint)
    protection = endpoint(each.alias, each.overrides).protection if each.is_async and each.alias else None
    if protection is not None and protection.store.database is not None:
        hint = "Make its effects harmless when they are repeated, or use a sync view."
        message = "is async, so no transaction holds its effects and the replay store's mark together"
        yield Finding("W010", each.view, message, hint)


def _judge_guard() -> Iterator[Finding]:
    if GUARD not in settings.MIDDLEWARE:
        hint = f'Add "{GUARD}": a wrong configuration then keeps the process from serving.'
        yield Finding("W016", "MIDDLEWARE", f"lacks {GUARD}", hint)


def _judge_visible(hookseal: object) -> Iterator[Finding]:
    """Compare what stands in HOOKSEAL with what Django's error page would show of it."""
    shown = get_exception_reporter_filter(None).get_safe_settings().get("HOOKSEAL")
    for path in _secret_leaves(hookseal, shown, "HOOKSEAL"):
        if '["OPTIONS"]' in path:  # names of accounts and webhooks; what is secret there, Django hides by its name
            continue
        hint = "Secrets belong under SECRETS and BASIC_AUTH, which Django hides."
        if path.endswith('["PUBLIC_URL"]'):
            hint = "A sender that signs its URL signs this password too; if this one does not, leave it out."
        yield Finding("W018", path, "looks like a secret, and Django's error page would show it", hint)


def _secret_leaves(value: object, shown: object, path: str) -> Iterator[str]:
    if isinstance(value, Mapping) and isinstance(shown, Mapping):
        for key in (key for key in value if key in shown):
            yield from _secret_leaves(value[key], shown[key], f'{path}["{key}"]')
    elif isinstance(value, list | tuple) and isinstance(shown, list | tuple):
        for index, (leaf, visible) in enumerate(zip(value, shown, strict=True)):
            yield from _secret_leaves(leaf, visible, f"{path}[{index}]")
    elif isinstance(value, str | bytes) and value == shown:
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        if _SECRET.search(text):
            yield path


# Prefixes of well-known secrets; a password in a URL; a PEM key; a long run of letters and digits.
_SECRET = re.compile(
    r"""^(v1,)?whsec_ | ^[a-z]{2,4}_(live|test)_ | ://[^/@\s]+:[^/@\s]+@ | -----BEGIN
    | ^(?=\S*[0-9])(?=\S*[A-Za-z])[\w+=-]{20,}$""",
    re.VERBOSE,
)
