"""Where the head of a chain finds the stages that Flink has chained to it.

Flink gives the operators of one task no way to find each other, but it runs them in one thread. So a stage
enters itself under its thread and its position; the head of the chain looks there, in the same thread.
"""

from __future__ import annotations

from threading import get_ident

from udfs.engine.stage_state import StageState

_UNCHAINED = "the stages are not chained into one task: take pipeline.operator-chaining out of job.flink"
_stages: dict[tuple[int, int], StageState] = {}
"""By thread, which is one per task, and position."""


def join(stage: StageState) -> None:
    """Enter a stage. Each attempt of a task opens all of its stages anew, before the first event."""
    _stages[get_ident(), stage.position] = stage


def leave(stage: StageState) -> None:
    """Take a stage out, unless a later attempt in the same thread has taken its place."""
    if _stages.get((get_ident(), stage.position)) is stage:
        del _stages[get_ident(), stage.position]


def stage(position: int) -> StageState:
    """Return a stage of this task. Raises RuntimeError if it is missing."""
    if found := _stages.get((get_ident(), position)):
        return found
    raise RuntimeError(_UNCHAINED)


def stages(count: int) -> list[StageState]:
    """Return the stages of this task, in order. Raises RuntimeError if one is missing."""
    found = [stage for position in range(count) if (stage := _stages.get((get_ident(), position)))]
    if len(found) < count:
        raise RuntimeError(_UNCHAINED)
    return found
