"""`webhooks send ENDPOINT`: delivers a signed sample, or a deliberately wrong one, and judges the answer.

The exit code says: 0 every answer is the one that is due, 1 nothing answered, 3 something else was answered.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import CommandError
from django.http.request import validate_host

from hookseal._engine import Record, Secret
from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.https import Answered, Unreachable, post
from hookseal.management.answer import Answer
from hookseal.management.keys import add_key_words, signing_key
from hookseal.management.outgoing import (
    add_body_words,
    as_sent,
    body_of,
    credentials,
    own_url,
    signed_url,
    signing_of,
)
from hookseal.management.progress import progress
from hookseal.management.tasks.sign import ready_endpoint
from hookseal.requests import safe_url
from hookseal.samples import Sample
from hookseal.signing import Signed
from hookseal.testing.tampering import TAMPERINGS, tamper

__all__ = ["HELP", "OTHERWISE", "add_words", "run"]

HELP = "send a signed sample, or a deliberately wrong one"

OTHERWISE = 3
"""The exit code where something else was answered than what is due."""


def add_words(parser: ArgumentParser) -> None:
    """Name the endpoint, what is sent, and where to."""
    parser.add_argument("endpoint", metavar="ENDPOINT", help="an endpoint of HOOKSEAL")
    parser.add_argument("--to", metavar="URL", help="where it goes; a URL without a path gets the endpoint's own")
    parser.add_argument("--body", metavar="FILE", help="a body, or - for stdin; left out: a made-up one")
    add_body_words(parser)
    names = [name for way in TAMPERINGS for name in (way.name, *way.also)]
    parser.add_argument("--tamper", choices=names, metavar="HOW", help=f"send it wrong: {', '.join(names)}")
    parser.add_argument("--times", type=_positive, default=1, metavar="N", help="how many deliveries, each a new one")
    parser.add_argument("--expect", type=int, metavar="STATUS", help="the status that is due, if it is another")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="how long to wait for an answer")
    add_key_words(parser, what="sign with this secret, or private key")


def run(words: Mapping[str, Any]) -> Answer:
    """Send it.

    Raises:
        CommandError: there is no key to sign with, the sender does not sign such a body or cannot be bent like that,
            or nothing answered.
    """
    known, record = ready_endpoint(words["endpoint"])
    target, key = own_url(known, words["to"]), signing_key(words, record, known)
    given = body_of(words, record, key, {}) if words["body"] is not None else None
    plan = _Plan(known, record, key, target, given, words)
    sent = list(progress(plan.deliver(), words["times"], "deliveries"))
    facts = {
        "endpoint": known.alias,
        "provider": record.name,
        "url": plan.target,
        "tamper": words["tamper"],
        "as_expected": all(each.is_due for each in sent),
        "deliveries": [each.facts() for each in sent],
    }
    return Answer(facts, _text(plan, sent), 0 if facts["as_expected"] else OTHERWISE)


_DELIVERED = frozenset(range(200, 300))
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True)
class _Sent:
    """One delivery, and what was answered to each request that it took; what was due, in the same order."""

    answers: tuple[Answered, ...]
    due: tuple[frozenset[int], ...]

    @property
    def is_due(self) -> bool:
        return all(each.status in due for each, due in zip(self.answers, self.due, strict=True))

    def facts(self) -> list[dict[str, Any]]:
        return [
            {
                "status": each.status,
                "bytes": len(each.body),
                "milliseconds": _milliseconds(each),
                "as_expected": each.status in due,
            }
            for each, due in zip(self.answers, self.due, strict=True)
        ]


@dataclass(frozen=True)
class _Plan:
    """What is sent where; each delivery is made when its turn comes, so that it is fresh."""

    known: Endpoint
    record: Record
    key: Secret
    target: str
    given: Sample | None
    words: Mapping[str, Any]

    def deliver(self) -> Iterator[_Sent]:
        for _ in range(self.words["times"]):
            answers = tuple(map(self._answered, self._requests()))
            yield _Sent(
                answers, tuple(self._due(is_last=number == len(answers)) for number in range(1, len(answers) + 1))
            )

    def _requests(self) -> list[Captured]:
        options, more = self.known.particulars.options, credentials(self.known)
        url = signed_url(self.known, self.target, more)
        try:
            made = self.given or body_of(self.words, self.record, self.key, options)
            signing = signing_of(self.record, self.key, made, url, event_id=self.words["event_id"], options=options)
            signing = replace(signing, tolerance=self.known.tolerance)
            signed: tuple[Signed, ...] = (signing.sign(),)
            if self.words["tamper"] is not None:
                signed = tamper(self.words["tamper"], signing, signed[0])
        except ValueError as error:
            raise CommandError(f"This cannot be sent: {' '.join(map(str, error.args))}") from None
        return [as_sent(each, self.target, {**made.headers, **more}, self.known.alias) for each in signed]

    def _answered(self, request: Captured) -> Answered:
        try:
            return post(
                request.url,
                request.headers[1:],  # the first is Host, which is the URL's
                request.body,
                method=request.method,
                seconds=self.words["timeout"],
            )
        except Unreachable as error:
            hint = "Does the site run there? --to says where it is."
            raise CommandError(f"{safe_url(self.target)} did not answer: {error}. {hint}") from None

    def _due(self, *, is_last: bool) -> frozenset[int]:
        """The statuses that are due: by the endpoint's settings, as its own site answers."""
        delivered = frozenset(self.record.success) or _DELIVERED
        if not is_last:
            return delivered
        if self.words["expect"] is not None:
            return frozenset({self.words["expect"]})
        if self.words["tamper"] is None:
            return delivered
        if self.words["tamper"] == "replay":
            return frozenset({HTTPStatus.OK}) if self.known.protection is not None else delivered
        return frozenset({self.known.refusal_status or HTTPStatus.BAD_REQUEST})


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ArgumentTypeError("a number above 0 is due")
    return int(text)


def _milliseconds(answered: Answered) -> float:
    return round(answered.seconds * 1000, 1)


def _text(plan: _Plan, sent: Sequence[_Sent]) -> str:
    how = f", tampered with: {plan.words['tamper']}" if plan.words["tamper"] is not None else ""
    lines = [f"POST {safe_url(plan.target)}  {plan.known.alias}{how}"]
    if len(sent) == 1:
        (only,) = sent
        lines += [_line(answered, due) for answered, due in zip(only.answers, only.due, strict=True)]
    else:
        lines.append(_summary(sent))
    wrong = [answered for each in sent if not each.is_due for answered in each.answers]
    return "\n".join([*lines, *_hints(plan, wrong)])


def _line(answered: Answered, due: frozenset[int]) -> str:
    expected = "as expected" if answered.status in due else f"where {_written(due)} is due"
    named = f"{answered.status} {_PHRASES.get(answered.status, '')}".rstrip()
    return f"{named} after {_milliseconds(answered)} ms, {expected}"


def _written(due: frozenset[int]) -> str:
    return "2xx" if due == _DELIVERED else " or ".join(map(str, sorted(due)))


def _summary(sent: Sequence[_Sent]) -> str:
    right = sum(each.is_due for each in sent)
    answers = [answered for each in sent for answered in each.answers]
    statuses = Counter(answered.status for answered in answers)
    counted = ", ".join(f"{count} times {status}" for status, count in sorted(statuses.items()))
    times = list(map(_milliseconds, answers))
    return f"{right} of {len(sent)} as expected: {counted}; {median(times)} ms as a rule, at most {max(times)} ms"


_HINTS = {
    400: "The site refused it: its log says why.",
    403: "Forbidden before @webhook was asked: by a firewall, or by CSRF, from which @webhook exempts its view.",
    404: "Nothing is at that path: --to says where the endpoint is.",
    405: "The view takes no such method, or another view is at that path.",
    413: "The body is larger than MAX_BODY, or than the server in front allows.",
    429: "RATE_LIMIT of the endpoint, or of the server in front, is reached.",
    503: "The site is at fault: its log says why. Nothing is lost, as the sender would try again.",
}


def _hints(plan: _Plan, wrong: Sequence[Answered]) -> Iterator[str]:
    """Say what usually stands behind an answer that is not due."""
    for status in sorted({answered.status for answered in wrong}):
        if 300 <= status < 400:  # noqa: PLR2004 - every redirect
            yield f"  {status}: Redirects are not followed, by senders neither: use the URL that it leads to."
        elif status in _DELIVERED and plan.words["tamper"] is not None:
            yield f"  {status}: It was accepted: is @webhook in front of the view at that path?"
        elif status in _HINTS:
            yield f"  {status}: {_HINTS[status]}"
    host = urlsplit(plan.target).hostname or ""
    if wrong and not validate_host(host, _allowed_hosts()):
        yield f"  ALLOWED_HOSTS of these settings lacks {host}."


def _allowed_hosts() -> Sequence[str]:
    if settings.DEBUG and not settings.ALLOWED_HOSTS:
        return [".localhost", "127.0.0.1", "[::1]"]
    return list(settings.ALLOWED_HOSTS)
