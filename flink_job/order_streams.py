"""The order in which the trails of several subtasks come to a stage, kept in Java.

Trails travel in batches, one for each subtask of the next stage.

By arrival their order is that in which they were read: each takes its turn there, and in front of a stage it
waits for those before it.

With `job.order: event_time` it is that of their time. Each stage needs that, since what comes from different
subtasks is in no order, and each has it as soon as the watermark has passed it: only in front of the first
one do events wait for `job.out_of_order_s`.
"""

from __future__ import annotations

from pyflink.common import Types
from pyflink.common.typeinfo import TypeInformation
from pyflink.datastream import DataStream, StreamExecutionEnvironment

from domain.events.time_order import EVENT_TIME
from domain.graph import LABEL_CODE
from domain.kernel.layouts import offset_of
from domain.memory.trail import ENTITIES_AT, EVENT_HEAD, TRAIL_TAIL, TrailCodec
from flink_job.connectors.java_classes import java_classes
from flink_job.java_streams import keyed, keyed_row, parallelism_of, partitioned, silence_ms, transformed, with_watermarks
from flink_job.scoring_tables import TRAIL
from flink_job.settings.order_match import order_uid
from flink_job.settings.settings import Settings

MOST_WAITING = 100_000
"""So many events of one entity may wait at a stage, some 50 MB; further ones do not wait."""
TURN_MS, TURNS = 5, 64
"""From one mark to the next, per subtask, in time and in events: so long an event may wait for those before
it. A mark goes to each subtask, so with more of them there are fewer marks.
"""
LONGEST_TURN_MS = 100
LONGEST_MS, MOST_OUT_OF_TURN = 30_000, 50_000
"""So long, twice that at most, and so many of a subtask wait at a stage for those before them."""
_KEY = Types.LONG()


def timed_for_order(env: StreamExecutionEnvironment, stream: DataStream, settings: Settings) -> DataStream:
    """Return a stream of rows (key, trail) as batches for the subtasks of the first stage, with the
    watermarks for which events wait.
    """
    ours, clock_at = java_classes(env), _clock_at(settings)
    time_at, type_at = offset_of(EVENT_HEAD, "time"), offset_of(EVENT_HEAD, "type")
    marks = ours.OrderClock(_lag_ms(settings), silence_ms(env), time_at, clock_at, type_at, LABEL_CODE)
    timed = with_watermarks(stream, ours.EventClock(clock_at), marks).name("event time").uid("event-time")
    return gathered(env, timed, "time", settings)


def in_time_order(env: StreamExecutionEnvironment, stream: DataStream, kind: str, settings: Settings) -> DataStream:
    """Return a stream of batches in the order of the trails' time, each at the subtask for which it is."""
    places = offset_of(EVENT_HEAD, "time"), ENTITIES_AT, _clock_at(settings)
    order = java_classes(env).InTimeOrder(_lag_ms(settings), MOST_WAITING, *places)
    by_key = keyed(stream, _KEY, TRAIL, java_classes(env).FirstKey())
    return transformed(by_key, f"{kind} order", TRAIL, order).uid(order_uid(kind, settings))


def at_its_time(env: StreamExecutionEnvironment, stream: DataStream, row: TypeInformation, settings: Settings) -> DataStream:
    """Return a stream of rows whose second field is a trail, in order, with their event time."""
    ours = java_classes(env)
    operator = ours.AtItsTime(ours.EventClock(_clock_at(settings)))
    return transformed(stream, "event time passed", row, operator).uid("event-time-passed")


def taking_turns(env: StreamExecutionEnvironment, stream: DataStream, settings: Settings) -> DataStream:
    """Return a stream of rows (key, trail) as batches for the subtasks of the first stage.

    Each trail has its turn there: the order in which they were read.
    """
    subtasks = settings.job.parallelism
    operator = java_classes(env).TakeTurns(min(TURN_MS * subtasks, LONGEST_TURN_MS), TURNS * subtasks)
    turns = transformed(stream, "turns", keyed_row(_KEY, TRAIL), operator).uid("turns").set_parallelism(parallelism_of(stream))
    return gathered(env, turns, "turns", settings)


def gathered(env: StreamExecutionEnvironment, stream: DataStream, after: str, settings: Settings) -> DataStream:
    """Return a stream of trails as batches for the subtasks of the next stage."""
    # Marks come all the time; the watermarks of events only while their clocks go on, and some are late.
    longest_ms = LONGEST_TURN_MS if settings.job.order == EVENT_TIME else 0
    operator = java_classes(env).Gather(settings.job.parallelism, env.get_max_parallelism(), longest_ms)
    return transformed(stream, f"{after} gathered", TRAIL, operator).uid(f"{after}-gathered").set_parallelism(parallelism_of(stream))


def at_their_subtask(env: StreamExecutionEnvironment, stream: DataStream) -> DataStream:
    """Return a stream of batches, each at the subtask for which it is."""
    return partitioned(stream, java_classes(env).ToSubtask())


def in_turn(env: StreamExecutionEnvironment, stream: DataStream, kind: str) -> DataStream:
    """Return a stream of batches, each at its subtask, in the order of the trails' turns."""
    waits = java_classes(env).InTurn(LONGEST_MS, MOST_OUT_OF_TURN)
    return transformed(stream, f"{kind} turns", TRAIL, waits).uid(f"{kind}-turns")


def _lag_ms(settings: Settings) -> int:
    return round(settings.job.out_of_order_s * 1000)


def _clock_at(settings: Settings) -> int:
    """Return where a trail's `TRAIL_TAIL` begins, of which the clock is the first."""
    return TrailCodec(settings.graph).head_bytes - TRAIL_TAIL.itemsize
