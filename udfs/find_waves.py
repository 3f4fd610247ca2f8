"""Operator: counts of crowds -> revisions of waves, a skin over `domain.incidents.waves.watch`.

It runs in one place, because a class of events is of the whole shop. What comes here are a few numbers a
quarter of an hour and checkpoint, however many events there are.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyflink.common import Row, Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import ValueStateDescriptor

from domain.incidents.settings import IncidentSettings
from domain.incidents.waves.counts import counts_in, forgotten_in
from domain.incidents.waves.watch import WaveWatch
from domain.json_text import as_json
from udfs.engine.keys import ONE_PLACE


class FindWaves(KeyedProcessFunction):
    """The watch of the one key; its quarters of an hour are event-time timers."""

    def __init__(self, settings: IncidentSettings, silent_until_ms: int = 0) -> None:
        self._settings, self._silent_until_ms = settings, silent_until_ms

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get states and counters ready. Flink calls this once per attempt, before the first counts."""
        self._state = runtime_context.get_state(ValueStateDescriptor("watch", Types.PICKLED_BYTE_ARRAY()))
        self._pending_state = runtime_context.get_state(ValueStateDescriptor("pending", Types.PICKLED_BYTE_ARRAY()))
        self._usual_state = runtime_context.get_state(ValueStateDescriptor("usual", Types.PICKLED_BYTE_ARRAY()))
        metrics = runtime_context.get_metrics_group()
        self._late, self._waves = metrics.counter("late_in_waves"), metrics.counter("waves")
        self._watch: WaveWatch | None = None

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context) -> Iterator[Row]:
        """Add counts, or forget an account; set the timer of the next quarter."""
        watch = self._loaded()
        for gone in forgotten_in(value):
            watch.forget(gone)
            self._state.update(watch.to_bytes())
        late = watch.late
        watch.take(*counts_in(value))
        self._late.inc(watch.late - late)
        self._keep_pending(watch, ctx)
        yield from ()

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[Row]:
        """Look at what is over. Flink calls this when the watermark passes the end of a quarter."""
        watch = self._loaded()
        hours = watch.usual.hours
        for incident in list(watch.advance(max(timestamp, ctx.timer_service().current_watermark()))):
            if incident.revision == 1:
                self._waves.inc()
            yield Row(ONE_PLACE, as_json(incident.to_document()))
        if watch.usual.hours != hours:
            self._usual_state.update(watch.usual_bytes())
        self._state.update(watch.to_bytes())
        self._keep_pending(watch, ctx)

    def _loaded(self) -> WaveWatch:
        """Return the watch. There is one key, so that what is in memory is what the state holds."""
        if self._watch is None:
            self._watch = WaveWatch(self._settings, self._silent_until_ms)
            if stored := self._state.value():
                self._watch.restore(stored, self._usual_state.value())
            if (pending := self._pending_state.value()) is not None:
                self._watch.restore_pending(pending)
        return self._watch

    def _keep_pending(self, watch: WaveWatch, ctx: KeyedProcessFunction.Context) -> None:
        """Keep what new counts change, which is little, and set the timer."""
        self._pending_state.update(watch.pending_bytes())
        if (deadline := watch.next_deadline) is not None:
            ctx.timer_service().register_event_time_timer(deadline)
