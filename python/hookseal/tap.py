"""The first bytes of a body, whoever reads it: copied as they go by, or, where they stay, looked up later."""

from __future__ import annotations

import os
from io import IOBase
from typing import IO, Protocol

__all__ = ["Copied", "Peek", "Tap", "copied_from"]

_CHUNK = 65_536


class Copied(Protocol):
    """The first bytes of a stream."""

    def drain(self) -> None:
        """Get what nobody has read, for when nobody else will; what a stream raises is not heard of."""

    def first(self) -> bytes:
        """The first bytes, as far as there are any by now."""

    @property
    def length(self) -> int | None:
        """How long the stream is; None where nobody knows by now."""


class Tap(IOBase):
    """A stream like the one it is put on, which gives each byte once.

    Args:
        stream: the stream.
        most: how many bytes are copied at most.
    """

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream = stream
        self._most = most
        self._copy = bytearray()
        self._seen = 0
        self._ended = False

    def read(self, *size: int) -> bytes:
        """Read, as the stream does."""
        return self._note(self._stream.read(*size), size)

    def readline(self, *size: int) -> bytes:  # type: ignore[override]
        """Read a line, as the stream does."""
        return self._note(self._stream.readline(*size), size)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def drain(self) -> None:
        """As `Copied.drain`."""
        try:
            while len(self._copy) < self._most and self.read(min(_CHUNK, self._most - len(self._copy))):
                pass
        except Exception:  # noqa: BLE001 - the stream is the server's, and each server raises its own
            self._ended = False

    def first(self) -> bytes:
        """As `Copied.first`."""
        return bytes(self._copy)

    @property
    def length(self) -> int | None:
        """As `Copied.length`."""
        return self._seen if self._ended else None

    def _note(self, chunk: bytes, size: tuple[int, ...]) -> bytes:
        self._seen += len(chunk)
        self._ended = not chunk and size != (0,)
        self._copy += chunk[: self._most - len(self._copy)]
        return chunk


class Peek:
    """A stream that can be read again, as ASGI's body can: it is left alone.

    Args:
        stream: the stream.
        most: how many bytes are looked up at most.
    """

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream = stream
        self._most = most

    def drain(self) -> None:
        """As `Copied.drain`."""

    def first(self) -> bytes:
        """As `Copied.first`."""
        position = self._stream.tell()
        self._stream.seek(0)
        try:
            return self._stream.read(self._most)
        finally:
            self._stream.seek(position)

    @property
    def length(self) -> int | None:
        """As `Copied.length`."""
        position = self._stream.tell()
        self._stream.seek(0, os.SEEK_END)
        length = self._stream.tell()
        self._stream.seek(position)
        return length


def copied_from(stream: IO[bytes], most: int) -> Tap | Peek:
    """Choose how a stream is copied; a `Tap` has to be put in its place."""
    try:
        stream.seek(0, os.SEEK_CUR)
    except (AttributeError, OSError, ValueError):
        return Tap(stream, most)
    return Peek(stream, most)
