"""Bodies as servers hand them over: counted, slow, broken or endless."""

from __future__ import annotations

from io import BytesIO


class Stream(BytesIO):
    """A body that knows how much of it was read.

    Args:
        body: the bytes that arrive.
        at_once: the most that one call gives; all that is asked for where left out.
        error: raised when the bytes are at an end, as by a server whose client went away.
    """

    def __init__(self, body: bytes = b"", at_once: int | None = None, error: Exception | None = None) -> None:
        super().__init__(body)
        self.at_once = at_once
        self.error = error
        self.calls = 0

    @property
    def taken(self) -> int:
        """How many bytes were read."""
        return self.tell()

    def read(self, size: int | None = -1, /) -> bytes:
        """Give the next bytes."""
        self.calls += 1
        if self.at_once is not None:
            size = self.at_once if size is None or size < 0 else min(size, self.at_once)
        chunk = super().read(size)
        if not chunk and self.error is not None:
            raise self.error
        return chunk


def environ(path: str, stream: Stream, length: int | None = None, **changes: object) -> dict[str, object]:
    """Make the WSGI environment of a POST over https, for `Client.request` and `WSGIRequest`."""
    made: dict[str, object] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "443",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.url_scheme": "https",
        "wsgi.input": stream,
    }
    if length is not None:
        made["CONTENT_LENGTH"] = str(length)
    return {**made, **changes}
