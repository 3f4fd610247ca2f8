"""Figures as tables for the terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from gnn.evaluation import Evaluation
from gnn.evaluation.tables import TextTable, summary_rows


def evaluation_table(evaluation: Evaluation, further: dict[str, str] | None = None) -> Table:
    """One figure a row; `further` rows come first."""
    table = Table(title="ringwatch", show_header=False, title_style="bold")
    for row in (*(further or {}).items(), *summary_rows(evaluation)):
        table.add_row(*map(Text, row))  # as Text: names from files are no markup
    return table


def detail_table(detail: TextTable) -> Table:
    """Names to the left, figures to the right."""
    table = Table(title=Text(detail.title, "bold"), caption=Text(detail.note), caption_justify="left")
    for name in detail.columns:  # in a narrow terminal the widest columns fold first; nothing is cut
        table.add_column(name, justify="left" if name in (detail.columns[0], "in words") else "right", overflow="fold")
    for row in detail.rows:
        table.add_row(*map(Text, row))
    return table
