"""The order of time against a plain sort, whatever order events come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from domain.events.time_order import Place, TimeOrder, place_of

LAG_MS = 50
Event = tuple[int, str, int]
"""Time, id, account."""
EVENTS = st.lists(st.tuples(st.integers(1000, 1400), st.sampled_from("abcdefgh"), st.integers(0, 3)), unique=True)


def ordered(arrivals: Iterable[Event]) -> Iterator[tuple[Place, Event]]:
    """What goes on, one after the other; the clock is the latest time that has come."""
    order, clock_ms = TimeOrder[tuple[Place, Event]](LAG_MS / 1000), 0
    for event in arrivals:
        time_ms, event_id, account = event
        clock_ms = max(clock_ms, time_ms)
        place = place_of(time_ms, clock_ms, order.lag_ms)
        order.add(place, clock_ms, event_id, account, (place, event))
        yield from order.due()
    yield from order.rest()


@given(EVENTS, st.data())
def test_any_arrival_within_the_lag_gives_the_order_of_time(events: list[Event], data: st.DataObject) -> None:
    late = [data.draw(st.integers(0, LAG_MS)) for _ in events]
    arrivals = [event for _, event in sorted(zip(late, events, strict=True), key=lambda one: one[0] + one[1][0])]
    found = list(ordered(arrivals))
    assert [event for _, event in found] == sorted(events)
    assert all(place == Place(time_ms, time_ms) for place, (time_ms, _, _) in found)


@given(EVENTS)
def test_nothing_is_lost_or_goes_back_whatever_comes(arrivals: list[Event]) -> None:
    found = list(ordered(arrivals))
    assert sorted(event for _, event in found) == sorted(arrivals)
    places = [(place.order_ms, event_id, account) for place, (_, event_id, account) in found]
    assert places == sorted(places)


@given(EVENTS)
def test_what_comes_late_stands_where_the_clock_was(arrivals: list[Event]) -> None:
    clocks, clock_ms = dict[Event, int](), 0
    for event in arrivals:
        clock_ms = max(clock_ms, event[0])
        clocks[event] = clock_ms
    for place, event in ordered(arrivals):
        is_late = event[0] < clocks[event] - LAG_MS
        assert place == (Place(clocks[event] - LAG_MS, clocks[event]) if is_late else Place(event[0], event[0]))


@given(st.integers(0, 500), st.integers(0, 500))
def test_each_stage_finds_the_same_place(time_ms: int, clock_ms: int) -> None:
    place = place_of(time_ms, clock_ms, LAG_MS)
    assert place_of(time_ms, place.clock_ms, LAG_MS) == place


def test_what_has_one_place_keeps_the_order_in_which_it_came() -> None:
    order = TimeOrder[str](0.05)
    for thing in ("first", "second"):
        order.add(Place(7, 7), 7, "id", 1, thing)
    assert list(order.due()) == []
    assert list(order.rest()) == ["first", "second"]


def test_an_event_waits_until_none_before_it_can_come() -> None:
    order = TimeOrder[int](0.05)
    order.add(Place(1000, 1000), 1000, "a", 1, 1000)
    order.add(Place(1050, 1050), 1050, "b", 1, 1050)
    assert list(order.due()) == []  # one of 1000 may still come
    order.add(Place(1051, 1051), 1051, "c", 1, 1051)
    assert list(order.due()) == [1000]
