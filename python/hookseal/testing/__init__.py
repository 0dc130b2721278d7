"""Signed requests for the tests of a site: genuine ones, bent ones, recorded ones; no network, no real secrets."""

from __future__ import annotations

from hookseal.testing.tampering import TAMPERINGS, Signing, Tampering, Untamperable, tamper

__all__ = ["TAMPERINGS", "Signing", "Tampering", "Untamperable", "tamper"]
