"""Times and durations as people read them."""

import time

import pytest

from domain.times import DAY_S, duration_words, holding_duration, length_s, moment_ms, now_ms, rfc3339, rough_duration, span_name

MOMENT = 1_767_607_200_000


def test_times_in_utc_show_milliseconds_only_where_there_are_any() -> None:
    assert rfc3339(MOMENT) == "2026-01-05T10:00:00Z"
    assert rfc3339(MOMENT + 7) == "2026-01-05T10:00:00.007Z"


@pytest.mark.parametrize(
    "text", ["2026-01-05T10:00:00Z", "2026-01-05T11:00:00+01:00", "2026-01-05 10:00:00Z", "2026-01-05T10:00:00", str(MOMENT)]
)
def test_a_moment_is_a_time_or_milliseconds(text: str) -> None:
    assert moment_ms(text) == MOMENT


@pytest.mark.parametrize("text", ["2026-01-05", "20260105"])
def test_a_date_is_its_midnight_in_utc(text: str) -> None:
    assert moment_ms(text) == MOMENT - 10 * 3_600_000


@pytest.mark.parametrize("text", ["1767607200", "2026"], ids=["seconds", "a year"])
def test_short_numbers_are_not_taken_for_milliseconds(text: str) -> None:
    with pytest.raises(ValueError):
        moment_ms(text)


@pytest.mark.parametrize(("text", "seconds"), [("2s", 2), ("1.5m", 90), ("1 h", 3600), (" 7d", 604_800), ("1w", 604_800)])
def test_a_length_of_time_has_a_unit(text: str, seconds: float) -> None:
    assert length_s(text) == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "7days", "٣d", "1e3s"])
def test_other_texts_are_no_lengths(text: str) -> None:
    with pytest.raises(ValueError):
        length_s(text)


@pytest.mark.parametrize("text", ["soon", "", "-1", "²"])
def test_other_texts_are_no_moments(text: str) -> None:
    with pytest.raises(ValueError):
        moment_ms(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (0.9, "0 seconds"),
        (1, "1 second"),
        (59.9, "59 seconds"),
        (61, "1 minute 1 second"),
        (720, "12 minutes"),
        (3600, "1 hour"),
        (3605, "1 hour"),
        (90_061, "1 day 1 hour"),
        (86_400 + 300, "1 day"),
        (535_440, "6 days 4 hours"),
        (400 * DAY_S, "400 days"),
        (2000 * DAY_S, "2,000 days"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "0 seconds"), (1.0, "1 second"), (89.0, "89 seconds"), (90.0, "1.5 minutes"), (-7200.0, "-2 hours"), (36 * 3600.0, "1.5 days")],
)
def test_a_rough_duration_has_one_unit(seconds: float, words: str) -> None:
    assert rough_duration(seconds) == words


def test_a_holding_duration_is_never_too_short() -> None:
    spans = (0, 1, 59.5, 61, 3600, 90_061, 535_440, 7 * DAY_S)
    words = ["1 second", "1 second", "60 seconds", "61 seconds", "60 minutes", "26 hours", "7 days", "7 days"]
    assert [holding_duration(s) for s in spans] == words


def test_spans_in_the_names_of_columns() -> None:
    assert [span_name(s) for s in (30, 600, 5400, 21_600, 86_400, 7 * DAY_S)] == ["30s", "10m", "1.5h", "6h", "1d", "7d"]


def test_the_clock_counts_milliseconds() -> None:
    assert abs(now_ms() - time.time() * 1000) < 1000
