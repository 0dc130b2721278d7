"""Colours for people: on a terminal alone, and not where NO_COLOR is set (https://no-color.org)."""

from __future__ import annotations

import os
import sys

__all__ = ["BOLD", "DIM", "GREEN", "RED", "painted"]

GREEN, RED, BOLD, DIM = "32", "31", "1", "2"


def painted(text: str, colour: str) -> str:
    """Colour a text that goes to stdout, if whoever reads it can see that."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty():
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"
