"""Fills the table's templates: with the names of an endpoint's settings, and with the sender's text made harmless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from django.conf import settings as site

from hookseal.conf import Endpoint, aliases
from hookseal.explain.causes import Cause, cause
from hookseal.requests import safe_text

__all__ = ["Naming", "moment"]

_LONGEST = 200


@dataclass(frozen=True)
class Naming:
    """Makes the causes of one endpoint.

    Attributes:
        paths: what every template may name: `endpoint`, and the paths of its settings.
    """

    paths: Mapping[str, str]

    @classmethod
    def of(cls, endpoint: Endpoint) -> Naming:
        """Name the settings of an endpoint; bare, where it is in none."""
        is_set = site.configured and endpoint.alias in aliases()
        entry = f'HOOKSEAL["{safe_text(endpoint.parent or endpoint.alias)}"]'

        def path(setting: str) -> str:
            return f'{entry}["{setting}"]' if is_set else setting

        return cls(
            {
                "endpoint": safe_text(endpoint.alias),
                "secrets": path("SECRETS"),
                "provider_path": path("PROVIDER"),
                "public_url": path("PUBLIC_URL"),
                "trusted_proxies": path("TRUSTED_PROXIES"),
            }
        )

    def cause(self, code: str, **values: object) -> Cause:
        """Make a cause; every value is cut and made ASCII, since the sender may have written it."""
        safe = {name: safe_text(str(value), _LONGEST) for name, value in values.items()}
        return cause(code, **{**self.paths, **safe})


def moment(seconds: float, *, day: bool = False) -> str:
    """Write a moment as the owner reads it: UTC, to the second, or its day alone."""
    try:
        at = datetime.fromtimestamp(seconds, tz=timezone.utc)
    except (OverflowError, OSError, ValueError):
        return "an unknown moment"
    return str(at.date()) if day else f"{at:%Y-%m-%d %H:%M:%S} UTC"
