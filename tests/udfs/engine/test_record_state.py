"""The state of one record: what former versions wrote is read, and what is to go goes."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from domain.memory.forgetting import CLEARED
from tests.support.operator_runtime import Runtime
from udfs.engine.record_state import RecordState, unpickled


@pytest.mark.parametrize("stored", [b"\x02record", pickle.dumps(b"\x02record"), pickle.dumps(b"\x02record", protocol=3)])
def test_pickled_records_of_former_versions_are_read(stored: bytes) -> None:
    assert unpickled(stored) == b"\x02record"
    assert unpickled(None) is None


def test_a_cleared_record_goes_from_the_state() -> None:
    runtime: Any = Runtime(key=1, state={1: b"\x02record", 2: b"\x02other"})
    state = RecordState(runtime, "entity", 1000)
    assert state.changed(b"\x02new") == b"\x02new" and runtime.state[1] == b"\x02record"
    assert state.changed(CLEARED) is None
    assert runtime.state == {2: b"\x02other"}
