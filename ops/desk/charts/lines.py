"""Lines over time, and sparklines: a line without axes, for a row or a tile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from ops.desk.charts.bars import tip
from ops.desk.charts.figure import Figure, Series
from ops.desk.charts.frame import NARROW, Frame, Size, chart_svg, frame_of
from ops.desk.charts.scale import Scale, scale_of
from ops.desk.markup import coordinate, element

SPARK = Size(120.0, 28.0)
_DOT = 2.6
_DOTS = 32
"""Up to so many columns each value has a dot."""


def lines(figure: Figure, size: Size = NARROW) -> Markup:
    """Return a line for each series; it is broken where there is no value."""
    values = [value for one in figure.series for value in figure.known(one)]
    frame = frame_of(figure, scale_of(values, is_whole=figure.is_whole), size, is_lines=True)
    drawn = [_line(frame, one, number) for number, one in enumerate(figure.series)]
    return chart_svg(figure, size, [frame.axes(), *drawn, *_tips(frame)])


def sparkline(figure: Figure, size: Size = SPARK) -> Markup:
    """Return the first series as a line that ends in a dot, from its least to its largest value."""
    known = figure.known(figure.series[0]) if figure.series else ()
    values = [value for value in known if value is not None]
    least, most = min(values, default=0.0), max(values, default=0.0)
    scale = Scale(least, most, (), 0)
    wide = (size.width - 8) / max(1, len(known) - 1)
    points = [
        None if value is None else (4 + wide * at, size.height - 4 - scale.share(value) * (size.height - 8))
        for at, value in enumerate(known)
    ]
    css = f"is-tone-{figure.series[0].tone}" if figure.series else ""
    path = element("path", {"class": f"chart-line {css}", "d": path_of(points)})
    last = next(((x, y) for x, y in reversed([point for point in points if point])), None)
    dot = [element("circle", {"class": f"chart-dot {css}", "cx": last[0], "cy": last[1], "r": _DOT})] if last else []
    return chart_svg(figure, size, [path, *dot])


def path_of(points: Sequence[tuple[float, float] | None]) -> str:
    """Return the path through points, broken at those that are None; a lone point is a short dash."""
    pieces, is_drawing = list[str](), False
    for at, point in enumerate(points):
        if point is None:
            is_drawing = False
            continue
        x, y = map(coordinate, point)
        pieces.append(f"{'L' if is_drawing else 'M'}{x} {y}")
        is_alone = not is_drawing and (at + 1 == len(points) or points[at + 1] is None)
        pieces += ["h0.1"] if is_alone else []
        is_drawing = True
    return "".join(pieces)


def _line(frame: Frame, one: Series, number: int) -> Markup:
    known = frame.figure.known(one)
    points = [None if value is None else (frame.x(column), frame.y(value)) for column, value in enumerate(known)]
    path = element("path", {"class": f"chart-line is-tone-{one.tone} is-dash-{number % 4 + 1}", "d": path_of(points)})
    drawn = [point for point in points if point] if len(points) <= _DOTS else []
    dots = [element("circle", {"class": f"chart-dot is-tone-{one.tone}", "cx": x, "cy": y, "r": _DOT}) for x, y in drawn]
    return element("g", {"class": "chart-series"}, path, *dots)


def _tips(frame: Frame) -> Iterator[Markup]:
    """Yield an area for each column that shows its numbers as a tip."""
    for column in range(len(frame.figure.columns)):
        area: dict[str, object] = {"class": "chart-area", "x": frame.x(column) - frame.step / 2, "y": frame.top}
        area |= {"width": frame.step, "height": frame.low - frame.top}
        yield element("rect", area, element("title", None, tip(frame.figure, column)))
