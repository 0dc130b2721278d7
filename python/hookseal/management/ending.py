"""How a command ends that was interrupted: without a traceback, and with the exit code that shells expect."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["CLOSED", "INTERRUPTED", "orderly"]

INTERRUPTED = 130
"""The exit code after Ctrl-C: 128 and the number of SIGINT."""

CLOSED = 141
"""The exit code where nobody reads the answer any more, as with `| head`: 128 and the number of SIGPIPE."""


@contextmanager
def orderly() -> Iterator[None]:
    """End the process where Ctrl-C is pressed, or the reader of stdout goes away.

    Raises:
        SystemExit: with `INTERRUPTED` or `CLOSED`.
    """
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Python flushes stdout once more when it ends, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(CLOSED)
