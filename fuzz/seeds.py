"""Write the first corpus of each fuzz target, made of the conformance vectors: `python fuzz/seeds.py FOLDER`."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parent.parent / "tests" / "vectors"


def main(folder: Path) -> None:
    """Write each vector as the targets read it."""
    for file in sorted(VECTORS.glob("*.json")):
        for case in json.loads(file.read_text()) if file.name != "schema.json" else ():
            name, body = case["id"].replace("/", "-"), body_of(case)
            delivery = head_of(case).encode("latin-1", "replace") + body
            write(folder / "deliveries" / name, delivery)
            write(folder / ("forms" if "form" in json.dumps(case["headers"]) else "json") / name, body)
            if case["provider"].startswith("rfc9421"):
                write(folder / "messages" / name, delivery)


def body_of(case: dict[str, Any]) -> bytes:
    """Give the bytes of a vector's body."""
    return base64.b64decode(case["body_base64"]) if "body_base64" in case else case["body"].encode()


def head_of(case: dict[str, Any]) -> str:
    """Write provider, request line and headers, and the empty line after them."""
    lines = [case["provider"], f"{case['method']} {case.get('url', '/')}"]
    for name, value in case["headers"].items():
        lines += [f"{name}: {text}" for text in (value if isinstance(value, list) else [value])]
    return "\n".join([*lines, "", ""])


def write(file: Path, text: bytes) -> None:
    """Write one seed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
