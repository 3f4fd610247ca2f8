"""What a stage counts: every duplicate and late event, and the way of one event of 64."""

from __future__ import annotations

import warnings

import pytest

from domain.graph import GraphSettings
from domain.visits.outcome import Outcome

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from tests.support.operator_runtime import Runtime
    from udfs.engine import stage_state
    from udfs.engine.stage_state import StageState

NOW = 1_767_607_200_000


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Runtime:
    monkeypatch.setattr(stage_state, "now_ms", lambda: NOW)
    return Runtime()


def test_one_event_of_64_is_timed_the_same_one_in_every_stage(runtime: Runtime) -> None:
    state = StageState(GraphSettings(), 0, runtime)  # type: ignore[arg-type]
    for event_hash in range(256):
        state.count(Outcome.LINKED, event_hash, NOW - event_hash)
    assert runtime.counts == {"reached_samples": 4, "reached_after_ms": 0 + 64 + 128 + 192}


def test_an_event_from_the_future_waited_no_time(runtime: Runtime) -> None:
    state = StageState(GraphSettings(), 0, runtime)  # type: ignore[arg-type]
    state.count(Outcome.LINKED, 0, NOW + 5)
    assert runtime.counts == {"reached_samples": 1, "reached_after_ms": 0}


def test_duplicates_and_late_events_are_all_counted(runtime: Runtime) -> None:
    state = StageState(GraphSettings(), 0, runtime)  # type: ignore[arg-type]
    for outcome in (Outcome.DUPLICATE, Outcome.LATE, Outcome.LATE, Outcome.LINKED):
        state.count(outcome, 1, NOW)
    assert runtime.counts == {"duplicates": 1, "late": 2}
