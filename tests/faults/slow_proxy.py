"""A TCP relay that can hold each chunk back: a slow network in front of a real server."""

from __future__ import annotations

import socket
import threading
import time
from types import TracebackType


class SlowProxy:
    """Relays 127.0.0.1:`port` to a server; what clients send waits `delay_s` first. A context manager.

    New connections go to `target`, which may be changed: so a name leads to another server.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.delay_s = 0.0
        self.held_s = 0.0
        """For how long it has held back what came, in all."""
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> SlowProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self.target)
            except OSError:
                return
            for source, sink, slowed in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._relay, args=(source, sink, slowed), daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket, slowed: bool) -> None:
        try:
            while chunk := source.recv(65_536):
                if slowed and self.delay_s:
                    time.sleep(self.delay_s)
                    self.held_s += self.delay_s
                sink.sendall(chunk)
        except OSError:
            pass
        for end in (source, sink):
            end.close()
