"""How far a long command is: which phase, how much of it, and how long is left."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from domain.times import rough_duration

REFRESH_S, PAUSE_S = 0.2, 5.0
"""Between two looks: on a terminal, and between two plain lines elsewhere."""
BAR_FROM = 110  # columns of a terminal: a narrower one has place for the words alone
GETTING_READY = "getting ready (a new version compiles its rules once)"
LEAST_S, LONG_S, LEAST_SHARE = 10.0, 60.0, 0.05
"""A rate says little in the first seconds; until a minute has passed, so does a smaller share of the work."""


class PhaseProgress:
    """Progress of the phase at work on stderr: a bar on a terminal that can go back, else a plain line every
    few seconds.

    Call it with (phase, done, total); a total of 0 is unknown. The bar is gone when the context ends, so
    that it never mixes with what is printed afterwards.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        console = Console(file=self._out)
        self._bar = _bar(console) if console.is_terminal and not console.is_dumb_terminal else None
        self._task: TaskID | None = None
        self._phase, self._first = "", 0
        self._began = self._shown = time.monotonic()

    def __enter__(self) -> PhaseProgress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, phase: str, done: int, total: int | None = None) -> None:
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._first, self._began = phase, done, now
        elif now - self._shown < (PAUSE_S if self._bar is None else REFRESH_S):
            return
        if self._bar is not None:
            self._draw(self._bar, done, total, now)
        elif now - self._shown >= PAUSE_S:
            self._shown = now
            self._out.write(f"{phase}: {self._counted(done, total)}{self._left(done, total, now)}\n")
            self._out.flush()

    def _draw(self, bar: Progress, done: int, total: int | None, now: float) -> None:
        self._shown = now
        counted, left = self._counted(done, total), self._left(done, total, now).removeprefix(", about ")
        if self._task is None:
            bar.start()
            self._task = bar.add_task(self._phase, total=total or None, completed=done, counted=counted, left=left)
        bar.update(self._task, description=self._phase, total=total or None, completed=done, counted=counted, left=left)

    def _counted(self, done: int, total: int | None) -> str:
        if total:
            return f"{done:,} of {total:,} ({done / total:.0%})"
        return f"{done:,}" if done else ""

    def _left(self, done: int, total: int | None, now: float) -> str:
        """Return `, about 40 seconds left`; nothing while that is unknown."""
        passed, steps = now - self._began, done - self._first
        if not total or steps <= 0 or passed < LEAST_S or done >= total or (passed < LONG_S and done < LEAST_SHARE * total):
            return ""
        return f", about {rough_duration(passed / steps * (total - done))} left"


def _bar(console: Console) -> Progress:
    bar = [BarColumn(bar_width=20)] if console.width >= BAR_FROM else []
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        *bar,
        TextColumn("{task.fields[counted]}", markup=False),
        TextColumn("{task.fields[left]}", style="dim", markup=False),
    )
    return Progress(*columns, console=console, transient=True, refresh_per_second=5)
