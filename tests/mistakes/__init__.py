"""Mistakes as they really happen, each built on a delivery that its provider signed: what `explain` has to name."""

from __future__ import annotations

from tests.mistakes import bodies, keys, others, schemes, urls
from tests.mistakes.made import MISTAKES, PLAIN, WHSEC, Mistake

__all__ = ["MISTAKES", "PLAIN", "WHSEC", "Mistake", "bodies", "keys", "others", "schemes", "urls"]
