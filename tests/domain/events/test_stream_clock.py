"""The stream's clock goes with its events, and no single sender moves it."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events.event import Event
from domain.events.stream_clock import BEGUN_ANEW, HEARD, SUPPORT, StreamClock
from domain.graph import LABEL_CODE
from domain.times import DAY_MS, HOUR_MS, MINUTE_MS
from tests.support.event_histories import make_event

NOW = 1_767_571_200_000
LONG_AFTER = NOW + 900 * DAY_MS
ATTACKER = 1_000_000
BEGIN = [(NOW + at, at) for at in range(2 * SUPPORT - 1)]
"""After it the clock of a history is known, and is that of the account in the middle."""
REACHED = NOW + SUPPORT - 1


def event(time_ms: int, account: int = 1, type_code: int = 1) -> Event:
    return make_event("e", type_code, time_ms, (account,))


def taken(clock: StreamClock, events: Iterable[tuple[int, int]], machine_ms: int | None = None) -> list[int]:
    """The clock after each (time, account), which come at their time, or all at one time of the machine."""
    return [clock.take(event(time_ms, account), machine_ms or time_ms) for time_ms, account in events]


def test_a_live_stream_moves_it_at_once() -> None:
    clock = StreamClock()
    assert taken(clock, [(NOW, 1), (NOW + 5, 1), (NOW + HOUR_MS, 1)]) == [NOW, NOW + 5, NOW + HOUR_MS]
    assert clock.take(event(NOW + 3), NOW + HOUR_MS) == NOW + HOUR_MS, "it never goes back"


def test_in_a_history_it_is_where_enough_accounts_are() -> None:
    clock = StreamClock()
    assert taken(clock, BEGIN, LONG_AFTER) == [0] * (len(BEGIN) - 1) + [REACHED]
    assert taken(clock, [(NOW + 100 + at, 100 + at) for at in range(2)], LONG_AFTER) == [REACHED + 1, REACHED + 2]


def test_labels_do_not_move_it() -> None:
    clock = StreamClock()
    assert clock.take(event(NOW, type_code=LABEL_CODE), NOW) == 0


def test_where_there_are_few_accounts_it_follows_them_late() -> None:
    clock = StreamClock()
    clocks = taken(clock, [(NOW + at, at % 2) for at in range(3 * HEARD)], LONG_AFTER)
    assert clocks[HEARD - 2 : HEARD] == [0, NOW + HEARD - 2]
    assert clocks[-1] == NOW + 3 * HEARD - 2


def test_what_is_too_far_ahead_is_judged_as_of_its_arrival() -> None:
    clock, arrival = StreamClock(ahead_min=5.0), NOW + 17
    clock.take(event(NOW), NOW)
    for ahead_ms, becomes in ((5 * MINUTE_MS, arrival + 5 * MINUTE_MS), (5 * MINUTE_MS + 1, NOW), (23 * HOUR_MS, NOW)):
        one = event(arrival + ahead_ms)
        assert clock.take(one, arrival) == NOW
        assert one.time_ms == becomes
    late = event(NOW + 90 * MINUTE_MS, type_code=LABEL_CODE)
    clock.take(late, NOW + HOUR_MS + 61_000)
    assert late.time_ms == NOW + HOUR_MS + MINUTE_MS, "labels are bounded, too"


def test_a_stream_that_is_all_ahead_is_judged_as_of_its_arrival() -> None:
    clock, found = StreamClock(), []
    for at in range(0, 30 * MINUTE_MS, MINUTE_MS):
        one = event(NOW + at + 7 * HOUR_MS, at)
        clock.take(one, NOW + at)
        found.append(one.time_ms)
    assert found == [NOW + at for at in range(0, 30 * MINUTE_MS, MINUTE_MS)]
    assert clock.now_ms == NOW + 29 * MINUTE_MS


def test_in_a_history_a_time_of_the_future_becomes_that_of_the_stream() -> None:
    clock = StreamClock()
    taken(clock, BEGIN, LONG_AFTER)
    ahead = event(LONG_AFTER + 23 * HOUR_MS, ATTACKER)
    assert clock.take(ahead, LONG_AFTER) == ahead.time_ms == REACHED


@pytest.mark.parametrize("ahead_ms", [2 * MINUTE_MS, 40 * MINUTE_MS, 23 * HOUR_MS, 40 * DAY_MS])
def test_the_first_event_of_a_history_may_be_ahead(ahead_ms: int) -> None:
    clock, honest = StreamClock(), [(NOW + at * MINUTE_MS, at) for at in range(3 * SUPPORT)]
    clocks = taken(clock, [(NOW + ahead_ms, ATTACKER), *honest], LONG_AFTER)
    assert all(now_ms <= time_ms for now_ms, (time_ms, _) in zip(clocks[1:], honest, strict=True))
    assert clock.now_ms >= honest[-SUPPORT][0]


def test_an_account_supports_nothing_any_more_after_many_events() -> None:
    clock = StreamClock()
    for number in range(SUPPORT):  # each of a day ahead, long after the one before
        taken(
            clock,
            [(NOW + DAY_MS, ATTACKER + number), *((NOW + at, at % 50) for at in range(number * HEARD, (number + 1) * HEARD))],
            LONG_AFTER,
        )
    assert clock.now_ms < NOW + SUPPORT * HEARD


def test_a_history_goes_on_at_once_after_a_gap_of_days() -> None:
    clock = StreamClock()
    taken(clock, BEGIN, LONG_AFTER)
    assert taken(clock, [(NOW + 60 * DAY_MS, 99)], LONG_AFTER) == [NOW + 60 * DAY_MS]
    after = [(NOW + 60 * DAY_MS + at, at) for at in range(3 * SUPPORT)]
    assert taken(clock, after, LONG_AFTER)[-1] == after[-SUPPORT][0]
    assert clock.take(event(NOW, 7), LONG_AFTER) == after[-SUPPORT][0], "it is settled"


def test_a_clock_that_is_wrong_by_months_is_known_by_those_who_follow() -> None:
    clock = StreamClock()
    taken(clock, BEGIN, LONG_AFTER)
    taken(clock, [(NOW + 60 * DAY_MS, 99)], LONG_AFTER)
    followed = [(NOW + MINUTE_MS + at, at) for at in range(3 * SUPPORT)]
    clocks = taken(clock, followed, LONG_AFTER)
    assert clocks[: SUPPORT - 1] == [NOW + 60 * DAY_MS] * (SUPPORT - 1)
    assert clocks[SUPPORT - 1] == NOW + MINUTE_MS
    assert clocks[-1] == followed[-SUPPORT][0]


@pytest.mark.parametrize("first", [True, False])
def test_an_event_of_now_in_a_history_is_known_by_those_who_follow(first: bool) -> None:
    clock, honest = StreamClock(), [(NOW + at, at) for at in range(3 * SUPPORT)]
    if not first:
        taken(clock, honest, LONG_AFTER)
    now = [(LONG_AFTER - HOUR_MS + 7, ATTACKER)]
    taken(clock, now + honest, LONG_AFTER)
    assert NOW <= clock.now_ms <= honest[-1][0]
    assert max(taken(clock, now * 100, LONG_AFTER)) <= honest[-1][0], "it is not believed again"
    clocks = taken(clock, [(LONG_AFTER - MINUTE_MS + at, at) for at in range(SUPPORT)], LONG_AFTER)
    assert clocks[-1] >= LONG_AFTER - MINUTE_MS, "but all are"


def test_a_second_history_begins_anew_and_a_live_stream_does_not() -> None:
    for machine_ms, goes_back in ((LONG_AFTER, True), (NOW + 2 * SUPPORT, False)):
        clock = StreamClock()
        taken(clock, [(NOW + at, at) for at in range(2 * SUPPORT)], machine_ms)
        back = [(NOW - 300 * DAY_MS + at, at) for at in range(3 * BEGUN_ANEW)]
        clocks = taken(clock, back[: BEGUN_ANEW - 1], machine_ms)
        assert clocks == [clocks[0]] * len(clocks) and clocks[0] >= NOW
        assert taken(clock, back[BEGUN_ANEW - 1 :], machine_ms)[-1] == (back[-SUPPORT][0] if goes_back else clocks[0])


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1 << 32), st.floats(0.0, 0.9), st.booleans())
def test_no_sender_alone_moves_it_beyond_all_others(seed: int, share: float, is_live: bool) -> None:
    """However often it sends, by however much it is ahead or behind, in a live stream and in a history."""
    chance, clock, latest = Random(seed), StreamClock(), 0
    now_ms = NOW
    for number in range(300):
        if number % 60 and chance.random() < share:  # not so often that nobody else is there
            time_ms, account = now_ms + chance.randrange(-400 * DAY_MS, round(23.9 * HOUR_MS)), ATTACKER
        else:
            now_ms += chance.randrange(10 * MINUTE_MS)
            time_ms, account = now_ms, number
        latest = max(latest, time_ms if account != ATTACKER else 0)
        reached = clock.take(event(time_ms, account), now_ms if is_live else LONG_AFTER)
        assert reached <= (now_ms if is_live else latest)
    assert clock.now_ms >= NOW
    if is_live:
        assert clock.now_ms >= latest


@pytest.mark.parametrize(("late_ms", "becomes"), [(DAY_MS, DAY_MS), (DAY_MS + 1, 0), (300 * DAY_MS, 0)])
@pytest.mark.parametrize("machine_ms", [NOW + 2 * SUPPORT, LONG_AFTER])
def test_what_is_too_late_is_judged_as_of_its_arrival(late_ms: int, becomes: int, machine_ms: int) -> None:
    clock = StreamClock(late_days=7.0)
    reached = taken(clock, BEGIN, machine_ms)[-1]
    late = event(reached - late_ms)
    assert clock.take(late, machine_ms) == reached
    assert late.time_ms == reached - becomes
    label = event(reached - late_ms, type_code=LABEL_CODE)
    clock.take(label, machine_ms)
    assert label.time_ms == reached - late_ms, "a label is never late"


def test_a_year_that_is_read_late_keeps_its_times_and_moves_nothing() -> None:
    clock, kept = StreamClock(), []
    taken(clock, BEGIN, NOW)
    for number in range(3 * HEARD):
        late = event(NOW - 365 * DAY_MS + number, number)
        clock.take(late, NOW)
        kept.append(late.time_ms == NOW - 365 * DAY_MS + number)
    assert not any(kept[:HEARD]) and all(kept[2 * HEARD :])
    assert clock.take(event(NOW + 9), NOW + 9) == NOW + 9


@pytest.mark.parametrize("each", [4, 20, 90])
def test_many_late_events_beside_those_in_time_are_no_history_and_let_nobody_hide(each: int) -> None:
    clock, becomes = StreamClock(), list[bool]()
    taken(clock, BEGIN, NOW)
    for number in range(4 * HEARD // each + 40):
        now = NOW + 100 + number * MINUTE_MS
        clock.take(event(now, number % 7), now)
        for sender in range(each):
            late = event(now - 2 * DAY_MS, ATTACKER + sender + each * number)
            clock.take(late, now)
            becomes.append(late.time_ms == now)
    assert all(becomes)
