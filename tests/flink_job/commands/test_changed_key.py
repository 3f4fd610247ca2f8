"""The key of the pseudonyms changed: history fills the state anew, and what is decided hardly changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain.simulator import SimulatorSettings, simulate
from flink_job.cli import main

OLD, NEW = "the key of before", "the new key"


def decided(folder: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", key)
    out = folder / f"{len(key)}.jsonl"
    assert main(["score", "--events", str(folder / "events.jsonl"), "--out", str(out)]) == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_no_name_is_the_same_and_nearly_every_decision_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    documents = simulate(SimulatorSettings(events=3000, seed=7, fraud_share=0.1)).documents()
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(one) + "\n" for one in documents))
    before, after = decided(tmp_path, OLD, monkeypatch), decided(tmp_path, NEW, monkeypatch)
    names = [{name for one in part for name in one["entities"].values()} for part in (before, after)]
    assert len(names[0]) == len(names[1]) and not names[0] & names[1]
    pairs = list(zip(before, after, strict=True))
    assert sum(one["decision"] != other["decision"] for one, other in pairs) <= len(pairs) / 100
    assert sum(one["decision"] != "approve" for one in before) > 30
