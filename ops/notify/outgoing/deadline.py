"""What ends a connection whose time is over, whatever that is doing."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Deadline:
    """A bound of a whole exchange: a timeout bounds each read only, and a server may drip."""

    def __init__(self, after_s: float) -> None:
        self.is_over = False
        self._sock: socket.socket | None = None
        self._timer = threading.Timer(after_s, self._cut)
        self._timer.daemon = True

    def start(self, sock: socket.socket) -> None:
        """Watch a connection from now on, also when it is wrapped in TLS later."""
        self._sock = sock.dup()
        self._timer.start()

    def cancel(self) -> None:
        """Watch no longer."""
        self._timer.cancel()
        if self._sock is not None:
            self._sock.close()

    def _cut(self) -> None:
        self.is_over = True
        if self._sock is not None:
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)
