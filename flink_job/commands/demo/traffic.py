"""An endless simulated shop for `ringwatch demo --forever`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from domain.json_text import as_unicode_json
from domain.simulator import Simulation, SimulatorSettings, simulate
from domain.times import DAY_MS, rough_duration
from domain.whole_files import whole_file
from flink_job.commands.end_summary import day
from gnn.history.simulated_files import TRUTH

HISTORY_DAYS, LEAD_DAYS = 21.0, 45.0
"""Days of the shop before the show begins, and from there to today."""
MONTH_DAYS = 30.0
EVENTS_PER_S = 20.0  # a reader keeps up with the alerts of so many
LONGEST_S = 5.0  # what a pause owes beyond that is not made up for
KEPT_FILES = 300  # the job has long read the older ones


Deliver = Callable[[Sequence[str]], None]
"""Takes lines, in their order."""


class WatchedFolder:
    """A folder that a job watches: each delivery is a file that appears whole, and old files go."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._files = folder, 0

    def __call__(self, lines: Sequence[str]) -> None:
        """Write a file of lines."""
        with whole_file(self._folder / f"{self._files:07}.jsonl") as file:
            file.writelines(f"{line}\n" for line in lines)
        if self._files >= KEPT_FILES:
            (self._folder / f"{self._files - KEPT_FILES:07}.jsonl").unlink(missing_ok=True)
        self._files += 1


class EndlessShop:
    """A shop whose events go on: some twenty a second until it has caught up with the clock, then as they
    happen.

    Its first days are a history, which is delivered at once.
    """

    def __init__(self, events_a_month: int, seed: int, deliver: Deliver, now_ms: int) -> None:
        self._per_day, self._seed, self._deliver = events_a_month / MONTH_DAYS, seed, deliver
        self.now_ms, self.begin_ms = now_ms, now_ms - round(LEAD_DAYS * DAY_MS)
        """Event time at which the history ends and the show begins."""
        self._seasons: list[Simulation] = []
        self._documents = self._all_documents()
        self._next = next(self._documents)
        self._owed = 0.0
        self.events = self.labels = 0
        """Lines delivered so far."""
        times = self._seasons[0].rows["time"]
        self.history_events = int((times < self.begin_ms).sum())

    @property
    def clock_ms(self) -> int:
        """The shop's time: that of its next event."""
        return int(self._next["event_time"])

    def pace(self) -> str:
        """Return how fast the shop's time goes, and what comes after it has reached now."""
        times = self._seasons[0].rows["time"]
        events = max(1, int(((times >= self.begin_ms) & (times < self.now_ms)).sum()))
        behind_s, catch_up_s = LEAD_DAYS * DAY_MS / 1000, events / EVENTS_PER_S
        return (
            f"the shop's time begins on {day(self.begin_ms)} and goes about {_rounded(behind_s / catch_up_s)} times as fast as the clock; "
            f"it reaches now in about {rough_duration(catch_up_s)}, and from then on events come as they happen, one in about "
            f"{rough_duration(behind_s / events)}"
        )

    def feed_history(self) -> None:
        """Deliver the history."""
        self._write(lambda: self.clock_ms < self.begin_ms)

    def feed(self, passed_s: float, now_ms: int) -> None:
        """Deliver what is due when `passed_s` more seconds have passed; nothing that lies after `now_ms`."""
        self._owed += EVENTS_PER_S * min(passed_s, LONGEST_S)
        end = self.events + int(self._owed)
        before = self.events
        self._write(lambda: self.events < end and self.clock_ms <= now_ms)
        self._owed = max(0.0, min(self._owed - (self.events - before), EVENTS_PER_S))

    def write_truth(self, path: Path, decided: pa.ChunkedArray) -> int:
        """Write the truth about the events up to the last decided one, as `ringwatch simulate` does.

        Return how many they are: the job has not read what was delivered a moment ago.
        """
        tables = [pa.table(season.truth(), schema=TRUTH) for season in self._seasons]
        fed = pa.concat_tables(tables).slice(0, self.events)
        places = np.flatnonzero(pc.is_in(fed["event_id"], value_set=decided.combine_chunks()).to_numpy())
        events = int(places[-1]) + 1 if len(places) else 0
        pq.write_table(fed.slice(0, events), path)
        return events

    def _all_documents(self) -> Iterator[dict[str, Any]]:
        """Yield events and labels in time order, season after season of a month."""
        start, days = self.begin_ms - round(HISTORY_DAYS * DAY_MS), HISTORY_DAYS + LEAD_DAYS + MONTH_DAYS
        for season in count():
            events = max(1, round(self._per_day * days))
            settings = SimulatorSettings(events=events, seed=self._seed + season, start=start, days=days)
            self._seasons.append(simulate(settings))
            yield from self._seasons[-1].documents()
            start, days = settings.end, MONTH_DAYS

    def _write(self, is_due: Callable[[], bool]) -> None:
        """Deliver the documents from the next one on while they are due."""
        lines: list[str] = []
        while is_due():
            lines.append(as_unicode_json(self._next))
            is_label = self._next["event_type"] == "label"
            self.events, self.labels = self.events + (not is_label), self.labels + is_label
            self._next = next(self._documents)
        if lines:
            self._deliver(lines)


def _rounded(speed: float) -> str:
    """Return a number of two digits that count: 517.3 is `520`."""
    return f"{float(f'{speed:.2g}'):,.0f}"
