"""Rejected lines to Redis, once each."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from ops.redis.settings import RedisSettings

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

    from udfs.deliver_rejected import DeliverRejected
    from udfs.metrics.run_counts import FOLDER, read_counts
from tests.support.operator_runtime import Graph, Runtime, entries, line, opened

pytestmark = pytest.mark.usefixtures("operator_environment")


def test_rejected_line_is_written_once_and_its_like_counted(
    redis_settings: RedisSettings, redis_client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    graph = Graph()
    for text in (b"{", b"{", b"{", b"[]", line(amount=-1)):
        graph.take(text)
    operator = opened(DeliverRejected(redis_settings), Runtime())
    for document in graph.rejected:
        assert list(operator.process_element(json.dumps(document), None)) == []
    operator.close()
    found = entries(redis_client, redis_settings, "rejected")
    assert [entry["type"] for entry in found] == ["line", "line", "amount"]
    assert [json.loads(entry["json"])["raw"] for entry in found[:2]] == ["{", "[]"]
    assert read_counts(tmp_path)["known_rejected"] == {"known": 2}
