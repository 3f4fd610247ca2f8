"""The numbers of a chart as a table, and both together as a figure of a page."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from ops.desk.charts.figure import Figure
from ops.desk.charts.frame import HALF, NARROW, Size
from ops.desk.charts.scale import in_full
from ops.desk.markup import element, shortened

_NAME = 60


def table(figure: Figure, column_name: str = "") -> Markup:
    """Return the numbers: a row for each column of the chart."""
    unit = f" ({shortened(figure.unit, 20)})" if figure.unit else ""
    heads = [
        element("th", {"scope": "col"}, column_name),
        *(element("th", {"scope": "col"}, shortened(one.name, _NAME) + unit) for one in figure.series),
    ]
    known = [figure.known(one) for one in figure.series]
    rows = [
        element(
            "tr",
            None,
            element("th", {"scope": "row"}, figure.columns.name(column)),
            *(element("td", None, in_full(values[column], is_whole=figure.is_whole)) for values in known),
        )
        for column in range(len(figure.columns))
    ]
    caption = element("caption", None, shortened(figure.title, 160))
    return element(
        "table", {"class": "chart-table"}, caption, element("thead", None, element("tr", None, *heads)), element("tbody", None, *rows)
    )


def figure_html(figure: Figure, draw: Callable[[Figure, Size], Markup], column_name: str = "Day", size: Size = HALF) -> Markup:
    """Return a chart with its title and, folded, its numbers. It is drawn a second time for phones: the sheet
    shows the one that fits.
    """
    wide = "chart-wide" if size.width > HALF.width else "chart-half"
    drawn = [element("div", {"class": name}, draw(figure, its)) for name, its in ((wide, size), ("chart-narrow", NARROW))]
    caption = element("figcaption", None, shortened(figure.title, 160))
    numbers = element("details", {"class": "chart-numbers"}, element("summary", None, "Numbers"), table(figure, column_name))
    return element("figure", {"class": "chart-figure"}, caption, *drawn, numbers)
