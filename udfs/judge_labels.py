"""Operators: news of labels and flagged events -> what labels say of the alarms, a skin over
`domain.health.label_quality`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from pyflink.common import Row, Types
from pyflink.datastream import KeyedProcessFunction, ProcessFunction, RuntimeContext
from pyflink.datastream.state import ValueStateDescriptor

from domain.health.label_quality import OUTCOMES, Judged
from domain.json_text import as_json
from domain.times import DAY_MS
from udfs.engine.keys import ONE_PLACE
from udfs.metrics.labelled_counter import LabelledCounter

JUDGED = "judged"


class PartHealth(ProcessFunction):
    """Lines of news about the model's health, one row each, under the key where it is to be known.

    News of an event have the event's key; all other has `ONE_PLACE`, and passes `JudgeLabels` as it is.
    """

    def process_element(self, value: Row, ctx: ProcessFunction.Context) -> Iterator[Row]:
        """Part the lines of a row (text, event time)."""
        for line in value[0].split("\n"):
            yield Row(json.loads(line).get("of", ONE_PLACE), line)


class JudgeLabels(KeyedProcessFunction):
    """What is known of an event that was flagged or has a label, forgotten `KEPT_DAYS` after the last news.

    Forgetting is by timers of event time: the engine's own expiry can hang.
    """

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get state and counters ready. Flink calls this once per attempt, before the first news."""
        self._state = runtime_context.get_state(ValueStateDescriptor("judged", Types.PICKLED_BYTE_ARRAY()))
        self._outcomes = LabelledCounter(runtime_context.get_metrics_group(), "labels_judged", "outcome", OUTCOMES)

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context) -> Iterator[Row]:
        """Take news in; hand on what changes by it, and what is not about an event."""
        found = json.loads(value)
        if "of" not in found:
            yield Row(ONE_PLACE, value)
            return
        judged = Judged.of(self._state.value())
        changes = judged.on_news(found)
        self._state.update(judged.to_bytes())
        ctx.timer_service().register_event_time_timer(judged.until_day * DAY_MS)
        for change in changes:
            if change.by > 0:
                self._outcomes.inc(change.outcome)
        if changes:
            yield Row(ONE_PLACE, as_json({"about": JUDGED, "at": found["at"], "changes": changes}))

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[Row]:
        """Forget the event of the key, unless there were news since the timer was set."""
        if Judged.of(self._state.value()).until_day * DAY_MS <= timestamp:
            self._state.clear()
        yield from ()
