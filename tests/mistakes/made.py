"""What mistakes are made of: deliveries that their providers signed, and the list in which each mistake is kept."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hookseal import sign
from hookseal.captured import Captured
from hookseal.conf import Endpoint

NOW = 1_800_000_000
URL = "https://hooks.example.com/in/sender/"
PLAIN = "made-up-canary-secret-3f9c1e7a"
WHSEC = "whsec_" + b64encode(b"made-up-canary-secret-of-24!").decode()
FORM = "application/x-www-form-urlencoded"
JSON = json.dumps(
    {"id": "evt_1", "name": "Zoë & <co>", "url": "https://a.b/c", "sum": 12.5, "n": [1, {"z": 1, "a": 2}]}
)
PRETTY = json.dumps(json.loads(JSON), indent=2)


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Attributes:
        cause: the code that must come first.
        name: tells it apart.
        make: makes what `explain` takes: the delivery, the endpoint, and the keywords.
    """

    cause: str
    name: str
    make: Callable[[], tuple[Captured, Endpoint, dict[str, Any]]] = field(repr=False)


MISTAKES: list[Mistake] = []


def mistake(cause: str, *arguments: tuple[Any, ...]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add a maker to the list, once for each tuple of arguments."""

    def add(make: Callable[..., Any]) -> Callable[..., Any]:
        for each in arguments or ((),):
            words = [make.__name__, *(text for text in each if isinstance(text, str) and text.isidentifier())]
            MISTAKES.append(Mistake(cause, "-".join(words), lambda each=each: _whole(make(*each))))
        return make

    return add


def arrived(provider: str, secret: str, body: str | bytes = JSON, **words: Any) -> Captured:
    """Capture a delivery as its provider signed it."""
    given = {"url": URL, "now": NOW, "event_id": "evt_1", **words}
    signed = sign(provider, secret=secret, body=body.encode() if isinstance(body, str) else body, **given)
    headers = tuple(signed.headers.items())
    return Captured("POST", signed.url or URL, headers, signed.body, NOW, "in")


def with_header(captured: Captured, name: str, value: str | None) -> Captured:
    """Set a header, or take it away."""
    others = tuple(pair for pair in captured.headers if pair[0].lower() != name.lower())
    return replace(captured, headers=others if value is None else (*others, (name, value)))


def _whole(made: tuple[Any, ...]) -> tuple[Captured, Endpoint, dict[str, Any]]:
    captured, endpoint, *rest = made
    return captured, endpoint, rest[0] if rest else {}
