"""The stream's clock goes with its events, and a few of tomorrow do not move it."""

from __future__ import annotations

from domain.events.stream_clock import AHEAD_MS, BELIEVED, StreamClock
from domain.times import DAY_MS, HOUR_MS

NOW = 1_767_571_200_000


def test_it_is_the_latest_time() -> None:
    clock = StreamClock()
    assert [clock.take(NOW + at, NOW + DAY_MS) for at in (0, 5, 3, DAY_MS, 7)] == [NOW, NOW + 5, NOW + 5, NOW + DAY_MS, NOW + DAY_MS]
    assert clock.now_ms == NOW + DAY_MS


def test_events_of_tomorrow_do_not_move_it() -> None:
    clock = StreamClock()
    for at in range(10 * BELIEVED):
        clock.take(NOW + at if at % BELIEVED == 0 else NOW + DAY_MS, NOW + at)
    assert clock.now_ms == NOW + 9 * BELIEVED
    assert clock.take(NOW + 9 * BELIEVED + AHEAD_MS, NOW + 9 * BELIEVED) == NOW + 9 * BELIEVED + AHEAD_MS


def test_a_feed_of_another_time_zone_is_believed() -> None:
    clock = StreamClock()
    assert [clock.take(NOW + HOUR_MS + at, NOW + at) for at in range(BELIEVED)] == [0] * (BELIEVED - 1) + [NOW + HOUR_MS + BELIEVED - 1]
    assert clock.take(NOW + HOUR_MS + BELIEVED, NOW + BELIEVED) == NOW + HOUR_MS + BELIEVED
