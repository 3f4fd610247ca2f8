"""The last words of the demo: the gravest incidents, and what was decided beside the simulator's truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.wording import counted
from flink_job.commands.demo.figures import figure_rows
from flink_job.commands.demo.picture import save_picture
from flink_job.commands.demo.stream_watch import StreamWatch
from gnn.evaluation import Evaluation
from ops.terminal.cards import print_entry

LAST_INCIDENTS = 3


@dataclass(frozen=True)
class Ending:
    """What a demo has done."""

    events: str
    """The events in words: how many, and how fast where that says something."""
    evaluation: Evaluation
    folder: Path
    unpublished: int = 0
    """Decisions that no complete file holds: the job was ended at once."""
    known_alerts: int = 0
    """Alerts that Redis held already,"""
    known_revisions: int = 0
    """and incident revisions."""


def print_ending(console: Console, watch: StreamWatch, ending: Ending, picture: Path | None) -> None:
    """Print the gravest incidents and the table, and draw the picture that was asked for."""
    print_gravest(console, watch)
    further = _counts(watch, ending)
    table = Table(title="ringwatch", show_header=False, title_style="bold")
    for row in (*further.items(), *figure_rows(ending.evaluation)):
        table.add_row(*map(Text, row))  # as Text: names from files are no markup
    console.print(table)
    _say(console, f"decisions: {ending.folder / 'decisions'}")
    _say(console, f"more figures: ringwatch evaluate --decisions {ending.folder / 'decisions'} --truth {ending.folder / 'truth'}")
    if picture:
        save_picture(picture, watch, ending.evaluation, further)
        _say(console, f"picture: {picture}")


def print_gravest(console: Console, watch: StreamWatch) -> None:
    """Print the last incidents of most weight as cards."""
    if not watch.incidents:
        return
    console.rule("the gravest incidents")
    for entry in watch.gravest(LAST_INCIDENTS):
        print_entry(console, entry)


def _counts(watch: StreamWatch, ending: Ending) -> dict[str, str]:
    """Return the rows on what came and what was published."""
    writers = ", ".join(f"{count:,} by {writer}" for writer, count in watch.writers.items())
    rows = {"events": ending.events}
    if ending.unpublished:
        rows["not counted"] = f"{ending.unpublished:,} last decisions: the job was ended before it had published them"
    rows["alerts"] = f"{watch.alerts:,}"
    if ending.known_alerts:
        rows["alerts"] += f" new; {ending.known_alerts:,} more were in Redis from an earlier demo, and are not published again"
    rows["incidents"] = f"{len(watch.incidents):,} in {watch.revisions:,} revisions" + (f", {writers}" if writers else "")
    if ending.known_revisions:
        rows["incidents"] += f"; {counted(ending.known_revisions, 'more revision')} in Redis from an earlier demo"
    return rows


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
