"""The simulator's files: their columns, their bytes, and that they are there whole or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from domain.errors import SettingError
from gnn.history import simulated_files
from gnn.history.simulated_files import TRUTH, write_simulation


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_events_labels_and_truth_belong_together(tmp_path: Path) -> None:
    events, labels = write_simulation(600, 3, tmp_path / "a" / "b")
    lines = [json.loads(line) for line in (tmp_path / "a" / "b" / "events.jsonl").read_text().splitlines()]
    truth = pq.read_table(tmp_path / "a" / "b" / "truth.parquet")
    assert events == 600
    assert len(lines) == events + labels
    assert sum(line["event_type"] == "label" for line in lines) == labels > 0
    assert truth.schema.equals(TRUTH)
    assert truth["event_id"].to_pylist() == [line["event_id"] for line in lines if line["event_type"] != "label"]
    assert 0 < sum(truth["is_fraud"].to_pylist()) < 600


def test_truth_without_any_fraud_has_the_same_columns(tmp_path: Path) -> None:
    write_simulation(10, 1, tmp_path)
    truth = pq.read_table(tmp_path / "truth.parquet")
    assert not any(truth["is_fraud"].to_pylist())
    assert truth["ring_id"].null_count == 10
    assert truth.schema.equals(TRUTH)


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        write_simulation(300, seed, tmp_path / name)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert digests(tmp_path / "one")["events.jsonl"] != digests(tmp_path / "other")["events.jsonl"]


def test_span_and_start(tmp_path: Path) -> None:
    write_simulation(200, 1, tmp_path, days=2.0, start_ms=1_000_000_000_000)
    times = pq.read_table(tmp_path / "truth.parquet")["event_time"].to_pylist()
    assert min(times) >= 1_000_000_000_000
    assert max(times) < 1_000_000_000_000 + 2 * 86_400_000


@pytest.mark.parametrize(
    ("arguments", "said"), [((0, 1), "--events is 0; give 1 or more"), ((5, -1), "--seed is -1"), ((5, 1, 0.5), "--days is 0.5")]
)
def test_impossible_wishes_name_the_option(arguments: tuple[Any, ...], said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=said):
        write_simulation(*arguments[:2], tmp_path / "out", *arguments[2:])
    assert not (tmp_path / "out").exists()


def test_failure_in_the_middle_leaves_the_files_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_simulation(100, 1, tmp_path)
    before = digests(tmp_path)

    def breaks(simulation: object, file: Any) -> int:
        file.write("half a line")
        raise OSError("no space left on device")

    monkeypatch.setattr(simulated_files, "write_events", breaks)
    with pytest.raises(OSError, match="no space"):
        write_simulation(100, 2, tmp_path)
    assert digests(tmp_path) == before
