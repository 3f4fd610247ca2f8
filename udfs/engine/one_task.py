"""All stages of a job with one subtask each, run within one call from Java.

With one subtask every key is at home in the same task. Flink chains the stages' operators into it: they hold
the state, under the uids and keys that they have with many subtasks, so that a savepoint goes from one to
the other. But no event is sent to them. The parser, at the head of the same chain and so in the same thread,
sets each state's key and visits it; between two checkpoint barriers nothing else does. What that saves
stands in docs/performance.md.
"""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING

from domain.step import Outcome
from udfs.engine.keys import stage_key
from udfs.engine.record_state import unpickled
from udfs.engine.state_calls import JoinedStates, Records

if TYPE_CHECKING:
    from pyflink.metrics import Counter

    from domain.memory.trail import Trail
    from udfs.stage import Stage

SAMPLED = 63
"""One event of 64 is timed, in every stage the same one, so that the difference of two stages' means is the
way between them.
"""

_stages: dict[tuple[int, int], Stage] = {}
"""By thread, which is one per task, and position."""


def join(stage: Stage) -> None:
    """Let the head of the chain find the stage; each attempt of a task opens all of them anew, before the
    first event.
    """
    _stages[get_ident(), stage.position] = stage


def leave(stage: Stage) -> None:
    if _stages.get((get_ident(), stage.position)) is stage:
        del _stages[get_ident(), stage.position]


def stages(count: int) -> list[Stage]:
    """The stages of this task, in order."""
    found = [_stages.get((get_ident(), position)) for position in range(count)]
    if None in found:
        raise RuntimeError("the stages are not chained into one task: take pipeline.operator-chaining out of job.flink")
    return [stage for stage in found if stage is not None]


class AllStages:
    """The stages of this task behind one another: `Step.__call__` over Flink's state."""

    def __init__(self, count: int, events: Counter, labels: Counter) -> None:
        """The counters count what comes in."""
        self._stages = stages(count)
        self.states = JoinedStates([stage.java_state for stage in self._stages])
        """The records that an event has after its visit are written by whoever sends it on."""
        self._read_for_event, self._read_for_label = self.states.reader(events), self.states.reader(labels)

    def visit(self, trail: Trail) -> tuple[Records, bytes | None]:
        """Read all entities' records into the trail: their new ones, and the encoded trail. A duplicate has
        neither.
        """
        event, first = trail.event, self._stages[0]
        keys = tuple([stage_key(key, event.id_hash) for key in (*event.entities, *event.places)])
        stored = (self._read_for_label if event.is_label else self._read_for_event)(keys)
        passed = first.step.through(0, first.codec.encode(trail), [unpickled(record) for record in stored])
        if passed.worst > Outcome.LINKED or not event.id_hash & SAMPLED:
            for stage, outcome in zip(self._stages, passed.outcomes, strict=True):
                stage.note(outcome, event.id_hash, trail.entered_ms)
        return ((), None) if passed.worst == Outcome.DUPLICATE else (tuple(passed.records), passed.trail)
