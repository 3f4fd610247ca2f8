"""Operator: counts of drift and judged labels -> documents of the stream `health`.

It runs in one place: what comes here are a few texts a minute, however many events there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor

from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from domain.health.documents import HealthEntry, next_look_ms
from domain.json_text import as_json
from gnn.scoring.health_days import HealthDays
from ops.redis.settings import RedisSettings
from ops.redis.writer import StreamEntry
from udfs.engine.keyed_map import KeyedMap
from udfs.engine.redis_delivery import RedisDelivery
from udfs.metrics.health_metrics import HealthMetrics

STREAM = "health"


class Health(KeyedProcessFunction):
    """Sums by model and day; writes what is new an hour after the other, by timers of event time."""

    def __init__(self, graph: GraphSettings, redis: RedisSettings, control_keys: tuple[str, ...] = ()) -> None:
        """Take the settings; the last of `control_keys`, names of keys, signs what is written."""
        self._graph, self._redis, self._control_keys = graph, redis, control_keys

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get state, writer and metrics ready; the first write connects.

        Flink calls this once per attempt, before the first text.
        """
        state = runtime_context.get_map_state(MapStateDescriptor("health", Types.STRING(), Types.PICKLED_BYTE_ARRAY()))
        names = [feature.name for feature in FeatureExtractor(self._graph).flat_features]
        self._days = HealthDays(KeyedMap(state), names)
        self._delivery = RedisDelivery(self._redis, runtime_context, self._control_keys)
        self._metrics = HealthMetrics(runtime_context.get_metrics_group())

    def close(self) -> None:
        """Close the connection. Flink calls this when the subtask ends, however it ends."""
        self._delivery.close()

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context) -> Iterator[str]:
        """Add what a text says; set the timer of the hour after it."""
        latest_ms = self._days.take(json.loads(value), value)
        if latest_ms is not None:
            timers = ctx.timer_service()  # never behind the watermark: that hour has been written
            timers.register_event_time_timer(next_look_ms(max(latest_ms, timers.current_watermark())))
        yield from ()

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[str]:
        """Write what is new. Flink calls this when the watermark passes an hour's end and some grace."""
        for entry in self._days.look(timestamp):
            document = as_json(entry.document)
            self._delivery.write(STREAM, StreamEntry(entry.id, entry.kind, entry.severity, entry.time_ms, document))
            self._show(entry)
            yield document

    def _show(self, entry: HealthEntry) -> None:
        """Show the newest numbers as metrics."""
        for name, value in numbers_of(entry.document).items():
            self._metrics.show(name, value)


def numbers_of(document: dict[str, Any]) -> dict[str, int]:
    """Return the metrics of a document; none of one about labels."""
    if "score" not in document:
        return {}
    score, expected = document["score"], document["expected_precision"]
    above = max(0, round(1000 * (score["psi"] - score["noise"])))
    found = {"score_psi_milli": above, "inputs_drifted": document["drifted"]}
    return found if expected is None else {**found, "card_precision_milli": round(1000 * expected)}
