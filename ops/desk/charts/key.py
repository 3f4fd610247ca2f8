"""The key of a chart: which series is drawn how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from ops.desk.charts.figure import Series
from ops.desk.markup import element, shortened

LETTER = 6.6
"""Width of a letter, about: the text's own size is known only where it is shown."""
ROW = 20.0
_SIGN, _GAP = 20.0, 16.0
_NAME = 28


def key_rows(series: Sequence[Series], width: float) -> int:
    """Return how many rows the key takes; none for a single series, which the title names."""
    return 0 if len(series) < 2 else 1 + max(row for _, row, _ in _placed(series, width))


def key(series: Sequence[Series], left: float, top: float, width: float, *, is_lines: bool) -> Markup:
    """Return the names of the series with their signs, in rows."""
    if len(series) < 2:
        return Markup()
    drawn = []
    for number, (x, row, one) in enumerate(_placed(series, width)):
        sign = _dash(one, number) if is_lines else _box(one)
        name = element("text", {"x": _SIGN, "y": 4.0}, shortened(one.name, _NAME))
        drawn.append(element("g", {"transform": f"translate({left + x:.1f} {top + row * ROW:.1f})"}, sign, name))
    return element("g", {"class": "chart-key"}, *drawn)


def _placed(series: Sequence[Series], width: float) -> Iterator[tuple[float, int, Series]]:
    """Yield where each series is named: x, row."""
    x, row = 0.0, 0
    for one in series:
        wide = _SIGN + LETTER * len(shortened(one.name, _NAME)) + _GAP
        if x and x + wide > width:
            x, row = 0.0, row + 1
        yield x, row, one
        x += wide


def _box(one: Series) -> Markup:
    place: dict[str, object] = {"x": 0.0, "y": -6.0, "width": 13.0, "height": 12.0, "rx": 2}
    return element("rect", {"class": f"chart-bar is-tone-{one.tone} is-{one.filling}", **place})


def _dash(one: Series, number: int) -> Markup:
    return element("path", {"class": f"chart-line is-tone-{one.tone} is-dash-{number % 4 + 1}", "d": "M0 0h15"})
