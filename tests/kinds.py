"""Which providers differ in more than names: heavy tests run over one of each kind, the others over the catalog."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from hookseal import providers
from hookseal._engine import Record

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CATALOG = Path(__file__).resolve().parent.parent / "src" / "record" / "catalog"
NAMES = {"header", "query", "form", "json", "name", "split", "prefix", "version", "optional"}
"""What two records of a kind may differ in: how things are called, and what stands between them."""


def written(provider: str) -> dict[str, Any]:
    """Read a provider's record as it is written."""
    return tomllib.loads((CATALOG / f"{provider}.toml").read_text())


def kind(provider: str) -> str:
    """Write down what makes a record another than its neighbour: what is signed, in which order, what stands where."""
    record = written(provider)
    proofs = _nameless(record["proof"])
    return json.dumps(
        [proofs, record.get("time", {}).get("unit"), record.get("http", {}).get("refusal")], sort_keys=True
    )


def _nameless(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _nameless(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_nameless(part, key) for part in value]
    return re.findall(r"{[^}]*}", value) if key == "signed" else "" if key in NAMES else value


def is_plain(provider: str) -> bool:
    """Whether a header holds a secret or a code under it, and only secrets, headers and body are needed to judge it."""
    record, proofs = Record.named(provider), written(provider)["proof"]
    if record.options or record.needs_url or not all(re.match("equal|hmac", proof["algorithm"]) for proof in proofs):
        return False
    signatures = [proof["signature"] for proof in proofs]
    in_body = any({"form", "json", "item"} & signature["at"].keys() for signature in signatures)
    numbered = any(signature["shape"] == "numbered" for signature in signatures)
    more = any({"require", "each", "slot"} & proof.keys() for proof in proofs)
    return not (numbered or more or (in_body and provider != "mailgun"))


PLAIN = [name for name in providers() if is_plain(name)]
"""The providers that tests can sign for and bend as they like; all others have their vectors and their bits flipped."""

EVERY = bool(os.environ.get("HOOKSEAL_EVERY_PROVIDER"))
"""Whether heavy tests run over the whole catalog; for long runs."""

KINDS = PLAIN if EVERY else sorted({kind(name): name for name in reversed(PLAIN)}.values())
"""One plain provider of each kind."""
