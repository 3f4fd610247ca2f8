"""How far a bridge is, and which of several instances reads what: kept in Redis, beside the streams.

    <prefix>bridge:NAME            hash: `from`, `created`, and for each shard `shard:ID` -> a checkpoint
    <prefix>bridge:NAME:leases     hash: shard -> "INSTANCE UNTIL"
    <prefix>bridge:NAME:members    sorted set: instance -> until when it is alive

Times are the server's, in ms since 1970. A checkpoint is only taken from whoever has the lease.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from domain.json_text import as_json
from ops.feeds.bridge_scripts import BEGIN, GIVE_UP, NOTE, SHARD, TAKE
from ops.redis.connection import patiently

BRIDGE = "bridge:"
"""Begins the names, after the prefix; no stream's name holds a colon before a word."""


@dataclass(frozen=True)
class Checkpoint:
    """How far a shard is at the target."""

    after: str | None = None
    """Sequence number of the last record; None before the first."""
    through_ms: int = 0
    """All that arrived before is at the target, in ms since 1970."""
    ended: bool = False
    """The shard is closed, and all of it is at the target."""


@dataclass(frozen=True)
class Turn:
    """The shards that an instance has now."""

    share: int
    """As many as each of the living instances should have at most."""
    others: int
    """Shards that are due and that another instance has."""
    mine: frozenset[str]


class BridgeState:
    """The state of the bridge `name`, as one of its instances reads and writes it."""

    def __init__(
        self, client: redis.Redis, prefix: str, name: str, instance: str, lease_s: float, on_wait: Callable[[], None] = lambda: None
    ) -> None:
        """Note where it is; `on_wait` is called while Redis is away, and may end the waiting by raising."""
        key = f"{prefix}{BRIDGE}{name}"
        self._client, self._hash, self._leases, self._members = client, key, f"{key}:leases", f"{key}:members"
        self._instance, self._lease_ms, self._on_wait = instance, max(1, round(1000 * lease_s)), on_wait

    def begin(self, created: str, start: str) -> tuple[str, str]:
        """Return `first`, `known` or `anew`, and where shards without a checkpoint begin.

        `anew`: the stream was deleted and created again, so that all of it is new.
        """
        was, begins = self._run(BEGIN, (self._hash, self._leases, self._members), created, start)
        return was, begins

    def is_known(self) -> bool:
        """Return whether Redis knows where the bridge has begun, which it may have lost since."""
        return bool(self._patiently(lambda: self._client.hget(self._hash, "created")))

    def checkpoints(self) -> Mapping[str, Checkpoint]:
        """Return the checkpoints of all shards."""
        found: Mapping[str, str] = self._patiently(lambda: self._client.hgetall(self._hash))
        return {name.removeprefix(SHARD): _read(text) for name, text in found.items() if name.startswith(SHARD)}

    def take(self, due: Sequence[str]) -> Turn:
        """Renew the leases of the shards that are due, and take free ones, up to this instance's share."""
        share, others, *mine = self._run(TAKE, (self._leases, self._members), self._instance, self._lease_ms, *due)
        return Turn(share, others, frozenset(mine))

    def note(self, shard: str, checkpoint: Checkpoint, before: Checkpoint) -> bool:
        """Write a checkpoint.

        Return False where another instance has taken the shard over, and where `before` is not the one that
        is there: after a failover or a restart Redis may have lost it, and the events at the target with it.
        """
        words = _written(checkpoint), "" if before == Checkpoint() else _written(before), int(checkpoint.ended)
        return bool(self._run(NOTE, (self._hash, self._leases), self._instance, shard, *words))

    def give_up(self, shards: Sequence[str], ends: bool = False) -> None:
        """Leave shards to other instances, and this instance's place where it ends."""
        self._run(GIVE_UP, (self._leases, self._members), self._instance, int(ends), *shards)

    def forget(self, shards: Sequence[str]) -> None:
        """Remove checkpoints and leases of shards that are gone."""
        if shards:
            self._patiently(lambda: self._client.hdel(self._hash, *(SHARD + shard for shard in shards)))
            self._patiently(lambda: self._client.hdel(self._leases, *shards))

    def _run(self, script: str, keys: Sequence[str], *words: str | int) -> Any:
        return self._patiently(lambda: self._client.eval(script, len(keys), *keys, *map(str, words)))

    def _patiently(self, call: Callable[[], Any]) -> Any:
        return patiently(self._client, call, self._on_wait)


def _written(checkpoint: Checkpoint) -> str:
    return as_json({"after": checkpoint.after, "through": checkpoint.through_ms, "ended": checkpoint.ended})


def _read(text: str) -> Checkpoint:
    document = json.loads(text)
    return Checkpoint(document["after"], document["through"], document["ended"])
