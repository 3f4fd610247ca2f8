"""`score_files`: what is decided, in which order, in batches of any size, and nothing left of a failure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.decisions.decision import Decision
from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.graph import GraphSettings
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring import offline_score
from gnn.scoring.decider import Decider
from gnn.scoring.offline_score import score_files
from tests.support.gnn_history import documents, parser, write
from tests.support.job_process import without_clock

GRAPH = GraphSettings()
BROKEN = "{\n" + '{"event_id": "x"}\n'


@pytest.fixture(scope="module")
def decider() -> Decider:
    # so low that events of any model are flagged and explained
    policy = PolicySettings(investigate_at=0.002, block_at=0.5)
    return Decider(GRAPH, load_scorer(PRETRAINED, GRAPH), policy, Pseudonyms(b"test"))


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return list(documents(events=90, frauds=6))


@pytest.fixture
def history(tmp_path: Path, lines: list[dict[str, Any]]) -> list[Path]:
    """Two files; the second repeats an event of the first and has broken lines."""
    half = len(lines) // 2
    first = write(tmp_path / "1.jsonl", iter(lines[:half]))
    second = write(tmp_path / "2.jsonl", iter([lines[0], *lines[half:]]))
    second.write_text(BROKEN + second.read_text())
    return [first, second]


def scored(decider: Decider, files: list[Path], out: Path) -> tuple[Counter[str], Replay, list[dict[str, Any]]]:
    replay = Replay(GRAPH, parser(GRAPH))
    written = score_files(replay, decider, files, out)
    return written, replay, [json.loads(line) for line in out.read_text().splitlines()]


def test_each_event_once_and_neither_labels_nor_broken_lines(
    decider: Decider, history: list[Path], lines: list[dict[str, Any]], tmp_path: Path
) -> None:
    written, replay, decided = scored(decider, history, tmp_path / "new" / "out.jsonl")
    expected = [line["event_id"] for line in lines if line["event_type"] != "label"]
    assert [document["event_id"] for document in decided] == expected
    assert written.total() == len(expected) == replay.counts.events
    assert (replay.counts.labels, replay.counts.duplicates, replay.counts.rejected) == (6, 1, 2)
    assert written == Counter(document["decision"] for document in decided)
    assert written.keys() <= {"approve", "investigate", "block"}
    assert any(document["decision"] != "approve" for document in decided)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out.jsonl"]


@pytest.mark.parametrize("batch", [5, 64])
def test_documents_do_not_hang_on_the_batch(
    batch: int, decider: Decider, history: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = without_clock(scored(decider, history, tmp_path / "usual.jsonl")[2])
    monkeypatch.setattr(offline_score, "BATCH", batch)
    small = without_clock(scored(decider, history, tmp_path / "small.jsonl")[2])
    assert small.keys() == usual.keys()
    for name, document in usual.items():
        assert small[name]["score"] == pytest.approx(document["score"], abs=1e-6)
        assert {**small[name], "score": 0, "reasons": 0} == {**document, "score": 0, "reasons": 0}


def test_progress_counts_what_is_written(decider: Decider, history: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline_score, "BATCH", 64)
    seen: list[int] = []
    score_files(Replay(GRAPH, parser(GRAPH)), decider, history, tmp_path / "out.jsonl", seen.append)
    assert seen == [64, 90]


def test_failure_in_the_middle_leaves_the_file_of_before(
    decider: Decider, history: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out" / "decisions.jsonl"
    out.parent.mkdir()
    out.write_text("of before\n")
    monkeypatch.setattr(offline_score, "BATCH", 50)
    calls = iter([True, False])
    whole = decider.decide_and_join

    def breaks(trails: list[bytes], clock: Callable[[], int], effects: Any = None) -> list[tuple[Decision, list[str]]]:
        if not next(calls):
            raise MemoryError("in the second batch")
        return whole(trails, clock, effects)

    monkeypatch.setattr(decider, "decide_and_join", breaks)
    with pytest.raises(MemoryError):
        score_files(Replay(GRAPH, parser(GRAPH)), decider, history, out)
    assert out.read_text() == "of before\n"
    assert [path.name for path in out.parent.iterdir()] == ["decisions.jsonl"]


def test_missing_file_leaves_nothing(decider: Decider, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        score_files(Replay(GRAPH, parser(GRAPH)), decider, [tmp_path / "none.jsonl"], tmp_path / "out.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_no_events_make_an_empty_file(decider: Decider, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    assert scored(decider, [tmp_path / "empty.jsonl"], tmp_path / "out.jsonl")[2] == []
