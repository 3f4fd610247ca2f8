"""The verdict on top: each headline on a history that deserves it, and doubts where they belong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from gnn.evaluation import Comparison, ScoredTruth, evaluate_rows
from gnn.evaluation.comparison import Difference
from gnn.evaluation.verdict import BAD, CAUTION, GOOD, Verdict, percent, saving, verdict
from gnn.history.train_settings import Costs

DAY_MS = 86_400_000
COSTS = Costs()
FARM = pd.Categorical(["mule"] * 20 + [None] * 380 + ["farm"] * 100 + [None] * 10_000)
KIOSK = pd.Categorical(["home"] * 500 + ["kiosk"] * 30 + ["home"] * 9000 + ["kiosk"] * 970)


def judged(
    frauds: int,
    caught: int,
    false: int = 0,
    blocked_false: int = 0,
    trained_until: int | None = -1,
    against: Comparison | None = None,
    **columns: Any,
) -> Verdict:
    """The verdict where so many frauds are blocked, and legitimate events flagged or blocked by mistake."""
    count = frauds + 10_000
    fraud = np.arange(count) < frauds
    blocked = (np.arange(count) < caught) | ((np.arange(count) >= frauds) & (np.arange(count) < frauds + blocked_false))
    flagged = blocked | ((np.arange(count) >= frauds) & (np.arange(count) < frauds + false + blocked_false))
    rows = pd.DataFrame({"score": np.where(flagged, 0.9, 0.1), "fraud": fraud, "flagged": flagged, "blocked": blocked, "amount": 100.0})
    times = np.random.default_rng(0).integers(0, 30 * DAY_MS, count)
    rows = rows.assign(**({"time_ms": times, "account": np.arange(count)} | columns))
    scored = ScoredTruth(rows, pa.chunked_array([[str(number) for number in range(count)]]), 0, "m")
    return verdict(scored, evaluate_rows(scored, COSTS), COSTS, trained_until, against)


def test_a_good_model() -> None:
    found = judged(frauds=1000, caught=800, false=50)
    assert found.grade == GOOD
    assert found.headline == "Good enough to switch on: it catches 80% of the frauds and saves 80% of what they cost."
    assert found.sentences[0] == (
        "It flags 800 of 1,000 frauds (80%; 95% interval 77% to 82%) and, by mistake, 50 of 10,000 legitimate events (0.50%)."
    )
    assert "cost 20,250; approving everything costs 100,000. That saves 79,750 (95% interval " in found.sentences[1]
    assert (
        found.sentences[2]
        == "It blocks 800 frauds and 0 legitimate events (0% of them; 0.10% are allowed) and leaves 50 events to analysts."
    )
    assert found.doubts == ()


@pytest.mark.parametrize(
    ("history", "grade", "said"),
    [
        ({"frauds": 29, "caught": 29}, CAUTION, "Too little to judge by: 29 frauds among 10,029 events."),
        ({"frauds": 100, "caught": 1, "false": 3000}, BAD, "Do not switch it on: its decisions cost more than approving everything."),
        ({"frauds": 1000, "caught": 1, "false": 15}, CAUTION, "Not proven: the saving may be chance."),
        ({"frauds": 1000, "caught": 900, "blocked_false": 11}, CAUTION, "Let it investigate, do not let it block yet: it blocks 0.11% of"),
        ({"frauds": 1000, "caught": 900, "trained_until": 1}, GOOD, "Good enough to switch on: it"),
        (
            {"frauds": 1000, "caught": 900, "trained_until": 9 * DAY_MS},
            CAUTION,
            "Good enough to switch on if these events are new to the model",
        ),
    ],
)
def test_headlines(history: dict[str, Any], grade: str, said: str) -> None:
    found = judged(**history)
    assert found.headline.startswith(said)
    assert found.grade == grade


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ({"frauds": 222, "caught": 180}, "only 222 frauds: the share that is caught in the long run may lie between 75% and 86%."),
        ({"frauds": 500, "caught": 400, "trained_until": None}, "No model card is at hand"),
        ({"frauds": 500, "caught": 400, "trained_until": 15 * DAY_MS}, "of the events lie in the time that the model was trained on"),
        ({"frauds": 500, "caught": 400, "time_ms": np.arange(10_500)}, "The events span 10 seconds: not a whole week."),
        ({"frauds": 500, "caught": 400, "labelled": np.arange(10_500) < 9_500}, "1,000 events have no label and count as legitimate"),
        (
            {"frauds": 500, "caught": 400, "ring_kind": FARM},
            "Of kind farm it catches 0% of 100 frauds.",
        ),
        (
            {"frauds": 500, "caught": 400, "ring_kind": pd.Categorical(["mule"] * 20 + ["farm"] * 480 + [None] * 10_000)},
            "Too rare to judge by themselves: mule.",
        ),
        (
            {"frauds": 500, "caught": 400, "false": 40, "segment": KIOSK},
            "customers of segment kiosk",
        ),
    ],
)  # fmt: skip
def test_doubts(history: dict[str, Any], said: str) -> None:
    base = {name: value for name, value in history.items() if name in ("frauds", "caught")}
    assert any(said in doubt for doubt in judged(**history).doubts)
    if base["frauds"] != 222:
        assert not any(said in doubt for doubt in judged(**base).doubts)


@pytest.mark.parametrize(
    ("low", "high", "in_money", "said"),
    [
        (0.1, 0.3, False, "it is better in average precision (0.500, the other 0.300)"),
        (-0.3, -0.1, False, "it is worse in average precision"),
        (-0.1, 0.1, False, "no difference is proven in average precision"),
        (0.1, 0.3, True, "it is worse in cost of the decisions (0, the other 0)"),
        (-0.3, -0.1, True, "it is better in cost of the decisions"),
    ],
)
def test_two_models_in_words(low: float, high: float, in_money: bool, said: str) -> None:
    figure = "cost of the decisions" if in_money else "average precision"
    difference = Difference(figure, 0.5, 0.3, 0.2, low, high, "", in_money)
    found = judged(frauds=500, caught=400, against=Comparison("a", "b", "accounts", 9, 100, (difference,)))
    assert found.sentences[-1].startswith(f"Compared with b, {said}")


def test_what_is_saved_is_that_of_the_costs() -> None:
    rows = pd.DataFrame({
        "fraud": [True, True, False, False], "flagged": [True, False, True, True], "blocked": [True, False, False, True],
        "amount": [100.0, 40.0, 10.0, 10.0],
    })  # fmt: skip
    found = saving(rows, COSTS)
    assert found.amount == 100.0 - COSTS.review - COSTS.blocked_good
    assert found.share == pytest.approx(found.amount / 140.0)
    assert found.interval.low < found.amount < found.interval.high


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.5, "50%"),
        (0.9999, "over 99.9%"),
        (0.996, "99.6%"),
        (0.034, "3.4%"),
        (0.0034, "0.34%"),
        (3e-5, "0.003%"),
        (1e-9, "0.001%"),
    ],
)
def test_shares_for_people(share: float, said: str) -> None:
    assert percent(float(share)) == said
