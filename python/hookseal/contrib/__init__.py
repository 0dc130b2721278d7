"""Bridges to other packages; each is imported only by those who have that package."""

from __future__ import annotations
