"""Connections to mail servers: to addresses that were judged, and bounded as a whole."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass

from ops.notify.outgoing.addresses import Guard
from ops.notify.outgoing.deadline import Deadline


@dataclass(frozen=True)
class Way:
    """How a server is connected to."""

    guard: Guard
    tls: ssl.SSLContext
    timeout_s: float
    """Longest time of one answer."""
    deadline: Deadline
    """Of the whole talk."""


class GuardedSmtp(smtplib.SMTP):
    """A connection to an address that was judged."""

    def __init__(self, host: str, port: int, own_name: str, way: Way) -> None:
        self._way = way
        super().__init__(host, port, local_hostname=own_name, timeout=way.timeout_s)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = self._way.guard.connected(host, port, timeout)
        self._way.deadline.start(sock)
        return sock


class GuardedTlsSmtp(GuardedSmtp):
    """The same with TLS from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._way.tls.wrap_socket(super()._get_socket(host, port, timeout), server_hostname=host)
