"""These tests run with the rights in Redis that docs give the job."""

from __future__ import annotations

import pytest

from ops.redis.embedded import EmbeddedRedis
from tests.support.redis_users import url_of


@pytest.fixture(scope="session")
def redis_url(redis_server: EmbeddedRedis) -> str:
    return url_of(redis_server, "job")
