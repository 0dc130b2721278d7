"""Kept deliveries for other tools: a curl command, a JSON object, a `.http` file with a test that sends it again.

Secrets are left out of each, unless they are asked for.
"""

from __future__ import annotations

import json
import re
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hookseal.captured import Captured, to_http
from hookseal.curl import curl
from hookseal.inspector.models import Delivery, Verdict
from hookseal.inspector.redaction import redacted

__all__ = ["Exported", "curl_of", "facts_of", "http_of", "pytest_of", "shown", "summary_of"]


@dataclass(frozen=True)
class Exported:
    """A recording, and a test that sends it to the site under test.

    Attributes:
        name: the recording's file name.
        recording: its content.
        test: the source of the test.
    """

    name: str
    recording: bytes
    test: str


def shown(row: Delivery, *, reveal: bool = False) -> Captured:
    """Give the request, redacted unless it is to be revealed."""
    return row.captured() if reveal else redacted(row.captured())


def curl_of(row: Delivery, *, reveal: bool = False) -> str:
    """Write a command for a POSIX shell that sends the request again."""
    command = curl(shown(row, reveal=reveal))
    return f"# Not the whole body was kept.\n{command}" if row.is_cut else command


def http_of(row: Delivery, *, reveal: bool = False) -> bytes:
    """Write a `.http` file."""
    return to_http(shown(row, reveal=reveal))


def pytest_of(row: Delivery, folder: str = "tests/hooks", *, reveal: bool = False) -> Exported:
    """Write a recording, and a test for pytest that sends it, signed afresh by the plugin's `webhook_client`.

    Args:
        row: the delivery.
        folder: where the recording will be, as the test names it.
        reveal: whether the recording holds what is secret; what is signed afresh needs none of it.

    Raises:
        ValueError: its body was not kept whole.
    """
    if row.is_cut:
        raise ValueError("its body was not kept whole")
    stem = f"{re.sub('[^A-Za-z0-9]+', '_', row.endpoint).strip('_').lower() or 'delivery'}_{row.pk}"
    place = json.dumps(f"{folder.rstrip('/')}/{stem}.http")
    expected = row.status if row.verdict in {Verdict.ACCEPTED, Verdict.DUPLICATE} and row.status else 200
    told = f"What arrived on {row.received_at:%Y-%m-%d}, delivery {row.pk} of the inspector, is answered {expected}."
    lines = [
        f"def test_{stem}(webhook_client, db):",
        f'    """{told}"""',
        f"    response = webhook_client.replay({place}, resign=True)",
        f"    assert response.status_code == {expected}",
        "",
    ]
    return Exported(f"{stem}.http", http_of(row, reveal=reveal), "\n".join(lines))


def facts_of(row: Delivery, *, reveal: bool = False) -> dict[str, Any]:
    """Give everything that a row holds, as JSON has it: the body as text, or in base64 where it is none."""
    captured = shown(row, reveal=reveal)
    return {
        **summary_of(row),
        "url": captured.url,
        "headers": [list(pair) for pair in captured.headers],
        **_body(captured.body),
        "is_cut": row.is_cut,
        "sentence": row.sentence,
        "fix": row.fix,
        "secret": row.secret,
        "signed_at": None if row.signed_at is None else row.signed_at.isoformat(),
    }


def summary_of(row: Delivery) -> dict[str, Any]:
    """Give what a list shows of a row; its body need not be loaded."""
    return {
        "id": row.pk,
        "endpoint": row.endpoint,
        "provider": row.provider,
        "received_at": row.received_at.isoformat(),
        "method": row.method,
        "path": row.path,
        "body_size": row.body_size,
        "verdict": row.verdict,
        "reason": row.reason,
        "event_id": row.event_id,
        "status": row.status,
        "duration_ms": row.duration_ms,
        "address": row.address,
        "replay_of": row.replay_of_id,
    }


def _body(body: bytes) -> Mapping[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": b2a_base64(body, newline=False).decode()}
