"""The operator of the watch for waves, driven by hand, with plain dictionaries for the state."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from typing import Any

import pytest

from domain.incidents.settings import IncidentSettings
from domain.incidents.waves.counts import BUCKET_MS, Counts, counts_text
from domain.incidents.waves.sample import wave_event
from tests.domain.incidents.waves.shop import DAY, FIRST, count, found, usual_counts

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from udfs.find_waves import FindWaves
from tests.support.operator_runtime import Runtime, Timers, documents, opened

pytestmark = pytest.mark.usefixtures("operator_environment")

AT = FIRST + 4 * DAY + 40  # ten in the morning of the fifth day
COUNTS = [*usual_counts(5, 1), *(count(bucket, "refund_request", "new", 1, 5) for bucket in range(AT, AT + 8))]


class NamedStates(Runtime):
    """The runtime of an operator with several states of one key."""

    def __init__(self) -> None:
        super().__init__(key="one")
        self.named: dict[str, Runtime] = {}

    def get_state(self, descriptor: Any) -> Runtime:
        return self.named.setdefault(descriptor.get_name(), Runtime(key="one"))


class Clock(Timers):
    """Timers, and a watermark that the test moves."""

    watermark = -(1 << 63)

    def current_watermark(self) -> int:
        return self.watermark

    def move(self, operator: FindWaves, to_ms: int) -> list[dict[str, Any]]:
        """Move the watermark and call the timers that are due, in order, as Flink does."""
        self.watermark, revisions = to_ms, []
        while due := [time_ms for time_ms in self.asked if time_ms <= to_ms]:
            self.asked.discard(min(due))
            revisions += documents(operator.on_timer(min(due), self))
        return revisions


def taken(operator: FindWaves, timers: Clock, counts: Iterable[Counts]) -> None:
    assert list(operator.process_element(counts_text(counts), timers)) == []


def quarter_by_quarter(operator: FindWaves, timers: Clock, buckets: Iterable[int]) -> list[dict[str, Any]]:
    revisions = []
    for bucket in buckets:
        if counts := [one for one in COUNTS if one[0] == bucket]:
            taken(operator, timers, counts)
        revisions += timers.move(operator, (bucket + 1) * BUCKET_MS)
    return revisions


def test_waves_are_found_as_the_watch_finds_them_and_counted_once() -> None:
    runtime, timers = NamedStates(), Clock()
    operator = opened(FindWaves(IncidentSettings()), runtime)
    revisions = quarter_by_quarter(operator, timers, range(FIRST, FIRST + 5 * DAY))
    expected = [revision.to_document() for revision in found(COUNTS)]
    assert revisions == expected and len(expected) > 2
    assert runtime.counts["waves"] == 1
    assert timers.asked == set(), "nothing is open: no timer keeps the state busy"


def test_an_open_wave_is_closed_without_further_events() -> None:
    timers = Clock()
    operator = opened(FindWaves(IncidentSettings()), NamedStates())
    before = quarter_by_quarter(operator, timers, range(FIRST, AT + 8))
    assert before and before[-1]["status"] != "closed" and timers.asked
    assert [revision["status"] for revision in timers.move(operator, (AT + DAY) * BUCKET_MS)] == ["closed"]


def test_a_restart_in_the_middle_of_a_wave_changes_nothing() -> None:
    runtime, timers = NamedStates(), Clock()
    revisions = quarter_by_quarter(opened(FindWaves(IncidentSettings()), runtime), timers, range(FIRST, AT + 3))
    again = opened(FindWaves(IncidentSettings()), runtime)
    revisions += quarter_by_quarter(again, timers, range(AT + 3, FIRST + 5 * DAY))
    assert set(runtime.named) == {"watch", "pending", "usual"}
    assert revisions == [revision.to_document() for revision in found(COUNTS)]


@pytest.mark.parametrize("looked_at", [0, 1])
def test_a_restart_before_a_quarter_is_over_loses_no_count(looked_at: int) -> None:
    """The counts of an open quarter are in a state of their own, with and without a quarter before it."""
    runtime, timers = NamedStates(), Clock()
    for bucket in range(FIRST, FIRST + looked_at + 1):
        timers.move(operator := opened(FindWaves(IncidentSettings()), runtime), bucket * BUCKET_MS)
        taken(operator, timers, [count(bucket, "login", "old", 1, 5)])
    again = opened(FindWaves(IncidentSettings()), runtime)
    timers.move(again, (FIRST + looked_at + 1) * BUCKET_MS)
    stored = runtime.named["watch"].state["one"]
    details = json.loads(stored[5 : 5 + int.from_bytes(stored[1:5], "little")])["details"]
    assert [(bucket, totals[0][1][0]) for bucket, totals in details] == [(FIRST + at, 5) for at in range(looked_at + 1)]


def test_late_counts_are_counted_as_such() -> None:
    runtime, timers = NamedStates(), Clock()
    operator = opened(FindWaves(IncidentSettings()), runtime)
    taken(operator, timers, [count(FIRST, "login", "old", 1, 5)])
    timers.move(operator, (FIRST + 2) * BUCKET_MS)
    taken(operator, timers, [count(FIRST, "login", "old", 1, 3), count(FIRST + 2, "login", "old", 1, 1)])
    assert runtime.counts["late_in_waves"] == 3


def test_nothing_is_published_in_the_silent_time() -> None:
    timers = Clock()
    operator = opened(FindWaves(IncidentSettings(), silent_until_ms=(AT + 6) * BUCKET_MS), NamedStates())
    revisions = quarter_by_quarter(operator, timers, range(FIRST, FIRST + 5 * DAY))
    assert revisions[0]["told_at"] == (AT + 6) * BUCKET_MS


def test_a_wave_names_no_event_of_a_forgotten_account_and_counts_it() -> None:
    """Those that come later, but are of before, are not named either."""
    runtime, timers = NamedStates(), Clock()
    operator = opened(FindWaves(IncidentSettings()), runtime)
    named: list[tuple[bool, int]] = []
    for is_forgotten in (False, True):
        for bucket in range(AT, AT + 2):
            events = [wave_event(bucket * BUCKET_MS + n, f"{n % 2 + 1:016x}", f"e{n}") for n in range(6)]
            list(operator.process_element(counts_text([], [(bucket, 3, events)]), timers))
            if bucket == AT and is_forgotten:
                list(operator.process_element(f'[["{1:016x}",{(bucket + 1) * BUCKET_MS}]]', timers))
    for state in runtime.named.values():
        found = state.state.get("one", b"").decode("latin-1")
        named.append((f"{AT * BUCKET_MS:015}{1:016x}" in found, found.count(f"{2:016x}")))
    assert not any(is_named for is_named, _ in named) and any(count for _, count in named)
    restored = opened(FindWaves(IncidentSettings()), runtime)
    list(restored.process_element(counts_text([], [(AT, 4, [wave_event(AT * BUCKET_MS, f"{1:016x}", "late")])]), timers))
    assert "late" not in runtime.named["pending"].state["one"].decode()
