"""The inspector's style sheet, script and icon; it serves them itself, so there is nothing to collect."""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

__all__ = ["CONTENTS", "TYPES", "VERSION"]

TYPES = {"inspector.css": "text/css", "inspector.js": "text/javascript", "icon.svg": "image/svg+xml"}
"""The type of each file."""

CONTENTS = {name: (Path(__file__).parent / "assets" / name).read_bytes() for name in TYPES}
"""The bytes of each file."""

VERSION = f"{crc32(b''.join(CONTENTS.values())):08x}"
"""Stands in the addresses of the files, so that a browser may keep them."""
