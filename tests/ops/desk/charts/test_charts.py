"""Charts of odd values: well-formed, finite, without styles, with a table of the same numbers."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.times import DAY_MS
from ops.desk.charts.bars import bars, stacked
from ops.desk.charts.dry_run import Amount, DayOfRule, dry_run_figures
from ops.desk.charts.figure import Figure, Named, Series, Timed
from ops.desk.charts.frame import NARROW, WIDE
from ops.desk.charts.lines import lines, sparkline
from ops.desk.charts.table import figure_html, table
from tests.support.incident_samples import START
from tests.support.ring_samples import HOSTILE, SVG, parsed

DRAW = [bars, stacked, lines, sparkline]
VALUES = st.none() | st.floats() | st.sampled_from([0.0, 1.0, -1.0, 1e300, -1e300, 5e-324, 1e15, 0.1])


def figure(*series: Series, **changes: object) -> Figure:
    count = len(series[0].values) if series else 0
    fields = {
        "title": "Alerts",
        "description": "By day.",
        "columns": Timed(tuple(START + DAY_MS * n for n in range(count))),
        "unit": "alerts",
    }
    return Figure(**{**fields, "series": series, **changes})  # type: ignore[arg-type]


def figures() -> st.SearchStrategy[Figure]:
    def of(columns: list[tuple[float | None, float | None]]) -> Figure:
        one, other = zip(*columns, strict=True) if columns else ((), ())
        return figure(Series("one", one), Series("other", other, "2", "half"))

    return st.lists(st.tuples(VALUES, VALUES), max_size=40).map(of)


@pytest.mark.parametrize("draw", DRAW)
@settings(max_examples=60)
@given(figures(), st.booleans())
def test_every_value_is_drawn_within_the_frame(draw: object, drawn: Figure, is_whole: bool) -> None:
    svg = parsed(draw(Figure(drawn.title, drawn.description, drawn.columns, drawn.series, drawn.unit, is_whole)))  # type: ignore[operator]
    _, _, width, height = map(float, svg.get("viewBox", "").split())
    for element in svg.iter():
        assert "style" not in element.attrib
        numbers = [float(element.get(name, "0")) for name in ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "width", "height")]
        assert all(math.isfinite(number) and -30 <= number <= max(width, height) for number in numbers)
        assert not re.search("nan|inf", element.get("d", ""))
    for bar in svg.iter(f"{SVG}rect"):
        assert float(bar.get("y", "0")) + float(bar.get("height", "0")) <= height + 1


@pytest.mark.parametrize("draw", DRAW)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_escaped_and_shortened(draw: object, text: str) -> None:
    drawn = Figure(text, text, Named((text, "b")), (Series(text, (1.0, 2.0)), Series("x", (1.0, None), "2")), text)
    html = figure_html(drawn, draw, text[:20], size=WIDE)  # type: ignore[arg-type]
    assert "<script" not in html and "<img" not in html
    assert len(html) < 40_000
    parsed(html)


def test_bars_are_as_high_as_their_values() -> None:
    svg = parsed(bars(figure(Series("alerts", (10.0, 5.0, 0.0)))))
    heights = [float(bar.get("height", "0")) for bar in svg.iter(f"{SVG}rect") if "chart-bar" in bar.get("class", "")]
    assert len(heights) == 2
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)


def test_stacked_bars_lie_on_each_other() -> None:
    svg = parsed(stacked(figure(Series("a", (10.0,)), Series("b", (5.0,)), Series("c", (-5.0,)))))
    bars_of = [bar for bar in svg.iter(f"{SVG}rect") if "is-tone" in bar.get("class", "") and float(bar.get("width", "0")) != 13]
    (a, b, c) = [(float(bar.get("y", "0")), float(bar.get("height", "0"))) for bar in bars_of]
    assert b[0] + b[1] == pytest.approx(a[0], abs=0.2)
    assert c[0] == pytest.approx(a[0] + a[1], abs=0.2)


def test_a_line_is_broken_where_there_is_no_value() -> None:
    svg = parsed(lines(figure(Series("a", (1.0, 2.0, None, 3.0, math.nan)))))
    path = next(one for one in svg.iter(f"{SVG}path") if "chart-line" in one.get("class", ""))
    assert path.get("d", "").count("M") == 2


@pytest.mark.parametrize("values", [(), (None, None), (math.nan,)])
def test_without_values_it_says_so(values: tuple[float | None, ...]) -> None:
    assert "no values yet" in bars(figure(Series("a", values)))


def test_the_table_has_the_same_numbers() -> None:
    html = parsed(table(figure(Series("a", (1234.5, None)), unit="EUR"), "Day"))
    cells = ["".join(cell.itertext()) for cell in html.iter() if cell.tag in ("th", "td")]
    assert cells == ["Day", "a (EUR)", "5 January 2026, 10:00", "1,234.50", "6 January 2026, 10:00", "no value"]


def test_series_are_told_apart_without_colour() -> None:
    svg = lines(figure(Series("a", (1.0, 2.0)), Series("b", (2.0, 1.0), "2")))
    assert "is-dash-1" in svg and "is-dash-2" in svg
    events, money = dry_run_figures([DayOfRule(START, Amount(3, 30.0), Amount(1, 10.0), Amount(2, 20.0))], "EUR")
    assert all(f"is-{filling}" in stacked(events) for filling in ("solid", "half", "hollow"))
    assert events.description == "In 1 day 3 caught, 1 harmed, 2 unknown (events)."
    assert (money.unit, [one.values for one in money.series]) == ("EUR", [(30.0,), (10.0,), (20.0,)])


def test_a_wide_figure_is_drawn_for_phones_too() -> None:
    html = figure_html(figure(Series("a", (1.0, 2.0))), bars, size=WIDE)
    assert [int(wide) for wide in re.findall(r'viewBox="0 0 (\d+)', html)] == [WIDE.width, NARROW.width]


def test_a_series_needs_a_value_for_each_column() -> None:
    with pytest.raises(ValueError, match="series a: it has 1 values for 2 columns"):
        Figure("t", "d", Named(("x", "y")), (Series("a", (1.0,)),))
