"""Days of drift and labels in a mapping of bytes: what is written, when, and what is forgotten."""

from __future__ import annotations

import json

import numpy as np

from domain.health.documents import KEPT_DAYS, HealthEntry, next_look_ms
from domain.json_text import as_json
from domain.times import DAY_MS, HOUR_MS
from gnn.scoring.drift import DriftWatch
from gnn.scoring.drift_tally import EVERY_S, DriftTally
from gnn.scoring.drift_texts import DriftReference
from gnn.scoring.health_days import MOST_MODELS, HealthDays
from tests.gnn.scoring.test_drift_tally import GRAPH, NAMES, OWN, SCORER, drawn

DAY = 20_420
AT = DAY * DAY_MS + 5 * HOUR_MS


CLOCK = ("event.hour_cos", "event.hour_sin", "event.weekday_cos", "event.weekday_sin")


def texts(events: int, at_ms: int, reference: DriftReference = OWN, seed: int = 0) -> list[str]:
    tally = DriftTally(reference)
    scores, flat = drawn(OWN.scores, events, seed)[:, 0].astype(np.float64), drawn(OWN.inputs, events, seed)
    tally.take_all(scores, flat, [at_ms] * events)
    return (tally.delta(0.0) or tally.delta(EVERY_S) or "").split("\n")


def one_time_of_day(at_ms: int) -> list[str]:
    """Texts of events at one hour of one weekday, from accounts with many devices."""
    tally, flat = DriftTally(OWN), drawn(OWN.inputs, 500, 0).astype(np.float32)
    flat[:, [name in ("account.devices_1h", *CLOCK) for name in NAMES]] = 0.77
    tally.take_all(drawn(OWN.scores, 500, 0)[:, 0].astype(np.float64), flat, [at_ms] * 500)
    return (tally.delta(0.0) or tally.delta(EVERY_S) or "").split("\n")


def judged(at_ms: int, *changes: tuple[int, str, int]) -> str:
    return as_json({"about": "judged", "at": at_ms, "changes": changes})


def taken(days: HealthDays, lines: list[str]) -> list[int | None]:
    return [days.take(json.loads(line), line) for line in lines]


def written(days: HealthDays, at_ms: int) -> list[HealthEntry]:
    return list(days.look(next_look_ms(at_ms)))


def test_the_drift_of_a_day_grows_and_is_written_where_it_is_new() -> None:
    state: dict[str, bytes] = {}
    days, watch = HealthDays(state, NAMES), DriftWatch(SCORER, GRAPH)
    assert taken(days, texts(300, AT)) == [None, AT]
    [first] = written(days, AT)
    assert first.id == f"drift:{SCORER.card.model_id}:2025-11-28:06" and first.document["events"] == 300
    assert written(days, AT + HOUR_MS) == [], "nothing is new"
    taken(HealthDays(state, NAMES), texts(200, AT + HOUR_MS, seed=1))  # after a restart
    [second] = written(HealthDays(state, NAMES), AT + HOUR_MS)
    for events, seed in ((300, 0), (200, 1)):
        watch.take(drawn(OWN.scores, events, seed)[:, 0].astype(np.float64), drawn(OWN.inputs, events, seed))
    score, worst = watch.score(), watch.features()[0]
    assert second.document["events"] == 500
    assert second.document["score"] == {
        "name": "score",
        "psi": round(score.psi, 6),
        "noise": round(score.noise, 6),
        "verdict": score.verdict,
    }
    assert (second.document["inputs"][0]["name"], second.document["inputs"][0]["psi"]) == (worst.name, round(worst.psi, 6))


def named(entry: HealthEntry) -> set[str]:
    return {one["name"] for one in entry.document["inputs"] if one["verdict"] != "none"}


def test_the_clock_moves_no_input_of_part_of_a_day() -> None:
    days = HealthDays({}, NAMES)
    lines = [one_time_of_day(at_ms) for at_ms in (AT, AT + DAY_MS)]
    taken(days, lines[0])
    [part] = written(days, AT)
    taken(days, lines[1])
    [still_part] = written(days, AT + DAY_MS)
    taken(days, lines[1][1:])
    [whole] = written(days, (DAY + 2) * DAY_MS - HOUR_MS)
    assert named(part) == named(still_part) == {"account.devices_1h"} and part.document["drifted"] == 1
    assert named(whole) == {"account.devices_1h", *CLOCK[:2]} and whole.document["drifted"] == 3


def test_two_models_of_a_day_are_apart_and_the_order_of_their_texts_is_all_one() -> None:
    other = DriftReference("other-1", OWN.inputs, OWN.scores, OWN.trained, OWN.validated, None)
    lines = [*texts(100, AT), *texts(50, AT, other), *texts(70, AT, seed=1)[1:]]
    found = []
    for order in (lines, [lines[2], lines[0], lines[4], lines[3], lines[1]]):
        days = HealthDays({}, NAMES)
        taken(days, order)
        found.append([as_json(entry.document) for entry in written(days, AT)])
    assert found[0] == found[1] and [json.loads(one)["events"] for one in found[0]] == [170, 50]


def test_a_model_that_nobody_has_announced_is_left_out() -> None:
    days = HealthDays({}, NAMES)
    assert taken(days, texts(100, AT)[1:]) == [None] and written(days, AT) == []


def test_labels_of_a_day_are_written_and_corrected() -> None:
    days = HealthDays({}, NAMES)
    assert taken(days, [judged(AT, (DAY, "true_alarm", 1)), judged(AT, (DAY, "false_alarm", 1))]) == [AT, AT]
    [entry] = written(days, AT)
    assert entry.id == "labels:2025-11-28:06" and entry.document["precision"]["of"] == 2
    later = AT + DAY_MS
    taken(days, [judged(later, (DAY + 1, "changed", 1), (DAY, "false_alarm", -1), (DAY + 1, "true_alarm", 1))])
    before, after = written(days, later)
    assert before.document["precision"]["of"] == 1 and before.id == "labels:2025-11-28:30"
    assert (after.document["true_alarm"], after.document["changed"]) == (1, 1)


def test_old_days_are_forgotten_once_written_and_come_no_more() -> None:
    state: dict[str, bytes] = {}
    days = HealthDays(state, NAMES)
    for day in range(KEPT_DAYS + 3):
        taken(days, texts(5, AT + day * DAY_MS))
    assert len(state) == KEPT_DAYS + 3 + 1, "nothing is forgotten before it is written"
    assert len(written(days, AT + (KEPT_DAYS + 2) * DAY_MS)) == KEPT_DAYS + 3
    assert len(state) == KEPT_DAYS + 1 and taken(days, texts(5, AT)) == [None, None]
    assert sum(map(len, state.values())) < 100_000


def test_what_a_slow_worker_says_of_a_day_long_before_the_newest_counts() -> None:
    days = HealthDays({}, NAMES)
    taken(days, [judged(AT + 30 * DAY_MS, (DAY + 30, "missed", 1)), judged(AT, (DAY, "missed", 1))])
    assert [entry.document["missed"] for entry in written(days, AT)] == [1, 1]
    taken(days, [judged(AT, (DAY, "missed", -1), (DAY, "true_alarm", 1))])
    [entry] = written(days, AT + HOUR_MS)
    assert (entry.document["missed"], entry.document["true_alarm"]) == (0, 1)


def test_references_of_models_that_are_gone_are_forgotten() -> None:
    state: dict[str, bytes] = {}
    days = HealthDays(state, NAMES)
    for number in range(3 * MOST_MODELS):
        taken(days, [DriftReference(f"m-{number}", OWN.inputs, OWN.scores, 1, 1, None).to_text()])
    assert len(state) <= MOST_MODELS and f"reference m-{3 * MOST_MODELS - 1}" in state
