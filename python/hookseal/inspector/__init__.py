"""The inspector: a Django app that keeps deliveries as they arrived, and shows why they were refused."""

from __future__ import annotations
