"""Names of test cases that are the same in each run: what `repr` says, without addresses in memory."""

from __future__ import annotations

import re


def shown(value: object) -> str:
    """Name a case after its value."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
