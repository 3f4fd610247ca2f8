"""Tallies of drift in parts, as workers hand them on, against one watch over all events."""

from __future__ import annotations

import json
from collections import defaultdict

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.features.extractor import FeatureExtractor
from domain.times import DAY_MS
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer, read_card
from gnn.card.training_reference import ColumnHistogram
from gnn.scoring.drift import MUCH, DriftWatch
from gnn.scoring.drift_tally import EVERY_S, MOST_DAYS, MOST_EVENTS, DriftTally
from gnn.scoring.drift_texts import DRIFT, REFERENCE, DayCounts, DriftReference

GRAPH = read_card(PRETRAINED).graph
SCORER = load_scorer(PRETRAINED, GRAPH)
NAMES = [feature.name for feature in FeatureExtractor(GRAPH).flat_features]
OWN = DriftReference.of(SCORER)


def drawn(inputs: ColumnHistogram, events: int, seed: int = 0) -> NDArray[np.float32]:
    """Values f4[events, C] as the training events had them: the edges, and one beyond the last."""
    values = np.concatenate([inputs.edges, inputs.edges[:, -1:] + 1.0], axis=1)
    passed = np.random.default_rng(seed).uniform(size=(events, len(values)))[:, :, None] > np.cumsum(inputs.share, axis=1)
    bins = np.minimum(passed.sum(axis=2), values.shape[1] - 1)
    return np.take_along_axis(values.T, bins, axis=0).astype(np.float32)


def merged(texts: list[str]) -> tuple[DriftReference, dict[int, DayCounts]]:
    """What the lines of all texts come to; each set of counts is stored and read in between."""
    lines = [json.loads(line) for text in texts for line in text.split("\n")]
    [told, *_] = [DriftReference.from_text(json.dumps(line)) for line in lines if line["about"] == REFERENCE]
    days: dict[int, DayCounts] = defaultdict(lambda: DayCounts.none(told))
    for line in lines:
        if line["about"] == DRIFT:
            counts = days[line["day"]]
            counts.add(line)
            days[line["day"]] = DayCounts.of(counts.to_bytes()) or counts
    return told, dict(days)


@pytest.mark.parametrize("seed", range(5))
def test_tallies_of_random_parts_come_to_one_watch_over_everything(seed: int) -> None:
    random = np.random.default_rng(seed)
    flat, scores = drawn(OWN.inputs, 900, seed), random.choice([0.0, 1e-6, 0.002, 0.4, 0.999], 900)
    flat[random.integers(0, 900, 40), random.integers(0, len(NAMES), 40)] = np.nan
    days = random.integers(20_000, 20_003, 900)
    tallies, texts, now_s = [DriftTally(OWN) for _ in range(3)], [], 0.0
    for part in np.array_split(np.arange(900), np.sort(random.integers(0, 900, 20))):
        tally = tallies[random.integers(3)]
        tally.take_all(scores[part], flat[part], [int(day) * DAY_MS + 5 for day in days[part]])
        now_s += random.uniform(0, 8)
        texts.append(tally.delta(now_s))
    texts += [tally.delta(now_s + EVERY_S) for tally in tallies]
    told, found = merged([text for text in texts if text])
    for day in np.unique(days):
        watch, counts = DriftWatch(SCORER, GRAPH), found.pop(int(day))
        watch.take(scores[days == day], flat[days == day])
        assert counts.events == watch.events
        assert [(one.name, one.psi, one.noise, one.now) for one in counts.features(told, NAMES)] == [
            (one.name, one.psi, one.noise, one.now) for one in watch.features()
        ]
        assert counts.score(told) == watch.score()
    assert not found


def test_a_text_comes_when_it_is_time_or_much_waits() -> None:
    tally, row = DriftTally(OWN), drawn(OWN.inputs, 1)
    at = row.ctypes.data
    assert tally.delta(0.0) is None, "nothing is new"
    tally.take(0.1, at, 5)
    assert tally.delta(EVERY_S - 0.1) is None
    first = tally.delta(EVERY_S) or ""
    assert [json.loads(line)["about"] for line in first.split("\n")] == [REFERENCE, DRIFT]
    assert tally.delta(1000.0) is None, "handed on once"
    for _ in range(MOST_EVENTS):
        assert tally.delta(EVERY_S + 1) is None
        tally.take(0.1, at, 7)
    second = json.loads(tally.delta(EVERY_S + 1) or "")
    assert (second["events"], second["last_ms"], second["day"]) == (MOST_EVENTS, 7, 0)
    for day in range(MOST_DAYS):
        assert tally.delta(EVERY_S + 1) is None
        tally.take(0.1, at, day * DAY_MS)
    lines = [json.loads(line) for line in (tally.delta(EVERY_S + 1) or "").split("\n")]
    assert [(line["day"], line["events"]) for line in lines] == [(day, 1) for day in range(MOST_DAYS)]


def test_texts_are_small_and_the_reference_is_the_models() -> None:
    tally = DriftTally(OWN)
    tally.take_all(np.full(1024, 0.01), drawn(OWN.inputs, 1024), [0] * 1024)
    reference, counts = (tally.delta(0.0) or "").split("\n")
    assert len(counts) < 4096 and len(reference) < 8192
    told = DriftReference.from_text(reference)
    assert (told.model, told.trained, told.validated) == (SCORER.card.model_id, OWN.trained, OWN.validated)
    assert np.array_equal(told.inputs.share, OWN.inputs.share) and np.array_equal(told.scores.edges, OWN.scores.edges)
    assert 0 < (told.precision or 0) <= 1
    stored = DayCounts.none(told)
    stored.add(json.loads(counts))
    assert len(stored.to_bytes()) < 16_000, "two models and two days of these stay below 100 kB"


@pytest.mark.parametrize("seed", range(3))
def test_twelve_events_a_day_are_no_drift_and_a_moved_column_is(seed: int) -> None:
    few, moved = DriftTally(OWN), NAMES.index("device.events_1d")
    few.take_all(drawn(OWN.scores, 12, seed)[:, 0].astype(np.float64), drawn(OWN.inputs, 12, seed), [0] * 12)
    told, days = merged([few.delta(0.0) or few.delta(EVERY_S) or ""])
    assert {one.verdict for one in (days[0].score(told), *days[0].features(told, NAMES))} == {"none"}
    many, flat = DriftTally(OWN), drawn(OWN.inputs, 3000, seed)
    flat[:, moved] = OWN.inputs.edges[moved, -1]
    many.take_all(drawn(OWN.scores, 3000, seed)[:, 0].astype(np.float64), flat, [0] * 3000)
    told, days = merged([many.delta(0.0) or ""])
    first, second, *_ = days[0].features(told, NAMES)
    assert first.name == "device.events_1d" and first.psi > MUCH and first.verdict == "much" and second.verdict == "none"


def test_counts_of_other_columns_and_of_a_later_version_are_left_out() -> None:
    tally = DriftTally(OWN)
    tally.take_all(np.full(1024, 0.01), drawn(OWN.inputs, 1024), [0] * 1024)
    line = json.loads((tally.delta(0.0) or "").split("\n")[1])
    other = DayCounts(np.zeros(12, np.int64), np.zeros((3, 12), np.int64))
    other.add(line)
    assert other.events == 0 and other.features(OWN, NAMES) == []
    assert DayCounts.of(b"\xff" + other.to_bytes()[1:]) is None
