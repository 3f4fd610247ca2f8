"""The job as a function from streams to streams: no source, no sink of decisions, no `execute` in here.

                                       /-> approved -> decisions
lines -> parse -> stage per entity kind -> score -> decisions
             \\-> rejected -> Redis            \\-> flagged -> alerts -> Redis -> rings -> incidents -> reviews -> summaries -> Redis

With a control stream, control -> admit models -> parse (broadcast) as well.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from pyflink.common import Configuration, Time, Types
from pyflink.common.typeinfo import TypeInformation
from pyflink.datastream import AsyncDataStream, DataStream, KeyedProcessFunction, OutputTag, StreamExecutionEnvironment
from pyflink.table import DataTypes, Schema, StreamTableEnvironment, Table
from pyflink.table.expressions import col
from pyflink.table.types import _to_java_data_type

from domain.errors import SettingError
from flink_job.keyed_rows import key_by_first, keyed_row
from flink_job.settings.settings import Settings
from gnn.artifact.artifact import load_scorer
from gnn.card.card import ArtifactError
from gnn.compiled.model import PackedModel
from udfs.admit_model import AdmitModel
from udfs.approve import Approve
from udfs.deliver_alert import DeliverAlert
from udfs.deliver_incident import DeliverIncident
from udfs.deliver_rejected import DeliverRejected
from udfs.gather_incident import GatherIncident
from udfs.join_rings import JoinRings
from udfs.parse import Parse, ParseForModel, model_state
from udfs.review_incidents import ReviewIncidents
from udfs.score import score_function
from udfs.stage import ChainedStage, Stage
from udfs.summarise import Summarise

_KEY, _TRAIL = Types.LONG(), Types.PRIMITIVE_ARRAY(Types.BYTE())
_KEYED = keyed_row(_KEY, _TRAIL)
"""A trail on its way to a stage."""
_PASSED = Types.ROW_NAMED(["time_ms", "trail", "document"], [Types.LONG(), _TRAIL, Types.STRING()])
"""Behind the last stage: an approved event's document, or without one a trail on its way to scoring."""


@dataclass(frozen=True)
class Streams:
    """What comes out: decision documents (JSON text) and, for whoever wants to watch, what went to Redis."""

    decisions: DataStream
    flagged: DataStream
    rejected: DataStream
    incidents: DataStream


def build(env: StreamExecutionEnvironment, lines: DataStream, settings: Settings, control: DataStream | None = None) -> Streams:
    """Wire the operators behind a stream of raw lines, and one of control records (STRING, ISO 8859-1: one
    character per byte).
    """
    model = _packed_model(settings)
    passed, rejected = _graph_stages(lines, control, settings, model)
    tables = StreamTableEnvironment.create(env)
    if model is None:
        # Not chained to scoring, so that the stages go on while a micro-batch is scored; one to one, so that
        # the order stays.
        decisions, flagged = _scored(tables, _timed(tables, passed.rescale(), settings), settings, model)
    else:
        approved, trails = _parted(tables, passed, settings)
        scored, flagged = _scored(tables, trails, settings, model)
        decisions = approved.union(scored)
    rejected.process(DeliverRejected(settings.redis), Types.STRING()).name("rejected to Redis").uid("deliver-rejected")
    incidents = _incidents(env, flagged, settings)
    return Streams(decisions, flagged, rejected, incidents)


def _graph_stages(
    lines: DataStream, control: DataStream | None, settings: Settings, model: PackedModel | None
) -> tuple[DataStream, DataStream]:
    """(what has passed the last stage, rejected documents)."""
    # Parsing keeps the source's parallelism: spreading the lines would lose the order of an account's
    # events.
    readers = lines._j_data_stream.getParallelism()
    in_one_task = readers == settings.job.parallelism == 1
    approve = Approve(settings.graph, settings.policy, model)
    parsed, rejected = _parsed(lines, control, settings, _PASSED if in_one_task else _KEYED, approve if in_one_task else None)
    parsed = parsed.name("parse").uid("parse").set_parallelism(readers)
    if in_one_task:
        unsent = DataStream(parsed._j_data_stream.getSideOutput(OutputTag("unsent", _KEYED).get_java_output_tag()))
        for position in range(len(settings.graph.stages)):
            _stage(unsent, position, settings, None, in_one_task)
        return parsed, rejected
    passed = parsed
    for position in range(len(settings.graph.stages)):
        passed = _stage(passed, position, settings, approve, in_one_task)
        if position == 0:
            # Behind one reader, two subtasks of the first stage would run hundreds of small records apart,
            # and the next stage would see the events of one device in another order each time.
            passed.set_parallelism(readers)
    return passed, rejected


def _packed_model(settings: Settings) -> PackedModel | None:
    """What the stages approve by; None if that is left to the worker."""
    if not settings.job.early_approval:
        return None
    try:
        return load_scorer(settings.model, settings.graph).packed()
    except ArtifactError as error:
        raise SettingError(f"{error}; if it lies with the TaskManagers only, set job.early_approval to false") from None


def _stage(source: DataStream, position: int, settings: Settings, approve: Approve | None, in_one_task: bool) -> DataStream:
    """The operator that keeps the state of one entity kind; `in_one_task`: chained to its source, see
    `udfs.engine.one_task`.
    """
    graph = settings.graph
    kind, is_last = graph.stages[position], position == len(graph.stages) - 1
    keyed = key_by_first(source, _KEY, _TRAIL, in_one_task)
    if in_one_task:
        function: KeyedProcessFunction = ChainedStage(graph, position)
    else:
        function = Stage(graph, position, settings.job.threads_as_batch, approve if is_last else None)
    stage = keyed.process(function, _PASSED if is_last else _KEYED)
    return stage.name(f"{kind} stage").uid(f"stage-{kind}")


def _parsed(
    lines: DataStream, control: DataStream | None, settings: Settings, output: TypeInformation, approve: Approve | None
) -> tuple[DataStream, DataStream]:
    """(events, rejected documents); with a control stream the events name the model that it has put in
    place.
    """
    graph, text = settings.graph, Types.STRING()
    tag = OutputTag("rejected", text)
    if control is None:
        parsed = lines.process(Parse(graph, tag, settings.job.threads_as_batch, approve), output)
        return parsed, _side_output(parsed, tag)
    models = control.process(AdmitModel(graph, tag, str(Path.cwd()), sys.executable), text)
    # one order of the models for all
    models = models.name("admit models").uid("admit-models").set_parallelism(1)
    parsed = lines.connect(models.broadcast(model_state())).process(
        ParseForModel(graph, tag, settings.job.threads_as_batch, approve), output
    )
    return parsed, _side_output(parsed, tag).union(_side_output(models, tag, "refused models"))


def _side_output(stream: DataStream, tag: OutputTag, name: str | None = None) -> DataStream:
    """PyFlink puts an operator of its own behind a side output, which needs a uid like all others; `name` if
    not the tag's.
    """
    name = name or tag.tag_id
    return stream.get_side_output(tag).name(name).uid(f"side-{name.replace(' ', '-')}")


def _parted(tables: StreamTableEnvironment, passed: DataStream, settings: Settings) -> tuple[DataStream, Table]:
    """(decision documents of what is approved, the other trails with their event time), watermarks of all
    events behind both.
    """
    schema = Schema.new_builder().column("time_ms", "BIGINT").column("trail", "BYTES").column("document", "STRING").build()
    documents = tables.from_data_stream(passed, schema).where(col("document").is_not_null).select(col("document"))
    trails = _timed(tables, passed, settings).where(col("document").is_null).select(col("rowtime"), col("trail"))
    asked = tables.from_data_stream(tables.to_data_stream(trails).rescale(), _event_time())
    return _strings(tables, documents), asked.select(col("event_time").alias("rowtime"), col("trail"))


def _timed(tables: StreamTableEnvironment, passed: DataStream, settings: Settings) -> Table:
    """Rows of `_PASSED` with their event time."""
    schema = (
        Schema.new_builder()
        .column("time_ms", "BIGINT")
        .column("trail", "BYTES")
        .column("document", "STRING")
        .column_by_expression("rowtime", "TO_TIMESTAMP_LTZ(time_ms, 3)")
        # In milliseconds: a literal INTERVAL takes two digits of seconds only.
        .watermark("rowtime", f"TO_TIMESTAMP_LTZ(time_ms - {round(settings.job.out_of_order_s * 1000)}, 3)")
        .build()
    )
    return tables.from_data_stream(passed, schema)


def _scored(tables: StreamTableEnvironment, trails: Table, settings: Settings, model: PackedModel | None) -> tuple[DataStream, DataStream]:
    """(decision documents, flagged ones as rows (document, joins, clock)), event time set."""
    model_id = model.model_id if model else None
    score = score_function(settings.graph, settings.model, settings.policy, settings.job.threads_as_batch, model_id)
    scored = trails.select(col("rowtime"), score(col("trail")).alias("scored"))
    names = ("document", "flagged", "joins", "clock")
    both = _again(tables, scored.select(col("rowtime"), *(col("scored").get(name).alias(name) for name in names)))
    decisions = _strings(tables, both.select(col("document")))
    flagged = tables.to_data_stream(both.where(col("flagged")).select(col("document"), col("joins"), col("clock"), col("event_time")))
    return decisions, flagged


def _again(tables: StreamTableEnvironment, table: Table) -> Table:
    """The table by way of one stream, for two branches to read: each query on the table itself would compute
    it once more.
    """
    return tables.from_data_stream(tables.to_data_stream(table), _event_time())


def _event_time() -> Schema:
    """A stream's own columns, its records' times and its watermarks."""
    builder = Schema.new_builder().column_by_metadata("event_time", "TIMESTAMP_LTZ(3)", "rowtime")
    return builder.watermark("event_time", "SOURCE_WATERMARK()").build()


def _strings(tables: StreamTableEnvironment, table: Table) -> DataStream:
    """A table of one text column as a stream of plain strings, without Python in between."""
    return DataStream(tables._j_tenv.toDataStream(table._j_table, _to_java_data_type(DataTypes.STRING())))


def _incidents(env: StreamExecutionEnvironment, flagged: DataStream, settings: Settings) -> DataStream:
    """Alerts to Redis, incidents of each ring, their summaries, and those to Redis; returns the summarised
    revisions.
    """
    text = Types.STRING()
    alerts = flagged.process(DeliverAlert(settings.redis), keyed_row(text, text)).name("alerts to Redis").uid("deliver-alerts")
    told = key_by_first(alerts, text, text).process(JoinRings(settings.incidents), keyed_row(text, text))
    told = told.name("rings").uid("rings")
    revisions = key_by_first(told, text, text).process(GatherIncident(settings.incidents), keyed_row(text, text))
    revisions = revisions.name("incidents").uid("incidents")
    overflow = OutputTag("overflow", text)
    reviewed = key_by_first(revisions, text, text).process(ReviewIncidents(settings.incidents, overflow), text)
    reviewed = reviewed.name("reviews").uid("reviews")
    summarised = _summarised(env, reviewed, settings)
    overflows = _side_output(reviewed, overflow)
    overflows.process(DeliverIncident(settings.redis), text).name("overflow to Redis").uid("deliver-overflow")
    summarised.process(DeliverIncident(settings.redis), text).name("incidents to Redis").uid("deliver-incidents")
    return summarised


def _summarised(env: StreamExecutionEnvironment, incidents: DataStream, settings: Settings) -> DataStream:
    """The async operator. It runs in process mode and in a task of its own: chained, it would stall the main
    path.
    """
    job, llm = settings.job, settings.llm
    # The writer keeps to its patience; the engine's own limit only catches a bug.
    patience = Time.milliseconds(int((llm.patience_s + 5) * 1000))
    _configure(
        env,
        {"python.execution-mode": "process", "python.fn-execution.bundle.time": "1000", "python.fn-execution.bundle.size": "64"},
    )
    summarised = AsyncDataStream.unordered_wait(
        incidents.rebalance(), Summarise(llm, settings.redis), patience, job.summaries_in_flight, Types.STRING()
    )
    summarised = summarised.name("summaries").uid("summaries").disable_chaining()
    # Operators built so far read the mode again when the job starts: it must be thread by then.
    _configure(
        env,
        {
            "python.execution-mode": "thread",
            "python.fn-execution.bundle.time": str(job.score_wait_ms),
            "python.fn-execution.bundle.size": str(job.score_batch),
        },
    )
    return summarised


def _configure(env: StreamExecutionEnvironment, options: dict[str, str]) -> None:
    configuration = Configuration()
    for name, value in options.items():
        configuration.set_string(name, value)
    env.configure(configuration)
