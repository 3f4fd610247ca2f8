"""What a running job does or waits for, in one line, and what it has done, as the last words of a run."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from domain.decisions.decision import APPROVE, BLOCK, INVESTIGATE
from domain.events.notice import FIELD as SOURCE
from domain.wording import counted
from flink_job.cluster.run_state import RunState
from flink_job.commands.end_summary import print_summary
from flink_job.commands.live_line import LiveLine
from flink_job.commands.options import redis_options
from flink_job.connectors.local_files import EventCount
from flink_job.settings.settings import Settings
from udfs.metrics.labelled_counter import OTHER

RATE_S = 10.0
"""The rate on the line is that of so many last seconds."""


class RunProgress:
    """The states of a run on a `LiveLine`."""

    def __init__(self, line: LiveLine, expected: int | None = None, task: str = "", is_exact: bool = True) -> None:
        """Make the first line.

        `expected`: events that are to be decided, if that is known before they are read, `is_exact` or about;
        `task` comes before the counts. All may change later.
        """
        self._line, self.expected, self.task, self.is_exact = line, expected, task, is_exact
        self._looks: deque[tuple[float, int]] = deque()
        self.state = RunState()
        """The last state that had counts."""
        self.last = RunState()
        """The last state."""

    def __call__(self, state: RunState) -> None:
        """Show a state; `run_job` calls this some times a second."""
        self.last = state
        self._looks.append((time.monotonic(), state.decided))
        while self._looks[-1][0] - self._looks[0][0] > RATE_S:
            self._looks.popleft()
        if state.read:
            self.state = state
        if state.waits_for and not state.decided:
            self._line.show(f"waiting for {state.waits_for}", state.waits_for.partition(" ")[0])
        elif state.waits_for:
            # the counts first: a terminal cuts off the end of a long cause
            self._line.show(f"{self.task}{self._decided(state)}; waiting for {state.waits_for}", state.waits_for.partition(",")[0])
        else:
            rest = f"{self._rate():,.0f}/s, {state.flagged:,} flagged, {counted(state.incidents, 'incident')}{self._waiting(state)}"
            self._line.show(f"{self.task}{self._decided(state)}, {rest}", "")

    @staticmethod
    def _waiting(state: RunState) -> str:
        return f", {state.lag:,} waiting in Redis" if state.lag else ""

    def _decided(self, state: RunState) -> str:
        """Return how many events are decided, and of how many if that is known; never more than there are."""
        if not self.expected:
            return f"{counted(state.decided, 'event')} decided"
        total = self.expected if self.is_exact else max(self.expected, state.decided)
        decided = min(state.decided, total)
        return f"{decided:,} of {'' if self.is_exact else 'about '}{total:,} events decided ({decided / total:.0%})"

    def _rate(self) -> float:
        (began, first), (now, last) = self._looks[0], self._looks[-1]
        return max(0.0, (last - first) / (now - began)) if now > began else 0.0


def no_more_than(state: RunState, count: EventCount | None) -> RunState:
    """Return a state that counts no more decisions than there are events.

    Only approvals are left out: after a restart the counts are close, and nearly all events are approved.
    """
    more = state.decided - count.events if count and count.is_exact else 0
    if more <= 0:
        return state
    approved = max(0, state.decisions.get(APPROVE, 0) - more)
    return replace(state, decisions={**state.decisions, APPROVE: approved})


def print_run_summary(state: RunState, settings: Settings, took_s: float, title: str = "done", not_written: str = "") -> None:
    """Print what a run has done, and what usually follows; `not_written`: decisions that nobody can read."""
    decided, flagged = state.decided, state.flagged
    by_decision = ", ".join(f"{decision} {count:,}" for decision, count in state.decisions.items())
    share = f" ({flagged / decided:.1%})" if decided else ""
    rejected = sum(state.rejected.values())
    revisions = sum(count for status, count in state.revisions.items() if status != "overflow")
    restarts = f"{counted(state.restarts, 'time')}, from the last checkpoint; the counts are close"
    rows = [
        ("decided", f"{counted(decided, 'event')}: {by_decision}" if decided else "no event"),
        ("not written", not_written),
        ("flagged", f"{flagged:,}{share}: {INVESTIGATE} or {BLOCK}{_silent(state)}" if decided else ""),
        ("incidents", f"{state.incidents:,} opened, {counted(revisions, 'revision')} published"),
        ("in Redis before", _known(state, settings)),
        ("rejected", f"{rejected:,}: {_faults(state.rejected)}{_equal(state)}" if rejected else "no line of events"),
        ("control records", _control(state.control)),
        ("skipped", _skipped(state.skipped)),
        ("restarted", restarts if state.restarts else ""),
        ("time", f"{took_s:,.0f} s with the start of Flink, {decided / max(took_s, 1e-9):,.0f} events/s"),
        *((setting.removeprefix("job."), url) for setting, url in settings.job.outputs.items()),
    ]
    print_summary(title, rows, _following(state, settings))


def _silent(state: RunState) -> str:
    return f"; {state.silent:,} of them before job.silent_until: not published" if state.silent else ""


def _equal(state: RunState) -> str:
    known = state.known_rejected
    return f"; {known:,} of them equal to one that was in the stream rejected, where equal lines are one entry" if known else ""


def _known(state: RunState, settings: Settings) -> str:
    """Return what was in Redis already; of a run that begins anew, with the mend."""
    if not (state.known_alerts or state.known_revisions):
        return ""
    known = f"{counted(state.known_alerts, 'alert')} and {counted(state.known_revisions, 'revision')}, not published again"
    if state.restarts or settings.job.resume or settings.job.restore_from:
        return known
    days = f"{settings.redis.dedupe_days:g} days"
    return f"{known}: Redis knows them for {days} (redis.dedupe_days); for streams of this run's own set another redis.prefix"


def _faults(rejected: Mapping[str, int]) -> str:
    """Return how many lines were rejected for which fault, the most frequent first."""
    words = {"line": "not readable as JSON objects", SOURCE: "for what a source no longer holds", OTHER: "with other faults"}
    most = sorted(rejected.items(), key=lambda item: -item[1])
    return ", ".join(f"{count:,} {words.get(name, f'with a fault in {name}')}" for name, count in most)


def _control(records: Mapping[str, int]) -> str:
    """Return what became of how many control records, empty if there are none."""
    words = {"accepted": "accepted", "refused": "refused", "stale": "of no higher version than before", "same": "sent once more"}
    return ", ".join(f"{records[outcome]:,} {said}" for outcome, said in words.items() if records.get(outcome))


def _skipped(kinds: Mapping[str, int]) -> str:
    """Return how many records of which kind held no event, empty if there are none."""
    most = sorted(kinds.items(), key=lambda item: -item[1])
    return ", ".join(f"{count:,} of the kind {kind.replace('_', ' ')}" for kind, count in most)


def _following(state: RunState, settings: Settings) -> list[str]:
    """Return the commands that usually come next."""
    redis = redis_options(settings.redis)
    commands = []
    if state.incidents:
        commands.append(f"ringwatch tail --streams incidents --from-start{redis}")
    if state.rejected or state.control.get("refused"):
        commands.append(f"ringwatch tail --streams rejected --from-start{redis}")
    folder = settings.job.decisions.removeprefix("file:")
    if folder != settings.job.decisions and any(path.stat().st_size for path in Path(folder).glob("*.jsonl")):
        commands.append(f"ringwatch evaluate --decisions {folder} --truth TRUTH")
    return commands
