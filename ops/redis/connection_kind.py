"""What a connection to an address is made of: redis-py's own, or one to a server that moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import connection as asynchronous
from redis.connection import Connection, SSLConnection, UnixDomainSocketConnection

from ops.redis.address import Address, address_of, hash_tag
from ops.redis.home import ClusterHome, Home, SentinelHome
from ops.redis.moving_connection import AsyncMovingConnection, AsyncMovingTlsConnection, MovingConnection, MovingTlsConnection


@dataclass(frozen=True)
class ConnectionKind:
    """Classes of a connection, for a client of threads and for one of asyncio, and their options."""

    kind: type[Any]
    asynchronous: type[Any]
    options: dict[str, Any]


def connection_of(url: str, prefix: str, options: Mapping[str, Any]) -> ConnectionKind:
    """Return what connects to `url`; raise ValueError, whose text may quote a part of a password."""
    address = address_of(url)
    own = {**options, **{name: value for name, value in address.options.items() if name != "connection_class"}}
    if not address.places:
        return ConnectionKind(UnixDomainSocketConnection, asynchronous.UnixDomainSocketConnection, own)
    kinds: tuple[type[Any], type[Any]]
    if home := _home(address, prefix, options):
        kinds = (MovingTlsConnection, AsyncMovingTlsConnection) if address.tls else (MovingConnection, AsyncMovingConnection)
        return ConnectionKind(*kinds, {**own, "home": home})
    [(host, port)] = address.places
    kinds = (SSLConnection, asynchronous.SSLConnection) if address.tls else (Connection, asynchronous.Connection)
    return ConnectionKind(*kinds, {**own, "host": host, "port": port})


def _home(address: Address, prefix: str, options: Mapping[str, Any]) -> Home | None:
    """Return where to look for a server that may move: without a hash tag a single one does not."""
    if address.service is not None:
        return SentinelHome(address, options)
    return ClusterHome(address, options, prefix) if len(address.places) > 1 or hash_tag(prefix) else None
