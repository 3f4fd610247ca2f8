"""The replay: event files through the one step, in plain dictionaries instead of Flink state."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from domain.events.event import MAX_LINE_BYTES, Event, Rejected
from domain.events.identity import as_text
from domain.events.parser import EventParser
from domain.events.stream_clock import AHEAD_MIN, StreamClock
from domain.events.time_order import TimeOrder, place_of
from domain.events.unreadable import is_blank
from domain.graph import GraphSettings
from domain.memory.place_record import CLOCK_AT
from domain.memory.trail import Trail
from domain.step import Step
from domain.times import DAY_MS
from domain.unpacked import last_bytes, open_unpacked, without_end

# the earliest time of so many events is the clock of expiry: one wrong clock cannot move it
SWEEP_EVENTS = 4096
END_BYTES = 1 << 20  # of a file, for its latest time
# longest line that can be accepted, its break, and one byte that betrays a longer one
_READ_BYTES = MAX_LINE_BYTES + 2


@dataclass
class ReplayCounts:
    """Counts of the lines so far that are not blank, by what became of them; `lines` is their sum."""

    lines: int = 0
    events: int = 0
    """Accepted events that are to be scored."""
    labels: int = 0
    duplicates: int = 0
    rejected: int = 0


def event_lines(files: Iterable[Path]) -> Iterator[bytes]:
    """Yield the lines of JSON-lines files in the given order, without their ends, as the job cuts them.

    A line longer than the parser accepts is cut.
    """
    for path in files:
        with open_unpacked(path) as file:
            while line := file.readline(_READ_BYTES):
                rest = line
                while rest and not rest.endswith(b"\n"):
                    rest = file.readline(_READ_BYTES)
                yield without_end(line)


def count_lines(files: Iterable[Path]) -> int:
    """Return the number of line breaks, for progress: a hundredth of the time that reading events takes."""
    lines = 0
    for path in files:
        with open_unpacked(path) as file:
            while block := file.read(1 << 20):
                lines += block.count(b"\n")
    return lines


def latest_ms(files: Sequence[Path], parser: EventParser) -> int:
    """Return the latest time (ms since 1970) at the end of files in time order; 0 if unknown."""
    latest = 0
    for path in files:
        for line in last_bytes(path, END_BYTES).split(b"\n"):
            with suppress(Rejected):
                latest = max(latest, parser.parse(line).time_ms)
    return latest


class _Started(NamedTuple):
    """An event or a label before it is learnt."""

    trail: Trail
    stamped_ms: int
    """The time that was sent, which the clock may have replaced."""


class Replay:
    """A run of events through `Step` to their encoded trails. Memory holds the living entities only."""

    def __init__(
        self,
        graph: GraphSettings,
        parser: EventParser,
        *,
        on_label: Callable[[Event], None] | None = None,
        on_rejected: Callable[[bytes, Rejected], None] | None = None,
        on_event: Callable[[int], None] | None = None,
        on_parsed: Callable[[Event], None] | None = None,
        ahead_min: float = AHEAD_MIN,
        lag_s: float | None = None,
    ) -> None:
        """Begin without entities. `on_parsed` is called with each event and label before it is learnt;
        `ahead_min` is as `StreamClock` takes it.

        With `lag_s`, the job's `out_of_order_s`, events are learnt in the order of their time, as by
        `job.order: event_time`; None: in that of the files.
        """
        self.counts = ReplayCounts()
        self.states: tuple[dict[int, bytes], ...] = tuple({} for _ in graph.stages)
        self.forgotten: deque[tuple[int, str]] = deque()
        """Accounts to be forgotten, after how many events each; whoever gathers incidents takes them out."""
        self._parser, self._step, self._clock = parser, Step(graph), StreamClock(ahead_min, graph.late_days)
        self._order = None if lag_s is None else TimeOrder[tuple[bytes, _Started]](lag_s)
        self._on_label, self._on_rejected, self._on_event, self._on_parsed = on_label, on_rejected, on_event, on_parsed
        self._clock_at = [layout.fixed_dtype.fields["clock"][1] for layout in self._step.layouts]  # type: ignore[index]
        self._clock_at += [CLOCK_AT] * (len(self.states) - len(self._clock_at))
        self._ttl_ms = int(graph.ttl_days * DAY_MS)
        self._late_ms = int(graph.late_days * DAY_MS)
        self._times: list[int] = []
        self._swept_ms = 0

    def run(self, files: Iterable[Path]) -> Iterator[tuple[Event, bytes]]:
        """Yield each accepted event that is no label, with its encoded trail, in the order in which they are
        learnt.
        """
        for _, scored in self.run_lines(files):
            yield scored

    def run_lines(self, files: Iterable[Path]) -> Iterator[tuple[bytes, tuple[Event, bytes]]]:
        """Yield what `run` does, each with its line."""
        for line, started in self._started(files):
            scored = self._learnt(started)
            if scored is not None:
                yield line, scored

    def take(self, line: bytes) -> tuple[Event, bytes] | None:
        """Take one line in, at once; return its event and trail, None for any other line."""
        started = self._start(line)
        return None if started is None else self._learnt(started)

    def _started(self, files: Iterable[Path]) -> Iterator[tuple[bytes, _Started]]:
        """Yield lines with what they begin, in the order in which they are learnt."""
        order = self._order
        for line in event_lines(files):
            started = self._start(line)
            if started is None:
                continue
            if order is None:
                yield line, started
                continue
            trail, event = started.trail, started.trail.event
            place = place_of(event.time_ms, trail.clock_ms, order.lag_ms)
            order.add(place, trail.clock_ms, event.event_id, event.entities[0], (line, started))
            trail.clock_ms = place.clock_ms
            yield from order.due()
        if order is not None:
            yield from order.rest()

    def _start(self, line: bytes) -> _Started | None:
        """Parse one line; return what it begins, None for what is no event and no label."""
        self.counts.lines += 1
        try:
            event = self._parser.parse(line)
        except Rejected as why:
            if is_blank(line):  # as the job does
                self.counts.lines -= 1
                return None
            self.counts.rejected += 1
            if self._on_rejected is not None:
                self._on_rejected(line, why)
            return None
        if self._on_parsed is not None:
            self._on_parsed(event)
        started = _Started(Trail(event), event.time_ms)
        started.trail.clock_ms = self._clock.take(event, self._parser.machine_ms())
        return started

    def _learnt(self, started: _Started) -> tuple[Event, bytes] | None:
        event = started.trail.event
        trail = self._step.encoded(started.trail, self.states)
        self._age(event.time_ms)
        if trail is None:
            self.counts.duplicates += 1
            return None
        if event.is_label:
            self.counts.labels += 1
            if event.forgets:
                self.forgotten.append((self.counts.events, as_text(event.entities[0])))
            if self._on_label is not None:
                self._on_label(event)
            return None
        self.counts.events += 1
        if self._on_event is not None:
            self._on_event(started.stamped_ms)
        return event, trail

    def clock_ms(self, trail: bytes) -> int:
        """Return the time that the stream had reached with the event of an encoded trail."""
        return self._step.codec.clock_ms(trail)

    def _age(self, time_ms: int) -> None:
        self._times.append(time_ms)
        if len(self._times) < SWEEP_EVENTS:
            return
        earliest_ms = min(self._times)
        self._times.clear()
        # few sweeps, at most an eighth more entities than needed
        if earliest_ms - self._swept_ms > self._ttl_ms // 8:
            self._swept_ms = earliest_ms
            self._forget(earliest_ms - self._ttl_ms - self._late_ms)

    def _forget(self, before_ms: int) -> None:
        """Drop entities last seen before `before_ms`: the step reads them for late events only."""
        for state, at in zip(self.states, self._clock_at, strict=True):
            gone = [key for key, record in state.items() if int.from_bytes(record[at : at + 8], "little", signed=True) < before_ms]
            for key in gone:
                del state[key]
