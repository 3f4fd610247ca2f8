"""A guard: no test of this process calls another machine, whether it connects, sends or asks for a name.

It covers what Python's own sockets do in the process of the tests. Processes that tests start, and compiled
clients with sockets of their own (librdkafka), are not seen. Names under `.invalid` are allowed: nobody has
them (RFC 2606), so they fail here, at once, as they do on the network.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest


class NetworkCallError(AssertionError):
    """A test called another machine."""


def is_local(host: object) -> bool:
    """Whether a host, as sockets take it, is this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", "ip6-localhost", socket.gethostname(), socket.getfqdn()):
        return True
    try:
        address = ipaddress.ip_address(str(name).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse_others(family: int, address: Any) -> None:
    """Raise for an address beyond this machine; Unix sockets are of this machine."""
    if family in (socket.AF_INET, socket.AF_INET6) and not is_local(address[0]):
        raise NetworkCallError(f"a test called {address[0]}: tests make no network call beyond this machine")


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Refuse calls to other machines, for the whole session."""
    names = socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> None:
        refuse_others(self.family, address)
        super(socket.socket, self).connect(address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        refuse_others(self.family, address)
        return super(socket.socket, self).connect_ex(address)

    def sendto(self: socket.socket, data: Any, *where: Any) -> int:
        refuse_others(self.family, where[-1])
        return super(socket.socket, self).sendto(data, *where)

    def getaddrinfo(host: Any, *more: Any, **options: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        refuse_others(socket.AF_INET, (host,))
        return names(host, *more, **options)

    with pytest.MonkeyPatch.context() as patch:
        for guard in (connect, connect_ex, sendto):
            patch.setattr(socket.socket, guard.__name__, guard, raising=False)
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield
