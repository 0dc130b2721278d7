"""URLs as the sender may have called them: what proxies hide of scheme, host, port and path, undone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from urllib.parse import quote, unquote

from hookseal.explain.case import Case
from hookseal.explain.causes import Cause
from hookseal.explain.naming import Naming
from hookseal.explain.trials import Sent, split_url
from hookseal.requests import basic_user

__all__ = ["tells_https", "urls"]

_MOST_HOSTS = 6
_MOST_PATHS = 12
_FORWARDED_HOSTS = ("x-forwarded-host", "x-original-host", "x-forwarded-server", "host")
_FORWARDED_PREFIXES = ("x-forwarded-prefix", "x-script-name")
_FORWARDED_PATHS = ("x-original-uri", "x-original-url", "x-forwarded-uri", "x-rewrite-url")


def urls(case: Case) -> Iterator[Sent]:
    """Make the same request with each URL that the sender may have signed, those with one change first."""
    sent, naming = case.sent, case.naming
    scheme, user, host, target = split_url(sent.url)
    name, port = _apart(host)
    options = (
        _schemes(scheme, naming),
        _hosts(name, case),
        _ports(port, scheme, sent, naming),
        _targets(target, sent, naming),
        _users(user, sent, naming),
    )
    made = {sent.url}
    for choice in sorted(product(*options), key=lambda picked: sum(cause is not None for _, cause in picked)):
        texts = [text for text, _ in choice]
        url = f"{texts[0]}://{texts[4]}{texts[1]}{texts[2]}{texts[3]}"
        if url not in made:
            made.add(url)
            changed = sent
            for _, cause in choice:
                changed = changed if cause is None else changed.changed(cause, url=url)
            yield changed


def tells_https(sent: Sent) -> bool:
    """Whether a proxy says that the sender spoke https."""
    told = [text.rpartition(",")[2].strip().lower() for text in sent.texts("x-forwarded-proto")]
    return "https" in told or any(part.lower() == "proto=https" for part in _forwarded(sent))


_Options = list[tuple[str, Cause | None]]


def _schemes(judged: str, naming: Naming) -> _Options:
    other = "http" if judged == "https" else "https"
    return [(judged, None), (other, naming.cause("url_scheme", found=other, judged=judged))]


def _hosts(judged: str, case: Case) -> _Options:
    """The hosts that a proxy, the settings or the URL itself name."""
    sent, naming = case.sent, case.naming
    told = [text.rpartition(",")[2].strip() for header in _FORWARDED_HOSTS for text in sent.texts(header)]
    told += [part.partition("=")[2].strip('" ') for part in _forwarded(sent) if part.lower().startswith("host=")]
    told += [split_url(url)[2] for url in (case.captured.url, case.endpoint.public_url or "")]
    names = dict.fromkeys(_apart(host)[0] for host in told)
    for known in [*names, judged]:
        names[known.removeprefix("www.") if known.startswith("www.") else f"www.{known}"] = None
    others = [name for name in names if name and name != judged][:_MOST_HOSTS]
    return [(judged, None), *((name, naming.cause("url_host", found=name, judged=judged)) for name in others)]


def _forwarded(sent: Sent) -> list[str]:
    """The parameters of the header Forwarded (RFC 7239)."""
    return [part.strip() for text in sent.texts("forwarded") for part in text.replace(",", ";").split(";")]


def _ports(judged: str, scheme: str, sent: Sent, naming: Naming) -> _Options:
    default = ":80" if scheme == "http" else ":443"
    told = [f":{text.strip()}" for text in sent.texts("x-forwarded-port") if text.strip().isdigit()]
    told += [_apart(text)[1] for text in (*sent.texts("x-forwarded-host"), *sent.texts("host"))]
    others = dict.fromkeys(port for port in ("", default, *told, ":443", ":80") if port != judged)
    without = naming.cause("url_port", what=f"without the port {judged[1:]}")
    causes = {port: naming.cause("url_port", what=f"with the port {port[1:]}") if port else without for port in others}
    return [(judged, None), *causes.items()]


def _targets(judged: str, sent: Sent, naming: Naming) -> _Options:
    causes: dict[str, Cause | None] = {judged: None}
    for text, what in _paths(judged, sent):
        if text not in causes:
            causes[text] = naming.cause("url_path", what=what)
    return list(causes.items())[:_MOST_PATHS]


def _paths(judged: str, sent: Sent) -> Iterator[tuple[str, str]]:
    """Paths with their queries, each with what it would be right with."""
    path, mark, query = judged.partition("?")
    query = mark + query
    slash = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    yield slash + query, f"{'without' if path.endswith('/') else 'with'} the slash at the end of the path"
    yield path, "without the query"
    for text in (value for header in _FORWARDED_PREFIXES for value in sent.texts(header)):
        yield text.rstrip("/") + judged, "with the prefix of the path that a proxy took away"
    for text in (value for header in _FORWARDED_PATHS for value in sent.texts(header)):
        yield split_url(text)[3] if "://" in text else text, "with the path as the proxy received it"
    first, _, rest = path.lstrip("/").partition("/")
    if rest:
        yield f"/{rest}{query}", f"without the prefix /{first}"
    yield quote(unquote(path), safe="/:@!$&'()*+,;=~") + query, "with the path percent-encoded anew"
    yield unquote(path) + query, "with the path decoded"
    yield path.replace("//", "/") + query, "with single slashes"
    yield slash, "without the query, and with the other end of the path"


def _users(judged: str, sent: Sent, naming: Naming) -> _Options:
    sent_user = basic_user(sent.header("authorization"))
    options: _Options = [(judged, None)]
    if judged:
        options.append(("", naming.cause("url_path", what="without user and password in the URL")))
    elif sent_user:
        options.append((sent_user, naming.cause("url_path", what="with user and password in the URL")))
    return options


def _apart(host: str) -> tuple[str, str]:
    """Cut host and port (with its colon) apart."""
    name, colon, port = host.rpartition(":")
    return (name, colon + port) if colon and port.isdigit() else (host, "")
