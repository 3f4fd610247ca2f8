"""The state of one record: what former versions wrote is read."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from tests.support.operator_runtime import Runtime
from udfs.engine.record_state import RecordState


@pytest.mark.parametrize("stored", [b"\x02record", pickle.dumps(b"\x02record"), pickle.dumps(b"\x02record", protocol=3), None])
def test_pickled_records_of_former_versions_are_read(stored: bytes | None) -> None:
    runtime: Any = Runtime(key=1, state={} if stored is None else {1: stored})
    state = RecordState(runtime, "entity", 1000)
    assert state.value() == (None if stored is None else b"\x02record")
    state.update(b"\x02new")
    assert runtime.state[1] == b"\x02new"
