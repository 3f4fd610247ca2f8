"""The commands that a Redis user needs, by what it is for. `docs/operate.md` shows this list."""

from __future__ import annotations

from collections.abc import Sequence

CHECK = ("exists", "ping")
"""`ringwatch check` and `run` before they start, and what shows that Redis is away."""
WRITE = ("eval", "evalsha", "exists", "set", "xadd", "xdel", "xinfo|groups", "xlen", "xpending", "xtrim")
"""The job: alerts, incidents and rejected lines, each once, and the streams kept short."""
DECISIONS = (
    "evalsha",
    "eval",
    "hdel",
    "hget",
    "hgetall",
    "hset",
    "xadd",
    "xinfo|groups",
    "xinfo|stream",
    "xlen",
    "xpending",
    "xrange",
    "xtrim",
)
"""The job with `job.decisions: redis:...`."""
SUMMARIES = (
    "evalsha", "expire", "getrange", "hget", "hincrby", "hmget", "hset", "script|load", "set", "time", "zadd", "zrange", "zrem",
    "zremrangebyscore", "zscore",
)  # fmt: skip
"""The job with an LLM endpoint: the budget of its calls, and the cache of its summaries."""
SOURCES = ("exec", "hgetall", "hset", "multi", "xinfo|stream", "xread")
"""The job, beside WRITE, whose sources or control records are streams of Redis, `redis:NAME`."""
READ = ("script|load", "xadd", "xinfo|groups", "xlen", "xpending", "xrange", "xrevrange")
"""`ringwatch tail`, `--status`, `evaluate --incidents redis:`, and programs that read with a group. They add
to the stream `dead` alone.
"""
OF_THE_JOB = ("alerts", "control_applied", "decisions", "health", "incidents", "rejected")
"""Streams that the job writes. Who reads makes groups on these and no other keys: where a key is missing,
XGROUP CREATE puts an empty stream there, and a marker or counter of the job's could not take its place. Nor
does he read others: events are raw.
"""
READ_GROUPS = ("evalsha", "xack", "xautoclaim", "xgroup|create", "xgroup|delconsumer", "xgroup|destroy", "xreadgroup")
"""What readers need on their streams, for groups are a part of these. None of it adds an entry."""
PUBLISH = ("eval", "evalsha", "expire", "hdel", "hget", "hgetall", "hset", "xadd", "xdel", "xlen", "xrevrange")
"""`ringwatch publish`, and who sends events: on their stream, `published` and `needed`."""
SERVICE = (
    "eval", "evalsha", "expire", "get", "hdel", "hget", "hgetall", "hset", "ping", "set", "xadd", "xdel", "xinfo|groups", "xinfo|stream",
    "xlen", "xrange", "xread", "xrevrange",
)  # fmt: skip
"""`ringwatch serve`, on the keys of `SERVICE_WRITES`; it reads all of them."""
SERVICE_WRITES = ("events", "labels", "control", "claim:*", "published", "needed", "llm:examples")
"""What `ringwatch serve` writes; no script takes a key, `needed` among them, that its user may only read."""
SERVICE_GROUPS = ("xgroup|create", "xgroup|setid")
"""`ringwatch serve`, on the job's streams: the group `store` shows how far the store is."""
BRIDGE = ("del", "eval", "hdel", "hget", "hgetall", "hset", "time", "zadd", "zcard", "zrem", "zremrangebyscore")
"""`ringwatch bridge`, on the keys of `bridge:*`: checkpoints and leases. Beside them what `PUBLISH` has for
events in, and what a reader has for decisions out.
"""
ARCHIVE, ARCHIVE_GROUPS = ("xinfo|groups", "xinfo|stream", "xread", "xrevrange"), ("xgroup|create", "xgroup|setid")
"""`ringwatch archive`, which writes no stream; groups on those of `ARCHIVED`."""
ARCHIVED = (*OF_THE_JOB, "enriched", "labels")
FORGET = ("scan", "xdel", "xinfo|consumers", "xinfo|groups", "xpending", "xrange")
"""`ringwatch forget`, beside what `PUBLISH` has: it tells the job in a stream as that does."""
CLUSTER, SENTINEL, REPLICAS = ("cluster|slots",), ("role",), ("wait",)
"""What a cluster, Sentinels and `redis.replicas` ask for beside."""
WISHED = ("info",)
"""Without it `check` and `run` cannot say the server's version, nor whether it evicts keys."""

WISHED_OF_GROUPS = ("xinfo|consumers",)
"""Without it the private group of a killed `tail` holds the streams, up to `redis.hard_max_length`."""
WISHED_OF_READERS = ("xinfo|stream",)
"""Without it nobody hears of what was trimmed before a group has read it."""


def acl_rule(user: str, prefix: str, *needs: tuple[str, ...]) -> str:
    """Return the ACL SETUSER command of a user for `needs`, on keys that begin with `prefix`."""
    commands = sorted({command for need in needs for command in need})
    return f"ACL SETUSER {user} on >PASSWORD ~{prefix}* " + " ".join(f"+{command}" for command in commands)


def reader_rule(user: str, prefix: str, *wished: tuple[str, ...]) -> str:
    """Return the ACL SETUSER command of a user who reads, also in groups, and writes no stream of the job."""
    commands = sorted({*READ, *(command for need in wished for command in need)})
    return _narrow_rule(user, prefix, OF_THE_JOB, ("dead",), commands, (*OF_THE_JOB, "dead"), READ_GROUPS)


def sender_rule(user: str, prefix: str, stream: str) -> str:
    """Return the ACL SETUSER command of a user who adds lines to one stream, and writes no other."""
    scripts = ("eval", "evalsha")
    some, of_scripts = (" ".join(f"+{command}" for command in PUBLISH if (command in scripts) is whether) for whether in (False, True))
    keys = f"~{prefix}{stream} ~{prefix}published"
    return f"ACL SETUSER {user} on >PASSWORD {keys} %R~{prefix}needed {some} ({keys} ~{prefix}needed {of_scripts})"


def service_rule(user: str, prefix: str) -> str:
    """Return the ACL SETUSER command of a user for `ringwatch serve`, who writes no stream of the job."""
    return _narrow_rule(user, prefix, ("*",), SERVICE_WRITES, SERVICE, OF_THE_JOB, SERVICE_GROUPS)


def archive_rule(user: str, prefix: str) -> str:
    """Return the ACL SETUSER command of a user for `ringwatch archive`, who writes no stream."""
    return _narrow_rule(user, prefix, ARCHIVED, (), ARCHIVE, ARCHIVED, ARCHIVE_GROUPS)


def _narrow_rule(
    user: str,
    prefix: str,
    read: Sequence[str],
    written: Sequence[str],
    commands: Sequence[str],
    grouped: Sequence[str],
    of_groups: Sequence[str],
) -> str:
    keys = " ".join([*(f"%R~{prefix}{key}" for key in read), *(f"~{prefix}{key}" for key in written)])
    some, on_groups = (" ".join(f"+{command}" for command in each) for each in (commands, of_groups))
    grouped_keys = " ".join(f"~{prefix}{key}" for key in grouped)
    return f"ACL SETUSER {user} on >PASSWORD {keys} {some} ({grouped_keys} {on_groups})"
