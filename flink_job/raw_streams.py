"""From raw lines and enriched documents to documents with their line, by a keyed join of its own.

Nothing else has raw lines after the parser, and this is not built without `job.enriched_raw`.
"""

from __future__ import annotations

from pyflink.common import Types
from pyflink.datastream import DataStream, StreamExecutionEnvironment

from domain.decisions.raw_event import CLOCK_AT
from flink_job.connectors.java_classes import java_classes
from flink_job.java_streams import flat_mapped, keyed, keyed_row, parallelism_of, with_event_time
from flink_job.scoring_tables import TRAIL
from flink_job.settings.settings import Settings
from udfs.join_raw import JoinRaw
from udfs.read_raw import ReadRaw

_TEXT = Types.STRING()
_ROW = keyed_row(_TEXT, TRAIL)
_IDLE = "10 min"
"""So long may lines be missing before documents go on without them: workers may start in minutes."""


def with_raw(env: StreamExecutionEnvironment, lines: DataStream, documents: DataStream, settings: Settings) -> DataStream:
    """Return enriched documents, which have their event's clock and key before them, with their raw lines.

    The watermark of lines and documents together says when no partner can come any more.
    """
    ours = java_classes(env)
    read = lines.process(ReadRaw(settings.graph, settings.identity, settings.job.ahead_min), _ROW).name("raw lines").uid("raw-lines")
    read.set_parallelism(parallelism_of(lines))  # as the parser's
    timed = with_event_time(read, ours.EventClock(CLOCK_AT), round(settings.job.out_of_order_s * 1000), _IDLE)
    raw = timed.name("event time of raw lines").uid("event-time-raw")
    decided = flat_mapped(documents, _ROW, ours.KeyedDocument()).name("enriched by event").uid("enriched-by-event")
    return keyed(raw.union(decided), _TEXT, TRAIL).process(JoinRaw(), _TEXT).name("raw join").uid("raw-join")
