"""What a job has decided live and an archiver has put away trains the model that the file trains."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from deltalake import DeltaTable

from domain.simulator import SimulatorSettings, simulate
from tests.support.live_lake import LiveLake, differences

EVENTS = 5000
QUICK = ("--model", "gbt", "--set", "train.trees=20", "--label-delay", "2d")

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(500)]


def test_train_from_the_lake_of_a_live_job(redis_url: str, stream_prefix: str, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    lines = [json.dumps(document) for document in simulate(SimulatorSettings(events=EVENTS, seed=25, fraud_share=0.08)).documents()]
    events.write_text("\n".join(lines) + "\n", encoding="utf-8")
    live = LiveLake(tmp_path, redis_url, stream_prefix)
    assert live.fill(events) == (EVENTS, len(lines) - EVENTS)
    assert DeltaTable(str(live.lake / "features")).to_pyarrow_dataset().count_rows() == EVENTS
    one = live.train("one", "--events", str(events), "--decisions", str(live.decisions), *QUICK)
    two = live.train("two", "--lake", str(live.lake), *QUICK)
    assert differences(one, two) == set()
    assert (one / "weights.ubj").stat().st_size > 1000
