"""Figures as tables for the terminal: nothing is cut, no word breaks, whatever the width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gnn.evaluation import Evaluation, ScoreEvaluation
from gnn.evaluation.tables import TextTable, printable, summary_rows
from gnn.evaluation.verdict import BAD, CAUTION, GOOD, Verdict

COLOURS = {GOOD: "bold green", CAUTION: "bold yellow", BAD: "bold red"}
_BETWEEN = 3  # spaces between two columns


def show_evaluation(evaluation: Evaluation | ScoreEvaluation, verdict: Verdict, details: Sequence[TextTable]) -> None:
    """Print the verdict, all figures together, and the tables of parts."""
    console = Console()
    console.print(Text(printable(verdict.headline), COLOURS[verdict.grade]))
    for line in verdict.sentences:
        console.print(Text(printable(line)))
    for doubt in verdict.doubts:
        console.print(Text(f"- doubtful: {printable(doubt)}", "dim"))
    console.print()
    if isinstance(evaluation, Evaluation):
        console.print(evaluation_table(evaluation))
    for detail in details:
        for part in detail_tables_of(detail, console.width):
            console.print()
            console.print(part)


def evaluation_table(evaluation: Evaluation) -> Table:
    """Return a table of one figure a row."""
    table = Table(title="ringwatch", show_header=False, title_style="bold")
    for row in summary_rows(evaluation):
        table.add_row(*map(Text, row))  # as Text: names from files are no markup
    return table


def detail_tables_of(detail: TextTable, width: int) -> Iterator[Table]:
    """Return the table for a terminal of so many columns.

    What does not fit beside goes on in a table below it.
    """
    if not detail.columns:
        yield _empty(detail, title=True, note=True, header=False, rows=detail.rows)
        return
    parts = _split(detail, width)
    for number, places in enumerate(parts):
        rows = [[row[place] for place in places] for row in detail.rows]
        table = _empty(detail, title=number == 0, note=number == len(parts) - 1, header=True)
        for place, wide in zip(places, _widths(detail, places, width), strict=True):
            name = detail.columns[place]
            table.add_column(name, justify="left" if place == 0 or name == "in words" else "right", width=wide, overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        yield table


def _split(detail: TextTable, width: int) -> list[list[int]]:
    """Return which columns go into which part: the first into each, as the name of the row."""
    least = [_least_width(detail, place) + _BETWEEN for place in range(len(detail.columns))]
    parts: list[list[int]] = [[0]]
    for place in range(1, len(least)):
        if sum(least[each] for each in parts[-1]) + least[place] - _BETWEEN > width and len(parts[-1]) > 1:
            parts.append([0])
        parts[-1].append(place)
    return parts


def _widths(detail: TextTable, places: list[int], width: int) -> list[int]:
    """Return the width of each column: what it needs, and from the left as much more as its texts want."""
    widths = [_least_width(detail, place) for place in places]
    left = width - sum(widths) - _BETWEEN * (len(places) - 1)
    for number, place in enumerate(places):
        wanted = max(map(len, (detail.columns[place], *(row[place] for row in detail.rows))))
        more = max(0, min(left, wanted - widths[number]))
        widths[number], left = widths[number] + more, left - more
    return widths


def _least_width(detail: TextTable, place: int) -> int:
    """Return the width in which no word of the header and no figure breaks.

    The name of a row may break between words.
    """
    cells = [row[place] for row in detail.rows]
    words = [*detail.columns[place].split(), *(cells if place else (word for cell in cells for word in cell.split()))]
    return max(map(len, words), default=0)


def _empty(detail: TextTable, title: bool, note: bool, header: bool, rows: Sequence[Sequence[str]] = ()) -> Table:
    table = Table(
        title=Text(detail.title, "bold") if title else None,
        title_justify="left",
        caption=Text(detail.note) if note and detail.note else None,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        show_header=header,
    )
    for row in rows:
        table.add_row(*map(Text, row))
    return table
