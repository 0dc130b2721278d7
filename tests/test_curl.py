"""A captured request as a `curl` command: a shell reads from it what was captured."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from hookseal.captured import Captured
from hookseal.curl import curl

URL = "https://hooks.example.com/to/[stripe]/?a={1}&b='2'"


def captured(body: bytes, *headers: tuple[str, str]) -> Captured:
    """Capture a delivery."""
    return Captured("POST", URL, (("Host", "hooks.example.com"), *headers, ("Content-Length", "9")), body, 0)


def test_a_command_says_method_url_headers_and_body():
    """And leaves out what curl makes itself."""
    words = shlex.split(curl(captured(b'{"a": "it\'s"}\n', ("X-A", "b c"), ("X-Empty", ""))))
    assert words == [
        *("curl", "--globoff", "--path-as-is", "-sS", "-i", "-X", "POST", URL),
        *("-H", "X-A: b c", "-H", "X-Empty;", "--data-raw", '{"a": "it\'s"}\n'),
    ]


def test_a_request_without_a_body_has_none():
    """A handshake over GET, for instance."""
    assert "--data" not in curl(captured(b""))


@pytest.mark.parametrize("body", [b"\xff\x00", b"a\0b", bytes(range(256))])
def test_a_body_that_is_no_text_comes_out_as_it_was(body: bytes):
    """Through base64, as no shell carries every byte."""
    pipeline = curl(captured(body))
    assert pipeline.endswith("--data-binary @-")
    decoding = pipeline.rpartition(" | curl ")[0]
    assert body == subprocess.run(["/bin/sh", "-c", decoding], capture_output=True, check=True).stdout
