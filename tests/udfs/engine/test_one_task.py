"""How the head of a chain finds the stages that Flink has chained to it."""

from __future__ import annotations

import pickle
from threading import Thread
from typing import Any

import pytest

from domain.graph import GraphSettings
from tests.udfs.test_operators import Runtime
from udfs.engine import one_task
from udfs.engine.direct_calls import call_directly
from udfs.engine.record_state import RecordState
from udfs.stage import Stage

GRAPH = GraphSettings()


class Chained(Stage):
    """A stage without a Flink around it."""

    def __init__(self, position: int) -> None:
        super().__init__(GRAPH, position, in_one_task=True)


def test_stages_are_found_in_order_whatever_the_order_of_opening() -> None:
    made = [Chained(position) for position in (2, 0, 1)]
    for stage in made:
        one_task.join(stage)
    assert [stage.position for stage in one_task.stages(3)] == [0, 1, 2]
    again = Chained(1)
    one_task.join(again)  # a new attempt in the same thread
    made[2].close()  # the old one ends late: the new one stays
    assert one_task.stages(3)[1] is again
    for stage in (*made[:2], again):
        stage.close()
    with pytest.raises(RuntimeError, match=r"operator-chaining out of job\.flink"):
        one_task.stages(1)


def test_another_thread_is_another_task() -> None:
    stage, raised = Chained(0), []
    one_task.join(stage)

    def look() -> None:
        try:
            one_task.stages(1)
        except RuntimeError as error:
            raised.append(error)

    other = Thread(target=look)
    other.start()
    other.join()
    stage.close()
    assert len(raised) == 1


@pytest.mark.parametrize("stored", [b"\x02record", pickle.dumps(b"\x02record"), pickle.dumps(b"\x02record", protocol=3), None])
def test_pickled_records_of_former_versions_are_read(stored: bytes | None) -> None:
    runtime: Any = Runtime(key=1, state={} if stored is None else {1: stored})
    state = RecordState(runtime, "entity", 1000)
    assert state.value() == (None if stored is None else b"\x02record")
    state.update(b"\x02new")
    assert runtime.state[1] == b"\x02new"


def test_outside_of_flink_nothing_is_replaced() -> None:
    assert call_directly(lambda value: iter(())) is None


class _Operation:
    """Looks like PyFlink's, by its module's name."""

    def __init__(self, operations: int) -> None:
        self._operations = [None] * operations

    def process_element(self, value: str) -> Any:
        yield f"usual {value}"

    def open(self, process: Any) -> Any:
        return call_directly(process)


_Operation.__module__ = "pyflink.fn_execution.embedded.operations"


@pytest.mark.parametrize(("operations", "expected"), [(1, ["direct"]), (2, ["usual 1"])])
def test_java_calls_the_function_itself_unless_others_are_chained_behind_it(operations: int, expected: list[str]) -> None:
    operation = _Operation(operations)
    usual = operation.open(lambda value: iter(["direct"]))
    assert list(operation.process_element("1")) == expected
    if usual is not None:
        assert list(usual("1")) == ["usual 1"]
