"""Runs `manage.py webhooks` within the tests: what it writes, what it answers as JSON, and with which exit code."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

from django.core.management import call_command


def run(*words: str) -> tuple[str, int]:
    """Run the command, and say what it wrote and its exit code."""
    written = StringIO()
    try:
        call_command("webhooks", *words, stdout=written, no_color=True)
    except SystemExit as end:
        return written.getvalue(), int(end.code)
    return written.getvalue(), 0


def facts(*words: str) -> tuple[Any, int]:
    """Run the command with --json."""
    written, code = run(*words, "--json")
    return json.loads(written), code
