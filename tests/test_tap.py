"""A tapped stream reads like the stream itself, and its copy holds what went by; others are left alone."""

from __future__ import annotations

from io import BytesIO, UnsupportedOperation

import pytest
from django.core.handlers.wsgi import LimitedStream

from hookseal.tap import Peek, Tap, copied_from


class Broken(BytesIO):
    """A stream whose client goes away after the first read."""

    def read(self, size: int = -1) -> bytes:
        """Read once."""
        if self.tell():
            raise OSError("gone")
        return super().read(size)


def test_what_is_read_is_what_the_stream_gives():
    """By pieces, by lines, and to the end."""
    tap = Tap(BytesIO(b"one\ntwo\nthree"), 100)
    assert (tap.read(2), tap.readline(), tap.readline(2), tap.read()) == (b"on", b"e\n", b"tw", b"o\nthree")
    assert tap.first() == b"one\ntwo\nthree"


def test_a_copy_is_bounded():
    """Whatever goes by, no more than is wanted is kept of it."""
    tap = Tap(BytesIO(b"0123456789"), 4)
    assert tap.read() == b"0123456789"
    assert (tap.first(), tap.length) == (b"0123", None)


def test_the_rest_is_read_when_nobody_else_will():
    """From where a reader stopped, as far as is kept."""
    tap = Tap(BytesIO(b"0123456789"), 6)
    tap.read(2)
    tap.drain()
    assert (tap.first(), tap.length) == (b"012345", None)


def test_an_end_is_noticed():
    """Only then it is known how long the body was; to read nothing is no end."""
    tap = Tap(BytesIO(b"01"), 6)
    assert tap.read(0) == b""
    assert tap.length is None
    tap.drain()
    assert tap.length == 2


def test_a_stream_that_fails_leaves_what_went_by():
    """Nobody hears of it: what the copy is for must not disturb anything."""
    tap = Tap(Broken(b"0123"), 6)
    tap.read(2)
    tap.drain()
    assert (tap.first(), tap.length) == (b"01", None)


def test_what_cannot_be_reread_is_tapped_and_cannot_be_reread():
    """Django asks whether it can seek, and goes by the Content-Length where it cannot."""
    tap = copied_from(LimitedStream(BytesIO(b"0123"), 4), 4)
    assert isinstance(tap, Tap)
    assert not tap.seekable()
    with pytest.raises(UnsupportedOperation):
        tap.seek(0, 2)


def test_what_can_be_reread_is_left_alone():
    """Its first bytes and its length are looked up, and the reader goes on where he was."""
    stream = BytesIO(b"0123456789")
    peek = copied_from(stream, 4)
    assert isinstance(peek, Peek)
    assert stream.read(2) == b"01"
    peek.drain()
    assert (peek.first(), peek.length) == (b"0123", 10)
    assert stream.read() == b"23456789"


def test_closing_closes_the_stream():
    """As Django does at the end of a request."""
    stream = BytesIO()
    Tap(stream, 1).close()
    with pytest.raises(ValueError, match="closed"):
        stream.read()
