"""The commands that a Redis user needs, by what it is for. `docs/operate.md` shows this list."""

from __future__ import annotations

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
READ = (
    "evalsha", "script|load", "xack", "xadd", "xautoclaim", "xgroup|create", "xgroup|delconsumer", "xgroup|destroy", "xinfo|groups",
    "xlen", "xpending", "xrange", "xreadgroup", "xrevrange",
)  # fmt: skip
"""`ringwatch tail`, `--status`, `evaluate --incidents redis:`, and programs that read with a group."""
PUBLISH = ("eval", "evalsha", "expire", "hdel", "hget", "hgetall", "hset", "xadd", "xdel", "xlen", "xrevrange")
"""`ringwatch publish`."""
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
