"""A picture of the demo's screen at work, for the README: an SVG that asks for nothing from outside."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.terminal_theme import MONOKAI
from rich.text import Text

from flink_job.commands.demo.figures import figure_rows
from flink_job.commands.demo.stream_watch import StreamWatch, incident_news
from gnn.evaluation import Evaluation
from ops.terminal.cards import print_entry

COLUMNS = 110
ALERTS, HEADLINES, FIGURES = 3, 3, 8
_FONT_FROM_OUTSIDE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def save_picture(path: Path, watch: StreamWatch, evaluation: Evaluation, further: dict[str, str]) -> None:
    """Write an incident of this run with some of its alerts, headlines of others, and the first figures."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.assemble(("$ ", "dim"), "make demo"))
    incidents = watch.most_accounts(1 + HEADLINES)
    for entry in [alert for incident in incidents[:1] for alert in watch.alerts_of(incident)][-ALERTS:]:
        print_entry(console, entry, with_year=True)
    for entry in incidents[1:]:
        console.print(incident_news(entry), no_wrap=True, overflow="ellipsis")
    for entry in incidents[:1]:
        print_entry(console, entry)
    console.print(_figures(evaluation, further))
    drawn = console.export_svg(title="ringwatch demo", theme=MONOKAI, unique_id="ringwatch")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_FONT_FROM_OUTSIDE.sub("", drawn), encoding="utf-8")


def _figures(evaluation: Evaluation, further: dict[str, str]) -> Table:
    figures = Table.grid(padding=(0, 2))
    for row in [*further.items(), *figure_rows(evaluation)][:FIGURES]:
        figures.add_row(Text(row[0], "dim"), Text(row[1]))
    return figures
