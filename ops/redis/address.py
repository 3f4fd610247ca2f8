"""Addresses of Redis: one server, the nodes of a Redis Cluster, or the Sentinels that know the primary.

redis://USER:PASSWORD@host:6379/0            one server; rediss:// with TLS, unix:///path for a socket
redis://host:6379,host2:6379/0               nodes of a cluster, of which one must answer
redis+sentinel://USER:PASSWORD@host:26379,host2:26379/mymaster/0
    Sentinels, the name they have for the primary, its database. User and password are the server's;
    those of the Sentinels are ?sentinel_username=USER&sentinel_password=PASSWORD. rediss+sentinel:// has
    TLS to both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from redis.connection import parse_url

SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")
_PORT, SENTINEL_PORT = 6379, 26_379
_OF_SENTINEL = ("sentinel_username", "sentinel_password")

Place = tuple[str, int]


@dataclass(frozen=True)
class Address:
    """An address taken apart. `service` is the Sentinels' name for the primary, None without Sentinels.

    `options` are those of a redis-py connection, without host and port; `sentinel_options` likewise, for a
    connection to a Sentinel.
    """

    places: tuple[Place, ...]
    options: dict[str, Any]
    tls: bool = False
    service: str | None = None
    sentinel_options: dict[str, Any] | None = None


def is_address(text: str) -> bool:
    """Return whether `text` begins as an address does, not as a path."""
    return text.split(":", 1)[0] in SCHEMES and ":" in text


def address_of(url: str) -> Address:
    """Return the parts of an address; raise ValueError, whose text may quote a part of a password."""
    scheme, is_url, rest = url.partition("://")
    if scheme not in SCHEMES or not is_url:
        raise ValueError(f"no address of a Redis: {scheme.partition(':')[0]}")
    if scheme == "unix":
        return Address((), parse_url(url))  # type: ignore[no-untyped-call]
    tls, sentinel = scheme.startswith("rediss"), scheme.endswith("+sentinel")
    # taken apart here: `urlsplit` refuses brackets among several hosts
    netloc = re.split("[/?#]", rest, maxsplit=1)[0]
    parts = urlsplit(rest[len(netloc) :])
    user, _, hosts = netloc.rpartition("@")
    places = tuple(_place(host, SENTINEL_PORT if sentinel else _PORT) for host in hosts.split(","))
    service, path = _service(parts.path) if sentinel else (None, parts.path)
    # parsed as the address of one server; its host does not count
    options = parse_url(f"redis://{user}{'@' if user else ''}h{path}{'?' if parts.query else ''}{parts.query}")  # type: ignore[no-untyped-call]
    del options["host"]
    own = {name.removeprefix("sentinel_"): options.pop(name) for name in _OF_SENTINEL if name in options}
    if tls:
        options["ssl_check_hostname"] = parse_qs(parts.query).get("ssl_cert_reqs") != ["none"]
    shared = {name: value for name, value in options.items() if name not in ("username", "password", "db")}
    return Address(places, options, tls, service, {**shared, **own} if sentinel else None)


def _place(host: str, port: int) -> Place:
    parts = urlsplit(f"//{host}")
    return unquote(parts.hostname or "localhost"), parts.port or port


def _service(path: str) -> tuple[str, str]:
    """Return the primary's name and the path of the database."""
    name, _, database = path.strip("/").partition("/")
    if not name or (database and not database.isdigit()):
        raise ValueError("a Sentinel's address names the primary: redis+sentinel://host:26379/mymaster/0")
    return unquote(name), f"/{database or 0}"


def hash_tag(prefix: str) -> str:
    """Return what a cluster hashes in place of a whole key; empty if the prefix holds no such `{tag}`."""
    start = prefix.find("{")
    end = prefix.find("}", start + 1)
    return prefix[start + 1 : end] if start >= 0 and end > start + 1 else ""


def tagged(prefix: str) -> str:
    """Return the prefix with a hash tag: `ringwatch:` gives `{ringwatch}:`, `shop{a:` gives `shop{a}:`."""
    name, colons = prefix.rstrip(":"), prefix[len(prefix.rstrip(":")) :] or ":"
    if hash_tag(closed := f"{name}}}{colons}"):
        return closed
    return f"{{{name.replace('{', '').replace('}', '') or 'ringwatch'}}}{colons}"
