"""Operators: raw line -> event on its way to the stages; what is no event goes to a side output."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from pyflink.common import Row
from pyflink.datastream import BroadcastProcessFunction, OutputTag, ProcessFunction, RuntimeContext

from domain.events.event import FIELDS, LABEL_FIELDS, Event, Rejected
from domain.events.exchange_rates import USUAL_CURRENCY, CurrencySettings
from domain.events.identity import USUAL, IdentitySettings
from domain.events.marks import record_of
from domain.events.notice import FIELD as SOURCE
from domain.events.notice import SourceNotice
from domain.events.parser import EventParser
from domain.events.rejection import rejection
from domain.events.skipped import EMPTY, KINDS, TOMBSTONE, Skipped
from domain.events.stream_clock import AHEAD_MIN, StreamClock
from domain.events.unreadable import is_blank
from domain.graph import GraphSettings
from domain.json_text import as_json
from domain.memory.trail import Trail
from domain.times import now_ms
from ops.secrets import control_keys, pseudonyms
from udfs.approve import Approve
from udfs.control_state import ControlState
from udfs.engine.batch_scheduling import schedule_threads
from udfs.engine.direct_calls import Process, call_directly
from udfs.engine.worker_match import worker_match
from udfs.gaps import Gaps
from udfs.metrics.labelled_counter import LabelledCounter
from udfs.to_stages import Taken, ToStages

AHEAD, LATE = "ahead", "late"
"""What an event was whose time became that of its arrival."""


class Parse(ProcessFunction):
    """Parser of lines into events, which notes when they came in and takes them to the stages.

    Lines arrive as ISO 8859-1 text, one character per byte, so that the parser sees the very bytes of the
    source. A Kafka record without a value arrives as None. A notice of the source, and the mark of a source
    with a format, are known by a character that is no byte, so plain lines pay nothing for them.
    """

    model = ""
    """Which model is to score the events, see `Trail.model`."""

    def __init__(
        self,
        graph: GraphSettings,
        rejected: OutputTag,
        to_stages: ToStages,
        batch_scheduling: bool | None = None,
        silent_until_ms: int = 0,
        identity: IdentitySettings = USUAL,
        disposable: frozenset[str] = frozenset(),
        labels_from: tuple[str, ...] | None = None,
        control_keys: tuple[str, ...] = (),
        rejected_raw: bool = False,
        currency: CurrencySettings = USUAL_CURRENCY,
        ahead_min: float = AHEAD_MIN,
    ) -> None:
        """Note the settings; the client calls this and ships the object to the workers.

        `rejected` tags the side output; `batch_scheduling` is as `schedule_threads` takes it. Until the
        events reach `silent_until_ms`, rejected lines are counted, but not handed on. `disposable` are
        further domains of throw-away mailboxes.
        `rejected_raw` has rejected lines handed on as they are, not masked. `ahead_min` is as `StreamClock`
        takes it.
        `labels_from` are the sources that may carry labels (None: all), `control_keys` names the keys of
        which a label must be signed with one.
        """
        self._labels_from, self._control_keys = labels_from, control_keys
        self._graph, self._rejected, self._rejected_raw = graph, rejected, rejected_raw
        self._to_stages, self._ahead_min = to_stages, ahead_min
        self._batch_scheduling, self._silent_until_ms = batch_scheduling, silent_until_ms
        self._identity, self._disposable, self._currency = identity, disposable, currency
        self._match = worker_match()

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get parser and counters ready. Flink calls this once per attempt, before the first line."""
        self._match.check()
        schedule_threads(self._batch_scheduling)
        keys = control_keys(self._control_keys)
        self._parser = EventParser(
            self._graph,
            pseudonyms(self._identity),
            disposable=self._disposable,
            labels_from=self._labels_from,
            check_label=keys.check if keys else None,
            currency=self._currency,
        )
        self._to_stages.open(runtime_context)
        self._clock = StreamClock(self._ahead_min, self._graph.late_days)
        """Lost in a restart, but the next events bring it back."""
        self._label_us = 0
        """When the last label was read, in microseconds: the order of labels, across restarts, too."""
        metrics = runtime_context.get_metrics_group()
        self._count_rejected = metrics.counter("rejected")
        self._by_field = LabelledCounter(metrics, "rejected", "field", ("line", SOURCE, *sorted(FIELDS | LABEL_FIELDS)))
        self._gaps = Gaps(metrics)
        self._skipped = LabelledCounter(metrics, "skipped", "kind", KINDS)
        self._times_replaced = LabelledCounter(metrics, "times_replaced", "why", (AHEAD, LATE))
        self._usual = call_directly(self._process)

    def compare_by(self, rates: Mapping[str, float]) -> None:
        """Compare amounts by these rates from now on, see `EventParser.rates`."""
        self._parser.rates = rates

    def called_by(self, usual: Process | None) -> Process | None:
        """Note the usual way of an operator that calls `_process` in its own place; return it."""
        self._usual = usual
        return usual

    def process_element(self, value: str | None, ctx: ProcessFunction.Context) -> Iterator[Any]:
        """Take one line in. Used where `call_directly` finds no way, and for what is rejected."""
        line = b""
        try:
            line, form = record_of(value)
            records, fields = self._taken(value, line, form)
        except Skipped as why:
            self._skipped.inc(why.kind)
            return
        except Rejected as why:
            self._count_rejected.inc()
            self._by_field.inc(why.field.partition(".")[0])
            if isinstance(why, SourceNotice):
                yield self._rejected, self._gaps.document(why)
            elif not self._is_silent:
                yield self._rejected, as_json(rejection(line, why, now_ms(), self._rejected_raw))
            return
        if records:
            self._to_stages.states.write(records, None)
        if fields:
            yield Row(*fields)

    @property
    def _is_silent(self) -> bool:
        """Whether the stream is still in the silent time. Before the first event it counts as over."""
        return 0 < self._clock.now_ms < self._silent_until_ms

    def _process(self, value: str | None) -> Any:
        """Take one line in, called by Java itself."""
        try:
            records, fields = self._taken(value, *record_of(value))
        except Rejected:  # or skipped
            assert self._usual is not None  # Java calls this only in its place
            return self._usual(value)  # it knows the way to side outputs
        states = self._to_stages.states
        return states.write(records, fields) if records or fields else states.rows

    def _taken(self, value: str | None, line: bytes, form: str) -> Taken:
        """Parse a line and take its event to the stages. Raises Rejected; Skipped for a blank one."""
        if value is None:
            raise Skipped(TOMBSTONE)
        if is_blank(line):
            raise Skipped(EMPTY)
        trail = Trail(self._parser.parse(line, form))
        entered_ms = now_ms()
        if trail.event.is_label:
            self._label_us = max(self._label_us + 1, time.time_ns() // 1000)
            trail.event.amount = self._label_us
        self._place_in_time(trail.event, entered_ms)
        trail.clock_ms, trail.entered_ms, trail.model = self._clock.now_ms, entered_ms, self.model
        return self._to_stages.take(trail)

    def _place_in_time(self, event: Event, machine_ms: int) -> None:
        """Move the stream's clock by an event; count it if its own time is not believed."""
        given_ms = event.time_ms
        self._clock.take(event, machine_ms)
        if event.time_ms != given_ms:
            self._times_replaced.inc(AHEAD if event.time_ms < given_ms else LATE)


class ParseUnderControl(BroadcastProcessFunction):
    """`Parse` with a second input: the control records by which its events are judged from then on.

    For one task that visits all stages; with several tasks `udfs.judge.Judge` comes after the last stage.
    """

    def __init__(self, parse: Parse, approve: Approve, control: ControlState) -> None:
        """Wrap the parser; `approve` is that of its way to the stages.

        The client calls this and ships the object to the workers.
        """
        self._parse, self._approve, self._control = parse, approve, control

    def open(self, runtime_context: RuntimeContext) -> None:
        """Open the parser. Flink calls this once per attempt, before the first element of either input."""
        self._parse.open(runtime_context)
        self._control.open(runtime_context)
        self._approve.control = self._control.in_force
        self._usual = self._parse.called_by(call_directly(self._process, "process_element1"))

    def process_element(self, value: str, ctx: BroadcastProcessFunction.ReadOnlyContext) -> Iterator[Any]:
        """Take one line in. The first event that is judged after a change is named in `control_applied`."""
        self._control.load(ctx)
        self._take_over()
        self._approve.judged = None
        yield from self._parse.process_element(value, ctx)
        if self._approve.judged is not None:
            yield from self._control.echoes(self._approve.judged)

    def process_broadcast_element(self, value: Row, ctx: BroadcastProcessFunction.Context) -> Iterator[Any]:
        """Put in force what `AdmitControl` has accepted; every subtask gets it, in the same order."""
        self._control.put(value[0], value[1], ctx)
        self._take_over()
        yield from ()

    def _take_over(self) -> None:
        """Let the parser go by what is in force."""
        self._parse.model = self._control.in_force.model
        self._parse.compare_by(self._control.in_force.rates)

    def _process(self, value: str | None) -> Any:
        """Take one line in, called by Java itself, without a context and a way to side outputs."""
        if self._control.waits:
            assert self._usual is not None  # Java calls this only in its place
            return self._usual(value)
        return self._parse._process(value)
