"""Whoever grows slowly: found by the day against those of weeks before, which rise by half a week at most."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from domain.incidents.incident import Incident
from domain.incidents.settings import IncidentSettings
from domain.incidents.waves.classes import SERIES
from domain.incidents.waves.counts import BUCKET_MS, Counts
from domain.incidents.waves.slow_usual import SlowUsual
from domain.incidents.waves.usual import Usual
from domain.incidents.waves.watch import KEPT, WaveWatch
from tests.domain.incidents.waves.shop import DAY, FIRST, count, found, usual_counts

AT = FIRST + 10 * DAY
HALF_DAYS = [6] * 4 + [7] * 4 + [10] * 2 + [14] * 2 + [20] * 2 + [30] * 2 + [45] * 2 + [70] * 2 + [110] * 2 + [200] * 2
RAMPS = {
    "twelve days": [first + second for first, second in zip(HALF_DAYS[::2], HALF_DAYS[1::2], strict=True)],
    "daily": [2**day for day in range(10)],
    "every two days": [2 ** (day // 2) for day in range(18)],
    "every four days": [2 ** (day // 4) for day in range(28)],
    "saw": [1, 4, 8, 1, 6, 12, 2, 10, 20, 3, 16, 32, 5, 25, 50, 8, 40, 80],
}


def ramp(daily: Sequence[int], at: int = AT) -> list[Counts]:
    """Refund requests of new accounts, so many a day, evenly spread."""
    return [
        count(at + day * DAY + number * DAY // events, "refund_request", "new", 1, 1)
        for day, events in enumerate(daily)
        for number in range(events)
    ]


def opened(counts: Sequence[Counts]) -> list[Incident]:
    return [one for one in found(counts) if one.status == "opened" and one.ring == "wave-refund_request-new"]


@pytest.mark.parametrize("name", RAMPS)
def test_a_slow_start_is_found_early(name: str) -> None:
    given = ramp(RAMPS[name])
    first = opened([*usual_counts(10 + len(RAMPS[name]) + 2, 1), *given])[0]
    before = sum((bucket + 1) * BUCKET_MS <= first.told_at for bucket, *_ in given)
    assert before <= 150 and before < len(given) / 2
    facts = {fact.name: fact.value for fact in first.evidence.facts}
    assert facts["wave_refund_request"] >= 8 and facts["usual"] <= 3


def test_after_a_slow_start_a_burst_is_found() -> None:
    """What a rare class learns of its scatter is bounded: four hundred in an hour are no chance."""
    given = ramp(RAMPS["twelve days"])
    burst = [count(AT + 14 * DAY + 40 + quarter, "refund_request", "new", 1, 100) for quarter in range(4)]
    last = opened([*usual_counts(26, 1), *given, *burst])[-1]
    assert (AT + 14 * DAY + 40) * BUCKET_MS < last.told_at <= (AT + 14 * DAY + 44) * BUCKET_MS


def test_the_mean_of_a_day_rises_by_half_a_week_and_faster_where_it_is_told() -> None:
    quiet, told = SlowUsual(), SlowUsual()
    counts, nobody, everybody = np.full(SERIES, 4.0), np.zeros(SERIES, np.bool_), np.ones(SERIES, np.bool_)
    for hour in range(24 * 14):
        quiet.learn(hour, counts, nobody)
        told.learn(hour, counts, nobody)
    before = quiet.day.copy()
    grown = np.where(np.arange(SERIES) == 6, 400.0, counts)
    for hour in range(24 * 14, 24 * 21 + 1):
        quiet.learn(hour, grown, nobody)
        told.learn(hour, grown, everybody)
    assert 1.3 <= quiet.day[6] / before[6] <= 1.5 + 1e-9
    assert 2.5 <= told.day[6] / before[6] <= 4 + 1e-9
    assert np.array_equal(SlowUsual.from_bytes(quiet.to_bytes()).day, quiet.day)


def test_the_state_of_the_build_before_is_read() -> None:
    """It held half a day of buckets, waves and totals of fewer values, nothing of days, and no events."""
    counts = [*usual_counts(18, 2), *ramp([60], FIRST + 17 * DAY)]
    watch = WaveWatch(IncidentSettings())
    watch.take(counts)
    list(watch.advance((FIRST + 17 * DAY + 30) * BUCKET_MS))
    data = watch.to_bytes()
    length = int.from_bytes(data[1:5], "little")
    document = json.loads(data[5 : 5 + length])
    document["waves"] = [[part[:5] if isinstance(part, list) else part for part in wave[:9]] for wave in document["waves"]]
    document["pending"] = document["pending"]["counts"]
    for name in ("latest", "over", "currencies"):
        del document[name]
    for of in ("pending", "details"):
        document[of] = [[bucket, [[at, total[:5]] for at, total in totals]] for bucket, totals in document[of]]
    text = json.dumps(document).encode()
    rows, means = np.frombuffer(data, "<f8", offset=5 + length).reshape(2, KEPT, SERIES)[:, KEPT // 2 :]
    old = b"\x01" + len(text).to_bytes(4, "little") + text + rows.tobytes() + means.tobytes()
    second = WaveWatch(IncidentSettings())
    second.restore(old, watch.usual.to_bytes())
    assert document["waves"] and second.slow.is_known
    revisions = list(second.advance(1 << 62))
    assert revisions[-1].status == "closed" and revisions[-1].alerts == 60
    assert "used_by_others" not in {fact.name for fact in revisions[-1].evidence.facts}, "it was not counted from the beginning"
    assert Usual.from_bytes(watch.usual.to_bytes()).hours == second.usual.hours or second.usual.hours > watch.usual.hours
