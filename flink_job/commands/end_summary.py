"""The last words of a command: what it did, what it left out, how long it took, what comes next."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.times import rfc3339
from domain.wording import counted
from gnn.history.rejections import Rejections
from gnn.history.replay import ReplayCounts


def print_summary(title: str, rows: Sequence[tuple[str, str]], following: Sequence[str] = ()) -> None:
    """Print a title, named rows, and the usual next commands to stderr; leave out empty texts."""
    console = Console(file=sys.stderr, highlight=False)
    console.print(Text(title, "bold"), soft_wrap=True)
    _print_rows(console, [(name, text) for name, text in rows if text])
    for number, command in enumerate(following):
        if not number:
            console.print(Text("next:"))
        console.print(Text(f"  {command}"), soft_wrap=True)  # one line, to be copied


def _print_rows(console: Console, rows: Sequence[tuple[str, str]]) -> None:
    """Print names and texts below each other: folded on a terminal, elsewhere a line each."""
    if not console.is_terminal:
        width = max((len(name) for name, _ in rows), default=0)
        for name, text in rows:
            console.print(Text(f"  {name:{width}}  {text}"), soft_wrap=True)
        return
    table = Table.grid(padding=(0, 2), pad_edge=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(name, Text(text))
    console.print(table)


def left_out(counts: ReplayCounts, rejections: Rejections | None = None) -> str:
    """Return the lines that led to no decision, with the fields at fault; empty if there are none."""
    parts = [counted(counts.duplicates, "duplicate")] if counts.duplicates else []
    if counts.rejected:
        why = f" ({'; '.join(rejections.words())})" if rejections else ""
        parts.append(f"{counted(counts.rejected, 'line')} rejected{why}")
    return ", ".join(parts)


def day(time_ms: int) -> str:
    """Return the day of a time, in UTC."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d")


def moment(time_ms: int) -> str:
    """Return a time as options read it, in UTC: `2026-01-31T12:00:00.250Z`, or the day alone for midnight."""
    return rfc3339(time_ms).removesuffix("T00:00:00Z")
