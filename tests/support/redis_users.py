"""Users of a Redis of the tests, with the rights that docs show."""

from __future__ import annotations

import redis

from ops.redis.embedded import EmbeddedRedis

PASSWORD = "pa55"


def narrow_url(server: EmbeddedRedis, rule: str) -> str:
    """Return the address of a user with the rights of a rule that may end with some in parentheses."""
    words, _, on_all = rule.replace("PASSWORD", PASSWORD).partition(" (")
    with redis.Redis.from_url(server.url) as admin:
        admin.execute_command(*words.split(" "), *([f"({on_all}"] if on_all else []))
    return server.url.replace("//", f"//{words.split(' ')[2]}:{PASSWORD}@")
