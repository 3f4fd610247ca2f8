"""The table of features: the model's own inputs, nothing from the future in them, and the label of the end
beside.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import SettingError
from domain.events.identity import as_text
from domain.features.extractor import FeatureExtractor
from gnn.history import feature_table
from gnn.history.feature_table import FeatureTable, Period, write_features
from gnn.history.replay import Replay
from tests.support.gnn_history import DAY_MS, GRAPH, START_MS, documents, ignore, label, parser, write

NAMES = [feature.name for feature in FeatureExtractor(GRAPH).flat_features]


def table_of(path: Path, period: Period = Period()) -> pa.Table:  # noqa: B008 - frozen
    table = FeatureTable(GRAPH, parser(), [path], period, ignore)
    return pa.Table.from_batches(table.batches(), schema=table.schema)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("history") / "events.jsonl", documents())


@pytest.fixture(scope="module")
def table(history: Path) -> pa.Table:
    return table_of(history)


def inputs(table: pa.Table) -> np.ndarray:
    return np.column_stack([table[name].to_numpy() for name in NAMES])


def test_features_are_what_the_model_reads(history: Path, table: pa.Table) -> None:
    pairs = list(Replay(GRAPH, parser()).run([history]))
    wanted = FeatureExtractor(GRAPH).extract([trail for _, trail in pairs]).flat()
    assert wanted.shape == (1500, len(NAMES)) and len(NAMES) > 200
    assert np.array_equal(inputs(table), wanted)
    assert table["event_id"].to_pylist() == [event.event_id for event, _ in pairs]
    assert table["account"].to_pylist() == [as_text(event.entities[0]) for event, _ in pairs]
    assert table["amount"].to_pylist() == [event.amount for event, _ in pairs]
    assert [time.timestamp() * 1000 for time in table["event_time"].to_pylist()] == [event.time_ms for event, _ in pairs]


def test_a_row_does_not_change_when_later_lines_are_removed(history: Path, table: pa.Table, tmp_path: Path) -> None:
    lines = history.read_text().splitlines(keepends=True)
    cut = tmp_path / "cut.jsonl"
    cut.write_text("".join(lines[:900]))
    shorter = table_of(cut)
    assert 800 < len(shorter) < 900
    assert np.array_equal(inputs(shorter), inputs(table)[: len(shorter)])
    assert shorter["is_fraud"].null_count > table["is_fraud"][: len(shorter)].null_count, "only the labels come from later lines"


def test_labels_are_those_that_the_end_of_the_files_knows(tmp_path: Path) -> None:
    lines = [line for line in documents(20, frauds=0) if line["event_type"] != "label"]
    later = START_MS + 40 * DAY_MS
    lines += [
        label("x1", lines[0], later),
        label("x2", lines[1], later),
        label("x3", lines[1], later + 5, is_fraud=False),
        {**label("l\u00e4bel", lines[2], later + 7), "source": "analyst"},
    ]
    path = write(tmp_path / "events.jsonl", iter(lines))
    # the event type may be written with an escape
    escaped = '"event_type": "l\\u0061bel", "subject_event_id": "e2"'
    path.write_text(path.read_text().replace(escaped.replace("\\u0061", "a"), escaped))
    assert escaped in path.read_text()
    found = table_of(path)
    assert found["is_fraud"].to_pylist()[:4] == [True, False, True, None]
    times = [time and round(time.timestamp() * 1000) for time in found["label_time"].to_pylist()[:4]]
    assert times == [later, later + 5, later + 7, None]


def test_what_an_event_does_not_have_is_null(tmp_path: Path) -> None:
    common = {"event_time": START_MS, "account_id": "x"}
    money = {"amount": 5, "currency": "EUR"}
    lines = [
        {"event_id": "a", "event_type": "login", **common},
        {"event_id": "b", "event_type": "order", **common, "ip": "10.0.0.1", **money},
    ]
    first, second = table_of(write(tmp_path / "events.jsonl", iter(lines))).to_pylist()
    assert [first[name] for name in ("device", "address", "ip", "amount", "currency", "is_fraud", "label_time")] == [None] * 7
    assert (second["event_type"], second["amount"], second["currency"], len(second["ip"])) == ("order", 5.0, "EUR", 16)


def test_the_period_bounds_the_rows_but_not_the_state(history: Path, table: pa.Table) -> None:
    period = Period(START_MS + 10 * DAY_MS, START_MS + 20 * DAY_MS)
    part = table_of(history, period)
    times = part["event_time"].cast(pa.int64()).to_numpy()
    assert period.from_ms <= times.min() and times.max() < period.to_ms and len(part) == 500
    assert np.array_equal(inputs(part), inputs(table)[500:1000])


def test_the_file_has_row_groups_and_says_what_a_feature_means(
    history: Path, table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_table, "BATCH_ROWS", 100)
    monkeypatch.setattr(feature_table, "GROUP_ROWS", 400)
    made = FeatureTable(GRAPH, parser(), [history], Period(), ignore)
    write_features(made, tmp_path / "new" / "features.parquet")
    file = pq.ParquetFile(tmp_path / "new" / "features.parquet")
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [400, 400, 400, 300]
    assert file.read().equals(table)
    assert file.schema_arrow.field("device.accounts").metadata[b"text"] == b"distinct accounts of the device"
    assert (made.rows, made.frauds, made.legitimate) == (1500, 60, 0)
    assert (made.first_ms, made.last_ms) == (START_MS, START_MS + int(30 * DAY_MS * 1499 / 1500))


def test_progress_is_of_all_lines(history: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    made = FeatureTable(GRAPH, parser(), [history], Period(), lambda *progress: seen.append(progress))
    assert sum(len(batch) for batch in made.batches()) == 1500
    assert seen[-1] == ("computing features", 1560, 1560)


def test_rejected_lines_are_counted_by_field(history: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(history.read_text() + 'no json\n{"event_id": "x", "event_type": "gift"}\n{"event_id": "y", "event_type": "gift"}\n')
    made = FeatureTable(replace(GRAPH), parser(), [path], Period(), ignore)
    assert sum(len(batch) for batch in made.batches()) == 1500
    assert dict(made.rejections.fields) == {"line": 1, "event_type": 2}
    assert made.rejections.words()[0].startswith("event_type in 2 lines: ")


def test_other_formats_are_refused_and_a_failure_leaves_nothing(history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = FeatureTable(GRAPH, parser(), [history], Period(), ignore)
    with pytest.raises(SettingError, match=r"give a name that ends in \.parquet"):
        write_features(made, tmp_path / "features.csv")

    def breaks(*_: object) -> pa.RecordBatch:
        raise MemoryError

    monkeypatch.setattr(made, "_batch", breaks)
    with pytest.raises(MemoryError):
        write_features(made, tmp_path / "features.parquet")
    assert list(tmp_path.iterdir()) == []
