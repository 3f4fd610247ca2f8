"""How a program that writes to a terminal or a pipe ends: its reader goes, or a signal asks it to."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import threading
from collections.abc import Iterator
from typing import TextIO

_GONE = (errno.EPIPE, errno.EIO)
"""What writing gives without a reader: to a pipe, and to a terminal that was closed."""


def is_reader_gone(error: OSError) -> bool:
    """Return whether writing failed because the pipe's reader or the terminal has gone."""
    return error.errno in _GONE


def has_no_reader(out: TextIO) -> bool:
    """Return whether nobody reads `out` any more, which a program that has nothing to write would not see."""
    try:
        poll = select.poll()
        poll.register(out.fileno(), 0)
        return any(event & (select.POLLERR | select.POLLHUP | select.POLLNVAL) for _, event in poll.poll(0))
    except (OSError, ValueError):  # a stream without a file
        return False


def discard_output(out: TextIO) -> None:
    """Let the interpreter flush what is left at exit without complaint."""
    with contextlib.suppress(OSError, ValueError):  # a stream without a file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, out.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore the signals that ask a program to end: it is ending, and cleans up first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
