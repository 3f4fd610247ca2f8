"""What took long to count is told again for a minute; all else is counted anew."""

from __future__ import annotations

import pytest

from ops.api.problems import Problem
from ops.desk import remembered as its_module
from ops.desk.remembered import KEPT_S, LONG_S, Remembered


class Counting:
    """A clock, and counts that take some time."""

    def __init__(self, takes_s: float) -> None:
        self.now, self.takes_s, self.counts = 0.0, takes_s, 0
        self.remembered = Remembered[int](lambda: self.now)

    def count(self) -> int:
        self.counts += 1
        self.now += self.takes_s
        return self.counts

    def told(self, asked: int) -> tuple[int, float]:
        return self.remembered.told(asked, self.count)


@pytest.mark.parametrize(("takes_s", "counts"), [(LONG_S, 1), (LONG_S / 2, 3)])
def test_only_what_took_long_is_told_again(takes_s: float, counts: int) -> None:
    counting = Counting(takes_s)
    assert [counting.told(7)[0] for _ in range(3)][-1] == counts == counting.counts


def test_after_a_minute_it_is_counted_anew_and_its_age_is_told() -> None:
    counting = Counting(2.0)
    assert counting.told(7) == (1, 0.0)
    counting.now += 40
    assert counting.told(7) == (1, 40.0) and counting.told(30) == (2, 0.0)
    counting.now += KEPT_S
    assert counting.told(7) == (3, 0.0)


def test_what_is_kept_is_bounded() -> None:
    counting = Counting(LONG_S)
    for asked in range(100):
        counting.told(asked)
    assert len(counting.remembered._kept) <= 32


def test_who_waits_too_long_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting(LONG_S)
    monkeypatch.setattr(its_module, "WAIT_S", 0.01)
    with counting.remembered._one_at_a_time, pytest.raises(Problem, match="try again in a moment"):
        counting.told(7)
    assert counting.told(7) == (1, 0.0)


def test_a_count_that_fails_is_not_kept() -> None:
    counting = Counting(LONG_S)
    with pytest.raises(ZeroDivisionError):
        counting.remembered.told(7, lambda: 1 // 0)
    assert counting.told(7) == (1, 0.0)
