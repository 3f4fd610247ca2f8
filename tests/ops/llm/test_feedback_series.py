"""What analysts correct, a model that follows examples no longer gets wrong: a simulated series, in small."""

from __future__ import annotations

import random
from typing import Any

from ops.cases.store import Store
from ops.redis.settings import RedisSettings
from tests.quality.feedback import follower, series
from tests.support.scripted_endpoint import Endpoint, Serve

pytest_plugins = ["tests.support.llm_fixtures"]


def test_the_share_of_drafts_changed_falls(sqlite_store: Store, serve: Serve, redis_settings: RedisSettings, redis_client: Any) -> None:
    settings = serve(Endpoint(follower(random.Random(7))), examples=2, requests_per_minute=1_000)
    first, *_, last = series(sqlite_store, settings, redis_settings, redis_client, rounds=3, size=8)
    assert (first.with_examples, first.share) == (0, 1.0)
    assert last.with_examples == last.rated and last.share <= 0.25
