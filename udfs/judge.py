"""Operator: what has passed the last stage -> the same with the effects of control records, or approved.

For a job with a task per stage. With one task for all stages the parser is the judge, see
`udfs.parse.ParseUnderControl`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pyflink.common import Row
from pyflink.datastream import BroadcastProcessFunction, RuntimeContext

from domain.graph import GraphSettings
from domain.memory.trail import TrailCodec, is_label
from udfs.approve import NO_DECISION, Approve, Passed
from udfs.control_state import ControlState
from udfs.engine.batch_scheduling import schedule_threads
from udfs.engine.direct_calls import call_directly
from udfs.engine.state_calls import StateCalls
from udfs.engine.worker_match import worker_match


class Judge(BroadcastProcessFunction):
    """Judge of events after the last stage; in and out are rows of `scoring_tables.passed_row`."""

    def __init__(self, graph: GraphSettings, approve: Approve, control: ControlState, batch_scheduling: bool | None = None) -> None:
        """Note the settings; the client calls this and ships the object to the workers.

        `batch_scheduling` is as `schedule_threads` takes it.
        """
        self._graph, self._approve, self._control = graph, approve, control
        self._batch_scheduling = batch_scheduling
        self._match = worker_match()

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get approval ready. Flink calls this once per attempt, before the first element of either input."""
        self._match.check()
        schedule_threads(self._batch_scheduling)
        self._codec = TrailCodec(self._graph)
        self._approve.open(runtime_context)
        self._control.open(runtime_context)
        self._approve.control = self._control.in_force
        self._rows: StateCalls | None = None
        self._usual = call_directly(self._process, "process_element1")

    def process_element(self, value: Row, ctx: BroadcastProcessFunction.ReadOnlyContext) -> Iterator[Any]:
        """Judge an event. Used where `call_directly` finds no way, for the first event and the first after a
        change.
        """
        self._control.load(ctx)
        self._approve.judged = None
        yield value if _is_of_label(value) else Row(*self._judged(value[1]))
        if self._approve.judged is not None:
            yield from self._control.echoes(self._approve.judged)

    def process_broadcast_element(self, value: Row, ctx: BroadcastProcessFunction.Context) -> Iterator[Any]:
        """Put in force what `AdmitControl` has accepted; every subtask gets it, in the same order."""
        self._control.put(value[0], value[1], ctx)
        yield from ()

    def _process(self, row: tuple[int, tuple[Any, ...]]) -> Any:
        """Judge an event, called by Java itself, without a context and a way to side outputs."""
        if self._control.waits:
            assert self._usual is not None  # Java calls this only in its place
            return self._usual(row)
        if self._rows is None:
            self._rows = StateCalls([])
        fields = row[1]
        return self._rows.write((), fields if _is_of_label(fields) else self._judged(fields[1]))

    def _judged(self, trail: bytes) -> Passed:
        model = self._control.in_force.model
        return self._approve.row(self._codec.with_model(trail, model) if model else trail)


def _is_of_label(passed: Sequence[Any]) -> bool:
    """Return whether nobody judges what has passed the last stage."""
    return passed[2] == NO_DECISION or is_label(passed[1])
