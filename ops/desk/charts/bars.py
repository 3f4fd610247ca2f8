"""Bars: one beside the other, or one on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from markupsafe import Markup

from ops.desk.charts.figure import Figure, Series
from ops.desk.charts.frame import NARROW, Frame, Size, chart_svg, frame_of
from ops.desk.charts.scale import in_full, scale_of
from ops.desk.markup import element, shortened

Values = Sequence[tuple[Series, float | None]]
Drawn = Callable[[Frame, int, Values], Iterator[Markup]]
_SHARE = 0.72
"""Of a column's width that its bars take."""
_NAME = 28
_WIDEST = 42.0
_LEAST = 1.0
"""Height of a bar of a value that is not zero: it must be seen."""


def bars(figure: Figure, size: Size = NARROW) -> Markup:
    """Return the series of each column side by side."""
    values = [value for one in figure.series for value in figure.known(one)]
    frame = frame_of(figure, scale_of(values, is_whole=figure.is_whole), size)
    return chart_svg(figure, size, [frame.axes(), *_columns(frame, _beside)])


def stacked(figure: Figure, size: Size = NARROW) -> Markup:
    """Return the series of each column one on the other, the first at the foot; what is below zero hangs
    from the axis.
    """
    ends = [end for column in figure.stacked() for end in column]
    frame = frame_of(figure, scale_of(ends, is_whole=figure.is_whole), size)
    return chart_svg(figure, size, [frame.axes(), *_columns(frame, _piled)])


def _columns(frame: Frame, drawn: Drawn) -> Iterator[Markup]:
    """Yield each column with its numbers as a tip, which the whole height of the column shows."""
    known = [(one, frame.figure.known(one)) for one in frame.figure.series]
    for column in range(len(frame.figure.columns)):
        values = [(one, of[column]) for one, of in known]
        area = element(
            "rect",
            {
                "class": "chart-area",
                "x": frame.x(column) - frame.step / 2,
                "y": frame.top,
                "width": frame.step,
                "height": frame.low - frame.top,
            },
        )
        yield element(
            "g", {"class": "chart-column"}, element("title", None, tip(frame.figure, column)), area, *drawn(frame, column, values)
        )


def tip(figure: Figure, column: int) -> str:
    """Return the numbers of a column in a line."""
    values = (f"{shortened(one.name, _NAME)} {in_full(figure.known(one)[column], is_whole=figure.is_whole)}" for one in figure.series)
    return f"{figure.columns.name(column)}: {', '.join(values)} {shortened(figure.unit, _NAME)}".strip()


def _beside(frame: Frame, column: int, values: Values) -> Iterator[Markup]:
    wide = min(_WIDEST, _SHARE * frame.step / max(1, len(values)))
    left = frame.x(column) - wide * len(values) / 2
    for number, (one, value) in enumerate(values):
        if value:
            yield _bar(frame, one, left + number * wide, wide * 0.94, 0.0, value)


def _piled(frame: Frame, column: int, values: Values) -> Iterator[Markup]:
    wide = min(_WIDEST, _SHARE * frame.step)
    above = below = 0.0
    for one, value in values:
        if not value:
            continue
        start = above if value > 0 else below
        yield _bar(frame, one, frame.x(column) - wide / 2, wide, start, start + value)
        above, below = (start + value, below) if value > 0 else (above, start + value)


def _bar(frame: Frame, one: Series, x: float, wide: float, start: float, end: float) -> Markup:
    top, low = sorted((frame.y(start), frame.y(end)))
    high = max(_LEAST, low - top)
    css = f"chart-bar is-tone-{one.tone} is-{one.filling}"
    return element("rect", {"class": css, "x": x, "y": low - high if end >= start else top, "width": max(0.6, wide), "height": high})
