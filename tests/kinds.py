"""Which providers differ in more than names: heavy tests run over one of each kind, the others over the catalog."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from hookseal import providers

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


EVERY = bool(os.environ.get("HOOKSEAL_EVERY_PROVIDER"))
"""Whether heavy tests run over the whole catalog; for long runs."""

KINDS: list[str] = providers() if EVERY else sorted({kind(name): name for name in reversed(providers())}.values())
"""One provider of each kind."""
