"""How senders write a time, and how they never write it: each miswritten time with the reason it is refused for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import TypeAlias

NOW = 1_790_000_000
TIME = str(NOW)

Odd: TypeAlias = "dict[str, tuple[str, str]]"


@dataclass(frozen=True)
class Clock:
    """A way to write a time.

    Attributes:
        spell: writes a moment given in Unix seconds.
        odd: texts that are no such time or no possible one, with the reason; correctly signed.
    """

    spell: Callable[[int], str]
    odd: Odd


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.utc)


SECONDS = Clock(
    str,
    {
        "with-a-leading-zero": (f"0{TIME}", "malformed_timestamp"),
        "with-a-plus-sign": (f"+{TIME}", "malformed_timestamp"),
        "negative": (f"-{TIME}", "malformed_timestamp"),
        "least-of-64-bits": ("-9223372036854775808", "malformed_timestamp"),
        "with-a-fraction": (f"{TIME}.0", "malformed_timestamp"),
        "with-an-exponent": ("1.79e9", "malformed_timestamp"),
        "with-underscores": ("1_790_000_000", "malformed_timestamp"),
        "in-hexadecimal": ("0x6ab13b80", "malformed_timestamp"),
        "with-a-word-after": (f"{TIME}abc", "malformed_timestamp"),
        "with-a-space-inside": ("17900 00000", "malformed_timestamp"),
        "not-a-number": ("nan", "malformed_timestamp"),
        "in-milliseconds": (f"{TIME}000", "timestamp_out_of_range"),
        "in-microseconds": (f"{TIME}000000", "timestamp_out_of_range"),
        "of-20-digits": ("9" * 20, "timestamp_out_of_range"),
        "of-400-digits": ("9" * 400, "timestamp_out_of_range"),
        "of-9-digits": ("999999999", "timestamp_out_of_range"),
        "of-1-digit": ("1", "timestamp_out_of_range"),
    },
)
"""Unix seconds."""

MILLIS = Clock(
    lambda seconds: f"{seconds}000",
    {
        "in-seconds": (TIME, "timestamp_out_of_range"),
        "in-microseconds": (f"{TIME}000000", "timestamp_out_of_range"),
        "of-20-digits": ("9" * 20, "timestamp_out_of_range"),
        "negative": (f"-{TIME}000", "malformed_timestamp"),
        "with-a-plus-sign": (f"+{TIME}000", "malformed_timestamp"),
        "with-a-fraction": (f"{TIME}000.0", "malformed_timestamp"),
        "with-an-exponent": ("1.79e12", "malformed_timestamp"),
        "with-a-leading-zero": (f"0{TIME}000", "malformed_timestamp"),
        "with-a-space-inside": ("1790000 000000", "malformed_timestamp"),
        "not-a-number": ("nan", "malformed_timestamp"),
    },
)
"""Unix milliseconds."""

MILLIS_IN_JSON = Clock(
    MILLIS.spell,
    {
        **{name: MILLIS.odd[name] for name in ("in-seconds", "in-microseconds", "negative", "with-a-fraction")},
        "with-an-exponent": ("1.79e12", "malformed_timestamp"),
        "null": ("null", "malformed_body"),
        "an-object": ("{}", "malformed_body"),
        "with-a-leading-zero": (f"0{TIME}000", "malformed_body"),
    },
)
"""Unix milliseconds as a JSON number."""

_ISO: Odd = {
    "in-seconds": (TIME, "malformed_timestamp"),
    "without-a-zone": ("2026-09-21T14:13:20", "malformed_timestamp"),
    "with-a-zone-that-is-none": ("2026-09-21T14:13:20+2:00", "malformed_timestamp"),
    "with-a-space-inside": ("2026-09-21 14:13:20Z", "malformed_timestamp"),
    "of-the-day-alone": ("2026-09-21", "malformed_timestamp"),
    "on-a-day-that-is-none": ("2026-02-30T14:13:20Z", "malformed_timestamp"),
    "with-a-small-z": ("2026-09-21T14:13:20z", "malformed_timestamp"),
    "with-ten-digits-of-fraction": ("2026-09-21T14:13:20.1234567890Z", "malformed_timestamp"),
    "at-an-hour-that-is-none": ("2026-09-21T24:13:20Z", "malformed_timestamp"),
    "long-ago": ("1970-01-01T00:00:00Z", "timestamp_out_of_range"),
    "far-ahead": ("9999-09-21T14:13:20Z", "timestamp_out_of_range"),
}

ISO = Clock(lambda seconds: _moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ"), _ISO)
"""RFC 3339 to the second, in UTC."""

ISO_MILLIS = Clock(lambda seconds: _moment(seconds).strftime("%Y-%m-%dT%H:%M:%S.000Z"), _ISO)
"""RFC 3339 to the millisecond."""

ISO_NANOS = Clock(lambda seconds: _moment(seconds).strftime("%Y-%m-%dT%H:%M:%S.123456789Z"), _ISO)
"""RFC 3339 to the nanosecond."""

ISO_LOCAL = Clock(
    lambda seconds: _moment(seconds).strftime("%Y-%m-%dT%H:%M:%S"),
    {
        **{name: odd for name, odd in _ISO.items() if name not in {"without-a-zone", "long-ago", "far-ahead"}},
        "with-a-zone": ("2026-09-21T14:13:20Z", "malformed_timestamp"),
        "with-an-offset": ("2026-09-21T14:13:20+00:00", "malformed_timestamp"),
        "long-ago": ("1970-01-01T00:00:00", "timestamp_out_of_range"),
    },
)
"""The same without a zone, in UTC."""

HTTP_DATE = Clock(
    lambda seconds: format_datetime(_moment(seconds), usegmt=True),
    {
        "in-seconds": (TIME, "malformed_timestamp"),
        "in-iso-8601": ("2026-09-21T14:13:20Z", "malformed_timestamp"),
        "without-a-weekday": ("21 Sep 2026 14:13:20 GMT", "malformed_timestamp"),
        "with-an-offset": ("Mon, 21 Sep 2026 14:13:20 +0000", "malformed_timestamp"),
        "in-another-zone": ("Mon, 21 Sep 2026 14:13:20 EST", "malformed_timestamp"),
        "in-small-letters": ("mon, 21 sep 2026 14:13:20 gmt", "malformed_timestamp"),
        "on-a-day-that-is-none": ("Mon, 31 Sep 2026 14:13:20 GMT", "malformed_timestamp"),
        "at-an-hour-that-is-none": ("Mon, 21 Sep 2026 24:13:20 GMT", "malformed_timestamp"),
        "long-ago": ("Thu, 01 Jan 1970 00:00:00 GMT", "timestamp_out_of_range"),
    },
)
"""The date of RFC 1123."""
