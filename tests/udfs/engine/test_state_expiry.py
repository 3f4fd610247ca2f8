"""Keyed state lives as long as it was asked to, in milliseconds, in every state that expires."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from domain.graph import GraphSettings
from domain.memory.ring_labels import QUIET_MS
from domain.times import DAY_MS

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from tests.support.operator_runtime import Runtime
    from udfs.engine.stage_state import StageState
    from udfs.engine.state_expiry import expiry
    from udfs.join_rings import JoinRings

from domain.incidents.settings import IncidentSettings


class Noting(Runtime):
    """A runtime that notes the descriptors of the states that an operator asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Any] = []

    def get_state(self, descriptor: Any) -> Runtime:
        self.asked.append(descriptor)
        return super().get_state(descriptor)

    def get_map_state(self, descriptor: Any) -> Any:
        self.asked.append(descriptor)
        return super().get_map_state(descriptor)

    def lifetimes_ms(self) -> dict[str, int | None]:
        return {one.name: one._ttl_config and one._ttl_config.get_ttl().to_milliseconds() for one in self.asked}


@pytest.mark.parametrize("after_ms", [1, 999, 60_000, 90 * DAY_MS])
def test_state_lives_as_many_milliseconds_as_were_asked_for(after_ms: int) -> None:
    assert expiry(after_ms).get_ttl().to_milliseconds() == after_ms


def test_the_records_of_a_stage_live_as_many_days_as_the_graph_says() -> None:
    runtime: Any = Noting()
    StageState(GraphSettings(ttl_days=2.5), 0, runtime)
    assert runtime.lifetimes_ms() == {"entity": int(2.5 * DAY_MS)}


def test_ring_labels_live_until_they_are_quiet_and_what_is_due_does_not_expire() -> None:
    runtime: Any = Noting()
    JoinRings(IncidentSettings()).open(runtime)
    homes_ms = (IncidentSettings().longest_s + IncidentSettings().gap_s) * 1000
    assert runtime.lifetimes_ms() == {"parents": QUIET_MS, "rings": QUIET_MS, "due": None, "homes": homes_ms}
