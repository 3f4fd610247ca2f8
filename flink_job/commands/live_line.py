"""One line at the foot of the terminal: how far the work is. It never mixes with what is printed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console, ConsoleRenderable
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType
from rich.spinner import Spinner
from rich.text import Text

PAUSE_S = 10.0
"""Between two plain lines, where there is no terminal."""


class _Row(Live):
    """A row in place, which a terminal breaks into several when it becomes narrower than the row."""

    cells = 0
    """Width of the row that is shown."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Go to the first of the rows that were one, so that all of them are written over."""
        further = max(0, (self.cells - 1) // self.console.width)
        row = self.get_renderable()
        self.cells = row.cell_len if isinstance(row, Text) else 0
        to_first = Control(*((ControlType.ERASE_IN_LINE, 2), (ControlType.CURSOR_UP, 1)) * further)
        return [to_first, *super().process_renderables(renderables)]


class LiveLine:
    """On a terminal, a line that is refreshed in place: what is printed to its console meanwhile appears
    above it.

    Elsewhere, and on a terminal that cannot go back (TERM=dumb), it is a plain line at each change of the
    kind of message, and one every ten seconds.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._spinner, self._text = Spinner("dots", style="cyan"), ""
        # Python's own prints to the console's stream appear above the line, too.
        live = _Row(get_renderable=self._row, console=console, refresh_per_second=8, transient=True, redirect_stdout=not console.stderr)
        self._live = live if console.is_terminal and not console.is_dumb_terminal else None
        self._kind, self._shown = "", -PAUSE_S

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.clear()

    def show(self, text: str, kind: str) -> None:
        """Show a text; its `kind` says what it is about, so that a new subject is printed at once."""
        if self._live:
            self._text = text
            self._live.start()
            self._live.refresh()
            return
        now = time.monotonic()
        if kind != self._kind or now - self._shown >= PAUSE_S:
            self._kind, self._shown = kind, now
            self._console.print(text, soft_wrap=True, markup=False, highlight=False)

    def _row(self) -> Text:
        """Return the spinner and the text as one row, cut at the terminal's edge."""
        frame = self._spinner.render(self._console.get_time())
        row = Text.assemble(frame if isinstance(frame, Text) else "", " ", self._text)
        row.truncate(self._console.width, overflow="ellipsis")
        return row

    def clear(self) -> None:
        """Take the line away, as before the last words of a command."""
        if self._live:
            self._live.stop()


@contextmanager
def waiting_for(what: str) -> Iterator[None]:
    """Say on a terminal what the command waits for; say nothing where a script may read along."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with LiveLine(console) as line:
        line.show(f"waiting for {what}", "")
        yield
