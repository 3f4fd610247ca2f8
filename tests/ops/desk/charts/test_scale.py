"""Ticks that a person would draw."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times import DAY_MS, HOUR_MS, moment_ms
from ops.desk.charts.scale import brief, in_full, scale_of
from ops.desk.charts.times import moment_name, time_ticks


@given(st.lists(st.none() | st.floats(), max_size=20), st.booleans())
def test_an_axis_holds_all_values_and_zero(values: list[float | None], is_whole: bool) -> None:
    scale = scale_of(values, is_whole=is_whole)
    assert scale.low <= 0 <= scale.high
    assert scale.low < scale.high
    assert 2 <= len(scale.ticks) <= 12
    known = [value for value in values if value is not None and math.isfinite(value) and abs(value) < 1e299]
    unseen = 1e-4 * (scale.high / 2 - scale.low / 2) * 2
    assert all(scale.low - unseen <= value <= scale.high + unseen for value in known)
    assert all(0 <= scale.share(value) <= 1 for value in known)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [([0, 9], ["0.0", "2.5", "5.0", "7.5", "10.0"]), ([37], ["0", "10", "20", "30", "40"]), ([-3, 5], ["-4", "-2", "0", "2", "4", "6"]),
     ([0.03], ["0.00", "0.01", "0.02", "0.03"]), ([5_300_000], ["0", "2M", "4M", "6M"]), ([], ["0.00", "0.25", "0.50", "0.75", "1.00"])],
)  # fmt: skip
def test_ticks(values: list[float], ticks: list[str]) -> None:
    scale = scale_of(values)
    assert [scale.label(tick) for tick in scale.ticks] == ticks


def test_counts_have_whole_ticks() -> None:
    assert [scale_of([most], is_whole=True).ticks for most in (0, 1, 3, 9)] == [(0, 1), (0, 1), (0, 1, 2, 3), (0, 5, 10)]


def test_numbers() -> None:
    assert [brief(value) for value in (0, -0.0, 999, 9_999, 12_500, 3_500_000, 2e9, 4e18)] == [
        "0",
        "0",
        "999",
        "9,999",
        "12.5k",
        "3.5M",
        "2bn",
        "4e+18",
    ]
    assert [in_full(1234.5, is_whole=False), in_full(7.0, is_whole=True), in_full(None, is_whole=True)] == ["1,234.50", "7", "no value"]


@given(st.integers(0, 400), st.sampled_from([60_000, HOUR_MS, DAY_MS, 7 * DAY_MS]), st.integers(2, 20))
def test_ticks_of_time_are_few_and_each_is_a_column(count: int, step: int, most: int) -> None:
    found = time_ticks([moment_ms("2026-02-27") + step * number for number in range(count)], most)
    assert len(found) <= most
    assert set(found) <= set(range(count))
    assert bool(found) == bool(count)


def labels(first: str, step: int, count: int, most: int) -> list[str]:
    return list(time_ticks([moment_ms(first) + step * number for number in range(count)], most).values())


def test_round_times_are_labelled() -> None:
    assert labels("2026-03-01", DAY_MS, 30, 5) == ["2 Mar", "9 Mar", "16 Mar", "23 Mar", "30 Mar"]
    assert labels("2026-03-01", HOUR_MS, 24, 5) == ["1 Mar", "06:00", "12:00", "18:00"]
    assert labels("2026-03-01", HOUR_MS, 48, 5) == ["1 Mar", "12:00", "2 Mar", "12:00"]
    assert labels("2025-01-01", DAY_MS, 365, 12)[:3] == ["Jan 2025", "Feb 2025", "Mar 2025"]


def test_columns_are_named_in_full() -> None:
    assert moment_name([moment_ms("2026-03-01")], 0) == "1 March 2026"
    assert moment_name([moment_ms("2026-03-01T06:00:00")], 0) == "1 March 2026, 06:00"
