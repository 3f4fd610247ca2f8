"""From the last stage to decisions, by the Table API: it alone calls vectorised functions of a worker.

It is also where event time comes from: the watermarks are those of all events, the approved ones included.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pyflink.common import Types
from pyflink.common.typeinfo import TypeInformation
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.table import Schema, StreamTableEnvironment, Table
from pyflink.table.expressions import col, not_

from flink_job.java_streams import text_stream
from flink_job.settings.settings import JobSettings, Settings
from gnn.compiled.model import CompiledModel
from udfs.approve import NO_DECISION
from udfs.raise_alert import FLAGGED_ROW
from udfs.score import Enriched, score_function

TRAIL = Types.PRIMITIVE_ARRAY(Types.BYTE())
_COLUMNS = {"clock_ms": "BIGINT", "trail": "BYTES", "document": "STRING", "effects": "STRING", "health": "STRING"}
_TYPES = {"BIGINT": Types.LONG(), "BYTES": TRAIL, "STRING": Types.STRING()}
ENRICHED = "job.enriched"
"""The setting, and the output, of enriched documents."""
HEALTH_AT = list(_COLUMNS).index("health")


def passed_row(job: JobSettings) -> TypeInformation:
    """Return the type of what comes after the last stage.

    That is an approved event's document, or without one a trail on its way to scoring, with the effects of
    control records; or a label, whose document is `NO_DECISION`. `health` are news of the model's health,
    with any of them. Where approved events are enriched there, the last column is their enriched document.
    """
    columns = _columns_of(job)
    return Types.ROW_NAMED(list(columns), [_TYPES[kind] for kind in columns.values()])


def enriches_early(job: JobSettings) -> bool:
    """Return whether enriched documents are made where events are approved early."""
    return job.enriched is not None and job.early_approval


def _columns_of(job: JobSettings) -> dict[str, str]:
    return {**_COLUMNS, "enriched": "STRING"} if enriches_early(job) else _COLUMNS


@dataclass(frozen=True)
class Decided:
    """What comes of a stream of `passed_row`; all with event time."""

    outputs: dict[str, DataStream]
    """Documents of decisions as JSON text, by the setting that says where they go.

    With `job.enriched_raw` those of `job.enriched` are still to be joined with their raw lines.
    """
    flagged: DataStream
    """Rows of `FLAGGED_ROW`, and those that have an account be forgotten."""
    news: DataStream
    """Rows (text, event time) of the model's health, from the worker."""


def decide(env: StreamExecutionEnvironment, passed: DataStream, settings: Settings, model: CompiledModel | None) -> Decided:
    """Decide on a stream of `passed_row`.

    `model` approved events before; it is None if that is left to the worker.
    """
    tables = StreamTableEnvironment.create(env)
    if model is None:
        # Not chained to scoring, so that the stages go on while a micro-batch is scored; one to one, so that
        # the order stays.
        trails = _timed(tables, passed.rescale(), settings).where(col("document").is_null)
        return _score(tables, trails, settings, None)
    approved, trails = _parted(tables, passed, settings)
    decided = _score(tables, trails, settings, model.model_id)
    return replace(decided, outputs=decided.outputs | {name: early.union(decided.outputs[name]) for name, early in approved.items()})


def _parted(tables: StreamTableEnvironment, passed: DataStream, settings: Settings) -> tuple[dict[str, DataStream], Table]:
    """Return (outputs of what is approved, the other trails), both with the watermarks of all events."""
    # neither null nor a label's
    approved = tables.from_data_stream(passed, _columns(settings.job).build()).where(col("document") != NO_DECISION)
    trails = _timed(tables, passed, settings).where(col("document").is_null).select(col("rowtime"), col("trail"), col("effects"))
    asked = tables.from_data_stream(tables.to_data_stream(trails).rescale(), _event_time())
    outputs = {"job.decisions": text_stream(tables, approved.select(col("document")))}
    if enriches_early(settings.job):
        outputs[ENRICHED] = text_stream(tables, approved.select(col("enriched")))
    return outputs, asked.select(col("event_time").alias("rowtime"), col("trail"), col("effects"))


def _timed(tables: StreamTableEnvironment, passed: DataStream, settings: Settings) -> Table:
    """Return rows of `passed_row` with their event time, which is that of the reader's clock."""
    schema = (
        _columns(settings.job)
        .column_by_expression("rowtime", "TO_TIMESTAMP_LTZ(clock_ms, 3)")
        # In milliseconds: a literal INTERVAL takes two digits of seconds only.
        .watermark("rowtime", f"TO_TIMESTAMP_LTZ(clock_ms - {round(settings.job.out_of_order_s * 1000)}, 3)")
        .build()
    )
    return tables.from_data_stream(passed, schema)


def _score(tables: StreamTableEnvironment, trails: Table, settings: Settings, model_id: str | None) -> Decided:
    """Return what comes of trails."""
    job, policy = settings.job, settings.policy
    enriched = Enriched(job.enriched_features, job.enriched_raw) if job.enriched else None
    score = score_function(settings.graph, settings.model, policy, job.threads_as_batch, model_id, settings.identity, enriched)
    inputs = [col("trail"), col("effects")] if job.control else [col("trail")]
    scored = trails.select(col("rowtime"), score(*inputs).alias("scored"))
    names = ("document", "flagged", "joins", "clock", "health", *(("enriched",) if enriched else ()))
    both = _again(tables, scored.select(col("rowtime"), *(col("scored").get(name).alias(name) for name in names)))
    outputs = _outputs(tables, both, job)
    flagged = tables.to_data_stream(both.where(col("flagged")).select(*map(col, FLAGGED_ROW)))
    news = tables.to_data_stream(both.where(col("health").is_not_null).select(col("health"), col("event_time")))
    return Decided(outputs, flagged, news)


def _outputs(tables: StreamTableEnvironment, scored: Table, job: JobSettings) -> dict[str, DataStream]:
    """Return the documents of what is scored, by the setting that says where they go."""
    scored = scored.where(col("document") != NO_DECISION)  # an account is forgotten
    decided = scored.where(not_(col("flagged"))) if job.flagged_apart else scored
    outputs = {"job.decisions": text_stream(tables, decided.select(col("document")))}
    if job.enriched:
        outputs[ENRICHED] = text_stream(tables, scored.select(col("enriched")))
    if job.flagged:
        outputs["job.flagged"] = text_stream(tables, scored.where(col("flagged")).select(col("document")))
    return outputs


def _columns(job: JobSettings) -> Schema.Builder:
    """Return the beginning of a schema of `passed_row`."""
    builder = Schema.new_builder()
    for name, kind in _columns_of(job).items():
        builder.column(name, kind)
    return builder


def _again(tables: StreamTableEnvironment, table: Table) -> Table:
    """Return the table by way of one stream, so that the queries of two branches do not compute it twice."""
    return tables.from_data_stream(tables.to_data_stream(table), _event_time())


def _event_time() -> Schema:
    """Return the schema of a stream's own columns, its records' times and its watermarks."""
    builder = Schema.new_builder().column_by_metadata("event_time", "TIMESTAMP_LTZ(3)", "rowtime")
    return builder.watermark("event_time", "SOURCE_WATERMARK()").build()
