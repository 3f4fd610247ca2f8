"""What mends a Redis that is away or refuses: advice that names the place the address comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redis.exceptions import AuthenticationError, AuthorizationError, NoPermissionError, ReadOnlyError, RedisError

from ops.redis.address import SENTINEL_PORT
from ops.redis.away import NodeAwayError, NoPrimaryError, NoSentinelError, PrimaryAwayError, SentinelRefusesError
from ops.redis.home import SentinelHome
from ops.secrets import REDIS_URL, REDIS_URL_SETTING, redis_url_name

_CLUSTER = "it is a Redis Cluster, where all keys of a job must be in one slot: give redis.prefix a hash tag, {{ringwatch}}:"
_RIGHTS = "give the user the permissions that docs/operate.md lists (ACL SETUSER)"
_MENDS = (
    ("WRONGTYPE", "another program keeps other data under this name: choose another setting redis.prefix"),
    ("DB index", "correct the number of the database at the end of the address, in {address}"),
    ("SELECT is not allowed", "a cluster has database 0 only: end the address with /0, in {address}"),
    (
        "unknown command",
        "use Redis from version 7 on, or Valkey, with no command renamed; of a Sentinel write redis+sentinel://HOST:26379/NAME/0",
    ),
    ("CROSSSLOT", _CLUSTER),
    ("MOVED", _CLUSTER),
    ("ACL failure in script", _RIGHTS),
)
"""How a reply of the server begins, and what mends it."""


def mend_away(error: RedisError, where: Mapping[str, Any] | None = None) -> str:
    """Return what to do about a server that does not answer, or does not serve now.

    `where` holds the options of the connection.
    """
    if isinstance(error, NoPrimaryError):
        return f"correct the name of the primary, as sentinel.conf monitors it, in {redis_url_name()}"
    if isinstance(error, NoSentinelError):
        return f"start the Sentinels, or correct their address in {redis_url_name()}"
    if isinstance(error, PrimaryAwayError):
        return "wait for the failover; where none comes, start the primary or a replica of it"
    if isinstance(error, NodeAwayError) or str(error).startswith("CLUSTERDOWN"):
        return "start what is down, or a replica of it; redis-cli --cluster check names the slots that no node has"
    if isinstance(error, ReadOnlyError):
        return f"a replica takes no writes: give the address of its primary, or redis+sentinel://..., in {redis_url_name()}"
    return _mend_silence(where or {})


def _mend_silence(where: Mapping[str, Any]) -> str:
    home = where.get("home")
    if isinstance(home, SentinelHome):
        return "start the primary, or wait for the failover"
    if SENTINEL_PORT in ([port for _, port in home.places] if home else [where.get("port")]):
        return f"{SENTINEL_PORT} is the port of a Sentinel: start it, and {mend_sentinel()}"
    return f"start it (ringwatch redis), or correct its address in {redis_url_name()}"


def mend_sentinel() -> str:
    """Return what to do about the address of a Sentinel that is written as that of a server."""
    return f"write redis+sentinel://HOST:26379/NAME/0, with the name that it has for the primary, in {redis_url_name()}"


def mend_address() -> str:
    """Return what to do about an address that is none, without quoting it: it may hold a password."""
    name = redis_url_name()
    return f"{name[0].upper()}{name[1:]} is no address like redis://host:6379/0 or redis+sentinel://host:26379/NAME/0: correct it"


def mend_password() -> str:
    """Return what to do about a user or password that is wrong or missing: the setting may hold none."""
    if (name := redis_url_name()) != REDIS_URL_SETTING:
        return f"correct the user and password of the address in {name}"
    return f"put the address with its user and password, redis://USER:PASSWORD@HOST:PORT/0, into the environment variable {REDIS_URL}"


def mend_sentinel_password() -> str:
    """Return what to do about a user or password of the Sentinels, which the setting may not hold either."""
    end = "?sentinel_username=USER&sentinel_password=PASSWORD"
    if (name := redis_url_name()) != REDIS_URL_SETTING:
        return f"correct the user and password of the Sentinels, {end}, in {name}"
    return f"put the address, with {end} at its end, into the environment variable {REDIS_URL}"


def mend_certificate() -> str:
    """Return what to do about a certificate that nobody known vouches for, or that is of another host."""
    return f"name the authority of its certificate, ?ssl_ca_certs=PATH, and its right host in {redis_url_name()}"


def mend_refusal(error: RedisError, otherwise: str) -> str:
    """Return what to do about a server that refuses; `otherwise` where the error does not say enough."""
    if isinstance(error, SentinelRefusesError):
        return mend_sentinel_password()
    if isinstance(error, AuthenticationError | AuthorizationError):
        return mend_password()
    if isinstance(error, NoPermissionError):
        return _RIGHTS
    return next((mend.format(address=redis_url_name()) for start, mend in _MENDS if str(error).startswith(start)), otherwise)
