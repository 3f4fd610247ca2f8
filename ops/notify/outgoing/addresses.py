"""Which addresses may be sent to: public ones, and those of hosts that the settings allow by name.

A name is looked up once, all its addresses are judged, and the connection goes to one that was judged: a name
that changes its address in between leads nowhere else.
"""

from __future__ import annotations

import socket
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_MOST_TRIED = 3
_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL = IPv6Network("2000::/3")
"""All that was ever given out for hosts. Python calls much global that lies outside of it, as fec0::1."""
_NOT_FOR_HOSTS = tuple(ip_network(one) for one in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20"))
"""Protocols, documentation, and tunnels of IPv4 (6to4, Teredo): Python calls some of it global."""


class ForbiddenAddressError(RuntimeError):
    """An address is none that may be sent to; the text says why."""


class NoSuchHostError(RuntimeError):
    """A name has no address."""


@dataclass(frozen=True)
class Guard:
    """What may be sent to."""

    allowed: Collection[str] = ()
    """Hosts in private networks that may."""

    def is_allowed(self, host: str) -> bool:
        """Return whether a host is named in the settings."""
        return host.lower() in {one.lower() for one in self.allowed}

    def connected(self, host: str, port: int, timeout_s: float) -> socket.socket:
        """Return a connection to a host. Raises the errors of this file, or OSError."""
        error: OSError = OSError("no address answers")
        for address in self.addresses(host, port)[:_MOST_TRIED]:
            try:
                return socket.create_connection((address, port), timeout_s)
            except OSError as one:
                error = one
        raise error

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, all of which may be sent to."""
        addresses = [host] if _is_address(host) else _looked_up(host, port)
        if not self.is_allowed(host) and any(not is_public(address) for address in addresses):
            what = "a private address, or another that is not public"
            raise ForbiddenAddressError(f"{host} has {what}: name it in notify.allow_private if it is meant")
        return addresses


def _looked_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoSuchHostError(f"the host {host} is not known") from None
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_public(text: str) -> bool:
    """Return whether an address is one of the public network, also where another one is reached by it."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        if (inner := _inner(address)) is not None:
            return is_public(str(inner))
        if address not in _GLOBAL:
            return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _NOT_FOR_HOSTS)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that one of IPv6 leads to by NAT64 or by being mapped, else None."""
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address.ipv4_mapped
