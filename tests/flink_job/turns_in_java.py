"""Checks of `TakeTurns.java`, `Gather.java` and `InTurn.java` in a small Flink.

A process with Flink's gateway runs them.
"""

from __future__ import annotations

import struct
import sys
import time
from pathlib import Path
from typing import Any

from udfs.engine.batches import batch_of, trails_of

ROWS = 3_000
SPREAD = 4
"""Subtasks that the rows pass on their way."""
KEY_GROUPS = 128
LONG_MS, MANY = 600_000, 1_000_000
FAR = 1 << 60
"""Turns that no clock has reached, in microseconds."""


def environment(parallelism: int) -> Any:
    from pyflink.datastream import StreamExecutionEnvironment

    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(parallelism)
    env.set_max_parallelism(KEY_GROUPS)
    return env


def parts() -> tuple[Any, Any, Any]:
    """The types of a row (key, trail) and of a batch, and the function that applies a Java operator."""
    from pyflink.common import Types

    from flink_job.java_streams import keyed_row, transformed
    from flink_job.scoring_tables import TRAIL

    return keyed_row(Types.LONG(), TRAIL), TRAIL, transformed


def numbers(count: int) -> list[Any]:
    """Rows (key, trail), the keys spread, the trails their own numbers."""
    from pyflink.common import Row

    return [Row(at * 2_654_435_761 % 1_000_003, struct.pack("<q", at)) for at in range(count)]


def found_in(stream: Any) -> list[list[tuple[int, int, int]]]:
    """Of each batch that comes out (turn, key, number) of its trails."""
    with stream.execute_and_collect() as collected:
        batches = [bytes(byte & 0xFF for byte in batch) for batch in collected]
    return [[(turn, key, *struct.unpack("<q", trail)) for turn, key, trail in trails_of(batch)] for batch in batches]


def one_after_the_other(orders: bool) -> list[int]:
    """The numbers of trails that were spread over subtasks and come together again in one."""
    from pyflink.datastream import DataStream

    from flink_job.connectors.java_classes import java_classes
    from flink_job.java_streams import partitioned

    env = environment(SPREAD)
    ours, (row, batch, transformed) = java_classes(env), parts()
    rows = DataStream(env.from_collection(numbers(ROWS), row)._j_data_stream.rescale())
    turns = transformed(rows, "turns", row, ours.TakeTurns(10, 64)).set_parallelism(1)
    gathered = transformed(turns, "gathered", batch, ours.Gather(SPREAD, KEY_GROUPS, 0)).set_parallelism(1)
    spread = transformed(partitioned(gathered, ours.ToSubtask()), "spread", batch, ours.InTurn(LONG_MS, MANY))
    again = transformed(spread, "again", batch, ours.Gather(1, KEY_GROUPS, 0))
    together = partitioned(again, ours.ToSubtask())
    last = ours.InTurn(LONG_MS, MANY) if orders else ours.Gather(1, KEY_GROUPS, 0)
    batches = found_in(transformed(together, "together", batch, last).set_parallelism(1))
    return [number for each in batches for _, _, number in each]


def check_what_was_spread_comes_together_in_the_order_in_which_it_was_read(_: Path) -> None:
    assert one_after_the_other(orders=True) == list(range(ROWS))
    mixed = one_after_the_other(orders=False)
    assert sorted(mixed) == list(range(ROWS))
    assert mixed != list(range(ROWS)), "else the first line shows nothing"


def check_a_trail_comes_to_the_subtask_that_has_its_key(_: Path) -> None:
    """What Flink's own `keyBy` says, told by the subtask in whose batch a trail was."""
    from pyflink.java_gateway import get_gateway

    from flink_job.connectors.java_classes import java_classes

    env = environment(1)
    ours, (row, batch, transformed) = java_classes(env), parts()
    turns = transformed(env.from_collection(numbers(200), row), "turns", row, ours.TakeTurns(10, 64))
    with transformed(turns, "gathered", batch, ours.Gather(SPREAD, KEY_GROUPS, 0)).execute_and_collect() as collected:
        batches = [bytes(byte & 0xFF for byte in one) for one in collected]
    java = get_gateway().jvm
    ranges, select = java.org.apache.flink.runtime.state.KeyGroupRangeAssignment, java.KeyByKeySelector()
    seen = set()
    for one in batches:
        (subtask,) = struct.unpack_from("<i", one)
        for _, key, _ in trails_of(one):
            first = select.getKey(java.org.apache.flink.types.Row.of(java_array(java, [key, None])))
            assert ranges.assignKeyToParallelOperator(first, KEY_GROUPS, SPREAD) == subtask
            seen.add(subtask)
    assert seen == set(range(SPREAD))
    assert sum(len(trails_of(one)) for one in batches) == 200


def java_array(java: Any, values: list[Any]) -> Any:
    from pyflink.java_gateway import get_gateway

    array = get_gateway().new_array(java.java.lang.Object, len(values))
    for at, value in enumerate(values):
        array[at] = java.java.lang.Long.valueOf(value) if isinstance(value, int) else value
    return array


def batches_of(env: Any, *batches: tuple[int, ...]) -> Any:
    """Batches of trails with these turns; where one begins with turn 1, it comes three seconds later."""
    from pyflink.common import Configuration, Row

    row, batch, _ = parts()
    one_by_one = Configuration()
    one_by_one.set_string("python.fn-execution.bundle.size", "1")
    env.configure(one_by_one)
    env.set_python_executable(sys.executable)
    rows = [Row(turns[0], batch_of((turn, 1, struct.pack("<q", turn)) for turn in turns)) for turns in batches]
    return env.from_collection(rows, row).map(slow, batch)


def check_no_more_wait_than_may(_: Path) -> None:
    """Where a third one comes, the first in turn goes on; the rest go on at the end, in turn."""
    from flink_job.connectors.java_classes import java_classes

    env = environment(1)
    ours, (_row, batch, transformed) = java_classes(env), parts()
    given = batches_of(env, (5,), (3, 4), (2,), (9,), (1,))
    batches = found_in(transformed(given, "order", batch, ours.InTurn(LONG_MS, 2)))
    assert [turn for each in batches for turn, _, _ in each] == [3, 2, 4, 1, 5, 9]


def check_what_is_more_than_may_wait_goes_on_in_batches(_: Path) -> None:
    """Each call of a stage costs, so trails that went on one by one would hold it up all the more."""
    from flink_job.connectors.java_classes import java_classes

    env = environment(1)
    ours, (_row, batch, transformed) = java_classes(env), parts()
    given = batches_of(env, *(tuple(range(first, first + 64)) for first in range(2, 642, 64)))
    batches = found_in(transformed(given, "order", batch, ours.InTurn(LONG_MS, 64)))
    assert [turn for each in batches for turn, _, _ in each] == list(range(2, 642))
    assert {len(each) for each in batches} == {64}


def slow(row: Any) -> Any:
    if row[0] == 1:
        time.sleep(3.0)
    return row[1]


def check_none_waits_longer_than_it_may(_: Path) -> None:
    """The first in turn comes seconds after the others, which have gone on by then.

    Where nobody has said where the turns are, they wait.
    """
    from pyflink.datastream import DataStream

    from flink_job.connectors.java_classes import java_classes

    env = environment(1)
    ours, (_row, batch, transformed) = java_classes(env), parts()
    late = batches_of(env, (FAR + 5,), (FAR + 4,), (1, FAR + 1))
    marked = transformed(late, "marks", batch, ours.TakeTurns(10, 64))  # what the clock says is far before these turns
    for stream, longest_ms, expected in ((marked, 200, [4, 5, 1]), (marked, LONG_MS, [1, 4, 5]), (late, 200, [1, 4, 5])):
        apart = DataStream(stream._j_data_stream.rebalance())  # in a task of its own, whose clock goes on
        batches = found_in(transformed(apart, "order", batch, ours.InTurn(longest_ms, MANY)))
        assert [turn - FAR for each in batches for turn, _, _ in each if turn > FAR] == expected
