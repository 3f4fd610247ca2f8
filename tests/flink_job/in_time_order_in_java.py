"""Checks of `InTimeOrder.java` in a small Flink; a process with Flink's gateway runs them.

Nothing but the end of the input moves the watermark, so all that waits does so until then.
"""

from __future__ import annotations

import random
from pathlib import Path

from domain.events.event import Event
from domain.graph import GraphSettings
from domain.kernel.layouts import offset_of
from domain.memory.trail import ENTITIES_AT, EVENT_HEAD, TRAIL_TAIL, Trail, TrailCodec
from domain.times import MINUTE_MS

CODEC = TrailCodec(GraphSettings())
LAG_MS = MINUTE_MS
START_MS = 1_700_000_000_000
Given = tuple[int, str, int, int]
"""Second of the event, its id, its account, which is the key, and second of the clock when it came."""


def trail(given: Given) -> bytes:
    second, event_id, account, clock = given
    trail = Trail(Event(event_id, 0, START_MS + 1000 * second, (account, 0, 0), 7))
    trail.clock_ms = START_MS + 1000 * clock
    return CODEC.encode(trail)


def handed_on(given: list[Given], most: int = 1000) -> list[Given]:
    """What goes on, in its order, through one subtask."""
    from pyflink.common import Row, Types
    from pyflink.datastream import StreamExecutionEnvironment

    from flink_job.connectors.java_classes import java_classes
    from flink_job.java_streams import keyed, keyed_row, transformed
    from flink_job.scoring_tables import TRAIL
    from udfs.engine.batches import trails_of
    from udfs.engine.keys import as_long

    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    row, clock_at = keyed_row(Types.LONG(), TRAIL), CODEC.head_bytes - TRAIL_TAIL.itemsize
    rows = env.from_collection([Row(as_long(one[2]), trail(one)) for one in given], row)
    order = java_classes(env).InTimeOrder(LAG_MS, most, offset_of(EVENT_HEAD, "time"), ENTITIES_AT, clock_at)
    batches = transformed(rows, "gathered", TRAIL, java_classes(env).Gather(1, env.get_max_parallelism(), 0))
    by_key = keyed(batches, Types.LONG(), TRAIL, java_classes(env).FirstKey())
    with transformed(by_key, "order", TRAIL, order).execute_and_collect() as collected:
        found = [bytes(byte & 0xFF for byte in one) for one in collected]
    return [_read(one.trail) for batch in found for one in trails_of(batch)]


def _read(data: bytes) -> Given:
    event = CODEC.event(data)
    second, clock = ((time_ms - START_MS) // 1000 for time_ms in (event.time_ms, CODEC.clock_ms(data)))
    return second, event.event_id, event.entities[0], clock


def check_all_keys_come_out_in_one_order(_: Path) -> None:
    """By time, then id, then account, all as unsigned; what comes late is at the clock's place."""
    rng = random.Random(1)
    given = [(rng.randrange(5), rng.choice("abz") + "\u00fc" * rng.randrange(2), rng.choice((1, 2**63, 2**64 - 1)), 30) for _ in range(200)]
    given = list(dict.fromkeys(given))
    assert handed_on(given) == [(second, event_id, account, second) for second, event_id, account, _ in sorted(given)]
    late = [(5, "late", 1, 100), (41, "after", 1, 41), (39, "before", 2, 39)]  # 95 s late: where the clock was a minute before
    assert [one[1] for one in handed_on(late)] == ["before", "late", "after"]
    assert handed_on(late)[1] == late[0]  # it keeps the clock at which it came


def check_what_has_one_place_keeps_the_order_in_which_it_came(_: Path) -> None:
    given = [(3, "a", 1, 30), (3, "a", 1, 10), (3, "a", 1, 20)]
    assert handed_on(given) == [(3, "a", 1, 3)] * 3


def check_a_key_has_no_more_waiting_than_it_may(_: Path) -> None:
    """Further ones go on at once, and nothing is lost; other keys do not notice."""
    given = [*((10 - n, f"e{n}", 1, 10) for n in range(6)), (20, "other", 2, 20)]
    found = [one[1] for one in handed_on(given, most=4)]
    assert found == ["e4", "e5", "e3", "e2", "e1", "e0", "other"]
