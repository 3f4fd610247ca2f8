"""Whether a Redis can hold the streams of a prefix: what `ringwatch check` and `run` ask it."""

from __future__ import annotations

from typing import Any

import redis
from redis.exceptions import NoPermissionError, RedisError

from domain.errors import SettingError
from domain.wording import counted
from ops.redis.address import hash_tag, tagged
from ops.redis.connection import RedisReadError, connect, options_of, place, refuse_lasting
from ops.redis.mends import mend_away, mend_sentinel

_UNKNOWN = "version unknown, the user may not run INFO: see to it that maxmemory-policy is noeviction"


def server_version(url: str, prefix: str, timeout_s: float = 5.0, replicas: int = 0) -> str:
    """Return name, version and place of the server; `replicas` is how many the job waits for.

    A user without the permission for INFO gets the place and what to look at, in place of the version.

    Raises:
        RedisReadError: the server does not serve us, or would lose what it is given.
        SettingError: it is a Redis Cluster, and the keys of the prefix are not in one slot.
    """
    client = connect(url, prefix, timeout_s)
    try:
        client.ping()
        facts = _facts(client)
        if "sentinel" in (facts.get("redis_mode"), facts.get("server_mode")):
            raise RedisReadError(f"{place(client)} is a Sentinel, not the Redis of the streams: {mend_sentinel()}")
        if not hash_tag(prefix) and _is_cluster(client, facts, prefix):
            raise SettingError(
                f"Redis at {place(client)} is a Redis Cluster, where all keys of a job must be in one slot: give redis.prefix a hash tag, "
                f'redis.prefix: "{tagged(prefix)}"'
            )
        client.exists(f"{prefix}alerts", f"{prefix}incidents")  # whoever has the slot serves
    except RedisError as error:
        refuse_lasting(client, error)
        raise RedisReadError(f"Redis at {place(client)} does not answer ({error}): {mend_away(error, options_of(client))}") from None
    finally:
        client.close()
    _refuse_loss(client, facts)
    if (present := facts.get("connected_slaves", replicas)) < replicas:
        fewer = f"has {counted(present, 'replica')}, and redis.replicas is {replicas}, so that nothing would be written"
        raise RedisReadError(f"Redis at {place(client)} {fewer}: start them, or lower redis.replicas")
    return _said(client, facts)


def _facts(client: redis.Redis) -> dict[str, Any]:
    """Return what INFO says, nothing where the user may not run it."""
    try:
        facts: dict[str, Any] = client.info()  # type: ignore[assignment]
    except NoPermissionError as error:
        if "'info'" not in str(error):
            raise
        return {}
    return facts


def _is_cluster(client: redis.Redis, facts: dict[str, Any], prefix: str) -> bool:
    """Return whether the server is a node of a cluster: only such a one minds two keys of two slots."""
    if facts:
        return facts.get("cluster_enabled") == 1
    try:
        client.exists(f"{prefix}alerts", f"{prefix}incidents")
    except RedisError as error:
        return str(error).startswith(("CROSSSLOT", "MOVED"))
    return False


def _refuse_loss(client: redis.Redis, facts: dict[str, Any]) -> None:
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        loss = f"may evict keys ({policy}), so that alerts are lost or come twice"
        raise RedisReadError(f"Redis at {place(client)} {loss}: set its maxmemory-policy to noeviction")
    if facts.get("role", "master") != "master":
        raise RedisReadError(f"Redis at {place(client)} is a replica: {mend_away(redis.ReadOnlyError())}")


def _said(client: redis.Redis, facts: dict[str, Any]) -> str:
    if not facts:
        return f"Redis at {place(client)} ({_UNKNOWN})"
    name = "Valkey" if "valkey_version" in facts else "Redis"
    kind = " (cluster)" if facts.get("cluster_enabled") else ""
    return f"{name} {facts.get('valkey_version', facts.get('redis_version'))}{kind} at {place(client)}"
