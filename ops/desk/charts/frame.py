"""The frame of a chart: title, axes and grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ops.desk.charts.figure import Figure
from ops.desk.charts.key import LETTER, ROW, key, key_rows
from ops.desk.charts.scale import Scale
from ops.desk.markup import element, joined, shortened

_FOOT, _HEAD = 24.0, 22.0
_TICK_ROOM = 58.0
_NAME = 28


@dataclass(frozen=True, slots=True)
class Size:
    """Of a chart in its own units, which are CSS pixels where it is shown as wide."""

    width: float = 340.0
    height: float = 220.0


NARROW, HALF, WIDE = Size(), Size(620.0, 250.0), Size(940.0, 270.0)
"""For a phone, for half the width of a page, and for most of it: letters are as large as those around."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the plot of a chart is, and how values and columns fall into it."""

    figure: Figure
    scale: Scale
    size: Size
    left: float
    top: float
    is_lines: bool = False

    @property
    def right(self) -> float:
        """Where the plot ends."""
        return self.size.width - 10

    @property
    def low(self) -> float:
        """Where the plot's foot is."""
        return self.size.height - _FOOT

    def x(self, column: float) -> float:
        """Return the middle of a column."""
        return self.left + (column + 0.5) * self.step

    @property
    def step(self) -> float:
        """Width of a column with its gap."""
        return (self.right - self.left) / max(1, len(self.figure.columns))

    def y(self, value: float) -> float:
        """Return the height of a value."""
        return self.low - self.scale.share(value) * (self.low - self.top)

    def axes(self) -> Markup:
        """Return grid, ticks and labels."""
        rows = [self._row(tick) for tick in self.scale.ticks]
        most = int((self.right - self.left) / _TICK_ROOM)
        ticks = [self._tick(column, label) for column, label in self.figure.columns.ticks(most).items()]
        zero = element("line", {"class": "chart-axis", "x1": self.left, "x2": self.right, "y1": self.y(0.0), "y2": self.y(0.0)})
        unit = element("text", {"class": "chart-unit", "x": 2.0, "y": 12.0}, shortened(self.figure.unit, _NAME))
        names = key(self.figure.series, self.left, _HEAD + 4, self.right - self.left, is_lines=self.is_lines)
        return element("g", {"class": "chart-axes", "aria-hidden": "true"}, *rows, zero, *ticks, unit, names, *self._nothing())

    def _row(self, tick: float) -> Markup:
        y = self.y(tick)
        line = element("line", {"class": "chart-grid", "x1": self.left, "x2": self.right, "y1": y, "y2": y})
        return joined(line, element("text", {"class": "chart-tick is-end", "x": self.left - 6, "y": y + 4}, self.scale.label(tick)))

    def _tick(self, column: int, label: str) -> Markup:
        x, half = self.x(column), len(label) * LETTER / 2
        inside = min(max(x, half), self.size.width - half)
        mark = element("line", {"class": "chart-axis", "x1": x, "x2": x, "y1": self.low, "y2": self.low + 4})
        return joined(mark, element("text", {"class": "chart-tick is-middle", "x": inside, "y": self.size.height - 6}, label))

    def _nothing(self) -> list[Markup]:
        """Return what is said where there is nothing to draw."""
        if any(value is not None for one in self.figure.series for value in self.figure.known(one)):
            return []
        middle = {"x": (self.left + self.right) / 2, "y": (self.top + self.low) / 2}
        return [element("text", {"class": "chart-tick is-middle", **middle}, "no values yet")]


def frame_of(figure: Figure, scale: Scale, size: Size, *, is_lines: bool = False) -> Frame:
    """Return the frame: the ticks' labels say how much room is left of the plot."""
    left = max(len(scale.label(tick)) for tick in scale.ticks) * LETTER + 10
    rows = key_rows(figure.series, size.width - left)
    return Frame(figure, scale, size, left, _HEAD + ROW * rows, is_lines)


def chart_svg(figure: Figure, size: Size, parts: Sequence[Markup]) -> Markup:
    """Return the drawing with its title and description."""
    title, said = shortened(figure.title, 160), shortened(figure.description, 600)
    attributes: dict[str, object] = {
        "xmlns": "http://www.w3.org/2000/svg", "class": "chart", "viewBox": f"0 0 {size.width:.0f} {size.height:.0f}",
        "role": "img", "aria-label": f"{title}. {said}",
    }  # fmt: skip
    return element("svg", attributes, element("title", None, title), element("desc", None, said), *parts)
