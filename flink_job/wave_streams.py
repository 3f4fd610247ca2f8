"""From what has passed the last stage to revisions of waves: counted in Java, watched in one place.

All valid events are counted, not only flagged ones: each of a wave looks innocent on its own. No event goes
on from here, so that there is no hot key.
"""

from __future__ import annotations

from pyflink.common import Types
from pyflink.datastream import DataStream, StreamExecutionEnvironment

from domain.events.disposable_mail import MAIL_CLASSES
from domain.graph import LABEL_CODE
from domain.incidents.waves.counts import BUCKET_MS, MOST_UNITS
from domain.incidents.waves.sample import LISTED
from domain.kernel.layouts import offset_of
from domain.memory.trail import ENTITIES_AT, EVENT_HEAD, TRAIL_TAIL, TrailCodec
from flink_job.connectors.java_classes import java_classes
from flink_job.java_streams import behind, keyed, keyed_row, transformed, with_event_time
from flink_job.settings.settings import Settings
from udfs.engine.keys import ONE_PLACE
from udfs.find_waves import FindWaves


def timed(env: StreamExecutionEnvironment, stream: DataStream, settings: Settings, uid: str = "event-time") -> DataStream:
    """Return a stream of rows whose second field is a trail, with event time and watermarks.

    Watermarks are as those of the decisions, `out_of_order_s` before the latest event of the reader.
    """
    clock = java_classes(env).EventClock(_tail_at(settings))
    return with_event_time(stream, clock, _lag_ms(settings)).name(uid.replace("-", " ")).uid(uid)


def waves(env: StreamExecutionEnvironment, passed: DataStream, settings: Settings) -> DataStream:
    """Return the revisions of waves in a stream of `scoring_tables.passed_row` with event time."""
    text = Types.STRING()
    row = keyed_row(text, text)
    crowd, time, given, kind, subject = (offset_of(EVENT_HEAD, name) for name in ("crowd", "time", "given", "type", "subject_hash"))
    places = crowd, time, given, kind, subject, LABEL_CODE, ENTITIES_AT, _tail_at(settings)
    bounds = BUCKET_MS, _lag_ms(settings), float(MOST_UNITS), len(MAIL_CLASSES), LISTED
    count = java_classes(env).CountCrowds(ONE_PLACE, *bounds, *places)
    counted = behind(transformed(passed, "count crowds", row, count).uid("count-crowds"))
    found = keyed(counted, text, text).process(FindWaves(settings.incidents, settings.job.silent_until_ms), row)
    return behind(found.name("waves").uid("waves").set_parallelism(1))


def _lag_ms(settings: Settings) -> int:
    return round(settings.job.out_of_order_s * 1000)


def _tail_at(settings: Settings) -> int:
    """Return where a trail's `TRAIL_TAIL` begins, of which the clock is the first."""
    return TrailCodec(settings.graph).head_bytes - TRAIL_TAIL.itemsize
