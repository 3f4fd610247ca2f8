"""All stages of a job with one subtask, run within one call from Java.

With one subtask every key belongs to the same task. Flink chains the stages' operators into it: they hold
the state, under the uids and keys that they have with many subtasks, so that a savepoint fits both. But no
event is sent to them. The parser is at the head of the same chain and so in the same thread: it sets each
state's key and visits it. Between two checkpoint barriers nothing else does. docs/performance.md says what
that saves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.visits.outcome import Outcome
from udfs.engine.chain_registry import stages
from udfs.engine.keys import stage_key
from udfs.engine.record_state import unpickled
from udfs.engine.stage_state import SAMPLED
from udfs.engine.state_calls import Records, StateCalls

if TYPE_CHECKING:
    from pyflink.metrics import Counter

    from domain.memory.trail import Trail


class AllStages:
    """The stages of this task, one after the other: `Step.__call__` over Flink's state."""

    def __init__(self, count: int, events: Counter, labels: Counter) -> None:
        """Find the `count` stages; the two counters count what comes in.

        To be made after all operators of the chain are open, at the first event.
        """
        self._stages = stages(count)
        self.states = StateCalls([stage.java for stage in self._stages if stage.java])
        """The records that an event has after its visit are written by whoever sends it on."""
        self._read_for_event, self._read_for_label = self.states.reader(events), self.states.reader(labels)

    def visit(self, trail: Trail) -> tuple[Records, bytes | None]:
        """Return the new records of the event's entities, and its encoded trail; of a duplicate neither."""
        event, first = trail.event, self._stages[0]
        keys = tuple([stage_key(key, event.id_hash) for key in (*event.entities, *event.places)])
        stored = (self._read_for_label if event.is_label else self._read_for_event)(keys)
        passed = first.step.through(0, first.codec.encode(trail), [unpickled(record) for record in stored])
        if passed.worst > Outcome.LINKED or not event.id_hash & SAMPLED:
            for stage, outcome in zip(self._stages, passed.outcomes, strict=True):
                stage.count(outcome, event.id_hash, trail.entered_ms)
        if passed.worst == Outcome.DUPLICATE:
            return (), None
        if event.forgets:  # the states' keys are still set
            return tuple(stage.records.changed(record) for stage, record in zip(self._stages, passed.records, strict=True)), passed.trail
        return tuple(passed.records), passed.trail
