"""What a desk says while it starts: one line a stage, with its seconds."""

from __future__ import annotations

import time

from rich.console import Console

from flink_job.commands.live_line import LiveLine

WIDTH = 58
JOB, PAST, SERVICE, CASES = "Flink and the job", "the shop's past", "the service and its worker", "the first cases in the queue"
"""Stages that one part begins and another ends."""


class Stages:
    """The lines of the stages, and on a terminal one line below them that says what the desk waits for."""

    def __init__(self, console: Console, line: LiveLine, age_s: float = 0.0) -> None:
        """Show nothing yet; `age_s`: how long the command has been running."""
        self._console, self._line = console, line
        self._began: dict[str, float] = {}
        self._start = time.monotonic() - age_s

    @property
    def seconds(self) -> float:
        """How long the desk has been starting or running."""
        return time.monotonic() - self._start

    def begin(self, stage: str, waits_for: str = "") -> None:
        """Begin a stage; several may go on at once."""
        self._began[stage] = time.monotonic()
        self.wait_for(waits_for or stage)

    @property
    def under_way(self) -> set[str]:
        """The stages that have begun and are not done."""
        return set(self._began)

    def done(self, stage: str, said: str = "", seconds: float | None = None) -> bool:
        """Print that a stage is done, as `said` or by its name; return False if it is not under way.

        It has taken the time since it began, or so many `seconds` where that is seen late.
        """
        if (began := self._began.pop(stage, None)) is None:
            return False
        self.say(f"  {said or stage:<{WIDTH}}{time.monotonic() - began if seconds is None else seconds:6.1f} s")
        return True

    def wait_for(self, what: str, end: str = " ...") -> None:
        """Say on a terminal what the desk waits for, or how it goes."""
        if self._console.is_terminal:
            self._line.show(f"{what}{end}", "")

    def say(self, text: str, style: str = "") -> None:
        """Print a line as it is."""
        self._console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)
