"""What the desk is told of models."""

from __future__ import annotations

from typing import Any

import pytest

from flink_job.commands.serve_models import model_book
from flink_job.settings.settings import load
from ops.redis.stream_documents import stream_documents
from ops.secrets import control_keys


def test_with_control_keys_only_health_that_the_job_has_signed_is_shown(
    redis_url: str, stream_prefix: str, redis_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", "a key of the tests, long enough")
    keys, key = control_keys(["ops"]), f"{stream_prefix}health"
    assert keys is not None
    redis_client.xadd(key, {"json": '{"model": "forged"}'})
    redis_client.xadd(key, {"json": '{"model": "m"}', "signature": keys.entry_signature(key, '{"model": "m"}')})
    where = [f"redis.url={redis_url}", f"redis.prefix={stream_prefix}"]
    assert model_book(load(None, [*where, "job.control_keys=[ops]"])).health() == [{"model": "m"}]
    assert model_book(load(None, where)).health() == [{"model": "forged"}, {"model": "m"}]
    assert list(stream_documents(redis_url, stream_prefix, "health", keys=keys)) == [{"model": "m"}]
