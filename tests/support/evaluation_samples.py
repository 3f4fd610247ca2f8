"""Decisions and a truth for the tests of evaluation: a folder to write them to, and random histories."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnn.evaluation import EvaluationError, ScoredTruth, evaluate

HOUR_MS, DAY_MS = 3_600_000, 86_400_000


class Desk:
    """A folder with decisions and a truth."""

    def __init__(self, folder: Path) -> None:
        self.decisions, self.truth = folder / "decisions.jsonl", folder / "truth.parquet"

    def decide(self, *rows: tuple[str, str, float]) -> None:
        documents = ({"event_id": name, "decision": decision, "score": score} for name, decision, score in rows)
        self.decisions.write_text("".join(json.dumps(document) + "\n" for document in documents))

    def decide_fully(self, *rows: tuple[str, str, float, int, str, float | None]) -> None:
        names = ("event_id", "decision", "score", "event_time", "account", "amount")
        documents = [dict(zip(names, row, strict=True)) for row in rows]
        for document in documents:
            document |= {"entities": {"account": document.pop("account")}, "event_type": "order", "model": "gnn-1"}
        self.decisions.write_text("".join(json.dumps(document) + "\n" for document in documents))

    def know(self, **columns: list[Any]) -> None:
        pq.write_table(pa.table(columns), self.truth)

    def evaluate(self) -> Any:
        return evaluate(self.decisions, self.truth)

    def refused(self) -> str:
        with pytest.raises(EvaluationError) as caught:
            self.evaluate()
        return str(caught.value)


def history(seed: int, n: int = 400) -> ScoredTruth:
    """Random events with everything known of them."""
    draw = np.random.default_rng(seed)
    fraud = draw.random(n) < 0.3
    ring = np.where(fraud & (draw.random(n) < 0.8), draw.integers(0, 9, n), -1)
    kinds = np.where(ring >= 0, np.array(["farm", "mill", "den"])[ring % 3], None)
    score = np.round(np.clip(draw.random(n) * 0.7 + 0.3 * fraud, 0, 1), 1)
    columns = {
        "score": score,
        "fraud": fraud,
        "flagged": score > 0.6,
        "blocked": score > 0.8,
        "amount": np.where(draw.random(n) < 0.5, np.nan, 80.0),
        "time_ms": draw.permutation(n) * HOUR_MS,
        "account": draw.integers(0, 60, n),
        "ring": ring,
        "member": np.where(ring >= 0, draw.integers(1, 7, n), np.nan),
        "ring_kind": pd.Categorical(kinds),
        "segment": pd.Categorical(np.where(fraud, None, draw.choice(["home", "office", "locker"], n))),
        "event_type": pd.Categorical(draw.choice(["order", "login"], n)),
    }
    return ScoredTruth(pd.DataFrame(columns), pa.chunked_array([[f"e{number}" for number in range(n)]]), 0, "m")
