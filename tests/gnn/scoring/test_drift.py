"""The population stability index, and the histograms of the training period that it is measured against."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from domain.features.extractor import FeatureExtractor
from flink_job.cli import main
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer, read_card
from gnn.card.training_reference import LEVELS, ColumnHistogram, column_histogram
from gnn.scoring.drift import LEAST_SCORE, LEAST_SHARE, MUCH, DriftWatch, index_noise, stability_index
from tests.support.gnn_history import documents, write

VALUES = st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.5, 7.0, 100.0])


def bin_of(value: float, edges: np.ndarray) -> int:
    return sum(value > edge for edge in edges)


@given(st.integers(1, 30).flatmap(lambda n: arrays.arrays(np.float32, (n, 2), elements=VALUES)), st.integers(0, 9))
@settings(deadline=None)
def test_shares_are_those_of_the_values_by_hand(values: np.ndarray, seed: int) -> None:
    weight = np.random.default_rng(seed).uniform(0.5, 2.0, len(values))
    found = column_histogram(values, weight)
    for column in range(2):
        assert np.all(np.diff(found.edges[column]) >= 0) and set(found.edges[column]) <= set(values[:, column])
        share = np.zeros(len(LEVELS) + 1)
        for value, one in zip(values[:, column], weight, strict=True):
            share[bin_of(value, found.edges[column])] += one / weight.sum()
        assert found.share[column] == pytest.approx(share, abs=1e-9)
        assert np.cumsum(share)[:-1] == pytest.approx(np.maximum(np.cumsum(share)[:-1], LEVELS), abs=1e-9)
    equal = column_histogram(values, np.ones(len(values)))
    assert equal.counts(values) / len(values) == pytest.approx(equal.share, abs=1e-9)


def test_counts_do_not_hang_on_the_batch() -> None:
    values = np.random.default_rng(0).lognormal(size=(1500, 3)).astype(np.float32)
    found = column_histogram(values[:500], np.ones(500))
    parts = found.counts(values[:7]) + found.counts(values[7:1200]) + found.counts(values[1200:])
    assert np.array_equal(parts, found.counts(values)) and parts.sum() == 3 * 1500


def test_the_index_is_the_formula() -> None:
    assert stability_index(np.array([0.5, 0.5]), np.array([0.9, 0.1])) == pytest.approx(0.4 * np.log(1.8) - 0.4 * np.log(0.2))
    assert stability_index(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0.0
    empty = stability_index(np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    assert empty == pytest.approx((0.5 - LEAST_SHARE) * np.log(0.5 / LEAST_SHARE) - 0.5 * np.log(0.5))


def drawn(inputs: ColumnHistogram, events: int) -> np.ndarray:
    """Values f4[events, C] as the training events had them: the edges, and one beyond the last."""
    values = np.concatenate([inputs.edges, inputs.edges[:, -1:] + 1.0], axis=1)
    passed = np.random.default_rng(0).uniform(size=(events, len(values)))[:, :, None] > np.cumsum(inputs.share, axis=1)
    return np.take_along_axis(values.T, np.minimum(passed.sum(axis=2), len(LEVELS)), axis=0).astype(np.float32)


def test_what_has_moved_comes_first() -> None:
    graph = read_card(PRETRAINED).graph
    scorer = load_scorer(PRETRAINED, graph)
    reference = scorer.reference
    names = [feature.name for feature in FeatureExtractor(graph).flat_features]
    watch, moved = DriftWatch(scorer, graph), names.index("device.events_1d")
    flat, scores = drawn(reference.inputs, 4000), np.full(4000, float(reference.scores.edges[0, -2]))
    flat[:, moved] = reference.inputs.edges[moved, -1]
    for part in np.array_split(np.arange(4000), 3):
        watch.take(scores[part], flat[part])
    first, second, *_ = watch.features()
    assert watch.events == 4000 and first.name == "device.events_1d" and first.psi > 1.0 and second.psi < 0.02
    assert second.verdict == "none" and first.verdict == "much"
    score = watch.score()
    assert score.psi > 1.0 and score.verdict == "much" and score.now[-3:] == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(("events", "trained"), [(150, 1000), (1000, 150), (20_000, 5000)])
def test_events_that_have_not_moved_rarely_pass_the_noise(events: int, trained: int) -> None:
    draw, share = np.random.default_rng(events), np.diff(LEVELS, prepend=0.0, append=1.0)
    pairs = [(draw.multinomial(trained, share) / trained, draw.multinomial(events, share) / events) for _ in range(2000)]
    passed = np.mean([stability_index(old, new) > index_noise(len(share), trained, events) for old, new in pairs])
    assert 0.02 < passed < 0.12, "one in twenty"


def test_a_few_events_that_have_not_moved_do_not_cry_wolf() -> None:
    graph = read_card(PRETRAINED).graph
    scorer = load_scorer(PRETRAINED, graph)
    watch = DriftWatch(scorer, graph)
    scores = drawn(scorer.reference.scores, 60)[:, 0]
    watch.take(scores.astype(np.float64), drawn(scorer.reference.inputs, 60))
    worst = watch.features()[0]
    assert stability_index(np.array(worst.training), np.array(worst.now)) > MUCH, "by the custom alone it has moved much"
    assert {one.verdict for one in (watch.score(), *watch.features())} == {"none"}


def test_scores_without_meaning_are_one_bin() -> None:
    graph = read_card(PRETRAINED).graph
    watch = DriftWatch(load_scorer(PRETRAINED, graph), graph)
    flat = drawn(load_scorer(PRETRAINED, graph).reference.inputs, 300)
    watch.take(np.full(300, LEAST_SCORE / 10), flat)
    watch.take(np.full(300, LEAST_SCORE / 1000), flat)
    score = watch.score()
    assert score.now[0] == 1.0 and score.edges[0] >= LEAST_SCORE and len(score.now) == len(score.edges) + 1 == len(score.training)


def test_score_writes_the_drift_and_shows_the_worst(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = write(tmp_path / "events.jsonl", documents(events=60, frauds=6))
    out = tmp_path / "new" / "drift.json"
    arguments = ["score", "--model", str(PRETRAINED), "--events", str(history), "--out", str(tmp_path / "d.jsonl"), "--drift", str(out)]
    assert main(arguments) == 0
    document = json.loads(out.read_text())
    assert document["events"] == 60 and document["model"] == read_card(PRETRAINED).model_id
    worst = [feature["psi"] for feature in document["features"]]
    assert worst == sorted(worst, reverse=True) and len(worst) > 200
    shown = capsys.readouterr().err
    assert f"{document['features'][0]['name']}\n" in shown and document["features"][6]["name"] not in shown
