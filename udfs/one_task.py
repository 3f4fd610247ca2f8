"""All stages of a job with one subtask each, run within one call from Java.

With one subtask every key is at home in the same task. Flink chains the stages' operators into it: they hold the state, under
the uids and keys that they have with many subtasks, so that a savepoint goes from one to the other. But no event is sent to
them. The parser, at the head of the same chain and so in the same thread, sets each state's key and visits it; between two
checkpoint barriers nothing else does. What that saves, three of four calls from Java per event, stands in docs/performance.md.
"""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyflink.datastream import RuntimeContext

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


class CurrentKey:
    """Sets the key of an operator's state, as Flink does before it hands an element to the operator."""

    def __init__(self, context: RuntimeContext) -> None:
        from pemja import findClass

        backend: Any = context.get_keyed_state_backend()._keyed_state_backend
        self._set, self._row = backend.setCurrentKey, findClass("org.apache.flink.types.Row").of

    def set(self, key: int) -> None:
        """The key as `KeyByKeySelector` makes it of Row(key, ...)."""
        self._set(self._row((key,)))
