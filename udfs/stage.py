"""Operators: one keyed stage of the graph, a skin over `domain.step.Step.through`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from pyflink.datastream import KeyedProcessFunction, ProcessFunction, RuntimeContext

from domain.events.identity import MISSING
from domain.graph import GraphSettings
from domain.memory.forgetting import CLEARED
from domain.memory.trail import id_hash, is_label, way_hash
from domain.visits.outcome import Outcome
from udfs.approve import Approve
from udfs.engine import chain_registry
from udfs.engine.batch_scheduling import schedule_threads
from udfs.engine.batches import batch_of, trails_of
from udfs.engine.direct_calls import call_directly
from udfs.engine.keys import stage_key
from udfs.engine.many_records import ManyRecords
from udfs.engine.stage_state import SAMPLED, StageState
from udfs.engine.state_calls import INSERT
from udfs.engine.worker_match import worker_match


class Stage(ProcessFunction):
    """Stage of one entity kind over batches of trails: what is read and written of its records is so for a
    whole batch at once.

    Batches come in (`udfs.engine.batches`), each for this subtask and in its order, and batches go on; of the
    last stage, which has `approve`, rows of `Approve.row`. A `ChainedStage` in its chain holds the records.
    """

    def __init__(self, graph: GraphSettings, position: int, batch_scheduling: bool | None = None, approve: Approve | None = None) -> None:
        """Note the settings; the client calls this and ships the object to the workers.

        `position` counts the stages from 0; `batch_scheduling` is as `schedule_threads` takes it.
        """
        self._graph, self._position = graph, position
        self._batch_scheduling = batch_scheduling
        self._approve = approve
        self._match = worker_match()

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get ready. Flink calls this once per attempt, before the first batch."""
        self._match.check()
        schedule_threads(self._batch_scheduling)
        if self._approve:
            self._approve.open(runtime_context)
        call_directly(self._process)

    def process_element(self, value: bytes, ctx: ProcessFunction.Context) -> Iterator[Any]:
        """Refuse a batch that Java did not hand over by `call_directly`."""
        raise AssertionError("the stages need Flink's thread mode: leave python.execution-mode as it is")

    @cached_property
    def _kept(self) -> StageState:
        """Found at the first batch: Flink opens a chain from its end, but all of it before any element."""
        return chain_registry.stage(self._position)

    @cached_property
    def _records(self) -> ManyRecords:
        assert self._kept.java is not None
        return ManyRecords(*self._kept.java)

    def _process(self, batch: bytes) -> Any:
        trails, position, kept = trails_of(batch), self._position, self._kept
        through, codec = kept.step.through, kept.codec
        records = self._records.read(dict.fromkeys([way.key for way in trails]))
        changed, passed_on, rows = dict[int, bytes | None](), [], []
        for turn, key, trail in trails:
            present, event_hash = codec.key(trail, position) != MISSING, id_hash(trail)
            passed = through(position, trail, [records[key] if present else None])
            if passed.worst > Outcome.LINKED or not event_hash & SAMPLED:
                kept.count(passed.worst, event_hash, codec.entered_ms(trail))
            record = passed.records[0]
            if record is not None:
                changed[key] = records[key] = None if record == CLEARED else record
            if passed.worst == Outcome.DUPLICATE:
                continue
            if self._approve is None:
                passed_on.append((turn, stage_key(codec.key(trail, position + 1), way_hash(trail)), passed.trail))
            elif is_label(trail):
                rows.append((INSERT, self._approve.label_row(codec.event(trail), trail)))
            else:
                rows.append((INSERT, self._approve.row(passed.trail)))
        return self._records.write(changed, [batch_of(passed_on)] if passed_on else rows)


class ChainedStage(KeyedProcessFunction):
    """The state of a stage, for the head of its chain: with one subtask the parser, else `Stage`.

    No event is sent to it; `udfs.engine.one_task` says why.
    """

    def __init__(self, graph: GraphSettings, position: int) -> None:
        """Note the settings; the client calls this and ships the object to the workers."""
        self._graph, self._position = graph, position
        self._match = worker_match()

    def open(self, runtime_context: RuntimeContext) -> None:
        """Lend the state out. Flink calls this in the thread of the task, before any event."""
        self._match.check()
        self._kept = StageState(self._graph, self._position, runtime_context)
        chain_registry.join(self._kept)

    def close(self) -> None:
        """Take the state back. Flink calls this when the task ends, fails or is cancelled."""
        chain_registry.leave(self._kept)

    def process_element(self, value: bytes, ctx: KeyedProcessFunction.Context) -> Iterator[Any]:
        """Refuse an event: one that came here would be missing from the stages before and after."""
        raise AssertionError("an event was sent to a stage that its chain's head visits")
