"""Operator: raw line -> the same line under the key of its event, for the join with its document."""

from __future__ import annotations

from collections.abc import Iterator

from pyflink.common import Row
from pyflink.datastream import ProcessFunction, RuntimeContext

from domain.decisions.raw_event import Half, key_of
from domain.events.event import Rejected
from domain.events.identity import USUAL, IdentitySettings
from domain.events.marks import record_of
from domain.events.parser import EventParser
from domain.events.stream_clock import AHEAD_MIN, StreamClock
from domain.graph import GraphSettings
from domain.times import now_ms
from ops.secrets import pseudonyms


class ReadRaw(ProcessFunction):
    """Reader of the key in each line that holds an event; labels and what is no event are passed over.

    It parses beside `Parse`, so that no raw line is on the way of events through stages and model.
    """

    def __init__(self, graph: GraphSettings, identity: IdentitySettings = USUAL, ahead_min: float = AHEAD_MIN) -> None:
        """Note the settings; the client calls this and ships the object to the workers."""
        self._graph, self._identity, self._ahead_min = graph, identity, ahead_min

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get the parser ready. Flink calls this once per attempt, before the first line."""
        self._parser = EventParser(self._graph, pseudonyms(self._identity, warn=False))
        self._clock = StreamClock(self._ahead_min, self._graph.late_days)

    def process_element(self, value: str | None, ctx: ProcessFunction.Context) -> Iterator[Row]:
        """Yield Row(key, line), with the clock that `Parse` has at the same line."""
        try:
            line, form = record_of(value)
            event = self._parser.parse(line, form)
        except Rejected:  # or skipped; `Parse` says why
            return
        clock_ms = self._clock.take(event, now_ms())
        if not event.is_label:
            # before the clock is known the event's own time: else the first lines would wait for nothing
            yield Row(key_of(event), Half(False, clock_ms or event.time_ms, line).to_bytes())
