"""The waiting room under any order of arrivals, decisions and time."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ops.scoring.waiting import DEADLINE, Key, WaitingRoom

KEYS: list[Key] = [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2"), ("a1", ""), ("", "a1")]
"""Two accounts that use the same ids, and keys that would be one if account and id were only joined."""
NUMBERS = st.integers(0, 40)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.sampled_from(KEYS), NUMBERS),
        st.tuples(st.just("decide"), st.sampled_from(KEYS), NUMBERS),
        st.tuples(st.just("pass"), NUMBERS),
        st.tuples(st.just("give up"), st.sampled_from(KEYS)),
    ),
    max_size=80,
)


class Told:
    """What each who waits was told, and when."""

    def __init__(self) -> None:
        self.now, self.found = 0, dict[int, tuple[int, bytes | None, str]]()

    def take(self, number: int, decision: bytes | None, why: str) -> None:
        assert number not in self.found, "told twice"
        self.found[number] = self.now, decision, why


@given(STEPS)
def test_each_is_told_once_its_own_decision_and_nobody_after_the_deadline(steps: list[tuple[Any, ...]]) -> None:
    room, told, numbers = WaitingRoom(), Told(), count()
    waits: dict[int, tuple[Key, int]] = {}
    for step in steps:
        if step[0] == "enter":
            _, key, wait = step
            number = next(numbers)
            is_first = room.enter(key, "d", told.now + wait, partial(told.take, number))
            assert is_first == (not any(it == key and other not in told.found for other, (it, _) in waits.items()))
            waits[number] = key, told.now + wait
        elif step[0] == "decide":
            room.decide(step[1], repr((step[1], step[2])).encode())
        elif step[0] == "give up":
            room.give_up(step[1], "full")
        else:
            pass_time(room, told, step[1])
        assert room.waiting == len(waits) - len(told.found)
    pass_time(room, told, 100)
    assert room.waiting == 0
    assert told.found.keys() == waits.keys()
    for number, (at, decision, why) in told.found.items():
        key, due = waits[number]
        assert at <= due
        assert (why == "") == (decision is not None)
        assert decision is None or decision.startswith(repr(key)[:-1].join(["(", ")"]).encode())
        assert why != DEADLINE or at == due


def pass_time(room: WaitingRoom, told: Told, ms: int) -> None:
    """Let the time pass as a timer does: from one moment that the room has named to the next."""
    end = told.now + ms
    while (due := room.expire(told.now)) is not None and due <= end:
        assert due > told.now
        told.now = int(due)
    told.now = end
    room.expire(end)


def test_who_comes_later_shares_what_comes() -> None:
    room, told = WaitingRoom(), Told()
    assert room.enter(("a", "1"), "x", 10, partial(told.take, 1))
    assert not room.enter(("a", "1"), "x", 20, partial(told.take, 2))
    assert room.digest(("a", "1")) == "x"
    told.now = 10
    assert room.expire(10) == 20
    assert told.found == {1: (10, None, DEADLINE)}
    room.decide(("a", "1"), b"{}")
    assert told.found[2] == (10, b"{}", "")
    assert room.digest(("a", "1")) is None


def test_one_who_hears_may_come_back_at_once() -> None:
    """`tell` runs foreign code: entering again from it must not disturb the room."""
    room, again = WaitingRoom(), list[bytes | None]()

    def tell(decision: bytes | None, why: str) -> None:
        room.enter(("a", "1"), "y", 30, lambda decision, why: again.append(decision))

    room.enter(("a", "1"), "x", 10, tell)
    room.expire(10)
    assert (room.waiting, room.digest(("a", "1"))) == (1, "y")
    room.close("stopping")
    assert again == [None]
    assert room.waiting == 0
