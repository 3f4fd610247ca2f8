"""`ringwatch evaluate` on decisions that are in Redis."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flink_job.cli import main
from tests.support.evaluation_samples import HOUR_MS

DECISIONS = [("e1", "block", 0.9), ("e2", "approve", 0.1), ("e3", "approve", 0.2), ("e4", "investigate", 0.6)]


def test_decisions_are_read_from_their_stream(
    tmp_path: Path, redis_client: Any, redis_url: str, stream_prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (event, decision, score) in enumerate(DECISIONS):
        document = {"event_id": event, "event_time": number * HOUR_MS, "decision": decision, "score": score}
        redis_client.xadd(f"{stream_prefix}decisions", {"id": event, "account": "a0", "json": json.dumps(document)})
    (tmp_path / "truth.csv").write_text("event_id,is_fraud\ne1,true\ne2,false\ne3,false\ne4,true\n")
    words = ["--decisions", "redis:decisions", "--truth", str(tmp_path / "truth.csv")]
    assert main(["evaluate", *words, "--set", f"redis.url={redis_url}", "--set", f"redis.prefix={stream_prefix}"]) == 0
    assert "4: 2 approve, 1 investigate, 1 block" in capsys.readouterr().out


def test_an_empty_stream_is_named(redis_url: str, stream_prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--decisions", "redis:nothing", "--truth", str(tmp_path / "truth.csv"), "--set", f"redis.url={redis_url}"]
    (tmp_path / "truth.csv").write_text("event_id,is_fraud\ne1,true\n")
    assert main(["evaluate", *words, "--set", f"redis.prefix={stream_prefix}"]) == 1
    assert "redis:nothing holds no decisions" in capsys.readouterr().err
