"""What an entity did as a chart: its flagged events by hour, day, week or month, by what was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from domain.decisions.decision import BLOCK
from domain.times import DAY_MS, HOUR_MS
from ops.cases.entity_life import Flagged
from ops.desk.charts.bars import stacked
from ops.desk.charts.figure import Figure, Series, Timed
from ops.desk.charts.frame import WIDE
from ops.desk.charts.table import figure_html

_STEPS = (("hour", HOUR_MS, 2 * DAY_MS), ("day", DAY_MS, 62 * DAY_MS), ("week", 7 * DAY_MS, 434 * DAY_MS))
"""Words of a column, its length, the longest time that is drawn in such."""
_MONTH = ("30 days", 30 * DAY_MS)
_MOST_COLUMNS = 120


def alerts_chart(flagged: Sequence[Flagged]) -> Markup:
    """Return the chart; nothing without events. What lies more than 120 columns back is left out."""
    if not flagged:
        return Markup()
    last, first = flagged[0].time, flagged[-1].time
    word, step = next(((word, step) for word, step, longest in _STEPS if last - first <= longest), _MONTH)
    end = last // step
    begin = max(min(first // step, end - 6), end - _MOST_COLUMNS + 1, 0)
    columns = range(begin, end + 1)
    figure = Figure(
        title=f"Alerts by {word}",
        description=f"{len(flagged):,} alerts of the entity, those blocked and those to investigate.",
        columns=Timed(tuple(column * step for column in columns)),
        series=(_series("blocked", flagged, columns, step, True), _series("to investigate", flagged, columns, step, False)),
        unit="alerts",
        is_whole=True,
    )
    return figure_html(figure, stacked, word.capitalize(), size=WIDE)


def _series(name: str, flagged: Sequence[Flagged], columns: range, step: int, is_blocked: bool) -> Series:
    found = Counter(one.time // step for one in flagged if (one.decision == BLOCK) == is_blocked)
    values = tuple(float(found[column]) for column in columns)
    return Series(name, values, "bad" if is_blocked else "1", "solid" if is_blocked else "hollow")
