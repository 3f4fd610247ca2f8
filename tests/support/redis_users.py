"""Users of a Redis of the tests, with the rights that docs show.

A room of tests runs with the rights of what it tests by these lines in its conftest:

    @pytest.fixture(scope="session")
    def redis_url(redis_server: EmbeddedRedis) -> str:
        return url_of(redis_server, "job")
"""

from __future__ import annotations

import re

import redis

from ops.redis.embedded import EmbeddedRedis
from ops.redis.permissions import (
    CHECK,
    DECISIONS,
    SOURCES,
    SUMMARIES,
    WISHED,
    WISHED_OF_GROUPS,
    WISHED_OF_READERS,
    WRITE,
    acl_rule,
    archive_rule,
    reader_rule,
    service_rule,
)

PASSWORD = "pa55"
_PREFIX = "test*:"
"""Of `stream_prefix`, whatever its number."""
OF_THE_JOB = (CHECK, WISHED, WISHED_OF_GROUPS, WRITE, SUMMARIES, DECISIONS, SOURCES)
DOCUMENTED = {
    "job": acl_rule("job", _PREFIX, *OF_THE_JOB),
    "reader": reader_rule("reader", _PREFIX, WISHED_OF_GROUPS, WISHED_OF_READERS),
    "service": service_rule("service", _PREFIX),
    "archive": archive_rule("archive", _PREFIX),
}
"""The rules of docs/operate.md, docs/service.md and docs/lake.md, which have tests of their own."""


def url_of(server: EmbeddedRedis, who: str) -> str:
    """Return the address of a user of `DOCUMENTED`."""
    return narrow_url(server, DOCUMENTED[who])


def narrow_url(server: EmbeddedRedis, rule: str) -> str:
    """Return the address of a user with the rights of a rule that may end with some in parentheses."""
    return _narrow(server.url, rule)


def job_url(url: str, prefix: str, *needs: tuple[str, ...]) -> str:
    """Return the address of a user of the job with these rights, or all of its own, on a prefix."""
    name = "job-" + "".join(filter(str.isalnum, prefix))
    return _narrow(url, acl_rule(name, prefix, *(needs or OF_THE_JOB)))


def who_may_all(url: str) -> str:
    """Return the address of the same server for the user who may do all."""
    return re.sub("//[^@/]*@", "//", url)


def _narrow(url: str, rule: str) -> str:
    words, _, on_all = rule.replace("PASSWORD", PASSWORD).partition(" (")
    with redis.Redis.from_url(url) as admin:
        admin.execute_command(*words.split(" "), *([f"({on_all}"] if on_all else []))
    return url.replace("//", f"//{words.split(' ')[2]}:{PASSWORD}@")
