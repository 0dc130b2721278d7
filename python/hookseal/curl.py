"""A captured request as a `curl` command that sends it again, byte for byte."""

from __future__ import annotations

import shlex
from binascii import b2a_base64

from hookseal.captured import Captured

__all__ = ["curl"]


def curl(captured: Captured) -> str:
    """Write a request as a command for a POSIX shell.

    A body that is no text goes through `base64 -d`, so that nothing on the way can change it. Headers that curl makes
    itself (Host, Content-Length and the like) are left out.
    """
    words = ["curl", "--globoff", "--path-as-is", "-sS", "-i", "-X", captured.method, captured.url]
    for name, value in captured.headers:
        if name.lower() not in _MADE_BY_CURL:
            words += ["-H", f"{name}: {value}" if value else f"{name};"]
    text = _text(captured.body)
    if text is not None:
        return shlex.join([*words, "--data-raw", text] if text else words)
    encoded = b2a_base64(captured.body, newline=False).decode()
    return f"printf %s {encoded} | base64 -d | {shlex.join([*words, '--data-binary', '@-'])}"


_MADE_BY_CURL = frozenset({"connection", "content-length", "expect", "host", "transfer-encoding"})


def _text(body: bytes) -> str | None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return text if "\0" not in text else None
