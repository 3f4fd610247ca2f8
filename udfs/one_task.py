"""All stages of a job with one subtask each, run within one call from Java.

With one subtask every key is at home in the same task. Flink chains the stages' operators into it: they hold the state, under
the uids and keys that they have with many subtasks, so that a savepoint goes from one to the other. But no event is sent to
them. The parser, at the head of the same chain and so in the same thread, sets each state's key and visits it; between two
checkpoint barriers nothing else does. What that saves stands in docs/performance.md.
"""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING

from udfs.joined_states import JoinedStates
from udfs.keys import stage_key

if TYPE_CHECKING:
    from pyflink.metrics import Counter

    from domain.trail import Trail
    from udfs.stage import Stage

_stages: dict[tuple[int, int], Stage] = {}
"""By thread, which is one per task, and position."""


def join(stage: Stage) -> None:
    """Let the head of the chain find the stage; each attempt of a task opens all of them anew, before the first event."""
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
        states = JoinedStates([stage.java_state for stage in self._stages])
        self._read_for_event, self._read_for_label, self._write = states.reader(events), states.reader(labels), states.write

    def visit(self, trail: Trail) -> bool:
        """Read all entities' records into the trail, and leave their new ones; False for a duplicate, which goes no further."""
        keys = tuple([stage_key(trail, stage.position) for stage in self._stages])
        stored = (self._read_for_label if trail.event.is_label else self._read_for_event)(keys)
        records = []
        for stage, record in zip(self._stages, stored, strict=True):
            goes_on, record = stage.visit(trail, record)
            if not goes_on:
                return False
            records.append(record)
        self._write(tuple(records))
        return True
