"""A rule tried on events whose truth and decisions are known: figures worked out by hand."""

from __future__ import annotations

import dataclasses

import pytest

from domain.events.event import Event
from domain.rules.conditions import NEVER, Rule
from gnn.evaluation.rule_trial import RuleTrial, decided_with

DAY_MS = 86_400_000
RULE = Rule("R1", 1, "active", NEVER, "investigate", "wave", None, "me", "try")


def trial(*events: tuple[int, float, str, bool | None, str], decision: str = "investigate") -> RuleTrial:
    tried = RuleTrial(dataclasses.replace(RULE, decision=decision))
    for number, (day, amount, currency, is_fraud, before) in enumerate(events):
        tried.take(Event(f"e{number}", 2, 20_000 * DAY_MS + day * DAY_MS, (1,), 5, amount, currency), f"text {number}", is_fraud, before)
    return tried


EVENTS = (
    (0, 10.0, "EUR", True, "approve"),
    (0, 20.0, "EUR", True, "investigate"),
    (0, 30.0, "USD", False, "approve"),
    (3, float("nan"), "", None, "approve"),
    (3, 40.5, "EUR", None, "block"),
)


def test_counts_by_day_truth_and_money() -> None:
    tried = trial(*EVENTS)
    first = {"EUR": {"fraud": 30.0, "legitimate": 0, "unknown": 0}, "USD": {"fraud": 0, "legitimate": 30.0, "unknown": 0}}
    second = {"EUR": {"fraud": 0, "legitimate": 0, "unknown": 40.5}}
    assert [(day, tally.document()) for day, tally in tried.periods()] == [
        ("2024-10-04", {"fired": 3, "fraud": 2, "legitimate": 1, "unknown": 0, "would_add": 2, "would_change": 0, "money": first}),
        ("2024-10-07", {"fired": 2, "fraud": 0, "legitimate": 0, "unknown": 2, "would_add": 1, "would_change": 0, "money": second}),
    ]
    assert dict(tried.added) == {"fraud": 1, "legitimate": 1, "unknown": 1}
    assert tried.document()["money"] == {
        "EUR": {"fraud": 30.0, "legitimate": 0, "unknown": 40.5},
        "USD": {"fraud": 0, "legitimate": 30.0, "unknown": 0},
    }
    assert tried.text == "text 0"


def test_what_would_be_decided_otherwise() -> None:
    assert dict(trial(*EVENTS, decision="block").total.changed) == {("approve", "block"): 3, ("investigate", "block"): 1}
    assert trial(*EVENTS, decision="block").total.otherwise == 1
    assert dict(trial(*EVENTS, decision="approve_unless_blocked").total.changed) == {("investigate", "approve"): 1}


@pytest.mark.parametrize(
    ("decision", "after"),
    [
        ("investigate", ["investigate", "investigate", "block"]),
        ("block", ["block", "block", "block"]),
        ("approve_unless_blocked", ["approve", "approve", "block"]),
    ],
)
def test_decided_with(decision: str, after: list[str]) -> None:
    assert [decided_with(decision, before) for before in ("approve", "investigate", "block")] == after


def test_precision_counts_known_events_only() -> None:
    share = trial(*EVENTS).precision
    assert share is not None
    value, interval = share
    assert value == pytest.approx(2 / 3)
    assert (interval.low, interval.high) == pytest.approx((0.2077, 0.9385), abs=1e-3)  # Wilson, 2 of 3
    assert trial((0, 1.0, "EUR", None, "approve")).precision is None


def test_five_examples_of_each_kind_are_kept() -> None:
    tried = trial(*((day, 1.0, "EUR", True, "block") for day in range(9)))
    assert tried.examples == {"fraud": ["e0", "e1", "e2", "e3", "e4"], "legitimate": [], "unknown": [], "decided": []}


def test_many_days_are_told_as_months() -> None:
    tried = trial(*((day, 1.0, "EUR", True, "block") for day in range(0, 80, 2)))
    assert [(name, tally.fired) for name, tally in tried.periods()] == [("2024-10", 14), ("2024-11", 15), ("2024-12", 11)]
    assert len(tried.document()["days"]) == 40
