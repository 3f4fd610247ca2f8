"""What a comparison says of a candidate, the weeks it is on, and the ledger of what was done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import SettingError
from domain.times import DAY_MS
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import read_card
from gnn.evaluation.comparison import Comparison, Difference
from gnn.history.first_pass import HistoryError
from gnn.retraining.judgement import judge
from gnn.retraining.ledger import OFFERED, PROMOTED, ROLLED_BACK, TRIED, Entry, Ledger
from gnn.retraining.settings import RetrainSettings
from gnn.retraining.weeks import Weeks, newest_weeks

SETTINGS = RetrainSettings()
RANKING, COST = "average precision", "cost of the decisions"


def compared(auc: float = 0.95, **intervals: tuple[float, float]) -> Comparison:
    spans = {"AUC": (-0.01, 0.01), RANKING: (-0.01, 0.01), COST: (-5.0, 5.0)} | intervals
    rows = [
        Difference(name, auc + (low + high) / 2, auc, (low + high) / 2, low, high, "", in_money=name == COST)
        for name, (low, high) in spans.items()
    ]
    return Comparison("new", "old", "accounts", 100, 300, tuple(rows))


@pytest.mark.parametrize(
    ("comparison", "frauds", "word"),
    [
        (compared(), 50, "not worse"),
        (compared(**{RANKING: (0.02, 0.10)}), 50, "better"),
        (compared(**{COST: (-90.0, -10.0)}), 50, "better"),
        (compared(**{RANKING: (-0.09, -0.02)}), 50, "worse"),
        (compared(**{COST: (10.0, 90.0)}), 50, "worse"),
        (compared(**{RANKING: (0.02, 0.10), COST: (10.0, 90.0)}), 50, "worse"),
        (compared(**{RANKING: (-0.06, 0.20)}), 50, "unsure"),
        (compared(**{RANKING: (0.02, 0.10)}), 19, "unsure"),
        (compared(auc=0.6, **{RANKING: (0.3, 0.5)}), 50, "doubtful"),
    ],
)
def test_a_candidate_replaces_the_active_model_where_it_is_never_worse(comparison: Comparison, frauds: int, word: str) -> None:
    found = judge(comparison, frauds, 0.95, SETTINGS)
    assert found.word == word and found.may_replace == (word in ("better", "not worse"))


def test_the_weeks_are_those_that_neither_model_was_trained_on() -> None:
    data = replace(read_card(PRETRAINED).data, until_ms=100 * DAY_MS)
    until = 117 * DAY_MS + 1
    assert newest_weeks(120 * DAY_MS, 3 * 86_400, 7.0, data) == Weeks(until - 7 * DAY_MS, until)
    assert newest_weeks(120 * DAY_MS, 3 * 86_400, 28.0, data) == Weeks(100 * DAY_MS + 1, until)
    assert newest_weeks(120 * DAY_MS, 3 * 86_400, 28.0, data, 90 * DAY_MS) == Weeks(90 * DAY_MS, until)
    with pytest.raises(HistoryError, match="wait for a longer history"):
        newest_weeks(103 * DAY_MS, 3 * 86_400, 7.0, data)


def test_each_promotion_is_rolled_back_once(tmp_path: Path) -> None:
    ledger = Ledger.read(tmp_path)
    assert (ledger.active, ledger.candidate, ledger.to_roll_back, ledger.next_version) == ("", None, None, 1)
    steps = [(TRIED, "a", "0"), (OFFERED, "a", "0"), (PROMOTED, "a", "0"), (TRIED, "b", "a"), (PROMOTED, "b", "a")]
    for number, (act, path, before) in enumerate(steps):
        ledger = ledger.with_entry(Entry(number, act, path, path, before, version=number))
    ledger.write(tmp_path)
    ledger = Ledger.read(tmp_path)
    assert ledger.active == "b" and ledger.next_version == 5
    for wanted in (("b", "a"), ("a", "0")):
        step = ledger.to_roll_back
        assert step and (step.path, step.before) == wanted
        ledger = ledger.with_entry(Entry(9, ROLLED_BACK, "x", step.before, step.path))
        assert ledger.active == step.before
    assert ledger.to_roll_back is None


def test_another_file_is_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "retraining.json").write_text("[]")
    with pytest.raises(SettingError, match="restore it, or move it away"):
        Ledger.read(tmp_path)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"then": "go"}, "none of report, shadow, promote"),
        ({"test_days": 0}, "test_days"),
        ({"resamples": 9}, "resamples"),
        ({"max_worse": 2}, "0 to 1"),
    ],
)
def test_settings_are_checked(changed: dict[str, object], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        RetrainSettings(**changed)  # type: ignore[arg-type]
