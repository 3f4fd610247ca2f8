"""How many rejected lines are written: all of a few, a share of many."""

from __future__ import annotations

from udfs.junk_rate import JunkRate


def test_a_burst_is_written_whole_and_then_so_many_a_second() -> None:
    now_s = [0.0]
    rate = JunkRate(per_s=10.0, at_once=100, clock=lambda: now_s[0])
    assert sum(rate.takes() for _ in range(1_000)) == 100
    written = 0
    for _ in range(100 * 60):  # a hundred a second, for a minute
        now_s[0] += 0.01
        written += rate.takes()
    assert 598 <= written <= 600
    now_s[0] += 3_600
    assert sum(rate.takes() for _ in range(1_000)) == 100, "a pause gives no more than a burst"
