"""The figures at the demo's end: words for newcomers, and no share of nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flink_job.commands.demo.figures import figure_rows
from gnn.evaluation import evaluate


@pytest.mark.parametrize(
    ("decisions", "rows"),
    [
        (
            ["block", "investigate", "investigate", "approve", "approve"],
            {
                "decisions": "5: 2 approve, 2 investigate, 1 block",
                "fraudulent events": "2",
                "flagged": "3: 66.7% of them fraud, 100.0% of all fraud (investigate or block)",
                "blocked": "1: 100.0% of them fraud, 50.0% of all fraud",
                "honest events flagged": "33.33% of 3",
            },
        ),
        (
            ["approve", "approve"],
            {
                "decisions": "2: 2 approve, 0 investigate, 0 block",
                "without a decision": "3 events",
                "fraudulent events": "2",
                "flagged": "0: 0.0% of all fraud (investigate or block)",
                "blocked": "0: 0.0% of all fraud",
            },
        ),
    ],
)
def test_figures_in_words(decisions: list[str], rows: dict[str, str], tmp_path: Path) -> None:
    decided = [
        {"event_id": f"e{number}", "event_time": number, "decision": decision, "score": 0.5, "model": "m"}
        for number, decision in enumerate(decisions)
    ]
    (tmp_path / "decisions.jsonl").write_text("".join(f"{json.dumps(document)}\n" for document in decided))
    truth = "".join(f"e{number},{'true' if number < 2 else 'false'}\n" for number in range(5))
    (tmp_path / "truth.csv").write_text(f"event_id,is_fraud\n{truth}")
    assert dict(figure_rows(evaluate(tmp_path / "decisions.jsonl", tmp_path / "truth.csv"))) == rows
