"""A request as it may have been sent, and the engine's verdict on it at the moment of its arrival."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from email import policy
from email.message import Message
from email.parser import BytesParser
from math import isnan
from typing import TypeAlias

from hookseal import _engine
from hookseal._engine import Accepted, Record, Secret, SecretError, Wanted
from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.exceptions import WebhookRejected
from hookseal.explain.causes import Cause
from hookseal.reasons import Reason
from hookseal.requests import basic_user, public_form
from hookseal.secrets import PRF_KEY

__all__ = [
    "HOLDS",
    "Parts",
    "Sent",
    "Trials",
    "Verdict",
    "form_fields",
    "header_parts",
    "sent_as_judged",
    "split_url",
    "verifier_of",
]

HOLDS = frozenset({None, Reason.STALE, Reason.FUTURE, Reason.EXPIRED_SECRET})
"""The verdicts that are found only after a signature has held."""

Parts: TypeAlias = "tuple[str | list[str] | None, ...]"
"""Header values as the engine takes them."""


@dataclass(frozen=True)
class Sent:
    """A request as it may have been sent, and how that differs from what was received.

    Attributes:
        method: the HTTP method.
        url: the URL as the sender may have signed it.
        headers: names and values.
        body: the raw body.
        causes: what would have changed it on its way; empty for the request as it was received.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    causes: tuple[Cause, ...] = ()

    def texts(self, name: str) -> list[str]:
        """List the values of a header, in any case."""
        return [value for known, value in self.headers if known.lower() == name]

    def header(self, name: str) -> str:
        """Say a header's values, joined as servers join them; empty where it is absent."""
        return ",".join(self.texts(name))

    @property
    def engine_url(self) -> str:
        """The URL as the engine takes it: without lone surrogates."""
        return _encodable(self.url)

    def with_header(self, name: str, value: str, *causes: Cause) -> Sent:
        """Make the same request with one header of that name, given in lower case."""
        others = [(known, text) for known, text in self.headers if known.lower() != name]
        return replace(self, headers=(*others, (name, value)), causes=(*self.causes, *causes))

    def changed(self, cause: Cause, *, body: bytes | None = None, url: str | None = None) -> Sent:
        """Make the same request with another body or URL."""
        return replace(
            self,
            body=self.body if body is None else body,
            url=self.url if url is None else url,
            causes=(*self.causes, cause),
        )


@dataclass(frozen=True)
class Verdict:
    """What an engine's verifier says.

    Attributes:
        reason: what it refuses for; None: it accepts.
        accepted: what was proven, if it accepts.
        wanted: whether it cannot say without a key of the sender's that is not here.
    """

    reason: Reason | None
    accepted: Accepted | None = None
    wanted: bool = False

    @property
    def holds(self) -> bool:
        """Whether a signature held, whatever its age."""
        return self.reason in HOLDS and not self.wanted


class Trials:
    """Holds requests against verifiers, and counts it.

    Args:
        now: the moment of the verdicts, in Unix seconds; one that the engine does not take becomes the nearest.
    """

    def __init__(self, now: float) -> None:
        self.now = 0.0 if isnan(now) else min(max(now, -_LATEST), _LATEST)
        self.tried = 0
        self.bounded = False

    @property
    def spent(self) -> bool:
        """Whether no more are to be made."""
        self.bounded = self.bounded or self.tried >= _MOST_TRIALS
        return self.bounded

    def add(self, combinations: int, *, bounded: bool = False) -> None:
        """Count combinations that were tried otherwise than by `judge`."""
        self.tried += combinations
        self.bounded = self.bounded or bounded

    def greets(self, verifier: _engine.Verifier, sent: Sent) -> Verdict | None:
        """Let a verifier judge what may be a handshake; None where a request is none, but a delivery."""
        parts, body = header_parts(sent, verifier.headers), sent.body if sent.method == "POST" else b""
        if sent.method not in verifier.greets:
            return None
        try:
            if verifier.expects(parts, sent.method, sent.engine_url, body):
                reply = verifier.handshake(parts, sent.method, sent.engine_url, body, self.now)
                return Verdict(None if reply is not None else Reason.MALFORMED_CHALLENGE)
        except WebhookRejected as rejection:
            return Verdict(rejection.reason)
        return None if sent.method == "POST" else Verdict(Reason.MALFORMED_CHALLENGE)

    def judge(self, verifier: _engine.Verifier, sent: Sent) -> Verdict:
        """Let a verifier judge a request; never raises for what the request holds."""
        self.tried += 1
        record = verifier.record
        parts = header_parts(sent, verifier.headers)
        every = sent.headers if record.reads_every_header else None
        url = sent.engine_url
        try:
            need = verifier.admit(parts, sent.method, url, every)
            body = sent.body if need == "body" else None
            fields = form_fields(sent) if need == "fields" else None
            outcome = verifier.verify(parts, body, self.now, sent.method, url, fields, every)
        except WebhookRejected as rejection:
            return Verdict(rejection.reason)
        return Verdict(None, wanted=True) if isinstance(outcome, Wanted) else Verdict(None, outcome)


_MOST_TRIALS = 20_000
_LATEST = 1e11
_MOST_FIELDS = 1_000


def sent_as_judged(captured: Captured, endpoint: Endpoint) -> Sent:
    """Say the request as the endpoint judges it: with the URL that the sender is taken to have called."""
    scheme, _, host, target = split_url(captured.url)
    path, mark, query = target.partition("?")
    user = basic_user(captured.header("authorization") or "") if endpoint.signs_credentials else ""
    url = f"{scheme}://{user}{host}{path}{mark}{query}"
    if endpoint.public_url is not None:
        url = public_form(user, path, mark + query, endpoint.public_url)
    return Sent(_encodable(captured.method), url, captured.headers, captured.body)


def split_url(url: str) -> tuple[str, str, str, str]:
    """Cut a URL into scheme, "user:password@", host with port, and target (path and query)."""
    scheme, _, rest = url.partition("#")[0].partition("://")
    end = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    user, at, host = rest[:end].rpartition("@")
    return scheme, user + at, host, rest[end:]


def header_parts(sent: Sent, names: Sequence[str]) -> Parts:
    """Look up headers as the engine takes them: a text, all texts of one that came several times, or nothing."""
    return tuple(_part(sent.texts(name)) for name in names)


def verifier_of(
    record: Record, secrets: Sequence[Secret], endpoint: Endpoint, *, basic_auth: Sequence[Secret] = ()
) -> _engine.Verifier | None:
    """Make a verifier of those secrets that can be keys of a record; None where none can."""
    keys = [secret for secret in secrets if _is_key(record, secret)]
    if not keys and record.needs_secrets:
        return None
    try:
        return _engine.Verifier(
            record,
            keys[: _engine.LIMITS["secrets"]],
            endpoint=endpoint.alias or record.name,
            prf_key=PRF_KEY,
            tolerance=endpoint.tolerance,
            basic_auth=[secret for secret in basic_auth if not secret.flaw],
            options=endpoint.particulars.options,
            topics=endpoint.particulars.topics,
        )
    except ValueError:
        return None


def form_fields(sent: Sent) -> list[tuple[str, str]] | None:
    """Read the fields of a multipart form, files left out, without Django's settings; None where it is no such form."""
    if not sent.header("content-type").lower().startswith("multipart/form-data"):
        return None
    head = f"Content-Type: {sent.header('content-type')}\r\n\r\n".encode("utf-8", "replace")
    message = BytesParser(policy=policy.HTTP).parsebytes(head + sent.body)
    return list(_named_fields(message.iter_parts() if message.is_multipart() else ()))[:_MOST_FIELDS]


def _encodable(text: str) -> str:
    """The same text without lone surrogates, of which no server makes a URL or a method."""
    return text.encode("utf-8", "backslashreplace").decode()


def _is_key(record: Record, secret: Secret) -> bool:
    try:
        record.check(secret)
    except SecretError:
        return False
    return secret.slot not in record.token_slots


def _part(texts: list[str]) -> str | list[str] | None:
    return texts[0] if len(texts) == 1 else texts or None


def _named_fields(parts: Iterable[Message]) -> Iterator[tuple[str, str]]:
    for part in parts:
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None:
            payload = part.get_payload(decode=True)
            yield name, payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
