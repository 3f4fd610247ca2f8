"""Rejected lines to Redis, once each."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from ops.redis.settings import RedisSettings
from ops.secrets import control_keys

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

    from udfs import deliver_rejected
    from udfs.deliver_rejected import DeliverRejected
    from udfs.junk_rate import JunkRate
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


def test_of_junk_a_share_is_written_and_what_is_waited_for_always(
    redis_settings: RedisSettings, redis_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver_rejected, "JunkRate", lambda: JunkRate(per_s=0.0, at_once=2))
    runtime = Runtime()
    operator = opened(DeliverRejected(redis_settings), runtime)
    junk = [{"field": "line", "reason": "line: no JSON", "bytes": 9, "raw": str(number), "rejected_at": 1} for number in range(5)]
    for document in (*junk, {**junk[0], "raw": "control", "of": "control"}, {**junk[0], "field": "source", "bytes": 0}):
        assert list(operator.process_element(json.dumps(document), None)) == []
    operator.close()
    found = [json.loads(entry["json"]) for entry in entries(redis_client, redis_settings, "rejected")]
    assert found[:2] == junk[:2] and len(found) == 4
    assert runtime.counts["rejected_unwritten"] == 3


def test_with_control_keys_the_entry_is_signed(redis_settings: RedisSettings, redis_client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", "a key of the tests, long enough")
    graph = Graph()
    graph.take(b"{")
    operator = opened(DeliverRejected(redis_settings, ("ops",)), Runtime())
    list(operator.process_element(json.dumps(graph.rejected[0]), None))
    operator.close()
    [found] = entries(redis_client, redis_settings, "rejected")
    keys = control_keys(["ops"])
    assert keys and keys.holds_entry(f"{redis_settings.prefix}rejected", found["json"], found["signature"])
