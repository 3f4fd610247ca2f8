"""How late a loop is: the worst of the last seconds, and no longer."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.scoring.loop_lag import KEPT_S, LoopLag
from ops.scoring.settings import STEPS, ScoreSettings


def test_the_worst_is_kept_for_some_seconds_and_then_forgotten() -> None:
    lag, worst = LoopLag(), dict[int, float]()
    for second in range(40):
        lag.note(0.8 if second == 3 else 0.001, float(second))
        worst[second] = lag.worst_s
    assert worst[2] == 0.001
    assert {worst[second] for second in range(3, 3 + int(KEPT_S) + 1)} == {0.8}
    assert {worst[second] for second in range(3 + 2 * int(KEPT_S), 40)} == {0.001}


def test_after_a_long_rest_nothing_old_counts() -> None:
    lag = LoopLag()
    lag.note(0.8, 1.0)
    lag.note(0.0, 1000.0)
    assert lag.worst_s == 0.0


def test_a_loop_that_stood_still_says_for_how_long() -> None:
    async def run() -> tuple[float, float]:
        lag = LoopLag()
        lag.start()
        await asyncio.sleep(0.1)
        before = lag.worst_s
        time.sleep(0.3)
        await asyncio.sleep(0.05)
        lag.stop()
        return before, lag.worst_s

    before, after = asyncio.run(run())
    assert before < after
    assert after >= 0.25


@given(st.floats(0.01, 60), st.floats(0, 100), st.integers(0, 1000))
def test_the_fallback_comes_before_the_deadline_and_not_before_half_of_it(deadline_s: float, late_s: float, reserve_ms: int) -> None:
    patience_s = ScoreSettings(reserve_ms=reserve_ms).patience_s(deadline_s, late_s)
    assert deadline_s / 2 <= patience_s <= deadline_s
    if reserve_ms / 1000 + STEPS * late_s <= deadline_s / 2:
        assert patience_s == pytest.approx(deadline_s - reserve_ms / 1000 - STEPS * late_s)
