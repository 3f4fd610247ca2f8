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
from ops.redis.connection import patiently

BRIDGE = "bridge:"
"""Begins the names, after the prefix; no stream's name holds a colon before a word."""
EARLIEST = "earliest"
_SHARD = "shard:"

# KEYS: hash, leases, members. ARGV: when the stream was created, where to begin.
# Answers {what the hash was: first, known or anew, where to begin}.
_BEGIN = f"""
local was = redis.call('HGET', KEYS[1], 'created')
if was == ARGV[1] then return {{'known', redis.call('HGET', KEYS[1], 'from')}} end
redis.call('DEL', KEYS[1], KEYS[2])
local start = was and '{EARLIEST}' or ARGV[2]
redis.call('HSET', KEYS[1], 'created', ARGV[1], 'from', start)
return {{was and 'anew' or 'first', start}}
"""
# KEYS: leases, members. ARGV: instance, ms that a lease lasts, then the shards that are due.
# Answers {the share of each living instance, shards that another has, then those that this one has now}.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local until_ms = now + ARGV[2]
redis.call('ZADD', KEYS[2], until_ms, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local share = math.ceil((#ARGV - 2) / redis.call('ZCARD', KEYS[2]))
local mine, free, others = {}, {}, 0
for i = 3, #ARGV do
  local held = redis.call('HGET', KEYS[1], ARGV[i])
  local who, ends = string.match(held or '', '^(%S+) (%d+)$')
  if who == ARGV[1] then mine[#mine + 1] = ARGV[i]
  elseif who and tonumber(ends) > now then others = others + 1
  else free[#free + 1] = ARGV[i] end
end
for _, shard in ipairs(free) do
  if #mine < share then mine[#mine + 1] = shard end
end
for _, shard in ipairs(mine) do redis.call('HSET', KEYS[1], shard, ARGV[1] .. ' ' .. string.format('%d', until_ms)) end
return {share, others, unpack(mine)}
"""
# KEYS: hash, leases. ARGV: instance, shard, its checkpoint, '1' at its end. Answers 1 if it is noted.
_NOTE = f"""
local who = string.match(redis.call('HGET', KEYS[2], ARGV[2]) or '', '^(%S+) ')
if who ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], '{_SHARD}' .. ARGV[2], ARGV[3])
if ARGV[4] == '1' then redis.call('HDEL', KEYS[2], ARGV[2]) end
return 1
"""
# KEYS: leases, members. ARGV: instance, '1' if it ends, then shards to be given up.
_GIVE_UP = """
if ARGV[2] == '1' then redis.call('ZREM', KEYS[2], ARGV[1]) end
for i = 3, #ARGV do
  local who = string.match(redis.call('HGET', KEYS[1], ARGV[i]) or '', '^(%S+) ')
  if who == ARGV[1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return 0
"""


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
        was, begins = self._run(_BEGIN, (self._hash, self._leases, self._members), created, start)
        return was, begins

    def checkpoints(self) -> Mapping[str, Checkpoint]:
        """Return the checkpoints of all shards."""
        found: Mapping[str, str] = self._patiently(lambda: self._client.hgetall(self._hash))
        return {name.removeprefix(_SHARD): _read(text) for name, text in found.items() if name.startswith(_SHARD)}

    def take(self, due: Sequence[str]) -> Turn:
        """Renew the leases of the shards that are due, and take free ones, up to this instance's share."""
        share, others, *mine = self._run(_TAKE, (self._leases, self._members), self._instance, self._lease_ms, *due)
        return Turn(share, others, frozenset(mine))

    def note(self, shard: str, checkpoint: Checkpoint) -> bool:
        """Write a checkpoint; return False where another instance has taken the shard over."""
        text = as_json({"after": checkpoint.after, "through": checkpoint.through_ms, "ended": checkpoint.ended})
        return bool(self._run(_NOTE, (self._hash, self._leases), self._instance, shard, text, int(checkpoint.ended)))

    def give_up(self, shards: Sequence[str], ends: bool = False) -> None:
        """Leave shards to other instances, and this instance's place where it ends."""
        self._run(_GIVE_UP, (self._leases, self._members), self._instance, int(ends), *shards)

    def forget(self, shards: Sequence[str]) -> None:
        """Remove checkpoints and leases of shards that are gone."""
        if shards:
            self._patiently(lambda: self._client.hdel(self._hash, *(_SHARD + shard for shard in shards)))
            self._patiently(lambda: self._client.hdel(self._leases, *shards))

    def _run(self, script: str, keys: Sequence[str], *words: str | int) -> Any:
        return self._patiently(lambda: self._client.eval(script, len(keys), *keys, *map(str, words)))

    def _patiently(self, call: Callable[[], Any]) -> Any:
        return patiently(self._client, call, self._on_wait)


def _read(text: str) -> Checkpoint:
    document = json.loads(text)
    return Checkpoint(document["after"], document["through"], document["ended"])
