"""Operator: incident revisions -> those that analysts have time for, a skin over
`domain.incidents.review_desk.ReviewDesk`.

It runs in one place, because a cap for the whole shop needs one; what comes here grows with the logarithm of
the alerts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, OutputTag, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor

from domain.incidents.forgotten import Forgotten
from domain.incidents.incident import Incident
from domain.incidents.review_desk import ReviewDesk, is_overflow
from domain.incidents.settings import IncidentSettings
from domain.json_text import as_json
from udfs.engine.keyed_map import KeyedMap


class ReviewIncidents(KeyedProcessFunction):
    """Review desk of all rings: yields revisions, and under tags overflow records (no summary) and the news
    of accounts that are forgotten.
    """

    def __init__(self, settings: IncidentSettings, overflow: OutputTag, forgotten: OutputTag) -> None:
        self._per_hour = settings.reviews_per_hour
        self._overflow, self._forgotten = overflow, forgotten

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get the review desk ready, on the state of the one key.

        Flink calls this once per attempt, before the first revision.
        """
        state = runtime_context.get_map_state(MapStateDescriptor("desk", Types.STRING(), Types.STRING()))
        self._desk = ReviewDesk(self._per_hour, KeyedMap(state))
        metrics = runtime_context.get_metrics_group()
        self._overflows = metrics.counter("review_overflows")

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context) -> Iterator[Any]:
        """Take a revision of any ring; hand on what the hour's capacity has room for."""
        document = json.loads(value)
        if gone := Forgotten.of(document):
            self._desk.on_forgotten(gone)
            yield self._forgotten, value
            return
        yield from self._published(*self._desk.on_revision(Incident.of(document)), ctx)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[Any]:
        """Hand on what was held. Flink calls this when the watermark passes the time for it."""
        yield from self._published(*self._desk.on_deadline(timestamp), ctx)

    def _published(self, documents: Iterable[dict[str, Any]], deadline: int | None, ctx: KeyedProcessFunction.Context) -> Iterator[Any]:
        if deadline is not None:
            ctx.timer_service().register_event_time_timer(deadline)
        for document in documents:
            text = as_json(document)
            if is_overflow(document):
                self._overflows.inc()
                yield self._overflow, text
            else:
                yield text
