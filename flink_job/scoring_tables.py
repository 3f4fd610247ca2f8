"""From the last stage to decisions, by the Table API: it alone calls vectorised functions of a worker.

It is also where event time comes from: the watermarks are those of all events, the approved ones included.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyflink.common import Types
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.table import Schema, StreamTableEnvironment, Table
from pyflink.table.expressions import col

from flink_job.java_streams import text_stream
from flink_job.settings.settings import Settings
from gnn.compiled.model import CompiledModel
from udfs.approve import NO_DECISION
from udfs.deliver_alert import FLAGGED_ROW
from udfs.score import score_function

TRAIL = Types.PRIMITIVE_ARRAY(Types.BYTE())
_COLUMNS = {"time_ms": "BIGINT", "trail": "BYTES", "document": "STRING", "effects": "STRING", "health": "STRING"}
PASSED = Types.ROW_NAMED(list(_COLUMNS), [Types.LONG(), TRAIL, Types.STRING(), Types.STRING(), Types.STRING()])
"""After the last stage: an approved event's document, or without one a trail on its way to scoring, with the
effects of control records; or a label, whose document is `NO_DECISION`. `health` are news of the model's
health, with any of them.
"""
HEALTH_AT = list(_COLUMNS).index("health")


@dataclass(frozen=True)
class Decided:
    """What comes of `PASSED`; all with event time."""

    documents: DataStream
    """Decisions as JSON text."""
    flagged: DataStream
    """Rows of `FLAGGED_ROW`."""
    news: DataStream
    """Rows (text, event time) of the model's health, from the worker."""


def decide(env: StreamExecutionEnvironment, passed: DataStream, settings: Settings, model: CompiledModel | None) -> Decided:
    """Decide on a stream of `PASSED`.

    `model` approved events before; it is None if that is left to the worker.
    """
    tables = StreamTableEnvironment.create(env)
    if model is None:
        # Not chained to scoring, so that the stages go on while a micro-batch is scored; one to one, so that
        # the order stays.
        trails = _timed(tables, passed.rescale(), settings).where(col("document").is_null)
        return Decided(*_score(tables, trails, settings, None))
    approved, trails = _parted(tables, passed, settings)
    scored, flagged, news = _score(tables, trails, settings, model.model_id)
    return Decided(approved.union(scored), flagged, news)


def _parted(tables: StreamTableEnvironment, passed: DataStream, settings: Settings) -> tuple[DataStream, Table]:
    """Return (decisions of what is approved, the other trails), both with the watermarks of all events."""
    # neither null nor a label's
    documents = tables.from_data_stream(passed, _columns().build()).where(col("document") != NO_DECISION).select(col("document"))
    trails = _timed(tables, passed, settings).where(col("document").is_null).select(col("rowtime"), col("trail"), col("effects"))
    asked = tables.from_data_stream(tables.to_data_stream(trails).rescale(), _event_time())
    return text_stream(tables, documents), asked.select(col("event_time").alias("rowtime"), col("trail"), col("effects"))


def _timed(tables: StreamTableEnvironment, passed: DataStream, settings: Settings) -> Table:
    """Return rows of `PASSED` with their event time."""
    schema = (
        _columns()
        .column_by_expression("rowtime", "TO_TIMESTAMP_LTZ(time_ms, 3)")
        # In milliseconds: a literal INTERVAL takes two digits of seconds only.
        .watermark("rowtime", f"TO_TIMESTAMP_LTZ(time_ms - {round(settings.job.out_of_order_s * 1000)}, 3)")
        .build()
    )
    return tables.from_data_stream(passed, schema)


def _score(
    tables: StreamTableEnvironment, trails: Table, settings: Settings, model_id: str | None
) -> tuple[DataStream, DataStream, DataStream]:
    """Return (decision documents, flagged ones, news of the model's health) of trails."""
    score = score_function(settings.graph, settings.model, settings.policy, settings.job.threads_as_batch, model_id, settings.identity)
    inputs = [col("trail"), col("effects")] if settings.job.control else [col("trail")]
    scored = trails.select(col("rowtime"), score(*inputs).alias("scored"))
    names = ("document", "flagged", "joins", "clock", "health")
    both = _again(tables, scored.select(col("rowtime"), *(col("scored").get(name).alias(name) for name in names)))
    decisions = text_stream(tables, both.select(col("document")))
    flagged = tables.to_data_stream(both.where(col("flagged")).select(*map(col, FLAGGED_ROW)))
    news = tables.to_data_stream(both.where(col("health").is_not_null).select(col("health"), col("event_time")))
    return decisions, flagged, news


def _columns() -> Schema.Builder:
    """Return the beginning of a schema of `PASSED`."""
    builder = Schema.new_builder()
    for name, kind in _COLUMNS.items():
        builder.column(name, kind)
    return builder


def _again(tables: StreamTableEnvironment, table: Table) -> Table:
    """Return the table by way of one stream, so that the queries of two branches do not compute it twice."""
    return tables.from_data_stream(tables.to_data_stream(table), _event_time())


def _event_time() -> Schema:
    """Return the schema of a stream's own columns, its records' times and its watermarks."""
    builder = Schema.new_builder().column_by_metadata("event_time", "TIMESTAMP_LTZ(3)", "rowtime")
    return builder.watermark("event_time", "SOURCE_WATERMARK()").build()
