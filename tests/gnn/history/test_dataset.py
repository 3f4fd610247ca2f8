"""Labels as they were known, maturity, sampling, the split by time, and the store of ego-graphs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.errors import SettingError
from domain.features.extractor import FeatureExtractor
from gnn.history.column_moments import column_moments
from gnn.history.dataset import Dataset, open_dataset
from gnn.history.ego_graphs import EgoGraphs, EgoGraphStore
from gnn.history.first_pass import FirstPass, HistoryError, read_first_pass
from gnn.history.replay import Replay
from gnn.history.train_settings import TrainSettings
from tests.support.gnn_history import DAY_MS, GRAPH, START_MS, documents, ignore, label, parser, write

DAY_S = 86_400.0


def look(path: Path, delay_days: float = 7.0, from_ms: int | None = None, to_ms: int | None = None, warm_up_days: float = 0.0) -> FirstPass:
    settings = TrainSettings(label_delay_s=delay_days * DAY_S, from_ms=from_ms, to_ms=to_ms, warm_up_days=warm_up_days)
    return read_first_pass([path], parser(), settings, ignore)


def identities(*event_ids: str) -> set[int]:
    read = parser()
    return {read.parse(json.dumps(line).encode()).identity for line in documents() if line["event_id"] in event_ids}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "events.jsonl", documents())


@pytest.fixture
def dataset(path: Path) -> Iterator[Dataset]:
    with open_dataset(GRAPH, parser(), [path], look(path), ignore, TrainSettings()) as found:
        yield found


def test_only_labels_known_at_the_moment_of_training_count(path: Path) -> None:
    moment = START_MS + 15 * DAY_MS
    lines = list(documents())
    known = {str(line["subject_event_id"]) for line in lines if line["event_type"] == "label" and line["event_time"] <= moment}
    assert 0 < len(known) < 60
    assert look(path, to_ms=moment).frauds == identities(*known)


def test_the_label_that_arrived_last_counts(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [line for line in documents() if line["event_type"] != "label"]
    first, second, third = lines[0], lines[1], lines[2]
    later = START_MS + 29 * DAY_MS
    lines += [
        label("x1", first, later),
        label("x2", second, later),
        label("x3", second, later + 1, is_fraud=False),
        label("x4", third, later, is_fraud=False),
        label("x5", third, later + 1),
        *_withdrawals(lines[3:7], later),
    ]
    assert look(write(tmp_path / "events.jsonl", iter(lines))).frauds == identities("e0", "e2", "e4", "e5", "e6")


def _withdrawals(events: list[dict[str, Any]], time_ms: int) -> Iterator[dict[str, Any]]:
    """Four frauds of the bank. It withdraws the first and the third, which the shop then names anew."""
    for number, event in enumerate(events):
        yield label(f"y{number}", event, time_ms) | {"source": "bank"}
    for number, (event, source) in enumerate(zip(events, ("bank", "shop", "bank", None), strict=True)):
        yield label(f"z{number}", event, time_ms + 1) | {"is_fraud": None, "source": source}
    yield label("again", events[2], time_ms + 2) | {"source": "shop"}


def test_a_label_is_of_one_account(tmp_path: Path) -> None:
    """The ids of two accounts' events may be one: a label is of the account that it names."""
    lines: list[dict[str, Any]] = [line for line in documents() if line["event_type"] != "label"]
    first = lines[0]
    twin = first | {"account_id": "another"}
    found = look(write(tmp_path / "events.jsonl", iter([*lines, twin, label("x", twin, START_MS + 29 * DAY_MS)])))
    assert found.frauds == {parser().parse(json.dumps(twin).encode()).identity}
    assert found.frauds.isdisjoint({parser().parse(json.dumps(first).encode()).identity})


def test_events_younger_than_the_label_delay_are_left_out(dataset: Dataset) -> None:
    last = max(int(line["event_time"]) for line in documents())
    times = [int(line["event_time"]) for line in documents() if line["event_type"] != "label"]
    mature = [time for time in times if time <= last - 7 * DAY_MS]
    assert dataset.time_ms.tolist() == mature and len(mature) < len(times)


def test_the_first_days_only_fill_the_state(path: Path) -> None:
    first = min(int(line["event_time"]) for line in documents())
    whole = look(path)
    fifth = (whole.mature_ms - first) // 5
    assert whole.from_ms == first and fifth > 4 * DAY_MS
    assert look(path, warm_up_days=4).from_ms == first + 4 * DAY_MS
    assert look(path, warm_up_days=400).from_ms - first == pytest.approx(fifth, abs=1)
    assert look(path, warm_up_days=4, from_ms=first + 5).from_ms == first + 5


def test_from_and_to_bound_the_period_but_not_the_state(path: Path) -> None:
    bounds = START_MS + 5 * DAY_MS, START_MS + 20 * DAY_MS
    found = look(path, 3.0, *bounds)
    assert (found.from_ms, found.until_ms, found.mature_ms) == (*bounds, START_MS + 17 * DAY_MS)
    with open_dataset(GRAPH, parser(), [path], found, ignore, TrainSettings()) as dataset:
        assert dataset.time_ms.min() >= bounds[0] and dataset.time_ms.max() <= found.mature_ms
        assert dataset.counts.events == 851  # the replay began with the first event
        assert dataset.counts.lines == found.lines
        age = [feature.name for feature in FeatureExtractor(GRAPH).node_features[0]].index("account.known")
        assert dataset.graphs[np.arange(20)].nodes[0][:, age].sum() > 10


def test_the_digest_is_that_of_the_file(path: Path) -> None:
    assert look(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_validation_is_the_last_fifth_in_time(dataset: Dataset) -> None:
    assert dataset.time_ms[dataset.train].max() < dataset.validation_from_ms <= dataset.time_ms[dataset.validation].min()
    assert len(dataset.validation) == pytest.approx(0.2 * len(dataset.time_ms), abs=2)


def test_sampling_keeps_every_fraud_and_the_weights_keep_the_sum(path: Path, dataset: Dataset) -> None:
    with open_dataset(GRAPH, parser(), [path], look(path), ignore, TrainSettings(max_legitimate=300)) as sample:
        assert sample.fraud.sum() == dataset.fraud.sum() > 0
        assert 200 < (~sample.fraud).sum() < 400
        assert np.all(sample.weight[sample.fraud] == 1.0)
        assert sample.weight.sum() == pytest.approx(len(dataset.time_ms), rel=0.15)
        kept = np.flatnonzero(np.isin(dataset.time_ms, sample.time_ms))
        assert np.array_equal(sample.graphs[np.arange(len(kept))].event, dataset.graphs[kept].event)


def test_the_store_gives_the_rows_it_was_given(path: Path) -> None:
    extractor = FeatureExtractor(GRAPH)
    trails = [trail for _, trail in Replay(GRAPH, parser()).run([path])][:300]
    rows = np.random.default_rng(0).permutation(300)
    wanted = EgoGraphs.of(extractor.extract([trails[row] for row in rows]))
    with EgoGraphStore(extractor) as store:
        for start in range(0, 300, 70):
            store.append(extractor.extract(trails[start : start + 70]))
        found = store[rows]
        assert len(store) == 300
        assert np.array_equal(store.flat(rows), wanted.flat())
        for a, b in zip([wanted.event, *wanted.nodes], [found.event, *found.nodes], strict=True):
            assert np.array_equal(a, b)
        for mine, its in zip(wanted.links, found.links, strict=True):
            assert np.array_equal(mine.owner, its.owner) and np.array_equal(mine.values, its.values)


def test_a_store_without_any_link_can_be_read(path: Path) -> None:
    extractor = FeatureExtractor(GRAPH)
    _, first = next(Replay(GRAPH, parser()).run([path]))
    with EgoGraphStore(extractor) as store:
        store.append(extractor.extract([first]))
        assert all(len(links.values) == 0 for links in store[np.array([0])].links)


def test_moments_are_weighted_by_what_an_event_stands_for(dataset: Dataset) -> None:
    found = column_moments(dataset)
    graphs, weight = dataset.graphs[dataset.train], dataset.weight[dataset.train]
    mean = np.average(graphs.event, axis=0, weights=weight)
    assert found.mean[0] == pytest.approx(mean, abs=1e-5)
    assert found.deviation[1] == pytest.approx(graphs.nodes[0].std(axis=0), abs=1e-4)
    assert found.mean[-3] == pytest.approx(graphs.links[0].values.mean(axis=0), abs=1e-4)


@pytest.mark.parametrize(
    ("lines", "delay_days", "complaint"),
    [
        (documents(frauds=0), 7.0, "no known fraud"),
        (documents(), 40.0, "no event is older than the label delay of 40 days"),
        (iter([]), 7.0, "no valid event"),
    ],
)
def test_a_history_that_cannot_be_learnt_is_refused(
    tmp_path: Path, lines: Iterator[dict[str, Any]], delay_days: float, complaint: str
) -> None:
    path = write(tmp_path / "events.jsonl", lines)
    with (
        pytest.raises(HistoryError, match=complaint),
        open_dataset(GRAPH, parser(), [path], look(path, delay_days), ignore, TrainSettings()),
    ):
        pass


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"nowhere\.jsonl cannot be read"):
        look(tmp_path / "nowhere.jsonl")


def test_a_split_by_shares_ends_before_its_test_part(path: Path) -> None:
    settings = TrainSettings(label_delay_s=0.0, split=(0.7, 0.15, 0.15), labels="final")
    times = sorted(int(line["event_time"]) for line in documents() if line["event_type"] != "label")
    found = read_first_pass([path], parser(), settings, ignore)
    assert found.candidates == 0.85 * len(times) == 1275
    assert found.until_ms == found.mature_ms == times[1275] - 1
    with open_dataset(GRAPH, parser(), [path], found, ignore, settings) as dataset:
        assert len(dataset.train) == pytest.approx(0.7 * len(times), abs=1)
        assert len(dataset.validation) == pytest.approx(0.15 * len(times), abs=1)


def test_a_split_counts_from_the_first_event_to_learn_from(path: Path) -> None:
    begin = START_MS + 15 * DAY_MS
    found = read_first_pass([path], parser(), TrainSettings(label_delay_s=0.0, split=(0.5, 0.25, 0.25), from_ms=begin), ignore)
    assert found.candidates == pytest.approx(0.75 * 750, abs=1)


def test_final_labels_may_come_after_the_moment_of_training(path: Path) -> None:
    moment = START_MS + 15 * DAY_MS
    lines = list(documents())
    settings = TrainSettings(label_delay_s=3 * DAY_S, to_ms=moment, labels="final")
    found = read_first_pass([path], parser(), settings, ignore)
    assert found.frauds == identities(*(str(line["subject_event_id"]) for line in lines if line["event_type"] == "label"))
    assert found.mature_ms == found.until_ms == moment, "the delay is over when the files end"
    late = TrainSettings(label_delay_s=3 * DAY_S, to_ms=START_MS + 29 * DAY_MS, labels="final")
    found = read_first_pass([path], parser(), late, ignore)
    assert found.mature_ms == found.labels_until_ms - 3 * DAY_MS < found.until_ms
    with open_dataset(GRAPH, parser(), [path], found, ignore, late) as dataset:
        assert dataset.fraud.sum() > 50


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"split": (0.7, 0.2, 0.2)}, "shares of training, validation and test that sum to 1"),
        ({"split": (0.0, 0.5, 0.5)}, "that sum to 1"),
        ({"split": (0.3, 0.6, 0.1)}, "between a twentieth and a half"),
        ({"split": (0.7, 0.15, 0.15), "to_ms": 5}, "leave train.to_ms and --to out"),
        ({"labels": "all"}, "'all' is neither known nor final"),
    ],
)
def test_impossible_splits_are_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        TrainSettings(**changes)
