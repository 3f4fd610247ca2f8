"""The prequential test: what a fold knows; its scores are those of a model trained then and there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from domain.features.extractor import FeatureExtractor
from gnn.artifact.artifact import load_scorer
from gnn.card.detection_metrics import auc
from gnn.history.first_pass import HistoryError
from gnn.history.replay import Replay
from gnn.history.train_settings import TrainSettings
from gnn.history.unseen import Acted
from gnn.training.backtest import Candidate, Fold, backtest
from gnn.training.training import train
from tests.support.gnn_history import DAY_MS, GRAPH, START_MS, documents, ignore, label, parser, quick, write

DAY_S = 86_400.0
SETTINGS = quick("gbt", trees=20)
FIRST = Fold.of("first", START_MS + 2 * DAY_MS, 10 * DAY_S, 3 * DAY_S, 5 * DAY_S)
SECOND = Fold.of("second", START_MS + 7 * DAY_MS, 10 * DAY_S, 3 * DAY_S, 5 * DAY_S)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("history") / "events.jsonl", documents(events=3000, frauds=200))


@pytest.fixture(scope="module")
def scores(history: Path) -> Path:
    out = history.parent / "out" / "scores.parquet"
    other = Candidate(replace(SETTINGS, seed=1), out.with_name("other.parquet"))
    backtest([other, Candidate(SETTINGS, out)], GRAPH, [history], [FIRST, SECOND], parser(), ignore)
    return out


def lines_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_table_has_each_event_of_each_test_period_once(history: Path, scores: Path) -> None:
    table = pq.read_table(scores)
    assert table.column_names == ["fold", "event_id", "event_time", "score", "label"]
    lines = lines_of(history)
    frauds = {line["subject_event_id"] for line in lines if line["event_type"] == "label"}
    found = {(row["fold"], row["event_id"]): row for row in table.to_pylist()}
    assert len(found) == len(table)
    wanted = {
        (fold.name, line["event_id"]): line
        for fold in (FIRST, SECOND)
        for line in lines
        if line["event_type"] != "label" and fold.test_from_ms <= line["event_time"] < fold.test_to_ms
    }
    assert found.keys() == wanted.keys()
    for key, line in wanted.items():
        assert (found[key]["event_time"], found[key]["label"]) == (line["event_time"], line["event_id"] in frauds)
        assert 0.0 < found[key]["score"] < 1.0
    assert 0 < sum(row["label"] for row in found.values()) < len(found)


@pytest.mark.parametrize("fold", [FIRST, SECOND], ids=["first", "second"])
def test_scores_are_those_of_a_model_trained_when_the_test_began(fold: Fold, history: Path, scores: Path, tmp_path: Path) -> None:
    """The oracle: cut the file at the beginning of the test period, train on it, and score the rest."""
    lines = lines_of(history)
    known = write(tmp_path / "known.jsonl", iter([line for line in lines if line["event_time"] < fold.test_from_ms]))
    # the millisecond more: the last moment of a training with `train` is inclusive
    period = {"from_ms": fold.train_from_ms, "to_ms": fold.test_from_ms, "label_delay_s": (fold.test_from_ms - fold.train_to_ms + 1) / 1000}
    train(replace(SETTINGS, **period), GRAPH, [known], tmp_path / "model", parser(), ignore)
    scorer, extractor = load_scorer(tmp_path / "model", GRAPH), FeatureExtractor(GRAPH)
    wanted = {
        event.event_id: scorer.score(extractor.extract([trail]))[0]
        for event, trail in Replay(GRAPH, parser()).run([history])
        if fold.test_from_ms <= event.time_ms < fold.test_to_ms
    }
    found = {row["event_id"]: row["score"] for row in pq.read_table(scores).to_pylist() if row["fold"] == fold.name}
    assert found == wanted


def test_the_last_label_of_an_event_is_its_label(tmp_path: Path) -> None:
    lines = list(documents(events=3000, frauds=200))
    tested = [line for line in lines if line["event_type"] != "label" and FIRST.test_from_ms <= line["event_time"] < FIRST.test_to_ms]
    changed = tested[0]
    later = START_MS + 40 * DAY_MS
    lines += [label("x1", changed, later), label("x2", changed, later + 1, is_fraud=False), label("x3", tested[1], later + 2)]
    out = tmp_path / "scores.parquet"
    backtest([Candidate(SETTINGS, out)], GRAPH, [write(tmp_path / "events.jsonl", iter(lines))], [FIRST], parser(), ignore)
    labels = {row["event_id"]: row["label"] for row in pq.read_table(out).to_pylist()}
    assert (labels[changed["event_id"]], labels[tested[1]["event_id"]]) == (0, 1)


@pytest.mark.parametrize(
    ("start_day", "complaint"),
    [
        (-40, "fold x: no event lies in its training period"),
        (28, "fold x: no event lies in its test period"),
        (-9, "fold x: the training part of the history has no known fraud|fold x: the validation"),
    ],
)
def test_a_fold_that_cannot_be_is_named_and_no_half_table_is_left(history: Path, tmp_path: Path, start_day: int, complaint: str) -> None:
    fold = Fold.of("x", START_MS + start_day * DAY_MS, 10 * DAY_S, 3 * DAY_S, 5 * DAY_S)
    if start_day == -9:  # a day of training in which no label is known yet
        fold = Fold.of("x", START_MS, 0.05 * DAY_S, 0.0, 5 * DAY_S)
    candidate = Candidate(TrainSettings(model="gbt", trees=5), tmp_path / "scores.parquet")
    with pytest.raises(HistoryError, match=complaint):
        backtest([candidate], GRAPH, [history], [fold], parser(), ignore)
    assert list(tmp_path.iterdir()) == []


def test_a_candidate_without_the_telling_columns_knows_nothing(history: Path, tmp_path: Path) -> None:
    """The frauds of this history show in the amount only."""
    groups = {feature.group for feature in FeatureExtractor(GRAPH).flat_features}
    amounts = tuple(group for group in groups if group.endswith((".amount", ".unusual")))
    found = []
    for name, without in (("whole", ()), ("blind", amounts)):
        candidate = Candidate(SETTINGS, tmp_path / f"{name}.parquet", without)
        backtest([candidate], GRAPH, [history], [FIRST], parser(), ignore)
        table = pq.read_table(candidate.out)
        score, fraud = np.array(table["score"]), np.array(table["label"]) == 1
        found.append(auc(score, fraud, np.ones(len(score))))
    assert found[0] > 0.95
    assert found[1] < 0.8, "what is left is who comes once only"


def test_final_labels_may_come_after_the_test_began(history: Path, tmp_path: Path) -> None:
    """Without a delay the frauds of the last two days of training have no label yet."""
    fold = Fold.of("x", START_MS + 2 * DAY_MS, 10 * DAY_S, 0.0, 5 * DAY_S)
    lines = lines_of(history)
    known = Candidate(SETTINGS, tmp_path / "known.parquet")
    final = Candidate(replace(SETTINGS, labels="final"), tmp_path / "final.parquet")
    backtest([known, final], GRAPH, [history], [fold], parser(), ignore)
    scores = [pq.read_table(one.out)["score"].to_pylist() for one in (known, final)]
    assert scores[0] != scores[1]
    # the oracle: a training that ends with the training period and knows all labels
    period = {"from_ms": fold.train_from_ms, "to_ms": fold.test_from_ms - 1, "label_delay_s": 0.0, "labels": "final"}
    train(replace(SETTINGS, **period), GRAPH, [history], tmp_path / "model", parser(), ignore)
    scorer, extractor = load_scorer(tmp_path / "model", GRAPH), FeatureExtractor(GRAPH)
    wanted = [
        scorer.score(extractor.extract([trail]))[0]
        for event, trail in Replay(GRAPH, parser()).run([history])
        if fold.test_from_ms <= event.time_ms < fold.test_to_ms
    ]
    assert scores[1] == wanted
    assert lines[-1]["event_time"] > fold.test_to_ms


def test_progress_names_fold_model_and_phase_and_replays_once(history: Path, tmp_path: Path) -> None:
    reported: list[tuple[str, int, int]] = []
    candidates = [Candidate(replace(SETTINGS, model=model), tmp_path / f"{model}.parquet") for model in ("gbt", "isolation_forest")]
    backtest(candidates, GRAPH, [history], [FIRST], parser(), lambda *one: reported.append(one))
    phases = list(dict.fromkeys(phase for phase, _, _ in reported))
    assert phases[0] == "replaying"
    assert {"fold first: boosted trees: training", "fold first: isolation forest: training"} <= set(phases)
    lines = len(lines_of(history))
    assert [total for phase, _, total in reported if phase == "replaying"] == [lines]


def test_what_was_kept_from_happening_is_neither_learnt_nor_scored(history: Path, scores: Path, tmp_path: Path) -> None:
    lines = lines_of(history)
    subjects = {line["subject_event_id"] for line in lines if line["event_type"] == "label"}
    events = [line for line in lines if line["event_type"] != "label" and line["event_time"] < FIRST.test_to_ms]
    blocked = [line for number, line in enumerate(events) if number % 9 == 0 or line["event_id"] in subjects]
    acted = Acted(frozenset(parser().parse(json.dumps(line).encode()).identity for line in blocked))
    out = tmp_path / "scores.parquet"
    report = backtest([Candidate(SETTINGS, out)], GRAPH, [history], [FIRST], parser(), ignore, acted)
    before = {row["event_id"]: row for row in pq.read_table(scores).to_pylist() if row["fold"] == "first"}
    after = {row["event_id"]: row for row in pq.read_table(out).to_pylist()}
    gone = {line["event_id"] for line in blocked if line["event_id"] in before} - subjects
    assert before.keys() - after.keys() == gone and report.unknown == len(gone) > 5
    assert {name for name, row in after.items() if row["label"]} == {name for name, row in before.items() if row["label"]}
    assert any(after[name]["score"] != before[name]["score"] for name in after), "nor are they learnt"
