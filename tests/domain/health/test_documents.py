"""What is written to the stream `health`: ids, times, and which inputs are named."""

from __future__ import annotations

import json

import pytest

from domain.health.documents import GRACE_MS, MOST_DRIFTED, MOST_INPUTS, Moved, drift_entry, labels_entry, lost_entry, next_look_ms
from domain.health.label_quality import DayLabels
from domain.json_text import as_json
from domain.times import DAY_MS, HOUR_MS

DAY = 20_420  # 2025-11-28
QUIET = Moved("score", 0.01, 0.02, "none")


def inputs(drifted: int, count: int = 60) -> list[Moved]:
    return [Moved(f"input {at}", 1.0 / (at + 1), 0.001, "some" if at < drifted else "none") for at in range(count)]


def test_a_look_comes_after_its_hour_and_names_it() -> None:
    at = DAY * DAY_MS + 9 * HOUR_MS
    assert next_look_ms(at) == next_look_ms(at + HOUR_MS - 1) == at + HOUR_MS + GRACE_MS
    entry = drift_entry("combined-1", DAY, next_look_ms(at), 7, QUIET, inputs(0), 0.25)
    assert entry.id == "drift:combined-1:2025-11-28:10" and entry.time_ms == at + HOUR_MS
    last = drift_entry("combined-1", DAY, next_look_ms((DAY + 1) * DAY_MS - 1), 7, QUIET, inputs(0), None)
    assert last.id.endswith(":24") and last.document["expected_precision"] is None
    late = labels_entry(DAY, next_look_ms((DAY + 1) * DAY_MS + 2 * HOUR_MS), DayLabels())
    assert late.id == "labels:2025-11-28:27" and late.document["kind"] == "labels"


@pytest.mark.parametrize(("drifted", "named"), [(0, MOST_INPUTS), (3, MOST_INPUTS), (25, 25), (60, MOST_DRIFTED)])
def test_all_inputs_that_drifted_are_named_and_a_few_more(drifted: int, named: int) -> None:
    document = drift_entry("m", DAY, next_look_ms(DAY * DAY_MS), 7, QUIET, inputs(drifted), 0.5).document
    assert document["drifted"] == drifted and [one["name"] for one in document["inputs"]] == [f"input {at}" for at in range(named)]
    assert len(as_json(document)) < 8192 and json.loads(as_json(document)) == document


@pytest.mark.parametrize(
    ("score", "drifted", "severity"), [("none", "none", "low"), ("none", "some", "low"), ("none", "much", "medium"),
                                       ("some", "none", "medium"), ("much", "none", "high")]
)  # fmt: skip
def test_severity_follows_the_score_first(score: str, drifted: str, severity: str) -> None:
    found = [Moved("device.events_1d", 0.3, 0.0, drifted)]
    assert drift_entry("m", DAY, next_look_ms(0), 1, QUIET._replace(verdict=score), found, None).severity == severity


def test_what_was_lost_is_one_entry_of_its_time() -> None:
    at = DAY * DAY_MS
    one, next_one = lost_entry(7, at, at + 9), lost_entry(7, at, at + 10)
    assert one.id != next_one.id and (one.kind, one.severity, one.time_ms) == ("lost", "high", at + 9)
    assert one.document == {"kind": "lost", "day": "2025-11-28", "since": at, "until": at + 9, "lines": 7}
