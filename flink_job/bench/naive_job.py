"""What `flink run -pyfs CODE -py naive_job.py EVENTS DECISIONS ... --set ...` starts: the same work as
PyFlink jobs mostly do it.

Process mode, `key_by` lambdas, Python objects pickled from operator to operator, one state access at a time
over gRPC, one event scored at a time. The step, the features, the model and the policy are the job's own, so
that both decide the same.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pyflink.common import Configuration, Encoder, Types, WatermarkStrategy
from pyflink.datastream import KeyedProcessFunction, MapFunction, ProcessFunction, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.connectors.file_system import FileSink, FileSource, StreamFormat
from pyflink.datastream.state import ValueStateDescriptor

from domain.events.event import Rejected
from domain.events.identity import MISSING
from domain.events.parser import EventParser
from domain.memory.trail import Trail, TrailCodec
from domain.step import Step
from domain.times import now_ms
from domain.visits.outcome import Outcome
from flink_job.settings.settings import Settings, load
from gnn.artifact.artifact import load_scorer
from gnn.scoring.decider import Decider
from ops.secrets import pseudonyms
from udfs.engine.keys import stage_key


class ParseLine(ProcessFunction):
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def open(self, runtime_context: RuntimeContext) -> None:
        self._parser = EventParser(self._settings.graph, pseudonyms(self._settings.identity))

    def process_element(self, value: str, ctx: ProcessFunction.Context) -> Iterator[Trail]:
        try:
            yield Trail(self._parser.parse(value.encode()))
        except Rejected:
            return


class VisitStage(KeyedProcessFunction):
    """One entity kind."""

    def __init__(self, settings: Settings, position: int) -> None:
        self._settings, self._position = settings, position

    def open(self, runtime_context: RuntimeContext) -> None:
        self._step = Step(self._settings.graph)
        self._state = runtime_context.get_state(ValueStateDescriptor("entity", Types.PICKLED_BYTE_ARRAY()))

    def process_element(self, value: Trail, ctx: KeyedProcessFunction.Context) -> Iterator[Trail]:
        present = value.event.key(self._position) != MISSING
        visit = self._step.visit(self._position, value, self._state.value() if present else None)
        if visit.record is not None:
            self._state.update(visit.record)
        if visit.outcome is not Outcome.DUPLICATE:
            yield value


class ScoreOne(MapFunction):
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def open(self, runtime_context: RuntimeContext) -> None:
        settings = self._settings
        self._codec = TrailCodec(settings.graph)
        self._decider = Decider(
            settings.graph, load_scorer(Path(settings.model), settings.graph), settings.policy, pseudonyms(settings.identity)
        )

    def map(self, value: Trail) -> str:
        (decision,) = self._decider.decide([self._codec.encode(value)], now_ms)
        return json.dumps(decision.to_document())


def main(events: str, decisions: str, checkpoint_dir: str, interval_s: str, config: str, *overrides: str) -> None:
    """Run the job; `config` is a settings file, or `-` for none."""
    settings = load(None if config == "-" else Path(config), overrides)
    env = StreamExecutionEnvironment.get_execution_environment(_configuration(checkpoint_dir, interval_s))
    source = FileSource.for_record_stream_format(StreamFormat.text_line_format(), events).build()
    trails = env.from_source(source, WatermarkStrategy.no_watermarks(), "events").process(ParseLine(settings))
    for position in range(len(settings.graph.stages)):
        trails = trails.key_by(
            lambda trail, position=position: stage_key(trail.event.key(position), trail.event.id_hash), Types.LONG()
        ).process(VisitStage(settings, position))
    scored = trails.filter(lambda trail: not trail.event.is_label).map(ScoreOne(settings), Types.STRING())
    scored.sink_to(FileSink.for_row_format(decisions, Encoder.simple_string_encoder()).build())
    env.execute("naive")


def _configuration(checkpoint_dir: str, interval_s: str) -> Configuration:
    configuration = Configuration()
    configuration.set_string("python.execution-mode", "process")
    configuration.set_string("python.executable", sys.executable)
    configuration.set_string("execution.checkpointing.interval", f"{interval_s} s")
    configuration.set_string("execution.checkpointing.dir", checkpoint_dir)
    return configuration


if __name__ == "__main__":
    main(*sys.argv[1:])
