"""How the head of a chain finds the stages that Flink has chained to it."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest

from domain.graph import GraphSettings
from tests.support.operator_runtime import Runtime
from udfs.engine import chain_registry
from udfs.engine.stage_state import StageState
from udfs.stage import ChainedStage

GRAPH = GraphSettings()


def a_stage(position: int) -> StageState:
    """The state of a stage without a Flink around it."""
    runtime: Any = Runtime()
    return StageState(GRAPH, position, runtime)


def test_stages_are_found_in_order_whatever_the_order_of_opening() -> None:
    made = [a_stage(position) for position in (2, 0, 1)]
    for stage in made:
        chain_registry.join(stage)
    assert [stage.position for stage in chain_registry.stages(3)] == [0, 1, 2]
    again = a_stage(1)
    chain_registry.join(again)  # a new attempt in the same thread
    chain_registry.leave(made[2])  # the old one ends late: the new one stays
    assert chain_registry.stages(3)[1] is again
    for stage in (*made[:2], again):
        chain_registry.leave(stage)
    with pytest.raises(RuntimeError, match=r"operator-chaining out of job\.flink"):
        chain_registry.stages(1)


def test_another_thread_is_another_task() -> None:
    stage, raised = a_stage(0), []
    chain_registry.join(stage)

    def look() -> None:
        try:
            chain_registry.stages(1)
        except RuntimeError as error:
            raised.append(error)

    other = Thread(target=look)
    other.start()
    other.join()
    chain_registry.leave(stage)
    assert len(raised) == 1


def test_a_chained_stage_lends_its_state_from_open_to_close_and_takes_no_event() -> None:
    runtime: Any = Runtime()
    stage = ChainedStage(GRAPH, 0)
    stage.open(runtime)
    assert [found.position for found in chain_registry.stages(1)] == [0]
    with pytest.raises(AssertionError, match="head visits"):
        stage.process_element(b"trail", None)
    stage.close()
    with pytest.raises(RuntimeError, match="not chained"):
        chain_registry.stages(1)
