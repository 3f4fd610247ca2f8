"""Users of a Redis of the tests, with the rights that docs show."""

from __future__ import annotations

import redis

from ops.redis.embedded import EmbeddedRedis
from ops.redis.permissions import acl_rule

PASSWORD = "pa55"


def narrow_url(server: EmbeddedRedis, rule: str) -> str:
    """Return the address of a user with the rights of a rule that may end with some in parentheses."""
    words, _, on_all = rule.replace("PASSWORD", PASSWORD).partition(" (")
    with redis.Redis.from_url(server.url) as admin:
        admin.execute_command(*words.split(" "), *([f"({on_all}"] if on_all else []))
    return server.url.replace("//", f"//{words.split(' ')[2]}:{PASSWORD}@")


def job_url(server: EmbeddedRedis, prefix: str, *needs: tuple[str, ...]) -> str:
    """Return the address of a user of the job with these rights on the keys of a prefix."""
    return narrow_url(server, acl_rule("job", prefix, *needs))
