"""The conformance vectors, and their verdicts through the Python API."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

from hookseal import Secret, Verifier, WebhookRejected
from hookseal._engine import Record
from tests.receiver import Receiver

VECTORS = Path(__file__).resolve().parent / "vectors"
SCHEMA = VECTORS / "schema.json"
FILES = [path for path in sorted(VECTORS.glob("*.json"), key=lambda path: path.stem) if path != SCHEMA]


@cache
def cases(provider: str) -> list[dict[str, Any]]:
    """Read a provider's vectors."""
    return json.loads((VECTORS / f"{provider}.json").read_text(encoding="utf-8"))


def refusal(case: dict[str, Any]) -> WebhookRejected | None:
    """Judge a delivery: None where it is accepted."""
    try:
        judge(case)
    except WebhookRejected as rejection:
        return rejection
    return None


def judge(case: dict[str, Any]) -> object:
    """Verify a delivery: by the class that sites use, or by the engine where more than secrets is needed."""
    secrets = [Secret(each["text"], slot=each["slot"]) if isinstance(each, dict) else each for each in case["secrets"]]
    told = {name: case[name] for name in ("tolerance", "options", "topics", "remote") if name in case}
    if told.keys() - {"tolerance"} or not secrets or Record.named(case["provider"]).reads_every_header:
        receiver = Receiver(case["provider"], secrets, **told)
        return receiver.accepted(pairs_of(case), body_of(case), case["now"], case["method"], case["url"])
    verifier = Verifier(case["provider"], secrets=secrets, **told)
    sent = {"method": case["method"], "url": case["url"], "now": case["now"]}
    return verifier.verify(headers=pairs_of(case), body=body_of(case), **sent)


def pairs_of(case: dict[str, Any]) -> list[tuple[str, str]]:
    """List the headers of a case, one line each."""
    headers = case["headers"].items()
    return [(name, text) for name, texts in headers for text in (texts if isinstance(texts, list) else [texts])]


def body_of(case: dict[str, Any]) -> bytes:
    """Give the raw body of a case."""
    return case["body"].encode() if "body" in case else base64.b64decode(case["body_base64"])
