"""Notations of times and labels, and when a label is known."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gnn.table_import import TableError
from tests.support.table_bench import DAY, T0, Bench, split


@pytest.mark.parametrize(
    ("spec", "written", "expected"),
    [
        ({}, "2024-05-01 12:00:00", "2024-05-01T12:00:00+00:00"),
        ({}, "2024-05-01", "2024-05-01T00:00:00+00:00"),
        ({}, "2024-05-01T12:00:00.250Z", "2024-05-01T12:00:00.250+00:00"),
        ({}, "2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00+00:00"),
        ({"time_zone": "Europe/Berlin"}, "2024-05-01 12:00", "2024-05-01T10:00:00+00:00"),
        ({"time_zone": "Europe/Berlin"}, "2024-05-01 12:00:00+00:00", "2024-05-01T12:00:00+00:00"),
        # twice: the earlier
        ({"time_zone": "Europe/Berlin"}, "2023-10-29 02:30:00", "2023-10-29T00:30:00+00:00"),
        # never: past the gap
        ({"time_zone": "Europe/Berlin"}, "2024-03-31 02:30:00", "2024-03-31T01:00:00+00:00"),
        ({"format": "%d/%m/%Y %H:%M"}, "01/05/2024 12:00", "2024-05-01T12:00:00+00:00"),
        ({"format": "%d/%m/%Y %H:%M", "time_zone": "America/New_York"}, "01/05/2024 12:00", "2024-05-01T16:00:00+00:00"),
        ({"format": "%d/%m/%Y %H:%M %z"}, "01/05/2024 12:00 +0100", "2024-05-01T11:00:00+00:00"),
        ({"unit": "s"}, "1714564800.5", "2024-05-01T12:00:00.500+00:00"),
        ({"unit": "us"}, "1714564800000000", "2024-05-01T12:00:00+00:00"),
        ({"unit": "ns"}, "1714564800000000000", "2024-05-01T12:00:00+00:00"),
    ],
)
def test_notations_of_time(bench: Bench, spec: dict[str, str], written: str, expected: str) -> None:
    table = bench.csv(f"t,who\n{written},a\n")
    (line,) = bench.run(table, keys={"event_time": {"column": "t", **spec}})
    assert line["event_time"] == round(datetime.fromisoformat(expected).timestamp() * 1000)


@pytest.mark.parametrize("kind", [pa.timestamp("ns"), pa.timestamp("s"), pa.timestamp("us", "Asia/Tokyo"), pa.date32()])
def test_parquet_times_keep_their_type(bench: Bench, kind: pa.DataType) -> None:
    # with a zone, still this moment in UTC
    moment = pa.array([datetime(2024, 5, 1)], pa.timestamp("s")).cast(kind)
    (line,) = bench.run(bench.parquet({"t": moment, "who": ["a"]}), keys={"event_time": "t"})
    assert line["event_time"] == 1_714_521_600_000


def test_days_and_hours_are_counted_from_an_origin(bench: Bench) -> None:
    table = bench.csv("d,h,who\n0,0,a\n2,13,b\n")
    spec = {"day_column": "d", "hour_column": "h", "origin": "2024-05-01"}
    times = [line["event_time"] for line in bench.run(table, keys={"event_time": spec})]
    assert times == [1_714_521_600_000, 1_714_521_600_000 + 2 * DAY + 13 * 3_600_000]


@pytest.mark.parametrize(
    ("values", "extra", "expected"),
    [
        (["0", "1", "", "1.0"], {}, [False, True, None, True]),
        (["true", "False", "None", "T"], {}, [True, False, None, True]),
        (["fraud", "legit", "unknown", "Fraud"], {}, [True, False, None, True]),
        (["yes", "no", "nan", "Y"], {}, [True, False, None, True]),
        (["R1", "r2", "", "ok"], {"positive": ["r1", "R2"]}, [True, True, None, None]),
        (["R1", "r2", "", "ok"], {"positive": ["r1", "R2"], "negative": "others"}, [True, True, None, False]),
        (["1", "2", "unknown", "3"], {"negative": [2]}, [True, False, None, None]),
        (["maybe", "2", "-1", "?"], {}, [None, None, None, None]),
        ([0, 1, None, 1], {}, [False, True, None, True]),
        ([0.0, 1.0, float("nan"), 1.0], {}, [False, True, None, True]),
        ([False, True, None, True], {}, [False, True, None, True]),
        ([0, 3, None, 2], {"positive": [1, 2, 3]}, [False, True, None, True]),
    ],
)
def test_styles_of_labels(bench: Bench, values: list[Any], extra: dict[str, Any], expected: list[bool | None]) -> None:
    table = bench.parquet({"t": [T0, T0 + 1, T0 + 2, T0 + 3], "who": list("abcd"), "y": values})
    events, labels = split(bench.run(table, keys={"label": {"column": "y", "delay": "36h", **extra}}))
    found = {label["subject_event_id"]: (label["is_fraud"], label["event_time"]) for label in labels}
    want = {
        event["event_id"]: (fraud, event["event_time"] + 36 * 3_600_000)
        for event, fraud in zip(events, expected, strict=True)
        if fraud is not None
    }
    assert found == want
    assert bench.report is not None
    assert bench.report.frauds == expected.count(True)


@pytest.mark.parametrize("form", ["text", "timestamp", "column"])
def test_a_date_means_fraud_reported_then_and_none_means_no_fraud(bench: Bench, form: str) -> None:
    reports: list[Any] = ["2024-05-03 00:00:00", None, "2024-04-01 00:00:00"]
    column = pa.array(reports) if form == "text" else pa.array(np.array(reports, "datetime64[us]"))
    table = bench.parquet({"t": ["2024-05-01"] * 3, "who": list("abc"), "back": column})
    label = {"column" if form == "column" else "time_column": "back", "delay": "7d"}
    _, labels = split(bench.run(table, keys={"event_time": "t", "label": label}))
    start = 1_714_521_600_000
    found = {label["account_id"]: (label["is_fraud"], label["event_time"] - start) for label in labels}
    assert found == {"a": (True, 2 * DAY), "b": (False, 7 * DAY), "c": (True, 0)}  # never before its event


def test_a_label_has_its_own_time_or_the_delay(bench: Bench) -> None:
    table = bench.csv(f"t,who,y,known\n{T0},a,1,2024-05-01\n{T0},b,0,\n{T0},c,,\n")
    _, labels = split(bench.run(table, keys={"label": {"column": "y", "time_column": "known", "delay": "1d"}}))
    assert [label["event_time"] for label in labels] == [T0 + DAY, 1_714_521_600_000]
    with pytest.raises(TableError, match=r"row 2, column 'known': is empty in a labelled row; add label.delay"):
        bench.run(table, keys={"label": {"column": "y", "time_column": "known"}})


def test_rows_without_a_known_label_can_be_left_out(bench: Bench) -> None:
    table = bench.csv(f"t,who,y\n{T0},a,1\n{T0},b,\n")
    lines = bench.run(table, keys={"label": {"column": "y", "delay": "1d", "only_known": True}})
    assert [line["account_id"] for line in lines] == ["a", "a"]
    assert bench.report is not None
    assert bench.report.skipped == {"rows without a known label": 1}


def test_a_label_that_is_not_yet_due_is_left_out(bench: Bench) -> None:
    table = bench.csv(f"t,who,y\n{T0},a,1\n{T0 - 3 * DAY},b,0\n")
    lines = bench.run(table, keys={"label": {"column": "y", "delay": "2d"}}, now_ms=T0)
    assert [(line["event_type"], line["account_id"]) for line in lines] == [("order", "b"), ("label", "b"), ("order", "a")]
    assert bench.report is not None
    assert bench.report.skipped == {"labels that only become known in the future": 1}
    assert bench.report.frauds == 0


@pytest.mark.parametrize("written", ["1.0", "1"])
@pytest.mark.parametrize("word", ["1.0", "1", 1, 1.0])
def test_words_of_labels_mean_the_number_that_they_are(bench: Bench, written: str, word: Any) -> None:
    table = bench.csv(f"t,who,f\n{T0},a,{written}\n{T0},b,0.0\n")
    lines = bench.run(table, keys={"label": {"column": "f", "positive": [word], "negative": ["0.0"], "delay": "1d"}})
    assert [label["is_fraud"] for label in split(lines)[1]] == [True, False]


def test_words_of_types_and_gaps_mean_the_number_that_they_are(bench: Bench) -> None:
    table = bench.csv(f"t,who,kind,x\n{T0},a,1.0,-1.0\n")
    keys = {"event_type": {"column": "kind", "map": {"1.0": "login"}}, "device": "x", "missing": ["-1.0"]}
    (event,) = bench.run(table, keys=keys)
    assert (event["event_type"], event["device_fingerprint"]) == ("login", None)
