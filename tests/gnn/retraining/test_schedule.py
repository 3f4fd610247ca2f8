"""When the worker tries a new model again."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import SettingError
from domain.times import moment_ms
from gnn.retraining.ledger import BEGUN, FAILED, PROMOTED, TRIED, Entry, Ledger
from gnn.retraining.schedule import next_trial_ms
from gnn.retraining.settings import RetrainSettings

WEEKLY = RetrainSettings(every_days=7, at_hour=4)
NOON = "2026-03-02T12:00:00Z"


def ledger(*acts: tuple[str, str]) -> Ledger:
    return Ledger(tuple(Entry(moment_ms(at), act, "m", "p", "b") for act, at in acts))


@pytest.mark.parametrize(
    ("acts", "due"),
    [
        ((), "2026-03-03T04:00:00Z"),
        (((PROMOTED, "2026-02-20T04:00:00Z"),), "2026-03-03T04:00:00Z"),
        (((BEGUN, "2026-02-25T04:00:03Z"),), "2026-03-04T04:00:00Z"),
        (((BEGUN, "2026-02-25T04:00:03Z"), (FAILED, "2026-02-25T05:10:00Z")), "2026-03-04T04:00:00Z"),
        (((BEGUN, "2026-02-25T04:00:03Z"), (TRIED, "2026-02-26T03:59:00Z")), "2026-03-04T04:00:00Z"),
        (((TRIED, "2026-02-28T03:59:59Z"),), "2026-03-06T04:00:00Z"),
        (((TRIED, "2025-02-28T12:00:00Z"),), "2025-03-07T04:00:00Z"),
        (((BEGUN, "2026-02-25T04:00:03Z"), (TRIED, "2036-01-01T00:00:00Z")), "2026-03-04T04:00:00Z"),
        (((TRIED, "2036-01-01T00:00:00Z"),), "2026-03-03T04:00:00Z"),
        (((BEGUN, "2026-03-02T12:00:09Z"),), "2026-03-09T04:00:00Z"),
    ],
)
def test_a_trial_is_due_at_its_hour_so_many_days_after_the_last(acts: tuple[tuple[str, str], ...], due: str) -> None:
    assert next_trial_ms(WEEKLY, ledger(*acts), moment_ms(NOON), moment_ms(NOON)) == moment_ms(due)


@pytest.mark.parametrize("wrong", [{"every_days": -1}, {"at_hour": 24}, {"most_hours": 0.0}, {"memory_mb": 100}])
def test_a_schedule_that_does_not_hold_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=f"retrain.{next(iter(wrong))}"):
        RetrainSettings(**wrong)
