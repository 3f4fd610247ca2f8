"""What a running job does or waits for, in one line, and what it has done, as the last words of a run."""

from __future__ import annotations

import time
from collections import deque

from domain.decisions.decision import BLOCK, INVESTIGATE
from domain.wording import counted
from flink_job.cluster.run_state import RunState
from flink_job.commands.end_summary import print_summary
from flink_job.commands.live_line import LiveLine
from flink_job.settings.settings import Settings

RATE_S = 10.0
"""The rate on the line is that of so many last seconds."""


class RunProgress:
    """The states of a run on a `LiveLine`."""

    def __init__(self, line: LiveLine, expected: int | None = None, task: str = "") -> None:
        """Make the first line.

        `expected`: events that are to be decided, if that is known before they are read; `task` comes before
        the counts. Both may change later.
        """
        self._line, self.expected, self.task = line, expected, task
        self._looks: deque[tuple[float, int]] = deque()
        self.state = RunState()
        """The last state that had counts."""

    def __call__(self, state: RunState) -> None:
        """Show a state; `run_job` calls this some times a second."""
        self._looks.append((time.monotonic(), state.decided))
        while self._looks[-1][0] - self._looks[0][0] > RATE_S:
            self._looks.popleft()
        if state.read:
            self.state = state
        if state.waits_for and not state.decided:
            self._line.show(f"waiting for {state.waits_for}", state.waits_for.partition(" ")[0])
        else:
            waits = f"waiting for {state.waits_for}; " if state.waits_for else ""
            self._line.show(f"{waits}{self.task}{self._counts(state)}", waits.partition(",")[0])

    def _counts(self, state: RunState) -> str:
        total = self.expected or state.read
        share = f" ({state.decided / total:.0%})" if self.expected else ""
        return (
            f"{state.decided:,} of {total:,} events decided{share}, {self._rate():,.0f}/s, {state.flagged:,} flagged, "
            f"{counted(state.incidents, 'incident')}"
        )

    def _rate(self) -> float:
        (began, first), (now, last) = self._looks[0], self._looks[-1]
        return max(0.0, (last - first) / (now - began)) if now > began else 0.0


def print_run_summary(state: RunState, settings: Settings, took_s: float, title: str = "done") -> None:
    """Print what a run has done, and what usually follows."""
    decided, flagged = state.decided, state.flagged
    by_decision = ", ".join(f"{decision} {count:,}" for decision, count in state.decisions.items())
    share = f" ({flagged / decided:.1%})" if decided else ""
    rejected = sum(state.rejected.values())
    fields = ", ".join(f"{name} {count:,}" for name, count in sorted(state.rejected.items(), key=lambda item: -item[1]))
    revisions = sum(count for status, count in state.revisions.items() if status != "overflow")
    restarts = f"{counted(state.restarts, 'time')}; events after the last checkpoint are counted again"
    rows = [
        ("decided", f"{counted(decided, 'event')}: {by_decision}" if decided else "no event"),
        ("flagged", f"{flagged:,}{share}: {INVESTIGATE} or {BLOCK}" if decided else ""),
        ("incidents", f"{state.incidents:,} opened, {counted(revisions, 'revision')} published"),
        ("rejected", f"{counted(rejected, 'line')}: {fields}" if rejected else "no line"),
        ("restarted", restarts if state.restarts else ""),
        ("time", f"{took_s:,.0f} s with the start of Flink, {decided / max(took_s, 1e-9):,.0f} events/s"),
        ("decisions", settings.job.decisions),
    ]
    print_summary(title, rows, _following(state, settings))


def _following(state: RunState, settings: Settings) -> list[str]:
    """Return the commands that usually come next."""
    redis = f" --set redis.url={settings.redis.url}" if settings.redis.url else ""
    prefix = f" --set redis.prefix={settings.redis.prefix}" if settings.redis.prefix != "ringwatch:" else ""
    commands = []
    if state.incidents:
        commands.append(f"ringwatch tail --streams incidents --from-start{redis}{prefix}")
    if state.rejected:
        commands.append(f"ringwatch tail --streams rejected --from-start{redis}{prefix}")
    folder = settings.job.decisions.removeprefix("file:")
    if state.decided and folder != settings.job.decisions:
        commands.append(f"ringwatch evaluate --decisions {folder} --truth TRUTH")
    return commands
